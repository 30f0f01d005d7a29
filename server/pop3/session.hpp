// One POP3 conversation (RFC 1939; CAPA, UIDL, TOP, STLS, PIPELINING, RESP-CODES, AUTH-RESP-CODE, SASL
// PLAIN).
//
// Answers are gathered while commands wait in the buffer and written in one go, or whenever kOutput is
// reached. Threads: the stream's.
#pragma once

#include "net/line_reader.hpp"
#include "server/pop3/command.hpp"
#include "server/pop3/maildrop.hpp"

namespace homespool::server::pop3 {

class Session {
 public:
  Session(ThreadRoom& room, std::unique_ptr<net::Stream> stream);
  // From greeting to close.
  Awaitable<void> run(bool implicit_tls);

 private:
  // Before login (session_login.cpp). The reader's buffer is reused: what outlives the next read is copied.
  Awaitable<void> do_user(std::string login);
  Awaitable<void> do_pass(std::string password);
  Awaitable<void> do_auth(std::string arguments);
  Awaitable<void> do_stls();
  Awaitable<void> log_in(std::string login, config::Secret password);
  Awaitable<bool> open_maildrop();
  void do_capa();
  bool offers_login() const;
  bool stls_possible() const;

  // After login (session_mail.cpp).
  void do_stat();
  Awaitable<void> do_list(std::optional<std::uint32_t> number);
  Awaitable<void> do_uidl(std::optional<std::uint32_t> number);
  Awaitable<void> do_retr(std::uint32_t number);
  Awaitable<void> do_top(std::uint32_t number, std::uint32_t lines);
  void do_dele(std::uint32_t number);
  Awaitable<void> do_quit();
  // What TOP leaves of a message: its header and some lines.
  struct TopCut {
    std::uint64_t header = 0;
    std::uint32_t lines = 0;
  };
  Awaitable<bool> send_body(const spool::MessageFile& file, std::optional<TopCut> cut);

  // session.cpp
  Awaitable<bool> start_tls();
  Awaitable<void> serve_lines();
  Awaitable<void> dispatch(Command command);
  Awaitable<void> dispatch_mail(Command command);
  Awaitable<bool> next_line();
  void bad_command(std::string_view sentence);
  void ok(std::string_view text);
  void error(std::string_view text);
  Awaitable<void> flush();
  Awaitable<void> flush_if_large();
  void end() { ended_ = true; }
  void set_deadline();

  ThreadRoom& room_;
  std::unique_ptr<net::Stream> stream_;
  net::LineReader lines_;
  std::optional<SessionTicket> ticket_; // made in run(), which knows the executor
  net::Steady::time_point log_in_by_;
  std::string line_;
  std::string out_;
  std::string user_name_; // of USER, until PASS
  std::optional<Login> login_;
  std::optional<Maildrop> maildrop_;
  std::shared_ptr<const void> hold_; // on what is deleted meanwhile
  unsigned bad_commands_ = 0;
  unsigned failed_logins_ = 0;
  bool ended_ = false;
};

} // namespace homespool::server::pop3
