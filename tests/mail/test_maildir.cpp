// Names of files and folders in Maildirs.

#include "mail/keyword_name.hpp"
#include "mail/maildir/file_name.hpp"
#include "mail/maildir/folder_name.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;

using Texts = std::vector<std::string>;

TEST_CASE("Flags are read from the names of messages, whatever separates them") {
  const MaildirKeywords keywords = parse_maildir_keywords("0 NonJunk\n2 $label1\nrubbish\n26 no\n1\n");
  const std::pair<const char*, Texts> table[] = {
      {"1700000000.M1P2.host,S=4:2,DFPRST",
       {"\\Draft", "\\Flagged", "$Forwarded", "\\Answered", "\\Seen", "\\Deleted"}},
      {"1700000000.M1P2.host:2,", {}},
      {"1700000000.M1P2.host", {}},
      {"1700000000.M1P2.host;2,S", {"\\Seen"}},
      {"1700000000.M1P2.host!2,S", {"\\Seen"}},
      {"1700000000.M1P2.host\xEF\x80\xBA"
       "2,S",
       {"\\Seen"}},
      {"1700000000.M1P2.host:2,Sacb", {"\\Seen", "NonJunk", "$label1"}},
      {"1700000000.M1P2.host:2,XSz", {"\\Seen"}},
      {"1700000000.M1P2.host:1,S", {}},
      {"1700000000.M1P2,S=2,host", {}},
      {":2,S", {"\\Seen"}},
      {"2,S", {}},
      {"", {}},
  };
  for (const auto& [name, flags] : table) {
    CAPTURE(name);
    CHECK(parse_maildir_name(name, keywords).flags == flags);
  }
  CHECK(parse_maildir_name("a.b;2,S", keywords).unique == "a.b");
  CHECK(delivery_time("1700000000.x") == 1700000000);
  CHECK_FALSE(delivery_time("x.1700000000"));
  CHECK_FALSE(delivery_time("1700000000"));
}

TEST_CASE("Flags are written in the order that a Maildir wants") {
  const MaildirKeywords keywords = parse_maildir_keywords("0 NonJunk\n1 $Forwarded\n");
  CHECK(maildir_letters({"\\Seen", "$forwarded", "\\Answered", "nonjunk", "other"}, keywords) == "PRSab");
  CHECK(maildir_letters({}, keywords).empty());
}

TEST_CASE("Folder names go to a Maildir and come back") {
  const std::pair<const char*, const char*> table[] = {
      {"Archive/2020", ".Archive.2020"}, {"boost.org", ".boost\\2eorg"}, {"a\\b", ".a\\b"},
      {"a\\2eb", ".a\\5c2eb"},           {"日本語", ".&ZeVnLIqe-"},      {"R&D", ".R&-D"},
  };
  for (const auto& [name, directory] : table) {
    CHECK(to_maildir_folder(name) == directory);
    CHECK(from_maildir_folder(directory) == name);
  }
}

TEST_CASE("Whatever a folder is called on disk can be a folder's name") {
  CHECK(from_maildir_folder(".日本語") == "日本語");
  CHECK(from_maildir_folder(".a..b.") == "a/b");
  CHECK(from_maildir_folder(".") == "_");
  CHECK(from_maildir_folder("\xff") == "\xEF\xBF\xBD");
  CHECK(from_maildir_folder(".a\\2fb") == "a_b");
  CHECK(as_folder_level("") == "_");
  std::string long_name;
  for (int i = 0; i < 80; ++i) long_name += "\u65e5";
  CHECK(as_folder_level(long_name) == long_name.substr(0, 198)); // between two characters
  CHECK(as_folder_level(std::string(300, '\xff')).size() <= 200);
  CHECK(as_folder_level("..") == "_");
  CHECK(as_folder_level("a*b%c/d\n") == "a_b_c_d_");
}

TEST_CASE("Keywords of other programs become keywords of IMAP") {
  CHECK(as_keywords("  NonJunk  \\Odd a(b)\n\tc ") == Texts{"NonJunk", "_Odd", "a_b_", "c"});
  CHECK(as_keyword(std::string(500, 'x')).size() == 200);
  CHECK(as_keywords(" \n").empty());
}
