#include "cli/daemon/control_client.hpp"

#include "net/local_path.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace homespool::cli {

namespace http = boost::beast::http;

std::optional<ControlAnswer> ask_daemon(const std::filesystem::path& spool_directory,
                                        const std::string& method, const std::string& path,
                                        const std::string& body) {
  boost::asio::io_context context;
  boost::asio::local::stream_protocol::socket socket(context);
  boost::system::error_code error;
  const net::LocalPath address(spool_directory / "control.sock");
  socket.connect(address.name(), error);
  if (error == boost::system::errc::no_such_file_or_directory ||
      error == boost::asio::error::connection_refused) {
    return std::nullopt;
  }
  if (error) {
    throw boost::system::system_error(error, "control.sock");
  }
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(method);
  request.target(path);
  request.set(http::field::host, "localhost");
  request.set(http::field::content_type, "application/json");
  request.keep_alive(false);
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::uint64_t{256} << 20U);
  http::read(socket, buffer, parser);
  return ControlAnswer{parser.get().result_int(), parser.get().body()};
}

} // namespace homespool::cli
