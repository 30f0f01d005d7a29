// Whether a file that the settings name is there, can be read, and is kept from other eyes.
//
// Threads: any; blocks on the file system.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace homespool::config {

enum class FileKind {
  readable, // anything that can be read, a pipe too: the settings themselves
  open,     // anybody may read it: certificates
  secret,   // only its owner and the daemon's own groups may
  password, // secret, and its first line is a password
};

// Owner, group and mode of a file, and who looks at it.
struct Exposure {
  mode_t mode = 0;
  uid_t owner = 0;
  gid_t group = 0;
  uid_t our_user = 0;
  std::vector<gid_t> our_groups;
};

// Pure: the mode (as for chmod) that keeps a secret file to its owner and the daemon's group, or nothing when
// it is kept already. Any right of others is too much, and so is any right of a group the daemon is not in.
std::optional<mode_t> mending_mode(const Exposure& exposure);

// A sentence about what is wrong with the file; it names the file and, for its rights, the chmod that mends
// them.
std::optional<std::string> fault_of_file(const std::filesystem::path& file, FileKind kind);

} // namespace homespool::config
