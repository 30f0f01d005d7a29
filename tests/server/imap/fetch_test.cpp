// FETCH responses to the byte, from hand-written messages.

#include "server/imap/fetch/fetch_writer.hpp"

#include "server/imap/grammar/parser.hpp"
#include "server/imap/limits.hpp"
#include "spool/error.hpp"

#include <catch2/catch.hpp>
#include <cstring>

using namespace homespool;
using namespace homespool::server::imap;

namespace {

class MemoryFile : public spool::MessageFile {
 public:
  explicit MemoryFile(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  boost::system::error_code read(std::uint64_t offset, std::span<char> into) const override {
    ++reads;
    if (damaged) return spool::make_error_code(spool::Error::bad_record);
    REQUIRE(offset + into.size() <= bytes_.size());
    std::memcpy(into.data(), bytes_.data() + offset, into.size());
    return {};
  }
  mutable int reads = 0;
  bool damaged = false;

 private:
  std::string bytes_;
};

struct Sample {
  explicit Sample(const std::string& bytes) : file(std::make_shared<MemoryFile>(bytes)) {
    const auto structure = mail::parse_structure(bytes);
    details.internal_date = std::chrono::sys_seconds(std::chrono::seconds(837596665));
    details.size = static_cast<std::uint32_t>(bytes.size());
    details.header_size = static_cast<std::uint32_t>(structure.parts[0].body_begin);
    details.envelope = "(ENV)";
    details.body = "(B)";
    details.bodystructure = "(BS)";
    details.parts = structure.parts;
    message.number = 3;
    message.message.uid = {17};
    message.message.size = details.size;
    message.message.flags = {spool::Flags::kSeen};
    message.message.modseq = {99};
    message.details = &details;
    message.file = file;
  }
  std::shared_ptr<MemoryFile> file;
  spool::MessageDetails details;
  FetchMessage message;
};

const std::vector<std::string> kKeywords;

boost::system::error_code fetch(const Sample& sample, const std::string& items, FetchOutput& out) {
  const auto parsed = parse_command("a FETCH 1 " + items, {});
  REQUIRE(parsed.command.has_value());
  return FetchWriter(std::get<command::Fetch>(*parsed.command).items, kKeywords).write(sample.message, out);
}

std::string fetched(const Sample& sample, const std::string& items) {
  FetchOutput out;
  CHECK_FALSE(fetch(sample, items, out));
  CHECK(out.ranges.empty());
  return out.text;
}

const std::string kPlain = "Subject: hi\r\nFrom: a@b\r\n\r\nbody\r\n";
const std::string kMultipart =
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\none\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninner\r\n--b--\r\n";

} // namespace

TEST_CASE("IMAP: FETCH shows what the index knows without reading the message") {
  const Sample sample(kPlain);
  CHECK(fetched(sample, "(UID FLAGS RFC822.SIZE INTERNALDATE MODSEQ)") ==
        "* 3 FETCH (UID 17 FLAGS (\\Seen) RFC822.SIZE 32 INTERNALDATE \"17-Jul-1996 09:44:25 +0000\" MODSEQ "
        "(99))\r\n");
  CHECK(fetched(sample, "(ENVELOPE BODY BODYSTRUCTURE)") ==
        "* 3 FETCH (ENVELOPE (ENV) BODY (B) BODYSTRUCTURE (BS))\r\n");
  CHECK(sample.file->reads == 0);
}

TEST_CASE("IMAP: FETCH cuts sections of a simple message") {
  const Sample sample(kPlain);
  const auto body = [&](const std::string& item) { return fetched(sample, item); };
  CHECK(body("BODY[]") == "* 3 FETCH (BODY[] {32}\r\n" + kPlain + ")\r\n");
  CHECK(body("RFC822") == "* 3 FETCH (RFC822 {32}\r\n" + kPlain + ")\r\n");
  CHECK(body("BODY[HEADER]") == "* 3 FETCH (BODY[HEADER] {26}\r\n" + kPlain.substr(0, 26) + ")\r\n");
  CHECK(body("BODY.PEEK[TEXT]") == "* 3 FETCH (BODY[TEXT] {6}\r\nbody\r\n)\r\n");
  CHECK(body("BODY[1]") == "* 3 FETCH (BODY[1] {6}\r\nbody\r\n)\r\n");
  CHECK(body("BODY[1.MIME]") == "* 3 FETCH (BODY[1.MIME] {26}\r\n" + kPlain.substr(0, 26) + ")\r\n");
  CHECK(body("BODY[2]") == "* 3 FETCH (BODY[2] NIL)\r\n");
  CHECK(body("BODY[1.TEXT]") == "* 3 FETCH (BODY[1.TEXT] NIL)\r\n");
}

TEST_CASE("IMAP: FETCH gives ranges of sections, also beyond their end") {
  const Sample sample(kPlain);
  CHECK(fetched(sample, "BODY[TEXT]<1.3>") == "* 3 FETCH (BODY[TEXT]<1> {3}\r\nody)\r\n");
  CHECK(fetched(sample, "BODY[TEXT]<4.99>") == "* 3 FETCH (BODY[TEXT]<4> {2}\r\n\r\n)\r\n");
  CHECK(fetched(sample, "BODY[]<99.9>") == "* 3 FETCH (BODY[]<99> {0}\r\n)\r\n");
  CHECK(fetched(sample, "BODY[]<1.9223372036854775807>").size() > 31);
  CHECK(fetched(sample, "BODY[HEADER.FIELDS (SUBJECT)]<0.7>") ==
        "* 3 FETCH (BODY[HEADER.FIELDS (SUBJECT)]<0> {7}\r\nSubject)\r\n");
}

TEST_CASE("IMAP: FETCH chooses header fields, and reads the header once for all of them") {
  const Sample sample(kPlain);
  CHECK(fetched(sample, "(BODY[HEADER.FIELDS (from x)] BODY[HEADER.FIELDS.NOT (from)] BODY[HEADER])") ==
        "* 3 FETCH (BODY[HEADER.FIELDS (from x)] {13}\r\nFrom: a@b\r\n\r\n BODY[HEADER.FIELDS.NOT (from)] "
        "{15}\r\nSubject: hi\r\n\r\n BODY[HEADER] {26}\r\n" +
            kPlain.substr(0, 26) + ")\r\n");
  CHECK(sample.file->reads == 1);
}

TEST_CASE("IMAP: FETCH finds the parts of a multipart") {
  const Sample sample(kMultipart);
  CHECK(fetched(sample, "BODY[1]") == "* 3 FETCH (BODY[1] {3}\r\none)\r\n");
  CHECK(fetched(sample, "BODY[2.TEXT]") == "* 3 FETCH (BODY[2.TEXT] {5}\r\ninner)\r\n");
  CHECK(fetched(sample, "BODY[2.HEADER.FIELDS (subject)]") ==
        "* 3 FETCH (BODY[2.HEADER.FIELDS (subject)] {15}\r\nSubject: in\r\n\r\n)\r\n");
  CHECK(fetched(sample, "BODY[2.1]") == "* 3 FETCH (BODY[2.1] {5}\r\ninner)\r\n");
  CHECK(fetched(sample, "BODY[1.HEADER.FIELDS (x)]") == "* 3 FETCH (BODY[1.HEADER.FIELDS (x)] NIL)\r\n");
}

TEST_CASE("IMAP: a NUL goes out as 0x80") {
  const Sample sample(std::string("A: x\0y\r\n\r\nb\0\r\n", 14));
  CHECK(fetched(sample, "BODY[]") == "* 3 FETCH (BODY[] {14}\r\nA: x\x80y\r\n\r\nb\x80\r\n)\r\n");
  CHECK(fetched(sample, "BODY[HEADER.FIELDS (A)]").find('\0') == std::string::npos);
}

TEST_CASE("IMAP: a long section is left to be streamed") {
  const std::string body(kInlineSection + 1, 'x');
  const Sample sample("A: b\r\n\r\n" + body);
  FetchOutput out;
  CHECK_FALSE(fetch(sample, "(BODY[TEXT] UID)", out));
  REQUIRE(out.ranges.size() == 1);
  CHECK(out.text == "* 3 FETCH (BODY[TEXT] {65537}\r\n UID 17)\r\n");
  CHECK(out.ranges[0].at == std::strlen("* 3 FETCH (BODY[TEXT] {65537}\r\n"));
  CHECK(out.ranges[0].offset == 8);
  CHECK(out.ranges[0].length == body.size());
  CHECK(sample.file->reads == 0);
}

TEST_CASE("IMAP: a damaged message leaves no trace in the output") {
  const Sample sample(kPlain);
  sample.file->damaged = true;
  FetchOutput out;
  out.text = "before";
  CHECK(fetch(sample, "(UID BODY[])", out));
  CHECK(out.text == "before");
  CHECK(fetch(sample, "(UID BODY[HEADER.FIELDS (A)])", out));
  CHECK(out.text == "before");
}

TEST_CASE("IMAP: a FETCH response can be taken an item at a time") {
  const Sample sample(kPlain);
  const auto parsed = parse_command("a FETCH 1 (UID BODY[TEXT] FLAGS)", {});
  REQUIRE(parsed.command.has_value());
  const auto& items = std::get<command::Fetch>(*parsed.command).items;
  FetchOutput out;
  FetchResponse response(items, kKeywords, sample.message, out);
  std::vector<std::string> pieces;
  while (!response.done()) {
    REQUIRE_FALSE(response.next());
    pieces.push_back(std::exchange(out.text, {}));
  }
  CHECK(pieces ==
        std::vector<std::string>{"* 3 FETCH (UID 17", " BODY[TEXT] {6}\r\nbody\r\n", " FLAGS (\\Seen))\r\n"});
}
