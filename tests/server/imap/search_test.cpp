// Which messages match a SEARCH, and how much of them is read to tell.

#include "server/imap/search/search.hpp"

#include "server/imap/grammar/parser.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::server::imap;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kKeywords{"$Junk", "Work"};
constexpr std::chrono::sys_seconds kNow{1'700'000'000s};

struct Sample {
  explicit Sample(std::string text) : bytes(std::move(text)) {
    const auto structure = mail::parse_structure(bytes);
    details.parts = structure.parts;
    details.header_size = static_cast<std::uint32_t>(structure.parts[0].body_begin);
    details.size = static_cast<std::uint32_t>(bytes.size());
    details.internal_date = kNow - 100s; // 14-Nov-2023 22:11:40 UTC
    message.uid = {40};
    message.size = details.size;
    message.flags = {spool::Flags::kSeen | (2ULL << spool::Flags::kFirstKeyword)};
    message.modseq = {12};
  }
  std::string bytes;
  spool::MessageDetails details;
  spool::Message message;
};

Matcher prepared(const std::string& keys) {
  const auto parsed = parse_command("a SEARCH " + keys, {});
  if (parsed.command.has_error()) FAIL(keys << ": " << parsed.command.error().text);
  Matcher::Mailbox mailbox{5, 44, &kKeywords};
  auto matcher = Matcher::prepare(std::get<command::Search>(*parsed.command), mailbox, kNow);
  REQUIRE(matcher.has_value());
  return std::move(*matcher);
}

// Answers what the matcher asks for, step by step; `most` is the last thing it asked for.
bool matches(const Sample& sample, const std::string& keys, Verdict* most = nullptr) {
  const Matcher matcher = prepared(keys);
  SearchSubject subject;
  subject.number = 2;
  subject.message = &sample.message;
  for (int step = 0; step < 4; ++step) {
    const Verdict verdict = matcher.match(subject);
    if (verdict == Verdict::yes || verdict == Verdict::no) return verdict == Verdict::yes;
    if (most != nullptr) *most = verdict;
    CHECK(verdict <= matcher.most());
    subject.details = &sample.details;
    if (verdict == Verdict::need_header)
      subject.header = std::string_view(sample.bytes).substr(0, sample.details.header_size);
    if (verdict == Verdict::need_bytes) subject.bytes = sample.bytes;
  }
  FAIL("the matcher asks for ever");
  return false;
}

const Sample& japanese() {
  static const Sample sample("From: =?UTF-8?B?5bGx55Sw5aSq6YOO?= <taro@example.jp>\r\n"
                             "To: Hanako <hanako@example.jp>\r\n"
                             "Subject: =?ISO-2022-JP?B?GyRCMnE1RBsoQg==?= Notes\r\n"
                             "Date: Mon, 13 Nov 2023 23:30:00 -0800\r\n"
                             "X-Empty:\r\n"
                             "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
                             "\x1b$BF|K\\8l$N\x1b(B Body TEXT\r\n");
  return sample;
}

} // namespace

TEST_CASE("IMAP: keys that the snapshot answers need nothing else") {
  for (const std::string key : {"ALL",
                                "SEEN",
                                "UNANSWERED",
                                "KEYWORD work",
                                "UNKEYWORD $Junk",
                                "UNKEYWORD nosuch",
                                "2",
                                "1:*",
                                "2,9",
                                "UID 40",
                                "UID 41:39",
                                "LARGER 10",
                                "SMALLER 5000",
                                "MODSEQ 12",
                                "OLD",
                                "NOT 3",
                                "OR 3 2",
                                "(SEEN 2) NOT (SEEN 3)",
                                "UNDELETED UNDRAFT UNFLAGGED",
                                "OR SEEN BODY xyz",
                                "NOT (UNSEEN TEXT x)"}) {
    Verdict most = Verdict::yes;
    INFO(key);
    CHECK(matches(japanese(), key, &most));
    CHECK(most == Verdict::yes);
  }
  for (const std::string key :
       {"UNSEEN", "ANSWERED", "KEYWORD nosuch", "KEYWORD $Junk", "3", "*", "UID 41:*", "NEW", "RECENT",
        "LARGER 99999", "SMALLER 1", "MODSEQ 13", "DELETED BODY Body"}) {
    Verdict most = Verdict::yes;
    INFO(key);
    CHECK_FALSE(matches(japanese(), key, &most));
    CHECK(most == Verdict::yes);
  }
}

TEST_CASE("IMAP: dates of arrival come from the index, those of sending from the header") {
  for (const std::string key :
       {"ON 14-Nov-2023", "BEFORE 15-Nov-2023", "SINCE 14-Nov-2023", "YOUNGER 200", "OLDER 50",
        "SENTON 13-Nov-2023", "SENTBEFORE 14-Nov-2023", "SENTSINCE 13-Nov-2023"}) {
    INFO(key);
    CHECK(matches(japanese(), key));
    CHECK_FALSE(matches(japanese(), "NOT " + key));
  }
  for (const std::string key :
       {"ON 13-Nov-2023", "BEFORE 14-Nov-2023", "SINCE 15-Nov-2023", "YOUNGER 50", "OLDER 200",
        "SENTON 14-Nov-2023", "SENTBEFORE 13-Nov-2023", "SENTSINCE 14-Nov-2023"}) {
    INFO(key);
    CHECK_FALSE(matches(japanese(), key));
  }
  CHECK(matches(Sample("Subject: no date\r\n\r\n"), "SENTON 14-Nov-2023"));
}

TEST_CASE("IMAP: header keys look at decoded text, case and width aside") {
  for (const std::string key :
       {"CHARSET UTF-8 FROM \"\u5c71\u7530\"", "FROM TARO@", "TO hanako", "SUBJECT notes",
        "CHARSET UTF-8 SUBJECT \"\u4f1a\u8b70\"", "HEADER x-empty \"\"", "HEADER to hanako", "NOT CC hanako",
        "NOT HEADER X-Nosuch \"\"", "CHARSET UTF-8 SUBJECT \"\uff2e\uff2f\uff34\uff25\uff33\""}) {
    Verdict most = Verdict::yes;
    INFO(key);
    CHECK(matches(japanese(), key, &most));
    CHECK(most == Verdict::need_header);
  }
  CHECK_FALSE(matches(japanese(), "BCC \"\""));
  CHECK_FALSE(matches(japanese(), "SUBJECT hanako"));
}

TEST_CASE("IMAP: BODY and TEXT look at decoded bodies, TEXT at the header too") {
  for (const std::string key :
       {"CHARSET UTF-8 BODY \"\u65e5\u672c\u8a9e\"", "BODY \"body text\"", "BODY \"\"", "TEXT hanako",
        "TEXT \"subject: \"", "CHARSET UTF-8 TEXT \"\u5c71\u7530\"",
        "CHARSET ISO-2022-JP BODY {12}\r\n\x1b$BF|K\\8l\x1b(B", "NOT BODY hanako",
        "TEXT body TEXT hanako OR BODY nosuch BODY text"}) {
    INFO(key);
    CHECK(matches(japanese(), key));
  }
  CHECK_FALSE(matches(japanese(), "BODY hanako"));
  CHECK_FALSE(matches(japanese(), "TEXT nosuch"));
  CHECK(matches(japanese(), "OR FROM taro BODY nosuch"));
}

TEST_CASE("IMAP: bodies with NUL and broken encodings are searched all the same") {
  const Sample sample(std::string("Subject: =?x?q\r\n\r\nab\0cd needle \xff\r\n", 34));
  CHECK(matches(sample, "BODY needle"));
  CHECK(matches(sample, "TEXT cd"));
  CHECK(matches(Sample(""), "NOT TEXT x"));
  CHECK(matches(Sample(""), "BODY \"\""));
}

TEST_CASE("IMAP: an unknown character set is refused") {
  const auto parsed = parse_command("a SEARCH CHARSET x-nosuch TEXT x", {});
  CHECK(Matcher::prepare(std::get<command::Search>(*parsed.command), {5, 44, &kKeywords}, kNow).has_error());
}

TEST_CASE("IMAP: a search among UIDs says which") {
  const auto uids = prepared("UNSEEN UID 5:10 UID 8:*").only_uids();
  REQUIRE(uids);
  CHECK(*uids == std::vector<SequenceSet::Range>{{8, 10}});
  CHECK_FALSE(prepared("OR UID 5 UID 7").only_uids());
  CHECK(prepared("UNSEEN").most() == Verdict::yes);
  CHECK(prepared("NOT (SEEN SUBJECT x)").most() == Verdict::need_header);
  CHECK(prepared("SUBJECT x TEXT y").most() == Verdict::need_bytes);
}
