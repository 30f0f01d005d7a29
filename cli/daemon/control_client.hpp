// Talks to a running daemon over control.sock in its spool directory: one request, one answer.
//
// Threads: the caller's; it blocks.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace homespool::cli {

struct ControlAnswer {
  unsigned status = 0;
  std::string body;
};

// Nothing when no daemon listens there. Throws system_error when one does and the conversation breaks off.
std::optional<ControlAnswer> ask_daemon(const std::filesystem::path& spool_directory,
                                        const std::string& method, const std::string& path,
                                        const std::string& body = {});

} // namespace homespool::cli
