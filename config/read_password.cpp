// Passwords from where they are kept.
#include "config/run_command.hpp"
#include "config/schema/characters.hpp"
#include "config/secret.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace homespool::config {
namespace {

using Password = boost::system::result<Secret, std::string>;

constexpr std::size_t kLongestPassword = std::size_t{64} << 10;
constexpr std::chrono::seconds kCommandLimit{8}; // less than a stop may take

// Explicit, as a Secret can be made of a string too.
Password fault(std::string sentence) {
  return {boost::system::in_place_error, std::move(sentence)};
}

Password checked(std::string line, const std::string& where) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  Secret secret(std::move(line));
  if (secret.empty()) return fault(where + " gives no password: its first line is empty");
  if (secret.reveal().find('\0') != std::string_view::npos)
    return fault(where + " gives a password with a NUL character in it");
  return secret;
}

// Reads up to the first line end, or the end. Plain reads into a buffer that is wiped: streams keep copies.
Password first_line(int opened, const std::string& where) {
  std::string text(kLongestPassword + 1, '\0');
  std::size_t size = 0;
  std::size_t end = std::string::npos;
  while (end == std::string::npos && size < text.size()) {
    const ssize_t got = ::read(opened, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fault(where + ": " + std::generic_category().message(errno));
    if (got == 0) break;
    end = std::string_view(text).substr(0, size + static_cast<std::size_t>(got)).find('\n', size);
    size += static_cast<std::size_t>(got);
  }
  const bool too_long = end == std::string::npos && size == text.size();
  std::string line = text.substr(0, std::min(end, size));
  wipe(text);
  if (too_long) return fault(where + " gives a password longer than 64 KiB");
  return checked(std::move(line), where);
}

Password from_file(const std::filesystem::path& file) {
  // Without O_NONBLOCK a pipe would hold up whoever opens it.
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (opened < 0) return fault(file.string() + ": " + std::generic_category().message(errno));
  struct stat status {};
  const bool regular = ::fstat(opened, &status) == 0 && S_ISREG(status.st_mode);
  Password password =
      regular ? first_line(opened, file.string()) : fault(file.string() + " is not a regular file");
  ::close(opened);
  return password;
}

Password from_command(const std::string& command, const CommandStop* stop) {
  const std::string where = "the command " + schema::in_quotes(command);
  auto line = first_line_of_command(command, kCommandLimit, kLongestPassword, stop);
  if (line.has_error()) return fault(where + " " + line.error().sentence);
  return checked(*std::move(line), where);
}

} // namespace

Password read_password(const PasswordSource& source, const CommandStop* stop) {
  switch (source.kind) {
  case PasswordSource::Kind::clear:
    return source.text;
  case PasswordSource::Kind::file:
    return from_file(source.file);
  case PasswordSource::Kind::command:
    return from_command(source.command, stop);
  case PasswordSource::Kind::hash:
    return fault(std::string("only the hash of this password is known"));
  case PasswordSource::Kind::none:
    break;
  }
  return fault(std::string("no password is given"));
}

} // namespace homespool::config
