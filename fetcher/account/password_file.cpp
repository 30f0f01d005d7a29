#include "fetcher/account/password_file.hpp"

#include <filesystem>

namespace homespool::fetcher {

PasswordFile::Look PasswordFile::look(const config::PasswordSource& source) {
  if (source.kind != config::PasswordSource::Kind::file) return std::nullopt;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(source.file, error);
  if (error) return std::nullopt;
  const auto size = std::filesystem::file_size(source.file, error);
  if (error) return std::nullopt;
  return std::pair(written, size);
}

bool PasswordFile::changed(const config::PasswordSource& source) const {
  const Look now = look(source);
  return now && now != noted_;
}

bool PasswordFile::written_between(const config::PasswordSource& source, std::chrono::sys_seconds from,
                                   std::chrono::sys_seconds to) {
  const Look now = look(source);
  if (!now) return false;
  const auto written = std::chrono::floor<std::chrono::seconds>(std::chrono::file_clock::to_sys(now->first));
  return written >= from && written <= to;
}

} // namespace homespool::fetcher
