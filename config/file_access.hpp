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

// The user the daemon runs as, by whom the rights of secret files are judged.
struct DaemonUser {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups; // `group` too
};

// Whoever calls; but root judges for the owner of the spool `directory`, for it becomes that user before it
// touches the spool. As long as there is none, for the user "homespool", which the systemd unit names.
DaemonUser daemon_user(const std::filesystem::path& directory);

// Owner, group and mode of a file, and who is to read it.
struct Exposure {
  mode_t mode = 0;
  uid_t owner = 0;
  gid_t group = 0;
  DaemonUser daemon;
};

// What keeps a secret file to its owner and the daemon's group, and lets the daemon read it.
struct Mending {
  mode_t mode = 0;          // as for chmod
  bool group_first = false; // the file has to be given to the daemon's group before

  bool operator==(const Mending&) const = default;
};

// Pure: nothing when the file is kept already. Any right of others is too much, and so is any right of a
// group the daemon is not in.
std::optional<Mending> mending(const Exposure& exposure);

// A sentence about what is wrong with the file; it names the file and, for its rights, the chmod that mends
// them.
std::optional<std::string> fault_of_file(const std::filesystem::path& file, FileKind kind,
                                         const DaemonUser& daemon);

} // namespace homespool::config
