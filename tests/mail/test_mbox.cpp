// mbox files in all their ways, and what is broken about them.

#include "mail/date.hpp"
#include "mail/mbox/reader.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;

namespace {

struct Read {
  std::vector<MboxMessage> heads;
  std::vector<std::string> messages;
  std::vector<MboxFault> faults;
};

Read read_all(std::string_view file) {
  BytesOfText source(file);
  MboxReader reader(source, survey_mbox(source));
  Read all;
  for (MboxMessage message; reader.next(message);) {
    std::string text = message.header;
    while (reader.read(text)) {
    }
    all.heads.push_back(message);
    all.messages.push_back(text);
  }
  all.faults = reader.take_faults();
  return all;
}

std::vector<std::string> messages_of(std::string_view file) {
  return read_all(file).messages;
}

std::string utc(std::string_view line) {
  const auto parsed = parse_from_line(line);
  if (!parsed) return "none";
  return parsed->date ? format_rfc3339(*parsed->date) : "no date";
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("From_ lines are read in every shape that programs write") {
  const std::pair<const char*, const char*> table[] = {
      {"From ann@example.org Thu Jan  1 00:00:01 1970", "1970-01-01T00:00:01Z"},
      {"From ann@example.org Fri Nov 21 09:55:06 1997", "1997-11-21T09:55:06Z"},
      {"From MAILER-DAEMON Fri Nov 21 09:55 1997", "1997-11-21T09:55:00Z"},
      {"From ann@example.org  Fri Nov 21 09:55:06 1997 -0600", "1997-11-21T15:55:06Z"},
      {"From ann Fri Nov 21 09:55:06 EST 1997", "1997-11-21T14:55:06Z"},
      {"From 1594@xxx Mon Jan 06 10:11:12 +0000 2020", "2020-01-06T10:11:12Z"},
      {"From - Mon Jan 06 10:11:12 2020", "2020-01-06T10:11:12Z"},
      {"From \"ann and ben\"@example.org Mon Jan 06 10:11:12 2020", "2020-01-06T10:11:12Z"},
      {"From ann@example.org Mon, 6 Jan 2020 10:11:12 +0100", "2020-01-06T09:11:12Z"},
      {"From ", "no date"},
      {"From -", "no date"},
      {"From ann@example.org", "no date"},
      {"From MAILER-DAEMON", "no date"},
      {"From here on it goes downhill", "none"},
      {"From Monday to Friday", "none"},
      {"From: ann@example.org", "none"},
      {">From ann@example.org Thu Jan  1 00:00:01 1970", "none"},
      {"from ann@example.org Thu Jan  1 00:00:01 1970", "none"},
  };
  for (const auto& [line, wanted] : table) {
    CAPTURE(line);
    CHECK(utc(line) == wanted);
  }
}

TEST_CASE("The messages of an mbox come apart without the empty line between them") {
  const auto all = read_all("From a@b Thu Jan  1 00:00:01 1970\nSubject: 1\n\none\n\n"
                            "From c@d Thu Jan  1 00:00:02 1970\nSubject: 2\n\ntwo\n\n\n"
                            "From e@f Thu Jan  1 00:00:03 1970\nSubject: 3\n\n\n");
  CHECK(all.messages == Texts{"Subject: 1\n\none\n", "Subject: 2\n\ntwo\n\n", "Subject: 3\n\n"});
  CHECK(all.faults.empty());
  REQUIRE(all.heads.size() == 3);
  CHECK(all.heads[1].offset == 51);
  CHECK(all.heads[2].date->time_since_epoch().count() == 3);
}

TEST_CASE("An mbox with CRLF is read as one with LF") {
  CHECK(messages_of("From a@b Thu Jan  1 00:00:01 1970\r\nSubject: 1\r\n\r\none\r\n>From x\r\n\r\n"
                    "From c@d Thu Jan  1 00:00:02 1970\r\nSubject: 2\r\n\r\n") ==
        Texts{"Subject: 1\r\n\r\none\r\nFrom x\r\n", "Subject: 2\r\n\r\n"});
}

TEST_CASE("A quoted line loses one mark, however many it has") {
  CHECK(messages_of(
            "From a@b Thu Jan  1 00:00:01 1970\nS: 1\n\n>From me\n>>From you\n> From us\n>>>Fromage\n") ==
        Texts{"S: 1\n\nFrom me\n>From you\n> From us\n>>>Fromage\n"});
}

TEST_CASE("A line of text that begins with From does not begin a message") {
  const std::string text =
      "S: 1\n\nFrom here on\n\nFrom now: on\nFrom a@b Thu Jan  1 00:00:01 1970\nand so on\n";
  CHECK(messages_of("From a@b Thu Jan  1 00:00:01 1970\n" + text) == Texts{text});
}

TEST_CASE("A message begins without an empty line before it when header fields follow") {
  CHECK(messages_of(
            "From a@b Thu Jan  1 00:00:01 1970\nS: 1\n\none\nFrom a@b Thu Jan  1 00:00:01 1970\nS: 2\n\n") ==
        Texts{"S: 1\n\none\n", "S: 2\n\n"});
}

TEST_CASE("A Content-Length that leads to the next message is believed, and is the file's") {
  const std::string body = "one\n\nFrom c@d Thu Jan  1 00:00:02 1970\nS: not this\n\n>From there\n";
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\n";
  const auto all = read_all("From a@b Thu Jan  1 00:00:01 1970\nS: 1\n" + length + "\n" + body +
                            "\nFrom c@d Thu Jan  1 00:00:02 1970\nS: 2\n\ntwo\n");
  CHECK(all.messages == Texts{"S: 1\n\n" + body, "S: 2\n\ntwo\n"});
}

TEST_CASE("Counted bodies without a bare From_ line are unquoted") {
  const std::string body = "one\n>From there\n";
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\n";
  CHECK(messages_of("From a@b Thu Jan  1 00:00:01 1970\n" + length + "\n" + body + "\n") ==
        Texts{"\none\nFrom there\n"});
}

TEST_CASE("A file that an IMAP server works in keeps its lines as they are") {
  CHECK(messages_of("From a@b Thu Jan  1 00:00:01 1970\nX-UID: 1\nS: 1\n\n>From there\n\n"
                    "From a@b Thu Jan  1 00:00:01 1970\nS: 2\n\n>From there\n") ==
        Texts{"S: 1\n\n>From there\n", "S: 2\n\n>From there\n"});
}

TEST_CASE("A Content-Length that leads nowhere stays in the message") {
  const std::string text = "Content-Length: 2\n\none\n";
  CHECK(messages_of("From a@b Thu Jan  1 00:00:01 1970\n" + text + "\n") == Texts{text});
}

TEST_CASE("Marks of the file become flags and leave the header") {
  const auto all = read_all("From a@b Thu Jan  1 00:00:01 1970\nStatus: RO\nS: 1\nX-Status: AFTD\nX-UID: 7\n"
                            "X-Keywords: NonJunk a(b\n more\nContent-Length: 9\n\none\n");
  CHECK(all.messages == Texts{"S: 1\nContent-Length: 9\n\none\n"});
  CHECK(all.heads.at(0).marks.flags ==
        Texts{"\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "NonJunk", "a_b", "more"});
}

TEST_CASE("Mozilla's marks are understood, also that a message was deleted") {
  const auto all =
      read_all("From - Thu Jan  1 00:00:01 1970\nX-Mozilla-Status: 1007\nX-Mozilla-Status2: 00000000\n"
               "X-Mozilla-Keys: $label1      \nS: 1\n\n\n"
               "From \nX-Mozilla-Status: 0009\nS: 2\n\n");
  REQUIRE(all.heads.size() == 2);
  CHECK(all.messages[0] == "S: 1\n\n");
  CHECK(all.heads[0].marks.flags == Texts{"\\Seen", "\\Answered", "\\Flagged", "$Forwarded", "$label1"});
  CHECK_FALSE(all.heads[0].marks.expunged);
  CHECK(all.heads[1].marks.expunged);
}

TEST_CASE("What an IMAP server keeps in its first message is no message") {
  CHECK(messages_of(
            "From MAILER-DAEMON Thu Jan  1 00:00:01 1970\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER\n"
            "X-IMAP: 1 2\nStatus: RO\n\nThis text is part of the format.\n\n"
            "From a@b Thu Jan  1 00:00:01 1970\nS: 1\n\none\n") == Texts{"S: 1\n\none\n"});
}

TEST_CASE("What is no mail at the start is named, and the rest is read") {
  const auto all = read_all("\xff\xfe rubbish\nmore\n\nFrom a@b Thu Jan  1 00:00:01 1970\nS: 1\n\none\n");
  CHECK(all.messages == Texts{"S: 1\n\none\n"});
  REQUIRE(all.faults.size() == 1);
  CHECK(all.faults[0].offset == 0);
  CHECK(all.faults[0].sentence == "17 bytes before the first From_ line are no mail");
}

TEST_CASE("A first message that lost its From_ line is read") {
  const auto all = read_all("S: 0\n\nzero\n\nFrom a@b Thu Jan  1 00:00:01 1970\nS: 1\n\none\n");
  CHECK(all.messages == Texts{"S: 0\n\nzero\n", "S: 1\n\none\n"});
  CHECK(all.faults.size() == 1);
}

TEST_CASE("A From_ line with nothing behind it is named") {
  const auto all =
      read_all("From a@b Thu Jan  1 00:00:01 1970\nFrom a@b Thu Jan  1 00:00:01 1970\nS: 1\n\none\n");
  CHECK(all.messages == Texts{"S: 1\n\none\n"});
  REQUIRE(all.faults.size() == 1);
  CHECK(all.faults[0].sentence == "there is no message behind this From_ line");
}

TEST_CASE("A counted message that is cut off is read as far as it goes, and named") {
  const std::string one = "From a@b Thu Jan  1 00:00:01 1970\nContent-Length: 4\n\none\n\n";
  const auto all = read_all(one + "From a@b Thu Jan  1 00:00:01 1970\nContent-Length: 4000\n\ntw");
  REQUIRE(all.messages.size() == 2);
  CHECK(all.messages[1] == "Content-Length: 4000\n\ntw");
  REQUIRE(all.faults.size() == 1);
  CHECK(all.faults[0].offset == one.size());
}

TEST_CASE("An mbox cut at any byte gives what lies before the cut") {
  const std::string file = "From a@b Thu Jan  1 00:00:01 1970\nS: 1\nContent-Length: 12\n\none\n>From b\n\n"
                           "From c@d Thu Jan  1 00:00:02 1970\nS: 2\nX-Status: A\n\ntwo\n\nFrom \nS: 3\n\n";
  const Texts whole = messages_of(file);
  REQUIRE(whole.size() == 3);
  for (std::size_t cut = 0; cut < file.size(); ++cut) {
    CAPTURE(cut);
    const Texts some = messages_of(file.substr(0, cut));
    CHECK(some.size() <= whole.size());
    for (std::size_t i = 0; i + 1 < some.size(); ++i) {
      if (i > 0 || cut > 75) CHECK(some[i] == whole[i]);
    }
  }
}

TEST_CASE("Lines and messages longer than any buffer come through whole") {
  const std::string line(700'000, 'x');
  const std::string text = "S: 1\n\n" + line + "\n>" + line + "\n" + std::string(5, '\0') + line;
  CHECK(messages_of("From a@b Thu Jan  1 00:00:01 1970\n" + text) == Texts{text});
}

namespace {

// Ends early, as a file does that is cut while it is read, or cannot be read any more.
class Shrinking final : public ByteSource {
 public:
  Shrinking(std::string_view text, std::uint64_t promised, bool fails)
      : text_(text), promised_(promised), fails_(fails) {}
  std::uint64_t size() const override { return promised_; }
  boost::system::result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    if (offset < text_.size()) return text_.copy(into.data(), into.size(), offset);
    if (fails_) return make_error_code(boost::system::errc::io_error);
    return std::size_t{0};
  }

 private:
  std::string_view text_;
  std::uint64_t promised_;
  bool fails_;
};

} // namespace

TEST_CASE("A message that cannot be read to its end is known as such") {
  const bool fails = GENERATE(true, false);
  const std::string one = "From a@b Thu Jan  1 00:00:01 1970\nS: 1\n\none\n\n";
  const std::string file = one + "From a@b Thu Jan  1 00:00:01 1970\nS: 2\n\ntw";
  Shrinking source(file, file.size() + 100, fails);
  MboxReader reader(source);
  MboxMessage message;
  std::string text;
  REQUIRE(reader.next(message));
  while (reader.read(text)) {
  }
  CHECK(text == "one\n");
  REQUIRE(reader.next(message));
  while (reader.read(text)) {
  }
  CHECK(reader.broken());
  CHECK_FALSE(reader.next(message));
  const auto faults = reader.take_faults();
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].offset == file.size());
}
