#include "net/tls_session.hpp"

#include <boost/asio/error.hpp>

namespace homespool::net {
TlsSession::TlsSession(std::shared_ptr<TlsContext> context, int, std::string host)
    : context_(std::move(context)), host_(std::move(host)) {}
TlsSession::~TlsSession() = default;
IoStep TlsSession::handshake() {
  return IoStep::failed(boost::asio::error::operation_not_supported);
}
IoStep TlsSession::read(boost::asio::mutable_buffer) {
  return IoStep::failed(boost::asio::error::operation_not_supported);
}
IoStep TlsSession::peek() {
  return IoStep::failed(boost::asio::error::operation_not_supported);
}
IoStep TlsSession::write(boost::asio::const_buffer) {
  return IoStep::failed(boost::asio::error::operation_not_supported);
}
void TlsSession::shutdown() {}
} // namespace homespool::net
