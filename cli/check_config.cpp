// Prints the faults of a settings file.
#include "cli/check_config.hpp"

#include "cli/exit_codes.hpp"
#include "config/load.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

namespace homespool::cli {
namespace {

void print_json(const std::filesystem::path& file, const std::vector<config::Problem>& problems) {
  boost::json::array list;
  for (const config::Problem& problem : problems) {
    boost::json::object object;
    object["line"] = problem.line;
    object["column"] = problem.column;
    object["sentence"] = problem.sentence;
    list.push_back(std::move(object));
  }
  boost::json::object answer;
  answer["file"] = file.string();
  answer["problems"] = std::move(list);
  std::cout << boost::json::serialize(answer) << '\n';
}

} // namespace

int check_config(const std::filesystem::path& file, bool json) {
  const config::Loaded loaded = config::load(file);
  const auto problems = loaded.has_error() ? loaded.error() : std::vector<config::Problem>{};
  if (json) {
    print_json(file, problems);
  } else if (problems.empty()) {
    std::cout << file.string() << ": fine\n";
  } else {
    for (const config::Problem& problem : problems) std::cerr << problem.text() << '\n';
  }
  return problems.empty() ? kExitDone : kExitBadSettings;
}

} // namespace homespool::cli
