// Words of IMAP responses, to the byte; sequence sets.

#include "server/imap/wire/response.hpp"

#include <catch2/catch.hpp>

using namespace homespool::server::imap;
using homespool::spool::Flags;

namespace {
std::string string_of(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}
const std::vector<std::string> kKeywords{"$Junk", "$Forwarded"};
} // namespace

TEST_CASE("IMAP: strings are quoted where they may be, else literals") {
  CHECK(string_of("") == "\"\"");
  CHECK(string_of("a \"b\" \\c") == "\"a \\\"b\\\" \\\\c\"");
  CHECK(string_of("a\r\nb") == "{4}\r\na\r\nb");
  CHECK(string_of("\xc3\xa4") == "{2}\r\n\xc3\xa4");
  CHECK(string_of(std::string_view("a\0b", 3)) == "{3}\r\na\x80"
                                                  "b");
  CHECK(string_of(std::string(2000, 'x')) == "{2000}\r\n" + std::string(2000, 'x'));
}

TEST_CASE("IMAP: flags come as a list, keywords by their names") {
  std::string out;
  append_flags(out, {}, kKeywords, false);
  append_flags(out, {Flags::kSeen}, kKeywords, true);
  append_flags(out, {Flags::kFlagged | (3ULL << Flags::kFirstKeyword)}, kKeywords, false);
  append_flags(out, {4ULL << Flags::kFirstKeyword}, kKeywords, false); // a bit that has no name yet
  CHECK(out == "()(\\Seen \\Recent)(\\Flagged $Junk $Forwarded)()");
}

TEST_CASE("IMAP: an unsolicited FETCH has what it was given") {
  std::string out;
  append_flags_line(out, {3, {Flags::kSeen}, false, {}, {}}, kKeywords);
  append_flags_line(out, {4, {}, true, homespool::spool::Uid{9}, homespool::spool::ModSeq{12}}, kKeywords);
  CHECK(out == "* 3 FETCH (FLAGS (\\Seen))\r\n* 4 FETCH (UID 9 FLAGS (\\Recent) MODSEQ (12))\r\n");
}

TEST_CASE("IMAP: LIST lines name mailboxes as the client reads them") {
  std::string out;
  append_list_line(out, {command::List::Kind::list, {"\\HasNoChildren", "\\Sent"}, "Sent", false}, false);
  append_list_line(out, {command::List::Kind::lsub, {}, "My \u00e4", true}, false);
  append_list_line(out, {command::List::Kind::xlist, {}, "\u00e4", false}, true);
  CHECK(out == "* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n"
               "* LSUB () \"/\" \"My &AOQ-\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
               "* XLIST () \"/\" \"\u00e4\"\r\n");
}

TEST_CASE("IMAP: STATUS tells what was asked for, in that order") {
  homespool::spool::MailboxCounts counts;
  counts.messages = 3;
  counts.uidnext = {7};
  counts.bytes = 5'000'000'000;
  using Item = command::StatusItem;
  std::string out;
  const Item items[] = {Item::uidnext, Item::messages, Item::size, Item::appendlimit};
  append_status_line(out, "INBOX", counts, items, 64, false);
  CHECK(out == "* STATUS INBOX (UIDNEXT 7 MESSAGES 3 SIZE 5000000000 APPENDLIMIT 64)\r\n");
}

TEST_CASE("IMAP: rising numbers shrink to a set") {
  const std::uint32_t numbers[] = {1, 2, 3, 5, 7, 8};
  CHECK(number_set(numbers) == "1:3,5,7:8");
  CHECK(number_set({}).empty());
}

TEST_CASE("IMAP: text from outside is made harmless") {
  CHECK(safe_text("a\r\nb\x1b[0m\xff") == "a??b?[0m?");
  CHECK(safe_text("abcdef", 3) == "abc");
}

TEST_CASE("IMAP: sequence sets resolve against what there is") {
  constexpr auto kStar = SequenceSet::kStar;
  using Ranges = std::vector<SequenceSet::Range>;
  CHECK(resolve({{{1, kStar}}}, 10) == Ranges{{1, 10}});
  CHECK(resolve({{{20, kStar}}}, 10) == Ranges{{10, 20}});
  CHECK(resolve({{{5, 2}, {4, 7}, {8, 8}, {12, 12}}}, 10) == Ranges{{2, 8}, {12, 12}});
  CHECK(resolve({{{kStar, kStar}}}, 10) == Ranges{{10, 10}});
  CHECK(resolve({{{1, kStar}}}, 0).empty());
  const Ranges ranges{{2, 4}, {9, 9}};
  CHECK(contains(ranges, 2));
  CHECK(contains(ranges, 9));
  CHECK_FALSE(contains(ranges, 1));
  CHECK_FALSE(contains(ranges, 5));
  CHECK_FALSE(contains(ranges, 10));
}
