// spool: and log:
#include "config/schema/read.hpp"

namespace homespool::config::schema {
namespace {

constexpr std::array<std::string_view, 4> kSpoolKeys{"directory", "minimum_free", "undelete_for",
                                                     "duplicates"};
constexpr std::array<std::string_view, 2> kLogKeys{"level", "format"};
constexpr std::array<Choice<Duplicates>, 2> kDuplicates{
    {{"collapse", Duplicates::collapse}, {"keep", Duplicates::keep}}};
constexpr std::array<Choice<LogLevel>, 4> kLevels{{{"debug", LogLevel::debug},
                                                   {"info", LogLevel::info},
                                                   {"warning", LogLevel::warning},
                                                   {"error", LogLevel::error}}};
constexpr std::array<Choice<LogFormat>, 2> kFormats{{{"text", LogFormat::text}, {"json", LogFormat::json}}};

} // namespace

void read_spool(Section& file, SpoolSettings& out) {
  file.require("spool");
  const Element* map = file.map("spool");
  if (map == nullptr) return;
  Section section(file.context(), *map, "'spool'", kSpoolKeys);
  section.require("directory");
  section.path("directory", out.directory);
  section.size("minimum_free", out.minimum_free, 0);
  section.duration("undelete_for", out.undelete_for, Seconds{0});
  section.choice("duplicates", out.duplicates, kDuplicates);
}

void read_log(Section& file, LogSettings& out) {
  const Element* map = file.map("log");
  if (map == nullptr) return;
  Section section(file.context(), *map, "'log'", kLogKeys);
  section.choice("level", out.level, kLevels);
  section.choice("format", out.format, kFormats);
}

} // namespace homespool::config::schema
