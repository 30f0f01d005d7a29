// The pure parts of the POP3 server: command lines, dot-stuffing, the view of the INBOX, and what QUIT
// changes.
#include "server/pop3/command.hpp"
#include "server/pop3/dot_stuffing.hpp"
#include "server/pop3/maildrop.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::server::pop3;

namespace {

std::string stuffed(std::string_view body, std::size_t chunk) {
  DotStuffer stuffer;
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += chunk) {
    stuffer.add(body.substr(at, chunk), out);
  }
  stuffer.finish(out);
  return out;
}

spool::Snapshot inbox_of(std::vector<spool::Message> messages) {
  spool::Snapshot snapshot;
  snapshot.assign({std::make_shared<const spool::Snapshot::Chunk>(std::move(messages))});
  return snapshot;
}

spool::Message message(std::uint32_t uid, std::uint32_t size, std::uint64_t flags) {
  return {spool::Uid{uid}, size, spool::MessageId{uid + 100}, spool::Flags{flags}, spool::ModSeq{1}};
}

std::vector<std::int64_t> ids(const std::vector<Item>& items) {
  std::vector<std::int64_t> out;
  for (const Item& item : items) {
    out.push_back(item.id.value);
  }
  return out;
}

} // namespace

TEST_CASE("POP3 commands are read in any case, with their numbers") {
  CHECK(parse_command("quit")->verb == Verb::quit);
  CHECK(parse_command("Retr 12")->number == 12U);
  const auto top = parse_command("TOP 3 0");
  CHECK(top->number == 3U);
  CHECK(top->lines == 0);
  CHECK_FALSE(parse_command("LIST")->number);
  CHECK(parse_command("PASS  two blanks ")->text == " two blanks ");
}

TEST_CASE("POP3 lines that are no commands are refused with a sentence") {
  for (const char* line : {"", "XYZZY", "RETR", "RETR x", "RETR -1", "RETR 4294967296", "RETR 1 2", "TOP 1",
                           "TOP 1 x", "TOP 1 2 3", "STAT 1", "LIST 1 2", "NOOP x", "RE TR 1"}) {
    INFO(line);
    CHECK(parse_command(line).has_error());
  }
}

TEST_CASE("a web browser is told from a mail client") {
  CHECK(is_http_verb("GET / HTTP/1.1"));
  CHECK_FALSE(is_http_verb("GETX"));
}

TEST_CASE("dots that begin a line are doubled however the body is cut") {
  const std::string body = ".a\r\n..\r\nb.\r\n\r\n.\r\n.c\r\n";
  const std::string expected = "..a\r\n...\r\nb.\r\n\r\n..\r\n..c\r\n.\r\n";
  for (std::size_t chunk = 1; chunk <= body.size(); ++chunk) {
    CHECK(stuffed(body, chunk) == expected);
  }
}

TEST_CASE("a body without a last line end gets one, an empty one gets none") {
  CHECK(stuffed("a", 1) == "a\r\n.\r\n");
  CHECK(stuffed("a\n.\r", 2) == "a\n..\r\r\n.\r\n");
  CHECK(stuffed("", 1) == ".\r\n");
}

TEST_CASE("TOP keeps as many lines as were asked for, however the body is cut") {
  const std::string body = "1\r\n2\r\n3";
  for (std::size_t chunk = 1; chunk <= body.size(); ++chunk) {
    for (std::uint32_t lines = 0; lines <= 4; ++lines) {
      LineCutter cutter(lines);
      std::string out;
      for (std::size_t at = 0; at < body.size(); at += chunk) {
        out += cutter.take(std::string_view(body).substr(at, chunk));
      }
      CHECK(out == body.substr(0, std::min<std::size_t>(lines * 3, body.size())));
    }
  }
}

TEST_CASE("a client is shown what its settings say and nothing it has hidden") {
  const auto inbox = inbox_of({message(1, 10, spool::Flags::kSeen), message(2, 2000, 0), message(5, 10, 0)});
  config::ClientPop3 settings;
  CHECK(ids(choose(inbox, settings, {})) == std::vector<std::int64_t>{101, 102, 105});
  CHECK(ids(choose(inbox, settings, {spool::MessageId{105}, spool::MessageId{101}})) ==
        std::vector<std::int64_t>{102});
  settings.show = config::Show::unread;
  CHECK(ids(choose(inbox, settings, {})) == std::vector<std::int64_t>{102, 105});
  settings.largest = 1999;
  CHECK(ids(choose(inbox, settings, {})) == std::vector<std::int64_t>{105});
}

TEST_CASE("messages marked as deleted are not there until RSET") {
  Maildrop maildrop({Item{spool::MessageId{1}, 10}, Item{spool::MessageId{2}, 20}});
  maildrop.mark(*maildrop.find(1));
  CHECK(maildrop.find(1) == nullptr);
  CHECK(maildrop.count() == 1);
  CHECK(maildrop.bytes() == 20);
  CHECK(maildrop.find(0) == nullptr);
  CHECK(maildrop.find(3) == nullptr);
  maildrop.unmark_all();
  CHECK(maildrop.count() == 2);
  CHECK(maildrop.bytes() == 30);
}

TEST_CASE("QUIT deletes for the deleter, hides for a reader, refuses where it is so set") {
  Maildrop maildrop({Item{spool::MessageId{1}, 10, false, true}, Item{spool::MessageId{2}, 20}});
  maildrop.mark(*maildrop.find(2));
  config::User user{"taro", {}};
  config::Client client;
  client.login = "desk";

  QuitPlan plan = plan_quit(maildrop, user, client);
  CHECK(plan.update.seen == std::vector{spool::MessageId{1}});
  CHECK(plan.update.hidden == std::vector{spool::MessageId{2}});
  CHECK(plan.update.deleted.empty());

  client.pop3.on_delete = config::OnDelete::refuse;
  client.pop3.marks_read = false;
  plan = plan_quit(maildrop, user, client);
  CHECK(plan.update.seen.empty());
  CHECK(plan.update.hidden.empty());
  CHECK(plan.update.deleted.empty());
  CHECK(plan.refused == 1);

  client.may_delete = true;
  plan = plan_quit(maildrop, user, client);
  CHECK(plan.update.deleted == std::vector{spool::MessageId{2}});
  CHECK(plan.update.hidden.empty());
  CHECK(plan.refused == 0);
}
