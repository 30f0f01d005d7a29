// What the readers of one settings file share: the tree, the faults found so far, and names already taken.
//
// Threads: one loading owns it.
#pragma once

#include "config/file_access.hpp"
#include "config/load.hpp"
#include "config/schema/document.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>

namespace homespool::config::schema {

// What is wrong with a file that the settings name, or nothing. Injected, so that a test or a fuzzer needs no
// files.
using FileCheck = std::function<std::optional<std::string>(const std::filesystem::path&, FileKind)>;

// Faults in whatever order they are found; handed out in the order of the file.
class Report {
 public:
  explicit Report(std::filesystem::path file) : file_(std::move(file)) {}

  void add(Place place, std::string sentence);
  bool empty() const { return problems_.empty(); }
  std::vector<Problem> take();

 private:
  static constexpr std::size_t kMostProblems = 1000; // nobody reads more

  std::filesystem::path file_;
  std::vector<Problem> problems_;
  std::set<std::pair<Place, std::string>>
      said_; // an alias is walked once for each use, and has the same faults
  std::size_t left_out_ = 0;
};

// Where each name of one sort was first given.
using Taken = std::map<std::string, Place, std::less<>>;

struct Context {
  Context(const Document& tree, const std::filesystem::path& file, FileCheck check)
      : document(tree), report(file), check_file(std::move(check)), directory(file.parent_path()) {}

  const Document& document;
  Report report;
  FileCheck check_file;
  std::filesystem::path directory; // relative paths start here

  // Aliases make a small text as large as one likes when it is walked; this bounds the walk.
  std::size_t visits_left = 200'000;

  Taken users, logins, accounts, listeners;

  // Reports `name` at `place` when it is taken already; else takes it.
  void take_name(Taken& taken, std::string_view sort, const std::string& name, Place place);

  // False when the walk has gone on for too long; reported once.
  bool visit(Place place);
};

} // namespace homespool::config::schema
