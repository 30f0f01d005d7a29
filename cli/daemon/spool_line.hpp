// A line to whoever has the spool: a running daemon over control.sock, or else a process of the command's own
// that opens the spool and serves this line alone. So the command keeps its rights to read and write files
// that the spool's owner could not, and both ways are one.
//
// Threads: one owner, which has started no other thread yet when it opens a line. It blocks.
#pragma once

#include "cli/exit_codes.hpp"
#include "config/settings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/result.hpp>
#include <memory>

namespace homespool::cli {

class SpoolLine {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  static boost::system::result<std::unique_ptr<SpoolLine>, Fault>
  open(std::shared_ptr<const config::Settings> settings);
  // Waits until what was handed over is done.
  ~SpoolLine();
  SpoolLine(const SpoolLine&) = delete;
  SpoolLine& operator=(const SpoolLine&) = delete;

  // What a start does is done: the spool is sound, and of this version.
  boost::system::result<void, Fault> wait_until_ready();

  Socket& socket() { return socket_; }
  // Why the line broke; closes it. A process of our own has told why itself: then the sentence is empty.
  Fault lost();

 private:
  SpoolLine() = default;
  bool call_daemon(const std::filesystem::path& directory);
  void start_process(std::shared_ptr<const config::Settings> settings);
  int wait_for_process();

  boost::asio::io_context context_;
  Socket socket_{context_};
  int process_ = 0;
};

} // namespace homespool::cli
