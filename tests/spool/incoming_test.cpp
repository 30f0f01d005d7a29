#include "tests/spool/pack_fixture.hpp"

#include "spool/error.hpp"
#include "spool/incoming/incoming_buffer.hpp"
#include "spool/incoming/incoming_state.hpp"
#include "spool/pack/pack.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using namespace homespool::spool::test;

namespace {

std::string wire_form(std::string_view in) {
  std::string out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r')) out += '\r';
    out += in[i];
  }
  return out;
}

std::string message(std::size_t size) {
  std::string made = "From: a@example.org\r\nSubject: big\r\n\r\n";
  while (made.size() < size)
    made += "a line of some length, with a number: " + std::to_string(made.size()) + "\n";
  return made;
}

ContentHash hash_of(std::string_view message, std::uint64_t seed = 7) {
  Incoming incoming(IncomingPlace{"/nonexistent", seed});
  REQUIRE_FALSE(incoming.append(message));
  REQUIRE_FALSE(incoming.finish());
  return incoming.state().hash;
}

} // namespace

TEST_CASE("line ends come into wire form wherever the message is cut") {
  for (std::string_view text :
       {"a\nb\r\nc\rd\r\r\ne\n\n\r\n\r", "\n", "\r\n", "\r", "", "\n\r\n\r\r\n\n", "no end"}) {
    const auto expected = wire_form(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
      for (std::size_t again = cut; again <= text.size(); ++again) {
        WireForm wire;
        std::string out;
        wire.append(text.substr(0, cut), out);
        wire.append(text.substr(cut, again - cut), out);
        wire.append(text.substr(again), out);
        REQUIRE(out == expected);
      }
  }
}

TEST_CASE("a small message is held in memory and leaves no file") {
  const PackFolder folder;
  Incoming incoming(IncomingPlace{folder.path(), 1});
  REQUIRE_FALSE(incoming.append("Subject: x\n"));
  REQUIRE_FALSE(incoming.append("\nbody\n"));
  CHECK(incoming.size() == 20);
  REQUIRE_FALSE(incoming.finish());
  const auto& state = incoming.state();
  CHECK(state.memory == "Subject: x\r\n\r\nbody\r\n");
  CHECK(state.size == 20);
  CHECK(state.header_size == 14);
  CHECK(state.finished);
  CHECK(state.file.empty());
  CHECK(state.structure.parts.size() == 1);
  std::string some(4, '?');
  REQUIRE_FALSE(state.read(14, some));
  CHECK(some == "body");
  CHECK(state.read(17, some));
  CHECK(folder.files() == 0);
}

TEST_CASE("a big message goes into a file, which becomes a pack by itself") {
  for (std::size_t size : {(1UL << 20) + 1, 1'500'000UL, 5UL << 20}) {
    const PackFolder folder;
    const auto sent = message(size);
    const auto expected = wire_form(sent);
    auto packs = PackWriter::open(folder.path(), {}).value();
    REQUIRE(packs->append(info(1), "small").has_value());
    Location at;
    {
      Incoming incoming(IncomingPlace{folder.path(), 1});
      for (std::size_t i = 0; i < sent.size(); i += 10'007)
        REQUIRE_FALSE(incoming.append(std::string_view(sent).substr(i, 10'007)));
      REQUIRE_FALSE(incoming.finish());
      const auto& state = incoming.state();
      REQUIRE(state.size == expected.size());
      CHECK(state.memory.empty());
      CHECK(state.header_size == 37);
      std::string some(100, '?');
      REQUIRE_FALSE(state.read(70'000, some));
      CHECK(some == expected.substr(70'000, 100));
      at = packs->adopt(info(2), state.file, state.size).value();
    }
    REQUIRE(packs->append(info(3), "small again").value().pack == 1);
    REQUIRE_FALSE(packs->sync());
    CHECK(at.pack == kFirstSingle + 1);
    CHECK(folder.files() == 2);
    auto reader = PackReader::open(folder.path());
    std::string whole(at.size, '?');
    REQUIRE_FALSE(reader->read(at, 0, whole));
    CHECK(whole == expected);
    int records = 0;
    const auto scan = reader->scan(at.pack, [&](const RecordInfo& found, const Location& place) {
      CHECK(found.uidl == "uid-2");
      CHECK(place.body == at.body);
      return ++records > 0;
    });
    CHECK(scan.value().clean);
    CHECK(records == 1);
    CHECK(record_end(at) == std::filesystem::file_size(folder / "s000001.pack"));
  }
}

TEST_CASE("a message that is dropped leaves no trace, adopted or not") {
  const PackFolder folder;
  auto packs = PackWriter::open(folder.path(), {}).value();
  {
    Incoming incoming(IncomingPlace{folder.path(), 1});
    REQUIRE_FALSE(incoming.append(message(2 << 20)));
    CHECK(folder.files() == 1);
    Incoming moved = std::move(incoming);
    REQUIRE_FALSE(moved.finish());
    CHECK(folder.files() == 1);
  }
  CHECK(folder.files() == 0);
  Incoming incoming(IncomingPlace{folder.path(), 1});
  REQUIRE_FALSE(incoming.append(message(2 << 20)));
  REQUIRE_FALSE(incoming.finish());
  REQUIRE(packs->adopt(info(1), incoming.state().file, incoming.state().size).has_value());
  REQUIRE_FALSE(packs->rewind());
  CHECK(folder.files() == 0);
}

TEST_CASE("a file that is not as long as it says is not adopted") {
  const PackFolder folder;
  auto packs = PackWriter::open(folder.path(), {}).value();
  set_file_bytes(folder / "incoming-1.tmp", std::string(30'000, 'x'));
  CHECK_FALSE(packs->adopt(info(1), folder / "incoming-1.tmp", 2000).has_value());
  CHECK_FALSE(packs->adopt(info(1), folder / "incoming-2.tmp", 2000).has_value());
}

TEST_CASE("a disk that fails makes the message fail, at whichever call") {
  for (int fail_at = 0;; ++fail_at) {
    const PackFolder folder;
    auto disk = std::make_shared<FailingDisk>();
    disk->fail_at = fail_at;
    disk->fault = ENOSPC;
    bool failed = false;
    {
      IncomingBuffer incoming(disk, IncomingPlace{folder.path(), 1});
      const auto fault = incoming.append(message(2 << 20));
      const auto end = incoming.finish();
      failed = static_cast<bool>(end);
      if (fault) CHECK(end == fault);
      if (end) CHECK(end == make_error_code(Error::no_space));
      CHECK(incoming.finished == !failed);
      disk->fail_at = -1;
    }
    CHECK(folder.files() == 0);
    if (!failed) {
      CHECK(fail_at > 8);
      break;
    }
  }
}

TEST_CASE("the content hash ignores the header lines that servers rewrite") {
  const std::string_view plain = "Subject: x\r\nTo: y\r\n\r\nStatus: in the body\r\n";
  const auto expected = hash_of(plain);
  for (auto line :
       {"Status: RO\r\n", "X-Status: A\r\n", "x-uidl: 17\r\n", "X-Mozilla-Status: 0001\r\n",
        "X-Mozilla-Status2: 00000000\r\n", "STATUS : O\r\n", "Status: R\r\n folded\r\n\tagain\r\n"}) {
    CHECK(hash_of(std::string(line) + std::string(plain)) == expected);
    auto inside = std::string(plain);
    inside.insert(12, line);
    CHECK(hash_of(inside) == expected);
  }
  CHECK(hash_of("Status-Code: 1\r\n" + std::string(plain)) != expected);
  CHECK(hash_of("X-Statuses: 1\r\n" + std::string(plain)) != expected);
  CHECK(hash_of("Subject: x\r\nTo: y\r\n\r\nbody\r\n") != expected);
  CHECK(hash_of(plain, 8) != expected);
}

TEST_CASE("the content hash is that of the wire form, in memory and in a file") {
  const auto big = message(2 << 20);
  const PackFolder folder;
  Incoming incoming(IncomingPlace{folder.path(), 7});
  REQUIRE_FALSE(incoming.append("Status: RO\n" + big));
  REQUIRE_FALSE(incoming.finish());
  const auto wire = wire_form(big);
  CHECK(incoming.state().hash == content_hash(wire, 37, 7));
  CHECK(hash_of("A: b\n\nc\n") == hash_of("A: b\r\n\r\nc\r\n"));
}
