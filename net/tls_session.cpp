#include "net/tls_session.hpp"

#include "net/tls_context.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace homespool::net {
namespace {

// A socket BIO of our own: OpenSSL's writes with write(2), which can raise SIGPIPE.
int socket_of(BIO* bio) {
  return *static_cast<const int*>(BIO_get_data(bio));
}

int write_to_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_from_socket(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), into, static_cast<std::size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control_socket(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "homespool socket");
  if (method == nullptr) throw std::bad_alloc();
  BIO_meth_set_write(method, write_to_socket);
  BIO_meth_set_read(method, read_from_socket);
  BIO_meth_set_ctrl(method, control_socket);
  return method;
}

BIO* make_bio(int& fd) {
  static BIO_METHOD* const method = make_method(); // lives as long as the process, like OpenSSL's own
  BIO* bio = BIO_new(method);
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &fd);
  BIO_set_init(bio, 1);
  return bio;
}

// Notes the version of a ServerHello, which OpenSSL forgets when it is too old.
void watch_server_hello(int written, int, int type, const void* bytes, std::size_t size, SSL*,
                        void* argument) {
  const auto* message = static_cast<const unsigned char*>(bytes);
  if (written != 0 || type != SSL3_RT_HANDSHAKE || size < 6 || message[0] != SSL3_MT_SERVER_HELLO) return;
  static_cast<TlsFailure*>(argument)->offered_version = message[4] * 256U + message[5];
}

// SSL_get_error looks at both.
void forget_errors() {
  ERR_clear_error();
  errno = 0;
}

void expect_host(SSL* ssl, const std::string& host) {
  boost::system::error_code not_numeric;
  boost::asio::ip::make_address(host, not_numeric);
  if (not_numeric) {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  }
}

} // namespace

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, int fd, std::string host)
    : context_(std::move(context)), fd_(fd) {
  if (host.ends_with('.')) host.pop_back();
  ssl_ = SSL_new(context_->native());
  if (ssl_ == nullptr) throw std::bad_alloc();
  BIO* bio = make_bio(fd_);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, &failure_);
  if (context_->is_server()) {
    SSL_set_accept_state(ssl_);
    return;
  }
  failure_.host = std::move(host);
  SSL_set_connect_state(ssl_);
  SSL_set_msg_callback(ssl_, watch_server_hello);
  SSL_set_msg_callback_arg(ssl_, &failure_);
  expect_host(ssl_, failure_.host);
}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
}

IoStep TlsSession::handshake() {
  if (!context_->is_server() && failure_.host.empty()) {
    failure_.text = "there is no host name to check the certificate against";
    return IoStep::failed(boost::asio::error::invalid_argument);
  }
  forget_errors();
  const int returned = SSL_do_handshake(ssl_);
  if (returned != 1) return result_of(returned);
  established_ = true;
  SSL_set_msg_callback(ssl_, nullptr);
  return IoStep::moved(0);
}

// OpenSSL gives one record (16 KiB) at a time; more that has come already is taken along.
IoStep TlsSession::read(boost::asio::mutable_buffer into) {
  if (later_) return IoStep::failed(later_);
  std::size_t total = 0;
  do {
    std::size_t got = 0;
    forget_errors();
    const int returned = SSL_read_ex(ssl_, into.data(), into.size(), &got);
    if (returned != 1) {
      const IoStep ended = result_of(returned);
      if (total == 0) return ended;
      later_ = ended.error;
      break;
    }
    total += got;
    into += got;
  } while (into.size() > 0 && SSL_has_pending(ssl_) == 1);
  return IoStep::moved(total);
}

IoStep TlsSession::peek() {
  if (later_) return IoStep::failed(later_);
  char byte = 0;
  std::size_t got = 0;
  forget_errors();
  const int returned = SSL_peek_ex(ssl_, &byte, 1, &got);
  if (returned == 1) return IoStep::moved(0);
  const IoStep ended = result_of(returned);
  later_ = ended.error;
  return ended;
}

IoStep TlsSession::write(boost::asio::const_buffer bytes) {
  std::size_t sent = 0;
  forget_errors();
  const int returned = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent);
  return returned == 1 ? IoStep::moved(sent) : result_of(returned);
}

void TlsSession::shutdown() {
  if (!established_ || broken_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

IoStep TlsSession::result_of(int returned) {
  const int system = errno;
  switch (SSL_get_error(ssl_, returned)) {
  case SSL_ERROR_WANT_READ:
    return IoStep::wait(Want::read);
  case SSL_ERROR_WANT_WRITE:
    return IoStep::wait(Want::write);
  case SSL_ERROR_ZERO_RETURN:
    return IoStep::failed(boost::asio::error::eof);
  case SSL_ERROR_SYSCALL:
    broken_ = true;
    if (system == 0) return IoStep::failed(boost::asio::error::eof);
    return IoStep::failed(ErrorCode(system, boost::system::system_category()));
  default:
    break;
  }
  broken_ = true;
  const unsigned long error = ERR_peek_error();
  if (failure_.text.empty())
    failure_.text = handshake_failure(error, failure_, SSL_get_min_proto_version(ssl_));
  ERR_clear_error();
  return IoStep::failed(boost::system::errc::make_error_code(boost::system::errc::protocol_error));
}

} // namespace homespool::net
