#include "cli/settings_or_complain.hpp"

#include "config/load.hpp"

#include <iostream>

namespace homespool::cli {

std::shared_ptr<const config::Settings> settings_or_complain(const std::filesystem::path& file) {
  auto loaded = config::load(file);
  if (loaded.has_value()) {
    return *loaded;
  }
  for (const config::Problem& problem : loaded.error()) {
    std::cerr << problem.text() << "\n";
  }
  return nullptr;
}

} // namespace homespool::cli
