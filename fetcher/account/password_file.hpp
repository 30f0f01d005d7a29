// Whether the password file of an account is another one than the last attempt read: then it is worth a try.
//
// Judged by what differs, not by what is later: a clock may be wrong, a file copied with its time. Threads:
// values; looks at the file system.
#pragma once

#include "config/secret.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace homespool::fetcher {

class PasswordFile {
 public:
  // Before an attempt reads it.
  void note(const config::PasswordSource& source) { noted_ = look(source); }
  // There is a file, and it is not what was noted.
  bool changed(const config::PasswordSource& source) const;
  // Written from `from` on and not after `to`, which would be a wrong clock.
  static bool written_between(const config::PasswordSource& source, std::chrono::sys_seconds from,
                              std::chrono::sys_seconds to);

 private:
  using Look = std::optional<std::pair<std::filesystem::file_time_type, std::uintmax_t>>; // time and size
  static Look look(const config::PasswordSource& source);
  Look noted_;
};

} // namespace homespool::fetcher
