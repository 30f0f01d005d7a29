// Asks for a password and prints its verifier.
#include "cli/command/hash_password.hpp"

#include "cli/exit_codes.hpp"
#include "config/password.hpp"

#include <iostream>
#include <optional>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace homespool::cli {
namespace {

// Switches the terminal's echo off while it lives.
class Hidden {
 public:
  Hidden() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  ~Hidden() {
    if (hidden_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool hidden_ = false;
};

config::Secret read_line() {
  std::string line;
  std::getline(std::cin, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  config::Secret secret(line);
  config::wipe(line);
  return secret;
}

config::Secret ask(const char* prompt) {
  const Hidden hidden;
  std::cerr << prompt << std::flush;
  config::Secret secret = read_line();
  std::cerr << '\n'; // the one that was typed did not show
  return secret;
}

std::optional<config::Secret> ask_twice() {
  config::Secret first = ask("Password: ");
  if (first == ask("The same again: ")) return first;
  std::cerr << "hash-password: the two are not the same; nothing was made\n";
  return std::nullopt;
}

} // namespace

int hash_password(bool scram) {
  const std::optional<config::Secret> secret = ::isatty(STDIN_FILENO) != 0 ? ask_twice() : read_line();
  if (!secret) return kExitFailed;
  if (secret->empty()) {
    std::cerr << "hash-password: an empty password is none; nothing was made\n";
    return kExitFailed;
  }
  const std::string_view password = secret->reveal();
  std::cout << (scram ? config::hash_scram_sha_256(password) : config::hash_argon2id(password)) << '\n';
  return kExitDone;
}

} // namespace homespool::cli
