// A small POP3 provider on a loopback port, with faults for chosen messages.
//
// Threads: its own, one a connection; what it holds is guarded by a lock, so a test may look and change at
// any time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace homespool::test {

struct UpstreamMail {
  enum class Fault { none, refused, empty, cut, grows };
  std::string id;
  std::string body; // wire form, without dot stuffing
  Fault fault = Fault::none;
  std::uint64_t listed_size = 0; // 0: the true one
};

class Upstream {
 public:
  Upstream();
  ~Upstream();
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void put(UpstreamMail mail);
  void clear_faults();
  void refuse_retr(bool refused);
  void take_out(const std::string& id);
  void rename_ids(const std::string& prefix);
  std::vector<std::string> ids() const;
  std::size_t count() const { return ids().size(); }

  // Guarded like the rest; set them before the first connection.
  std::string password = "secret";
  bool pipelining = true;
  bool uidl = true;
  bool capa_closes = false;
  int capa_closes_once = 0; // so many times
  std::string capa_lines;   // more of them, with their line ends
  bool user = true;         // USER and PASS are taken, else AUTH PLAIN alone
  std::string uidl_refusal; // instead of a listing, with its line end
  bool uidl_empty = false;  // a listing without lines
  bool quit_fails = false;
  std::uint64_t stat_adds = 0;

  int connections() const {
    const std::lock_guard guard(lock_);
    return static_cast<int>(sockets_.size());
  }
  int logins() const {
    const std::lock_guard guard(lock_);
    return logins_;
  }
  int retrieved() const {
    const std::lock_guard guard(lock_);
    return retrieved_;
  }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  void serve(Socket& socket);
  // The answer to a line; false in `open` closes after it.
  std::string answer(const std::string& line, std::vector<UpstreamMail>& seen, std::vector<bool>& deleted,
                     bool& open);
  std::string retrieve(std::size_t number, const std::vector<UpstreamMail>& seen, bool& open);
  void expunge(const std::vector<UpstreamMail>& seen, const std::vector<bool>& deleted);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  mutable std::mutex lock_;
  std::vector<UpstreamMail> mails_;
  int logins_ = 0, retrieved_ = 0;
  bool stopping_ = false;
  std::list<Socket> sockets_;
  std::vector<std::thread> sessions_;
  std::thread accepting_;
};

} // namespace homespool::test
