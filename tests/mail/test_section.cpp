// BODY[…] specifiers, and the packed form of the parts.

#include "mail/structure.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;

namespace {

using Path = std::vector<std::uint32_t>;

const std::string kMessage =
    "Subject: outer\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
    "--o\r\nX: 1\r\n\r\nfirst\r\n"
    "--o\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
    "--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<b>\r\n--i--\r\n"
    "--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: flat\r\n\r\nflat body\r\n--o--\r\n";

std::string section(const std::string& message, const Path& path, SectionKind kind) {
  const Structure s = parse_structure(message);
  const auto range = find_section(s.parts, path, kind);
  return range ? message.substr(range->begin, range->end - range->begin) : "NIL";
}

} // namespace

TEST_CASE("Sections of a nested message are cut exactly") {
  CHECK(section(kMessage, {}, SectionKind::whole) == kMessage);
  CHECK(section(kMessage, {}, SectionKind::header).ends_with("boundary=o\r\n\r\n"));
  CHECK(section(kMessage, {}, SectionKind::text).starts_with("--o\r\nX: 1"));
  CHECK(section(kMessage, {1}, SectionKind::whole) == "first");
  CHECK(section(kMessage, {1}, SectionKind::mime) == "X: 1\r\n\r\n");
  CHECK(section(kMessage, {1}, SectionKind::header) == "NIL");
  CHECK(section(kMessage, {1}, SectionKind::text) == "NIL");
  CHECK(section(kMessage, {2}, SectionKind::whole).starts_with("Subject: inner"));
  CHECK(section(kMessage, {2}, SectionKind::mime) == "Content-Type: message/rfc822\r\n\r\n");
  CHECK(section(kMessage, {2}, SectionKind::header).starts_with("Subject: inner\r\n"));
  CHECK(section(kMessage, {2}, SectionKind::text).starts_with("--i\r\n"));
  CHECK(section(kMessage, {2, 1}, SectionKind::whole) == "plain");
  CHECK(section(kMessage, {2, 2}, SectionKind::whole) == "<b>");
  CHECK(section(kMessage, {2, 2}, SectionKind::mime) == "Content-Type: text/html\r\n\r\n");
  CHECK(section(kMessage, {3, 1}, SectionKind::whole) == "flat body");
  CHECK(section(kMessage, {3, 1}, SectionKind::mime) == "Subject: flat\r\n\r\n");
  for (const Path& path :
       {Path{0}, Path{4}, Path{1, 1}, Path{2, 3}, Path{3, 2}, Path{3, 1, 1}, Path{2, 1, 1}}) {
    CHECK(section(kMessage, path, SectionKind::whole) == "NIL");
  }
  CHECK(section(kMessage, {}, SectionKind::mime) == "NIL");
}

TEST_CASE("Part 1 of a plain message is its body") {
  const std::string plain = "A: b\r\n\r\nbody\r\n";
  CHECK(section(plain, {1}, SectionKind::whole) == "body\r\n");
  CHECK(section(plain, {1}, SectionKind::mime) == "A: b\r\n\r\n");
  CHECK(section(plain, {2}, SectionKind::whole) == "NIL");
  CHECK(section(plain, {1, 1}, SectionKind::whole) == "NIL");
}

TEST_CASE("A multipart without parts has an empty part 1, as its structure says") {
  const std::string hollow = "Content-Type: multipart/mixed; boundary=h\r\n\r\n--h--\r\n";
  CHECK(section(hollow, {1}, SectionKind::whole).empty());
  CHECK(section(hollow, {1}, SectionKind::mime).empty());
  CHECK(section(hollow, {1}, SectionKind::text) == "NIL");
  for (const Path& path : {Path{2}, Path{1, 1}}) CHECK(section(hollow, path, SectionKind::whole) == "NIL");

  const std::string outer = "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nfirst\r\n--o\r\n" +
                            hollow + "--o\r\nContent-Type: message/rfc822\r\n\r\n" + hollow + "--o--\r\n";
  CHECK(section(outer, {2, 1}, SectionKind::whole).empty());
  CHECK(section(outer, {2, 1}, SectionKind::mime).empty());
  CHECK(section(outer, {3, 1}, SectionKind::whole).empty());
  for (const Path& path : {Path{1, 1}, Path{2, 2}, Path{2, 1, 1}, Path{3, 2}, Path{3, 1, 1}}) {
    CHECK(section(outer, path, SectionKind::whole) == "NIL");
  }
}

TEST_CASE("Part 1 of a message that is a message is the one inside") {
  const std::string nested = "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx\r\n";
  CHECK(section(nested, {1}, SectionKind::header) == "Subject: in\r\n\r\n");
  CHECK(section(nested, {1, 1}, SectionKind::whole) == "x\r\n");
}

TEST_CASE("Packed parts come back, and other bytes give nothing") {
  const Structure s = parse_structure(kMessage);
  const std::string packed = pack_parts(s.parts);
  CHECK(unpack_parts(packed) == s.parts);
  CHECK(unpack_parts(pack_parts({})) == std::vector<Part>{});
  CHECK_FALSE(unpack_parts(""));
  CHECK_FALSE(unpack_parts(packed + "x"));
  for (std::size_t cut = 0; cut < packed.size(); ++cut) {
    CHECK_FALSE(unpack_parts(std::string_view(packed).substr(0, cut)));
  }
}

TEST_CASE("Parts lie inside their parents wherever a message is cut") {
  for (std::size_t cut = 0; cut <= kMessage.size(); ++cut) {
    const std::string_view part = std::string_view(kMessage).substr(0, cut);
    const Structure s = parse_structure(part);
    REQUIRE_FALSE(s.parts.empty());
    CHECK(s.parts[0].end == cut);
    CHECK(unpack_parts(pack_parts(s.parts)) == s.parts);
  }
}
