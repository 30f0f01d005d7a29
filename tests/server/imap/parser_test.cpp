// The grammar of IMAP commands: what comes out of each, and what is refused.

#include "server/imap/grammar/parser.hpp"

#include <catch2/catch.hpp>

using namespace homespool::server::imap;
using homespool::spool::FlagChange;
using homespool::spool::Flags;

namespace {

template <class T>
T parsed(const std::string& arguments, bool utf8 = false) {
  ParserOptions options;
  options.utf8 = utf8;
  const Parsed outcome = parse_command("a " + arguments + "\r\n", options);
  INFO(arguments);
  if (outcome.command.has_error()) FAIL(arguments << ": " << outcome.command.error().text);
  REQUIRE(std::holds_alternative<T>(*outcome.command));
  return std::get<T>(*outcome.command);
}

ParseError refused(const std::string& command) {
  INFO(command);
  const Parsed outcome = parse_command(command, {});
  REQUIRE(outcome.command.has_error());
  return outcome.command.error();
}

std::vector<std::string> labels(const FetchItems& items) {
  std::vector<std::string> out;
  for (const auto& section : items.sections) out.push_back(section.label);
  return out;
}

} // namespace

TEST_CASE("IMAP: the tag is told even of a bad command") {
  CHECK(parse_command("a1 FOO\r\n", {}).tag == "a1");
  CHECK(parse_command("a1\r\n", {}).tag == "a1");
  CHECK(parse_command("A.b-9] NOOP", {}).tag == "A.b-9]");
  for (const std::string bad :
       {"", "\r\n", "+ NOOP", "a+b NOOP", "(a NOOP", "\"a\" NOOP", " NOOP", "\xc3\xa4 NOOP"})
    CHECK(parse_command(bad, {}).tag == "*");
  CHECK(tag_of("x7 LOGIN a b") == "x7");
  CHECK(tag_of("GET{ / HTTP") == "*");
}

TEST_CASE("IMAP: commands without arguments, in any case") {
  parsed<command::Noop>("noop");
  parsed<command::Capability>("Capability");
  parsed<command::Logout>("LOGOUT ");
  parsed<command::StartTls>("STARTTLS");
  parsed<command::Namespace>("NAMESPACE");
  parsed<command::Idle>("IDLE");
  parsed<command::Check>("CHECK");
  parsed<command::Close>("CLOSE");
  parsed<command::Unselect>("UNSELECT");
  CHECK_FALSE(parsed<command::Expunge>("EXPUNGE").uids);
  CHECK(parse_command("a uid fetch 1 FLAGS", {}).name == "UID FETCH");
}

TEST_CASE("IMAP: LOGIN takes atoms, quoted strings and literals") {
  const auto login = parsed<command::Login>("LOGIN taro-desk \"p \\\"w\\\\\"");
  CHECK(login.login == "taro-desk");
  CHECK(login.password.reveal() == "p \"w\\");
  CHECK(parsed<command::Login>("LOGIN {4}\r\nta\r\n {2+}\r\n((").password.reveal() == "((");
  CHECK(parsed<command::Login>("LOGIN \"\" \"\"").login.empty());
}

TEST_CASE("IMAP: AUTHENTICATE, ID and ENABLE") {
  CHECK(parsed<command::Authenticate>("AUTHENTICATE plain").mechanism == "PLAIN");
  CHECK_FALSE(parsed<command::Authenticate>("AUTHENTICATE plain").initial);
  CHECK(parsed<command::Authenticate>("AUTHENTICATE PLAIN AGEAYg==").initial == "AGEAYg==");
  CHECK(parsed<command::Authenticate>("AUTHENTICATE XOAUTH2 =").initial == "=");
  CHECK(parsed<command::Id>("ID NIL").fields.empty());
  const auto id = parsed<command::Id>("ID (\"name\" \"Thunderbird\" \"os\" NIL)");
  REQUIRE(id.fields.size() == 2);
  CHECK(id.fields[0].second == "Thunderbird");
  CHECK_FALSE(id.fields[1].second);
  CHECK(parsed<command::Enable>("ENABLE UTF8=ACCEPT condstore").capabilities ==
        std::vector<std::string>{"UTF8=ACCEPT", "CONDSTORE"});
}

TEST_CASE("IMAP: mailbox names are decoded") {
  CHECK(parsed<command::Select>("SELECT inbox").mailbox == "INBOX");
  CHECK(parsed<command::Select>("SELECT \"Tom &- Jerry\"").mailbox == "Tom & Jerry");
  CHECK(parsed<command::Select>("EXAMINE {10}\r\n&U,BTFw-/x (CONDSTORE)").mailbox == "\u53f0\u5317/x");
  CHECK(parsed<command::Select>("EXAMINE x").examine);
  CHECK(parsed<command::Select>("SELECT x (CONDSTORE)").condstore);
  CHECK(parsed<command::Select>("SELECT \"\u00e4&x\"", true).mailbox == "\u00e4&x");
  CHECK(parsed<command::Create>("CREATE a/b/").mailbox == "a/b");
  CHECK(parsed<command::Create>("CREATE s (USE (\\Sent))").special_use == "\\Sent");
  CHECK(parsed<command::Rename>("RENAME a b/").to == "b");
  CHECK(parsed<command::Delete>("DELETE a").mailbox == "a");
  CHECK(parsed<command::Subscribe>("SUBSCRIBE a").mailbox == "a");
  CHECK(parsed<command::Unsubscribe>("UNSUBSCRIBE a").mailbox == "a");
  CHECK(refused("a SELECT &AOQ").answer == ParseError::Answer::no);
  CHECK(refused("a SELECT \"\xc3\xa4\"").answer == ParseError::Answer::no);
}

TEST_CASE("IMAP: STATUS and the rights commands") {
  using Item = command::StatusItem;
  CHECK(parsed<command::Status>("STATUS x (MESSAGES unseen MESSAGES HIGHESTMODSEQ)").items ==
        std::vector{Item::messages, Item::unseen, Item::highestmodseq});
  CHECK(parsed<command::MyRights>("MYRIGHTS INBOX").mailbox == "INBOX");
  CHECK(parsed<command::GetAcl>("GETACL INBOX").mailbox == "INBOX");
  CHECK(parsed<command::ListRights>("LISTRIGHTS INBOX taro").identifier == "taro");
  CHECK(parsed<command::SetAcl>("SETACL INBOX taro +lr").rights == "+lr");
  CHECK(parsed<command::DeleteAcl>("DELETEACL INBOX taro").identifier == "taro");
}

TEST_CASE("IMAP: LIST plain, extended, with STATUS") {
  const auto plain = parsed<command::List>("LIST \"\" %");
  CHECK(plain.patterns == std::vector<std::string>{"%"});
  CHECK_FALSE(plain.extended);
  const auto thunderbird =
      parsed<command::List>("LIST (SUBSCRIBED) \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))");
  CHECK(thunderbird.select_subscribed);
  CHECK(thunderbird.return_special_use);
  CHECK(thunderbird.return_status.size() == 2);
  CHECK(thunderbird.extended);
  const auto several = parsed<command::List>("LIST () \"\" (INBOX Sent/% \"&AOQ-*\") RETURN ()");
  CHECK(several.patterns == std::vector<std::string>{"INBOX", "Sent/%", "\u00e4*"});
  CHECK(parsed<command::List>("LIST (SPECIAL-USE) \"\" *").select_special_use);
  CHECK(parsed<command::List>("LIST (SUBSCRIBED RECURSIVEMATCH REMOTE) \"\" * RETURN (CHILDREN SUBSCRIBED)")
            .select_recursivematch);
  CHECK(parsed<command::List>("LSUB \"\" *").kind == command::List::Kind::lsub);
  CHECK(parsed<command::List>("XLIST \"\" *").kind == command::List::Kind::xlist);
}

TEST_CASE("IMAP: APPEND is parsed up to its message") {
  const auto append =
      parsed<command::Append>("APPEND Sent (\\Seen $x $X \\Recent) \" 1-Feb-1994 10:00:00 +0100\" {12}");
  CHECK(append.mailbox == "Sent");
  CHECK(append.flags.system == Flags::kSeen);
  CHECK(append.flags.keywords == std::vector<std::string>{"$x"});
  CHECK(append.recent);
  REQUIRE(append.date);
  CHECK(append.date->time_since_epoch().count() == 760093200);
  CHECK(append.size == 12);
  CHECK(parsed<command::Append>("APPEND {3+}\r\na b {5000000000+}").size == 5'000'000'000);
  CHECK(parsed<command::Append>("APPEND x UTF8 (~{3}").utf8);
  CHECK_FALSE(parsed<command::Append>("APPEND x () {0}").date);
}

TEST_CASE("IMAP: REPLACE names the message that goes, and then is as APPEND") {
  const auto replace = parsed<command::Replace>("UID REPLACE 4 Drafts (\\Draft) {12}");
  CHECK(replace.uid);
  CHECK(replace.set.ranges.size() == 1);
  CHECK(replace.append.mailbox == "Drafts");
  CHECK(replace.append.flags.system == Flags::kDraft);
  CHECK(replace.append.size == 12);
  CHECK_FALSE(parsed<command::Replace>("REPLACE * Drafts {12}").uid);
}

TEST_CASE("IMAP: sequence sets keep their ranges") {
  const auto fetch = parsed<command::Fetch>("FETCH 1,3:*,4294967295 FLAGS");
  const std::vector<SequenceSet::Range> expected{
      {1, 1}, {3, SequenceSet::kStar}, {SequenceSet::kStar - 1, SequenceSet::kStar - 1}};
  CHECK(fetch.set.ranges == expected);
  CHECK_FALSE(fetch.uid);
}

TEST_CASE("IMAP: FETCH items, macros and sections") {
  using Item = FetchItem;
  CHECK(parsed<command::Fetch>("FETCH 1 ALL").items.order ==
        std::vector{Item::flags, Item::internal_date, Item::size, Item::envelope});
  CHECK(parsed<command::Fetch>("FETCH 1 fast").items.order.size() == 3);
  CHECK(parsed<command::Fetch>("FETCH 1 FULL").items.order.back() == Item::body);
  const auto uid = parsed<command::Fetch>("UID FETCH 1:* (FLAGS UID BODYSTRUCTURE) (CHANGEDSINCE 0)");
  CHECK(uid.items.order == std::vector{Item::uid, Item::flags, Item::bodystructure, Item::modseq});
  CHECK(uid.changed_since == homespool::spool::ModSeq{0});
  const auto sections = parsed<command::Fetch>(
      "FETCH 1 (BODY[] body.peek[header.fields (From \"a b\")]<0.5> BODY[1.2.MIME] BODY[2] BODY[1.text]<9.1> "
      "RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE BODY.PEEK[HEADER.FIELDS.NOT (X)] BODY[3.HEADER])");
  CHECK(labels(sections.items) == std::vector<std::string>{"BODY[]", "BODY[HEADER.FIELDS (From \"a b\")]<0>",
                                                           "BODY[1.2.MIME]", "BODY[2]", "BODY[1.TEXT]<9>",
                                                           "RFC822", "RFC822.HEADER", "RFC822.TEXT",
                                                           "BODY[HEADER.FIELDS.NOT (X)]", "BODY[3.HEADER]"});
  CHECK(sections.items.sections[2].path == std::vector<std::uint32_t>{1, 2});
  CHECK(sections.items.sets_seen());
  CHECK_FALSE(parsed<command::Fetch>("FETCH 1 (BODY.PEEK[] RFC822.HEADER)").items.sets_seen());
}

TEST_CASE("IMAP: a FETCH knows what it needs") {
  CHECK_FALSE(parsed<command::Fetch>("FETCH 1 (FLAGS UID RFC822.SIZE BODY.PEEK[])").items.needs_details());
  CHECK(parsed<command::Fetch>("FETCH 1 BODY[HEADER]").items.needs_details());
  CHECK_FALSE(parsed<command::Fetch>("FETCH 1 BODY[HEADER]").items.wanted().parts);
  CHECK(parsed<command::Fetch>("FETCH 1 BODY[1]").items.wanted().parts);
  CHECK(parsed<command::Fetch>("FETCH 1 ALL").items.wanted().envelope);
  CHECK_FALSE(parsed<command::Fetch>("FETCH 1 ALL").items.needs_file());
}

TEST_CASE("IMAP: STORE, COPY, MOVE, UID EXPUNGE") {
  const auto store = parsed<command::Store>("UID STORE 7 (UNCHANGEDSINCE 12) +flags.silent (\\Seen $x)");
  CHECK(store.change == FlagChange::add);
  CHECK(store.silent);
  CHECK(store.uid);
  CHECK(store.unchanged_since == homespool::spool::ModSeq{12});
  const auto bare = parsed<command::Store>("STORE 1 -FLAGS \\Deleted Work");
  CHECK(bare.change == FlagChange::remove);
  CHECK(bare.flags.system == Flags::kDeleted);
  CHECK(bare.flags.keywords == std::vector<std::string>{"Work"});
  CHECK(parsed<command::Store>("STORE 1 FLAGS ()").flags.system == 0);
  CHECK(parsed<command::Copy>("UID COPY 1:2 \"a b\"").mailbox == "a b");
  CHECK(parsed<command::Move>("MOVE 1 Trash").set.ranges.size() == 1);
  CHECK(parsed<command::Expunge>("UID EXPUNGE 3:4").uids);
}

TEST_CASE("IMAP: SEARCH keys make a tree") {
  using Kind = SearchKey::Kind;
  const auto search = parsed<command::Search>(
      "UID SEARCH CHARSET utf-8 OR UNSEEN (FROM taro SINCE 1-Feb-1994) NOT BODY {3}\r\nabc 1:5 UID 7 NEW");
  CHECK(search.charset == "utf-8");
  REQUIRE(search.key.children.size() == 5);
  CHECK(search.key.children[0].kind == Kind::any_of);
  CHECK(search.key.children[0].children[0].kind == Kind::none_of);
  CHECK(search.key.children[0].children[1].children[0].field == "FROM");
  CHECK(search.key.children[1].children[0].text == "abc");
  CHECK(search.key.children[2].kind == Kind::numbers);
  CHECK(search.key.children[3].kind == Kind::uids);
  CHECK(search.key.children[4].children.size() == 2);
  for (const std::string key : {"ALL",
                                "ANSWERED",
                                "BCC x",
                                "BEFORE \"1-Feb-1994\"",
                                "CC x",
                                "DELETED",
                                "DRAFT",
                                "FLAGGED",
                                "KEYWORD x",
                                "LARGER 5",
                                "OLD",
                                "ON 1-Feb-1994",
                                "RECENT",
                                "SEEN",
                                "SENTBEFORE 1-Feb-1994",
                                "SENTON 1-Feb-1994",
                                "SENTSINCE 1-Feb-1994",
                                "SMALLER 5",
                                "SUBJECT \"\"",
                                "TEXT x",
                                "TO x",
                                "UNANSWERED",
                                "UNDELETED",
                                "UNDRAFT",
                                "UNFLAGGED",
                                "UNKEYWORD x",
                                "HEADER Message-ID <a@b>",
                                "OLDER 60",
                                "YOUNGER 60",
                                "MODSEQ 5",
                                "MODSEQ \"/flags/\\\\draft\" all 5",
                                "*",
                                "(ALL)"})
    parsed<command::Search>("SEARCH " + key);
}

TEST_CASE("IMAP: depth and number are bounded") {
  std::string deep = "a SEARCH ";
  for (int i = 0; i < 60; ++i) deep += '(';
  CHECK(refused(deep).text == "the keys are nested too deeply");
  std::string nots = "a SEARCH";
  for (int i = 0; i < 60; ++i) nots += " NOT";
  CHECK(refused(nots + " ALL").text == "the keys are nested too deeply");
  std::string many = "a SEARCH";
  for (int i = 0; i < 10'001; ++i) many += " ALL";
  CHECK(refused(many).text == "too many keys");
  std::string set = "a FETCH 1";
  for (int i = 0; i < 40'000; ++i) set += ",1";
  CHECK(refused(set + " FLAGS").text == "too many message numbers");
  std::string path = "a FETCH 1 BODY[1";
  for (int i = 0; i < 100; ++i) path += ".1";
  CHECK(refused(path + "]").text == "a section is too deep");
  CHECK(refused("a STORE 1 FLAGS " + std::string(256, 'x')).answer == ParseError::Answer::no);
}

TEST_CASE("IMAP: a command cut anywhere is refused or still a command, never worse") {
  for (const std::string command :
       {"a LOGIN {4}\r\nta\r\n \"x\\\"y\"",
        "a UID FETCH 1:*,7 (BODY.PEEK[1.2.HEADER.FIELDS (A B)]<0.9> FLAGS)",
        "a SEARCH OR (FROM \"x\" UID 1:*) NOT SENTON 1-Feb-1994 TEXT {2}\r\nab",
        "a LIST (SUBSCRIBED) \"\" (a b) RETURN (STATUS (MESSAGES))",
        "a APPEND x (\\Seen) \" 1-Feb-1994 10:00:00 +0100\" {12}", "a STORE 1 +FLAGS.SILENT (\\Seen $x)"}) {
    CHECK(parse_command(command, {}).command.has_value());
    for (std::size_t size = 0; size < command.size(); ++size) {
      const auto outcome = parse_command(command.substr(0, size), {});
      if (outcome.command.has_error()) CHECK(outcome.command.error().at <= size);
    }
  }
}
