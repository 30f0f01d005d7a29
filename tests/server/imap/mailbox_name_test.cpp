// Modified UTF-7, INBOX, wildcards.

#include "server/imap/wire/mailbox_name.hpp"

#include <catch2/catch.hpp>

using namespace homespool::server::imap;

TEST_CASE("IMAP: mailbox names go to modified UTF-7 and back") {
  const std::pair<std::string, std::string> kNames[] = {
      {"INBOX", "INBOX"},
      {"", ""},
      {"Tom & Jerry", "Tom &- Jerry"},
      {"~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
      {"Entw\u00fcrfe", "Entw&APw-rfe"},
      {"\u00e4&\u00f6", "&AOQ-&-&APY-"},
      {"\U0001f4ec", "&2D3c7A-"},
      {"\u3042a\u3044", "&MEI-a&MEQ-"}};
  for (const auto& [utf8, wire] : kNames) {
    CHECK(to_modified_utf7(utf8) == wire);
    CHECK(from_modified_utf7(wire) == utf8);
  }
}

TEST_CASE("IMAP: every character survives the way through modified UTF-7") {
  for (char32_t c : {0x01U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xd7ffU, 0xe000U, 0xffffU, 0x10000U, 0x10ffffU}) {
    std::string name;
    if (c < 0x80)
      name += static_cast<char>(c);
    else if (c < 0x800) {
      name += static_cast<char>(0xc0 | (c >> 6));
      name += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      name += static_cast<char>(0xe0 | (c >> 12));
      name += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
      name += static_cast<char>(0x80 | (c & 0x3f));
    } else {
      name += static_cast<char>(0xf0 | (c >> 18));
      name += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
      name += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
      name += static_cast<char>(0x80 | (c & 0x3f));
    }
    CHECK(from_modified_utf7(to_modified_utf7(name)) == name);
    CHECK(from_modified_utf7(to_modified_utf7(name + name + "x" + name)) == name + name + "x" + name);
  }
}

TEST_CASE("IMAP: names that are not strictly modified UTF-7 are none") {
  for (const std::string wire :
       {"&", "&AOQ", "a&AOQ", "&AOQ=-", "&A-", "&AGE-", "&AOQ-&APY-", "&2D0-", "&3Ow-", "&2D0AYQ-", "&AAA-",
        "&AOR-", "\xc3\xa4", "a\x01", "a\x7f", "&AO/-", "&AOQA-"})
    CHECK_FALSE(from_modified_utf7(wire));
  CHECK_FALSE(from_modified_utf7(std::string("a\0b", 3)));
}

TEST_CASE("IMAP: INBOX is INBOX in any case, as a whole and as the first level") {
  CHECK(with_inbox("inbox") == "INBOX");
  CHECK(with_inbox("InBox/Work") == "INBOX/Work");
  CHECK(with_inbox("inboxes") == "inboxes");
  CHECK(with_inbox("a/inbox") == "a/inbox");
}

TEST_CASE("IMAP: only sensible names can be created") {
  for (const std::string name : {"a", "a/b", "\u53f0\u5317", "a.b", "..."}) CHECK(can_be_created(name));
  for (const std::string name : {"", "/a", "a/", "a//b", "..", "a/../b", ".", "a*", "a%", "a\n", "\xff"})
    CHECK_FALSE(can_be_created(name));
  CHECK_FALSE(can_be_created(std::string(1001, 'x')));
  std::string deep = "a";
  for (int i = 0; i < 50; ++i) deep += "/a";
  CHECK_FALSE(can_be_created(deep));
}

TEST_CASE("IMAP: UTF-8 is checked to the letter") {
  for (const std::string good : {"", "a", "\u00e4", "\u3042", "\U0001f4ec"}) CHECK(is_valid_utf8(good));
  for (const std::string bad :
       {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe3\x81", "\xff"})
    CHECK_FALSE(is_valid_utf8(bad));
}

TEST_CASE("IMAP: wildcards match as LIST wants them") {
  struct Row {
    const char* pattern;
    const char* name;
    bool match;
  };
  constexpr Row kRows[] = {{"*", "a/b/c", true},    {"%", "a", true},        {"%", "a/b", false},
                           {"%/%", "a/b", true},    {"a*", "a/b", true},     {"a%", "a/b", false},
                           {"a/%", "a/b", true},    {"a/%", "a", false},     {"inbox", "INBOX", true},
                           {"INB*", "INBOX", true}, {"inb%", "INBOX", true}, {"inbox/x", "INBOX/X", false},
                           {"", "", true},          {"", "a", false},        {"%%%*a", "xa", true},
                           {"*b*", "abc", true},    {"a", "A", false},       {"%*", "a/b", true},
                           {"*/b", "a/b", true},    {"*/b", "b", false},     {"a%c", "abbc", true},
                           {"a%c", "ab/c", false}};
  for (const auto& row : kRows) {
    INFO(row.pattern << " " << row.name);
    CHECK(list_matches(row.pattern, row.name) == row.match);
  }
}

TEST_CASE("IMAP: a hostile pattern costs no more than the name is long") {
  std::string pattern;
  for (int i = 0; i < 300'000; ++i) pattern += "a*%";
  CHECK_FALSE(list_matches(pattern, std::string(1000, 'a')));
}
