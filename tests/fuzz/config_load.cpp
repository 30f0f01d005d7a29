// Any text is settings or faults, each at a place.
#include "config/schema/load_text.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace homespool::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto any_file = [](const std::filesystem::path&, FileKind) { return std::optional<std::string>(); };
  const Loaded loaded = schema::load_text(text, "/etc/homespool/homespool.yaml", any_file);
  if (loaded.has_error() == loaded.has_value()) std::abort();
  if (loaded.has_value()) return 0;
  if (loaded.error().empty()) std::abort();
  for (const Problem& problem : loaded.error())
    if (problem.line < 0 || problem.column < 0 || problem.sentence.empty()) std::abort();
  return 0;
}
