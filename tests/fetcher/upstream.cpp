#include "tests/fetcher/upstream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace homespool::test {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string stuffed(const std::string& body) {
  std::string out;
  bool line_start = true;
  for (const char c : body) {
    if (line_start && c == '.') out += '.';
    out += c;
    line_start = c == '\n';
  }
  return out;
}

std::uint64_t size_of(const UpstreamMail& mail) {
  return mail.listed_size > 0 ? mail.listed_size : mail.body.size();
}

std::string list(const std::vector<UpstreamMail>& mails, bool ids) {
  std::string out = "+OK\r\n";
  for (std::size_t i = 0; i < mails.size(); ++i) {
    out += std::to_string(i + 1) + " " + (ids ? mails[i].id : std::to_string(size_of(mails[i]))) + "\r\n";
  }
  return out + ".\r\n";
}

} // namespace

Upstream::Upstream() : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  accepting_ = std::thread([this] {
    for (;;) {
      boost::system::error_code error;
      Socket socket(io_);
      acceptor_.accept(socket, error);
      const std::lock_guard guard(lock_);
      if (error || stopping_) return;
      Socket& kept = sockets_.emplace_back(std::move(socket));
      sessions_.emplace_back([this, &kept] { serve(kept); });
    }
  });
}

Upstream::~Upstream() {
  {
    const std::lock_guard guard(lock_);
    stopping_ = true;
    boost::system::error_code ignored;
    for (Socket& socket : sockets_) socket.shutdown(Socket::shutdown_both, ignored);
  }
  Socket last(io_);
  boost::system::error_code ignored;
  last.connect(acceptor_.local_endpoint(), ignored);
  accepting_.join();
  for (std::thread& session : sessions_) session.join();
}

void Upstream::put(UpstreamMail mail) {
  const std::lock_guard guard(lock_);
  mails_.push_back(std::move(mail));
}

void Upstream::take_out(const std::string& id) {
  const std::lock_guard guard(lock_);
  std::erase_if(mails_, [&](const UpstreamMail& mail) { return mail.id == id; });
}

void Upstream::clear_faults() {
  const std::lock_guard guard(lock_);
  for (UpstreamMail& mail : mails_) mail.fault = UpstreamMail::Fault::none;
}

void Upstream::refuse_retr(bool refused) {
  const std::lock_guard guard(lock_);
  const auto fault = refused ? UpstreamMail::Fault::refused : UpstreamMail::Fault::none;
  for (UpstreamMail& mail : mails_) mail.fault = fault;
}

void Upstream::rename_ids(const std::string& prefix) {
  const std::lock_guard guard(lock_);
  for (UpstreamMail& mail : mails_) mail.id = prefix + mail.id;
}

std::vector<std::string> Upstream::ids() const {
  const std::lock_guard guard(lock_);
  std::vector<std::string> all;
  for (const UpstreamMail& mail : mails_) all.push_back(mail.id);
  return all;
}

void Upstream::serve(Socket& socket) {
  boost::system::error_code error;
  asio::write(socket, asio::buffer(std::string("+OK ready\r\n")), error);
  std::vector<UpstreamMail> seen;
  std::vector<bool> deleted;
  std::string buffer;
  for (bool open = true; open && !error;) {
    const std::size_t length = asio::read_until(socket, asio::dynamic_buffer(buffer), "\r\n", error);
    if (error) break;
    const std::string reply = answer(buffer.substr(0, length - 2), seen, deleted, open);
    buffer.erase(0, length);
    asio::write(socket, asio::buffer(reply), error);
  }
  const std::lock_guard guard(lock_);
  socket.shutdown(Socket::shutdown_both, error);
}

std::string Upstream::answer(const std::string& line, std::vector<UpstreamMail>& seen,
                             std::vector<bool>& deleted, bool& open) {
  const std::lock_guard guard(lock_);
  const std::size_t number = line.size() > 5 ? std::strtoul(line.c_str() + 5, nullptr, 10) : 0;
  if (line == "CAPA") {
    open = !capa_closes && capa_closes_once-- <= 0;
    return open ? "+OK\r\n" + capa_lines + (pipelining ? "PIPELINING\r\n.\r\n" : ".\r\n") : "";
  }
  if (line.starts_with("USER ") && !user) return "-ERR not in this way\r\n";
  if (line.starts_with("PASS ") || line.starts_with("AUTH PLAIN ")) {
    ++logins_;
    if (line.starts_with("PASS ") && line.substr(5) != password) return "-ERR [AUTH] wrong\r\n";
    seen = mails_;
    deleted.assign(seen.size(), false);
    return "+OK\r\n";
  }
  if (line == "STAT") return "+OK " + std::to_string(seen.size() + stat_adds) + " 1\r\n";
  if (line == "LIST") return list(seen, false);
  if (line == "UIDL" && !uidl_refusal.empty()) return uidl_refusal;
  if (line == "UIDL" && uidl_empty) return "+OK\r\n.\r\n";
  if (line == "UIDL") return uidl ? list(seen, true) : "-ERR\r\n";
  if (line.starts_with("RETR ")) return retrieve(number, seen, open);
  if (line.starts_with("DELE ") && number >= 1 && number <= seen.size()) deleted[number - 1] = true;
  if (line == "QUIT") {
    open = false;
    if (quit_fails) return "-ERR some messages were not removed\r\n";
    expunge(seen, deleted);
  }
  return line.starts_with("TOP ") ? "-ERR\r\n" : "+OK\r\n";
}

std::string Upstream::retrieve(std::size_t number, const std::vector<UpstreamMail>& seen, bool& open) {
  if (number < 1 || number > seen.size()) return "-ERR no such message\r\n";
  const UpstreamMail& mail = seen[number - 1];
  ++retrieved_;
  switch (mail.fault) {
  case UpstreamMail::Fault::none:
    return "+OK\r\n" + stuffed(mail.body) + ".\r\n";
  case UpstreamMail::Fault::refused:
    return "-ERR internal trouble\r\n";
  case UpstreamMail::Fault::empty:
    return "+OK\r\n.\r\n";
  case UpstreamMail::Fault::cut:
    open = false;
    return "+OK\r\n" + mail.body.substr(0, mail.body.size() / 2);
  case UpstreamMail::Fault::grows:
    return "+OK\r\n" + std::string(1 << 20, 'x') + "\r\n.\r\n";
  }
  return {};
}

void Upstream::expunge(const std::vector<UpstreamMail>& seen, const std::vector<bool>& deleted) {
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!deleted[i]) continue;
    std::erase_if(
        mails_, [&](const UpstreamMail& mail) { return mail.id == seen[i].id && mail.body == seen[i].body; });
  }
}

} // namespace homespool::test
