// Rights of secret files.
#include "config/file_access.hpp"

#include "config/secret.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace homespool::config {
namespace {

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  groups.push_back(getegid());
  return groups;
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

std::optional<std::string> fault_of_rights(const std::filesystem::path& file, const struct stat& status) {
  const Exposure exposure{status.st_mode, status.st_uid, status.st_gid, geteuid(), own_groups()};
  const auto mode = mending_mode(exposure);
  if (!mode) return std::nullopt;
  const bool everybody = (status.st_mode & 0007) != 0;
  return file.string() + " holds secrets, but " +
         (everybody ? "everybody on this machine has access to it"
                    : "a group that homespool is not in has access to it") +
         "; run: chmod " + (*mode == 0640 ? "640 " : "600 ") + shell_word(file.string());
}

} // namespace

std::optional<mode_t> mending_mode(const Exposure& exposure) {
  const auto& groups = exposure.our_groups;
  const bool our_group = std::find(groups.begin(), groups.end(), exposure.group) != groups.end();
  const bool others = (exposure.mode & 0007) != 0;
  const bool strange_group = (exposure.mode & 0070) != 0 && !our_group;
  if (!others && !strange_group) return std::nullopt;
  // The owner's file needs no group; what another owns is read by way of the group.
  return exposure.owner != exposure.our_user && our_group ? 0640 : 0600;
}

std::optional<std::string> fault_of_file(const std::filesystem::path& file, FileKind kind) {
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const int open_error = errno;
  struct stat status {};
  const bool there = opened >= 0 ? ::fstat(opened, &status) == 0 : ::stat(file.c_str(), &status) == 0;
  if (opened >= 0) ::close(opened);
  if (there && S_ISDIR(status.st_mode)) return file.string() + " is a directory";
  const bool secret = kind == FileKind::secret || kind == FileKind::password;
  if (there && secret) {
    if (auto fault = fault_of_rights(file, status)) return fault;
  }
  if (opened < 0) return file.string() + ": " + last_error(open_error);
  const bool read_often = kind == FileKind::open || kind == FileKind::password;
  if (read_often && !S_ISREG(status.st_mode)) return file.string() + " is not a regular file";
  if (kind != FileKind::password) return std::nullopt;
  const auto password = read_password({PasswordSource::Kind::file, {}, file, {}});
  return password.has_error() ? std::optional(password.error()) : std::nullopt;
}

} // namespace homespool::config
