// Passwords as a type that never prints, and where they come from.
//
// For: carrying a password or its hash from the settings to the one place that uses it. Not for:
// checking a client's password (config/password.hpp).
// Threads: values.
#pragma once

#include <boost/system/result.hpp>
#include <filesystem>
#include <string>
#include <string_view>

namespace homespool::config {

// Clear text that must not be shown: no stream operator, no implicit conversion, wiped when destroyed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text);
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  std::string_view reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

class CommandStop;

// Overwrites what a string holds, and empties it.
void wipe(std::string& text);

// Exactly one of the ways a password may be given. `hash` is for clients, `command` for accounts.
struct PasswordSource {
  enum class Kind { none, clear, file, command, hash };
  Kind kind = Kind::none;
  Secret text;                // clear: the password; hash: the verifier
  std::filesystem::path file; // file: absolute
  std::string command;        // command: for /bin/sh -c; its first line of output is the password

  bool operator==(const PasswordSource&) const = default;
};

// The password itself, read anew at each call (a file may have changed): the first line, without its
// line end. Blocks: a command may take up to 8 s, then it is killed, or when `stop` (may be null) says so;
// call it off the network threads. The error is a sentence for a person that names the file or command and
// never the secret.
boost::system::result<Secret, std::string> read_password(const PasswordSource& source,
                                                         const CommandStop* stop = nullptr);

} // namespace homespool::config
