#include "cli/settings_or_complain.hpp"

#include <iostream>

namespace homespool::cli {

std::shared_ptr<const config::Settings> settings_or_complain(const std::filesystem::path& file) {
  auto loaded = config::load(file);
  if (loaded.has_value()) {
    return *loaded;
  }
  std::cerr << sentences(loaded.error());
  return nullptr;
}

std::string sentences(const std::vector<config::Problem>& problems) {
  std::string lines;
  for (const config::Problem& problem : problems) {
    lines += problem.text() + "\n";
  }
  return lines;
}

} // namespace homespool::cli
