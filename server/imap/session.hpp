// One conversation with an IMAP client, from greeting to close.
//
// The pieces of a session and its commands; each command family has a file of its own (command/*.cpp).
// Grammar, framing and rendering are elsewhere and pure. Threads: one network thread from birth to death;
// nothing here is locked.
#pragma once

#include "net/line_reader.hpp"
#include "server/authenticator.hpp"
#include "server/deleter_rule.hpp"
#include "server/imap/grammar/command.hpp"
#include "server/imap/grammar/parser.hpp"
#include "server/imap/limits.hpp"
#include "server/imap/mailbox_view.hpp"
#include "server/imap/wire/framing.hpp"
#include "server/imap/wire/output.hpp"
#include "server/session.hpp"

#include <optional>
#include <string>

namespace homespool::server::imap {

// The tagged end of a command: "OK", "NO" or "BAD" and its text, "[CODE] words".
struct Reply {
  enum class Kind { ok, no, bad, none }; // none: the connection ends, or everything was said
  Kind kind = Kind::ok;
  std::string text;

  static Reply ok(std::string text) { return {Kind::ok, std::move(text)}; }
  static Reply no(std::string text) { return {Kind::no, std::move(text)}; }
  static Reply bad(std::string text) { return {Kind::bad, std::move(text)}; }
  static Reply none() { return {Kind::none, {}}; }
};

// What a fault of the spool means to a client.
Reply reply_of(boost::system::error_code error);
// A mailbox that a COPY, MOVE or APPEND names is not there.
Reply try_create();
Reply no_such_mailbox();

// A message that stands on the line after APPEND's first part.
struct PendingMessage {
  std::uint64_t size = 0;
  bool synchronising = false;
};

class Session {
 public:
  Session(ThreadRoom& room, std::unique_ptr<net::Stream> stream, boost::asio::any_io_executor executor);
  Awaitable<void> run(bool implicit_tls);

 private:
  // The selected mailbox.
  struct Selected {
    spool::Mailbox mailbox;
    MailboxView view;
  };
  // session.cpp: the conversation.
  Awaitable<void> converse();
  Awaitable<void> serve_command();
  Awaitable<Reply> dispatch(Command command);
  Awaitable<void> drop_message();
  bool in_right_state(const Command& command) const;
  void say(const std::string& tag, const Reply& reply);
  void count_bad(const Reply& reply);
  Awaitable<void> bye(std::string reason);
  std::string whoami() const;

  // input.cpp: reading commands.
  Awaitable<bool> read_command();
  Awaitable<bool> refuse_frame(Frame frame, std::string start);
  Awaitable<bool> discard(Discarder discarder);
  // At least one more byte than `have`; empty when the session has to end (a reason was said).
  Awaitable<std::optional<std::string_view>> more(std::size_t have);
  Awaitable<std::optional<std::string>> read_line(std::size_t limit);
  Awaitable<bool> waited(net::ErrorCode error);
  void set_read_deadline();
  Limits limits() const { return login_ ? Limits{} : before_login(); }

  // command/any.cpp, auth.cpp
  Awaitable<Reply> execute(command::Capability);
  Awaitable<Reply> execute(command::Noop);
  Awaitable<Reply> execute(command::Logout);
  Awaitable<Reply> execute(command::Id id);
  Awaitable<Reply> execute(command::Enable);
  Awaitable<Reply> execute(command::Namespace);
  Awaitable<Reply> execute(command::StartTls);
  Awaitable<Reply> execute(command::Login login);
  Awaitable<Reply> execute(command::Authenticate authenticate);
  Awaitable<Reply> log_in(std::string login, config::Secret password);
  std::string capabilities() const;

  // command/mailboxes.cpp, list.cpp, acl.cpp
  Awaitable<Reply> execute(command::Create create);
  Awaitable<Reply> execute(command::Delete remove);
  Awaitable<Reply> execute(command::Rename rename);
  Awaitable<Reply> execute(command::Subscribe subscribe);
  Awaitable<Reply> execute(command::Unsubscribe unsubscribe);
  Awaitable<Reply> execute(command::Status status);
  Awaitable<Reply> execute(command::List list);
  Awaitable<Reply> execute(command::GetAcl get);
  Awaitable<Reply> execute(command::MyRights rights);
  Awaitable<Reply> execute(command::ListRights rights);
  Awaitable<Reply> execute(command::SetAcl set);
  Awaitable<Reply> execute(command::DeleteAcl remove);
  Awaitable<void> say_status(spool::Mailbox mailbox, std::vector<command::StatusItem> items);
  std::optional<spool::Mailbox> find(const std::string& name) const;

  // command/selected.cpp
  Awaitable<Reply> execute(command::Select select);
  Awaitable<Reply> execute(command::Check);
  Awaitable<Reply> execute(command::Close);
  Awaitable<Reply> execute(command::Unselect);
  Awaitable<Reply> execute(command::Expunge expunge);
  void say_selected(const command::Select& select);
  Awaitable<Reply> expunge(std::optional<spool::UidSet> uids, Act act);

  // command/fetch.cpp, search.cpp, store.cpp, copy.cpp, append.cpp, replace.cpp, idle.cpp
  Awaitable<Reply> execute(command::Fetch fetch);
  Awaitable<OwnStore> mark_seen(const std::vector<std::size_t>& places);
  Awaitable<Reply> send_messages(const command::Fetch& fetch, const std::vector<std::size_t>& places,
                                 const std::vector<spool::Uid>& newly_seen);
  // A message of a FETCH and what the spool has of it.
  struct Fetched {
    std::size_t place = 0;
    FetchMessage message;
    spool::LookedUp found;
  };
  // Of the first of `places`, which are not empty, or some more.
  std::vector<Fetched> look_up(std::span<const std::size_t> places, const FetchItems& items);
  Awaitable<boost::system::error_code> send_sections(const Fetched& fetched, const FetchWriter& writer);
  Awaitable<boost::system::error_code> check_ranges(std::shared_ptr<const spool::MessageFile> whole);
  Awaitable<Reply> execute(command::Search search);
  Awaitable<Reply> execute(command::Store store);
  Awaitable<Reply> execute(command::Copy copy);
  Awaitable<Reply> execute(command::Move move);
  Awaitable<Reply> execute(command::Replace replace);
  Awaitable<Reply> execute(command::Append append);
  Reply may_append(const command::Append& append) const;
  Awaitable<std::optional<Reply>> take_message(std::shared_ptr<spool::Incoming> message, std::uint64_t size);
  Awaitable<bool> take_rest_of_append(bool utf8);
  Awaitable<Reply> execute(command::Idle);
  Awaitable<Reply> idle_until_done();

  // following.cpp: keeping up with the mailbox.
  // Takes the newest state in; false when the mailbox is gone, and the session ends.
  Awaitable<bool> refresh();
  Awaitable<void> announce(Permit permit);
  Awaitable<void> write_out(Announcement announcement);
  // Places (from 0, rising) of the selected mailbox; nothing when a sequence number does not exist.
  std::optional<std::vector<std::size_t>> places(const SequenceSet& set, bool uid) const;
  spool::UidSet uids_of(const std::vector<std::size_t>& places) const;
  bool any_gone(const std::vector<std::size_t>& places) const;

  Actor actor() const;
  spool::Spool& spool() const { return room_.shared.spool; }
  const std::string& user() const { return user_; }
  bool utf8() const { return false; } // UTF8=ACCEPT is not offered yet

  ThreadRoom& room_;
  std::unique_ptr<net::Stream> stream_;
  boost::asio::any_io_executor executor_;
  net::LineReader reader_;
  SessionTicket ticket_;
  Output out_;
  net::Steady::time_point login_deadline_;
  net::Steady::time_point read_deadline_{};

  std::string command_; // the bytes of the command that is served
  std::optional<PendingMessage> message_;
  std::string user_;
  std::optional<Login> login_;
  std::optional<Selected> selected_;
  std::string client_name_; // from ID, escaped
  unsigned bad_ = 0;
  bool idling_ = false;
  bool changed_ = false;
  bool over_ = false;
};

} // namespace homespool::server::imap
