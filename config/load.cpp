// Reads the file and looks at its rights; config/schema does the rest.
#include "config/load.hpp"

#include "config/file_access.hpp"
#include "config/schema/load_text.hpp"

#include <exception>
#include <fstream>

namespace homespool::config {
namespace {

// One byte more than the schema takes, so that it can tell that the file is too large.
constexpr std::size_t kMostRead = schema::DocumentLimits{}.bytes + 1;

std::optional<std::string> read_whole(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMostRead, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (stream.fail() && !stream.eof())) return std::nullopt;
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

Loaded load_checked(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(file, error);
  if (error) absolute = file;
  std::vector<Problem> problems;
  if (const auto unreadable = fault_of_file(absolute, FileKind::readable, {}))
    return std::vector<Problem>{{absolute, 0, 0, "the settings cannot be read: " + *unreadable}};
  const auto text = read_whole(absolute);
  if (!text) return std::vector<Problem>{{absolute, 0, 0, "the settings cannot be read"}};
  const DaemonUser daemon = daemon_user(schema::spool_directory(*text, absolute));
  const auto check = [&daemon](const std::filesystem::path& named, FileKind kind) {
    return fault_of_file(named, kind, daemon);
  };
  if (auto exposed = check(absolute, FileKind::secret)) problems.push_back({absolute, 1, 1, *exposed});
  return schema::load_text(*text, absolute, check, std::move(problems));
}

} // namespace

std::string Problem::text() const {
  std::string place = file.string() + ":";
  if (line > 0) place += std::to_string(line) + ":" + std::to_string(column) + ":";
  return place + " " + sentence;
}

Loaded load(const std::filesystem::path& file) {
  try {
    Loaded loaded = load_checked(file);
    if (loaded.has_value()) return loaded;
    std::vector<Problem> problems = std::move(loaded).error();
    for (Problem& problem : problems) problem.file = file; // as its owner wrote it
    return problems;
  } catch (const std::exception& e) {
    return std::vector<Problem>{{file, 0, 0, std::string("the settings cannot be read: ") + e.what()}};
  }
}

} // namespace homespool::config
