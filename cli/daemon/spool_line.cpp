#include "cli/daemon/spool_line.hpp"

#include "cli/daemon/alone.hpp"
#include "cli/daemon/routes.hpp"
#include "net/local_path.hpp"
#include "net/socket_stream.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace homespool::cli {
namespace {

using Protocol = boost::asio::local::stream_protocol;

// Returns the exit code.
int serve_alone(std::shared_ptr<const config::Settings> settings, int descriptor) {
  const auto alone = open_alone(std::move(settings));
  if (alone.has_error()) {
    return complain(alone.error());
  }
  Daemon& daemon = **alone;
  auto routes = std::make_shared<server::http::Routes>();
  add_import_route(*routes, daemon);
  Protocol::socket socket(daemon.threads().context(0), Protocol(), descriptor);
  wait_for(daemon.threads(), server::http::serve(routes, net::make_socket_stream(std::move(socket))));
  return kExitDone;
}

} // namespace

boost::system::result<std::unique_ptr<SpoolLine>, Fault>
SpoolLine::open(std::shared_ptr<const config::Settings> settings) {
  std::unique_ptr<SpoolLine> line(new SpoolLine());
  if (!line->call_daemon(settings->spool.directory)) {
    line->start_process(std::move(settings));
  }
  return line;
}

bool SpoolLine::call_daemon(const std::filesystem::path& directory) {
  boost::system::error_code error;
  const net::LocalPath address(directory / "control.sock");
  socket_.connect(address.name(), error);
  if (error == boost::system::errc::no_such_file_or_directory ||
      error == boost::asio::error::connection_refused) {
    socket_.close(error);
    return false;
  }
  if (error) {
    throw boost::system::system_error(error, "control.sock");
  }
  return true;
}

void SpoolLine::start_process(std::shared_ptr<const config::Settings> settings) {
  Socket other(context_);
  boost::asio::local::connect_pair(socket_, other);
  context_.notify_fork(boost::asio::execution_context::fork_prepare);
  process_ = ::fork();
  if (process_ < 0) {
    throw std::system_error(errno, std::generic_category(), "a process cannot be started");
  }
  if (process_ > 0) {
    context_.notify_fork(boost::asio::execution_context::fork_parent);
    return;
  }
  context_.notify_fork(boost::asio::execution_context::fork_child);
  const int descriptor = other.release();
  socket_.close();
  int code = kExitFailed;
  try {
    code = serve_alone(std::move(settings), descriptor);
  } catch (const std::exception& error) {
    code = complain({kExitFailed, error.what()});
  }
  std::_Exit(code); // nothing of what the command holds ends twice
}

int SpoolLine::wait_for_process() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  int status = 0;
  while (process_ > 0 && ::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kExitFailed;
}

boost::system::result<void, Fault> SpoolLine::wait_until_ready() {
  if (process_ == 0) {
    return {}; // a daemon that listens has done it
  }
  const std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"; // any answer will do
  boost::system::error_code error;
  boost::asio::write(socket_, boost::asio::buffer(request), error);
  char first = 0;
  boost::asio::read(socket_, boost::asio::buffer(&first, 1), error);
  if (error) {
    return lost();
  }
  return {};
}

Fault SpoolLine::lost() {
  if (process_ == 0) {
    return {kExitTryAgain,
            "the daemon has ended, or does not answer: start it and try again, nothing is done twice"};
  }
  const int code = wait_for_process();
  return {code == kExitDone ? kExitFailed : code, ""};
}

SpoolLine::~SpoolLine() {
  wait_for_process();
}

} // namespace homespool::cli
