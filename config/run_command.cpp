// posix_spawn, a pipe and a pidfd: no thread, no signal handler.
#include "config/run_command.hpp"

#include "config/secret.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace homespool::config {
namespace {

using Clock = std::chrono::steady_clock;

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

std::string message(int error) {
  return std::generic_category().message(error);
}

// Starts the shell with its output on `output`; the process id, or minus the error.
pid_t spawn_shell(const std::string& command, int output) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::array<std::string, 3> words{"sh", "-c", command};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = -1;
  const int error = posix_spawn(&child, "/bin/sh", &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? child : -error;
}

// Collects the first line, and lets the rest pass.
class FirstLine {
 public:
  explicit FirstLine(std::size_t longest) : longest_(longest) {}
  FirstLine(const FirstLine&) = delete;
  FirstLine& operator=(const FirstLine&) = delete;
  ~FirstLine() { wipe(text_); }

  // Reads what is there; false at the end of the output.
  bool read_from(int pipe) {
    std::string buffer(4096, '\0');
    const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
    if (got > 0) take(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
    const bool more = got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
    wipe(buffer);
    return more;
  }

  bool too_long() const { return text_.size() > longest_; }
  std::string text() const { return text_; }

 private:
  void take(std::string_view part) {
    if (complete_ || too_long()) return;
    if (text_.capacity() == 0 || text_.capacity() < longest_)
      text_.reserve(longest_ + 4097); // so that no copy is left behind
    const std::size_t end = part.find('\n');
    complete_ = end != std::string_view::npos;
    text_ += part.substr(0, end);
  }

  std::size_t longest_;
  std::string text_;
  bool complete_ = false;
};

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

// Reads until the process has ended; false when the deadline came first, or the stop.
bool read_until_ended(int pipe, int process, int stop, Clock::time_point deadline, FirstLine& line) {
  bool open = true;
  while (true) {
    std::array<pollfd, 3> waiting{{{process, POLLIN, 0}, {open ? pipe : -1, POLLIN, 0}, {stop, POLLIN, 0}}};
    const int left = milliseconds_until(deadline);
    const int ready = ::poll(waiting.data(), waiting.size(), left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || waiting[2].revents != 0) return false;
    const bool output = waiting[1].revents != 0;
    if (output) open = line.read_from(pipe);
    // Its last words are in the pipe before it is gone; who it left behind may hold the pipe open for ever.
    if (!output && waiting[0].revents != 0) return true;
    if (left == 0) return false;
  }
}

std::optional<std::string> fault_of_status(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  if (WIFEXITED(status)) return "failed with exit status " + std::to_string(WEXITSTATUS(status));
  return "was killed by signal " + std::to_string(WTERMSIG(status));
}

} // namespace

boost::system::result<std::string, CommandFault> first_line_of_command(const std::string& command,
                                                                       std::chrono::milliseconds limit,
                                                                       std::size_t longest,
                                                                       const CommandStop* stop) {
  if (stop != nullptr && stop->wanted()) return CommandFault{"was not run, as nobody waits for it"};
  const auto deadline = Clock::now() + limit;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return CommandFault{"cannot be run: " + message(errno)};
  Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  const pid_t child = spawn_shell(command, writing.get());
  if (child < 0) return CommandFault{"cannot be run: " + message(-child)};
  writing.close();
  // By number: the header of glibc 2.36 declares pidfd_open() for C only.
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  FirstLine line(longest);
  const int stopped = stop != nullptr ? stop->descriptor() : -1;
  const bool ended =
      process.get() >= 0 && read_until_ended(reading.get(), process.get(), stopped, deadline, line);
  if (!ended) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended && stop != nullptr && stop->wanted()) return CommandFault{"was killed, as nobody waits for it"};
  if (!ended)
    return CommandFault{"did not end within " +
                        std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()) +
                        " s and was killed"};
  if (auto fault = fault_of_status(status)) return CommandFault{*fault};
  if (line.too_long()) return CommandFault{"prints a line that is too long"};
  return {boost::system::in_place_value, line.text()};
}

} // namespace homespool::config
