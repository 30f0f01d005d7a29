// Rights of secret files.
#include "config/file_access.hpp"

#include "config/secret.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace homespool::config {
namespace {

DaemonUser ourselves() {
  DaemonUser we{geteuid(), getegid(), {}};
  we.groups.resize(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
  const int count = getgroups(static_cast<int>(we.groups.size()), we.groups.data());
  we.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  we.groups.push_back(we.group);
  return we;
}

constexpr int kMostGroups = 1024;

void add_groups_of(DaemonUser& daemon, const char* name) {
  std::vector<gid_t> groups(kMostGroups);
  int count = kMostGroups;
  if (getgrouplist(name, daemon.group, groups.data(), &count) < 0) return;
  groups.resize(static_cast<std::size_t>(count));
  daemon.groups.insert(daemon.groups.end(), groups.begin(), groups.end());
}

// As it can be written behind chgrp.
std::string group_name(gid_t group) {
  const struct group* entry = getgrgid(group);
  return entry != nullptr ? entry->gr_name : std::to_string(group);
}

// For a line that is pasted into a shell.
std::string shell_word(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::strchr("/._-+=,@%", c) != nullptr;
  });
  if (plain) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string last_error(int error) {
  return std::generic_category().message(error);
}

std::optional<std::string> fault_of_rights(const std::filesystem::path& file, const struct stat& status,
                                           const DaemonUser& daemon) {
  const auto mend = mending({status.st_mode, status.st_uid, status.st_gid, daemon});
  if (!mend) return std::nullopt;
  const bool everybody = (status.st_mode & 0007) != 0;
  const std::string name = shell_word(file.string());
  return file.string() + " holds secrets, but " +
         (everybody ? "everybody on this machine has access to it"
                    : "a group that homespool is not in has access to it") +
         "; run: " +
         (mend->group_first ? "chgrp " + shell_word(group_name(daemon.group)) + " " + name + " && " : "") +
         "chmod " + (mend->mode == 0640 ? "640 " : "600 ") + name +
         (daemon.user == 0 && !everybody ? " (if homespool runs as another user, check as that user instead)"
                                         : "");
}

} // namespace

DaemonUser daemon_user(const std::filesystem::path& directory) {
  if (geteuid() != 0) return ourselves();
  struct stat facts {};
  DaemonUser daemon;
  if (::stat(directory.c_str(), &facts) == 0) {
    if (facts.st_uid == 0) return ourselves();
    daemon = {facts.st_uid, facts.st_gid, {facts.st_gid}};
    const struct passwd* entry = getpwuid(daemon.user);
    if (entry != nullptr) add_groups_of(daemon, entry->pw_name);
    return daemon;
  }
  const struct passwd* entry = getpwnam("homespool");
  if (entry == nullptr) return ourselves();
  daemon = {entry->pw_uid, entry->pw_gid, {entry->pw_gid}};
  add_groups_of(daemon, "homespool");
  return daemon;
}

std::optional<Mending> mending(const Exposure& exposure) {
  const DaemonUser& daemon = exposure.daemon;
  const bool our_group =
      std::find(daemon.groups.begin(), daemon.groups.end(), exposure.group) != daemon.groups.end();
  const bool others = (exposure.mode & 0007) != 0;
  const bool strange_group = (exposure.mode & 0070) != 0 && !our_group;
  if (!others && !strange_group) return std::nullopt;
  // The owner's file needs no group, nor does root; what another owns is read by way of the group.
  if (exposure.owner == daemon.user) return Mending{0600, false};
  if (our_group) return Mending{0640, false};
  return daemon.user == 0 ? Mending{0600, false} : Mending{0640, true};
}

std::optional<std::string> fault_of_file(const std::filesystem::path& file, FileKind kind,
                                         const DaemonUser& daemon) {
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const int open_error = errno;
  struct stat status {};
  const bool there = opened >= 0 ? ::fstat(opened, &status) == 0 : ::stat(file.c_str(), &status) == 0;
  if (opened >= 0) ::close(opened);
  if (there && S_ISDIR(status.st_mode)) return file.string() + " is a directory";
  const bool secret = kind == FileKind::secret || kind == FileKind::password;
  if (there && secret) {
    if (auto fault = fault_of_rights(file, status, daemon)) return fault;
  }
  if (opened < 0) return file.string() + ": " + last_error(open_error);
  const bool read_often = kind == FileKind::open || kind == FileKind::password;
  if (read_often && !S_ISREG(status.st_mode)) return file.string() + " is not a regular file";
  if (kind != FileKind::password) return std::nullopt;
  const auto password = read_password({PasswordSource::Kind::file, {}, file, {}});
  return password.has_error() ? std::optional(password.error()) : std::nullopt;
}

} // namespace homespool::config
