// Runs a shell command and takes the first line that it prints.
//
// For: password_command. Not for: commands that read input, or whose whole output matters.
// Threads: any; blocks until the command ends, the limit is over or it is to stop. The command inherits
// standard error and the environment, and no other descriptor; it leads a process group of its own, which is
// killed with it.
#pragma once

#include "config/command_stop.hpp"

#include <boost/system/result.hpp>
#include <chrono>
#include <string>

namespace homespool::config {

struct CommandFault {
  std::string sentence; // goes on after "the command '...' "
};

// The line without its end; at most `longest` bytes. The output after it is read and thrown away. `stop` may
// be null.
boost::system::result<std::string, CommandFault> first_line_of_command(const std::string& command,
                                                                       std::chrono::milliseconds limit,
                                                                       std::size_t longest,
                                                                       const CommandStop* stop = nullptr);

} // namespace homespool::config
