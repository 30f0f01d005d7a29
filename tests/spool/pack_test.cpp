#include "tests/spool/pack_fixture.hpp"

#include "spool/error.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_record.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

using namespace homespool::spool;
using namespace homespool::spool::test;

namespace {

std::unique_ptr<PackWriter> writer(const PackFolder& folder, PackWriter::End end = {}) {
  return PackWriter::open(folder.path(), end).value();
}

std::string read_all(PackReader& reader, const Location& at) {
  std::string into(at.size, '?');
  REQUIRE_FALSE(reader.read(at, 0, into));
  return into;
}

struct Seen {
  std::vector<RecordInfo> infos;
  std::vector<Location> places;
  PackReader::Scan scan;
};
Seen scan(const PackFolder& folder, std::uint32_t pack = 1) {
  Seen seen;
  seen.scan = PackReader::open(folder.path())
                  ->scan(pack,
                         [&](const RecordInfo& info, const Location& at) {
                           seen.infos.push_back(info);
                           seen.places.push_back(at);
                           return true;
                         })
                  .value();
  return seen;
}

} // namespace

TEST_CASE("what is appended is read back, whatever its size") {
  const PackFolder folder;
  std::map<std::size_t, Location> places;
  {
    auto packs = writer(folder);
    for (std::size_t size : {0UL, 1UL, 100UL, 65535UL, 65536UL, 65537UL, 200'000UL, 1'048'576UL, 3'000'000UL})
      places[size] = packs->append(info(static_cast<std::int64_t>(size)), body(size)).value();
    REQUIRE_FALSE(packs->sync());
  }
  auto reader = PackReader::open(folder.path());
  for (const auto& [size, at] : places) {
    CHECK(at.size == size);
    CHECK(read_all(*reader, at) == body(size));
  }
}

TEST_CASE("any range of a body is read, and none beyond it") {
  const PackFolder folder;
  const auto whole = body(200'000);
  auto packs = writer(folder);
  const auto at = packs->append(info(1), whole).value();
  REQUIRE_FALSE(packs->sync());
  auto reader = PackReader::open(folder.path());
  for (std::size_t offset : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 131072UL, 199'999UL, 200'000UL})
    for (std::size_t size : {0UL, 1UL, 2UL, 65536UL, 65537UL, 140'000UL, 200'000UL}) {
      std::string into(size, '?');
      const bool within = offset + size <= whole.size();
      CHECK(!reader->read(at, offset, into) == within);
      if (within) CHECK(into == whole.substr(offset, size));
    }
  std::string one(1, '?');
  CHECK(reader->read(at, ~std::uint64_t{0}, one));
}

TEST_CASE("a pack is read without the index") {
  const PackFolder folder;
  auto packs = writer(folder);
  RecordInfo odd = info(2);
  odd.account.clear();
  odd.uidl = std::string("\0../\xff ", 6);
  odd.arrival = std::chrono::sys_seconds(std::chrono::seconds(-5));
  const auto first = packs->append(info(1), "one").value();
  const auto second = packs->append(odd, "").value();
  REQUIRE_FALSE(packs->sync());
  for (bool closed : {false, true}) {
    if (closed) packs.reset();
    const auto seen = scan(folder);
    REQUIRE(seen.infos.size() == 2);
    CHECK(seen.infos[0].record == RecordId{1});
    CHECK(seen.infos[0].message == MessageId{101});
    CHECK(seen.infos[0].account == "isp");
    RecordInfo expected = info(1);
    expected.batch = seen.infos[0].batch; // the writer's
    CHECK(seen.infos[0] == expected);
    CHECK(seen.infos[0].uidl == "uid-1");
    CHECK(seen.infos[0].user == "taro");
    CHECK(seen.infos[0].folder == "INBOX");
    CHECK(seen.infos[1].uidl == odd.uidl);
    CHECK(seen.infos[1].account.empty());
    CHECK(seen.infos[1].arrival == odd.arrival);
    CHECK(seen.places[0].body == first.body);
    CHECK(seen.places[1].offset == record_end(first));
    CHECK(seen.scan.end == record_end(second));
    CHECK(seen.scan.clean);
  }
  CHECK(std::filesystem::file_size(folder / "000001.pack") == record_end(second));
}

TEST_CASE("overlong strings are cut, the record stands") {
  const PackFolder folder;
  auto packs = writer(folder);
  RecordInfo longest;
  longest.account = longest.uidl = longest.user = longest.folder = std::string(70'000, 'x');
  const auto at = packs->append(longest, "body").value();
  REQUIRE_FALSE(packs->sync());
  const auto seen = scan(folder);
  REQUIRE(seen.infos.size() == 1);
  CHECK(seen.infos[0].folder == std::string(4096, 'x'));
  CHECK(read_all(*PackReader::open(folder.path()), at) == "body");
}

TEST_CASE("a pack cut anywhere gives the whole records before the cut and says where they end") {
  const PackFolder folder;
  std::vector<std::uint64_t> ends = {0};
  {
    auto packs = writer(folder);
    for (int i = 1; i <= 3; ++i)
      ends.push_back(record_end(packs->append(info(i), body(20 * static_cast<std::size_t>(i))).value()));
    REQUIRE_FALSE(packs->sync());
  }
  const auto whole = file_bytes(folder / "000001.pack");
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    set_file_bytes(folder / "000001.pack", whole.substr(0, cut));
    const auto seen = scan(folder);
    std::size_t records = 0;
    while (records + 1 < ends.size() && ends[records + 1] <= cut) ++records;
    REQUIRE(seen.infos.size() == records);
    REQUIRE(seen.scan.end == ends[records]);
    REQUIRE(seen.scan.clean == (ends[records] == cut));
  }
}

TEST_CASE("a byte that changed anywhere in a record never passes for right") {
  const PackFolder folder;
  const auto right = body(150);
  Location at;
  {
    auto packs = writer(folder);
    at = packs->append(info(1), right).value();
    REQUIRE_FALSE(packs->sync());
  }
  const auto whole = file_bytes(folder / "000001.pack");
  for (std::size_t place = 0; place < whole.size(); ++place)
    for (int bit : {0, 3, 7}) {
      auto changed = whole;
      changed[place] = static_cast<char>(changed[place] ^ (1 << bit));
      set_file_bytes(folder / "000001.pack", changed);
      std::string into(right.size(), '?');
      const auto fault = PackReader::open(folder.path())->read(at, 0, into);
      if (place >= at.body && place < at.body + at.size + 8) {
        REQUIRE(fault == make_error_code(Error::bad_record));
      } else {
        REQUIRE_FALSE(fault);
        REQUIRE(into == right);
      }
      std::string little(10, '?');
      REQUIRE(!PackReader::open(folder.path())->read(at, 7, little) == !fault);
      const auto seen = scan(folder);
      REQUIRE(seen.infos.empty());
      REQUIRE_FALSE(seen.scan.clean);
    }
}

TEST_CASE("zeros behind the last record are room not used yet") {
  const PackFolder folder;
  { REQUIRE_FALSE(writer(folder)->sync()); }
  auto packs = writer(folder);
  REQUIRE(packs->append(info(1), "body").has_value());
  REQUIRE_FALSE(packs->sync());
  packs.reset();
  auto bytes = file_bytes(folder / "000001.pack");
  set_file_bytes(folder / "000001.pack", bytes + std::string(100'000, '\0'));
  CHECK(scan(folder).scan.clean);
  set_file_bytes(folder / "000001.pack", bytes + std::string(100'000, '\0') + "x");
  CHECK_FALSE(scan(folder).scan.clean);
}

TEST_CASE("lengths in a damaged pack are not believed") {
  const PackFolder folder;
  std::string header;
  encode_header(info(1), kMaxBody, 0, header);
  set_file_bytes(folder / "000001.pack", header + "short");
  CHECK(scan(folder).infos.empty());
  header.clear();
  encode_header(info(1), ~std::uint64_t{0} - 20, 0, header);
  set_file_bytes(folder / "000001.pack", header + "short");
  CHECK(scan(folder).infos.empty());
  std::string into(5, '?');
  CHECK(PackReader::open(folder.path())->read({1, 0, ~std::uint64_t{0} - 2, 5}, 0, into));
  CHECK(PackReader::open(folder.path())->read({9, 0, 0, 5}, 0, into));
}

TEST_CASE("a scan ends when the visitor has seen enough") {
  const PackFolder folder;
  auto packs = writer(folder);
  for (int i = 0; i < 3; ++i) REQUIRE(packs->append(info(i), "body").has_value());
  REQUIRE_FALSE(packs->sync());
  int seen = 0;
  const auto scan =
      PackReader::open(folder.path())->scan(1, [&](const auto&, const auto&) { return ++seen < 2; });
  CHECK(scan.has_value());
  CHECK(seen == 2);
}

TEST_CASE("names of packs go both ways, and nothing else is one") {
  CHECK(pack_name(17) == "000017.pack");
  CHECK(pack_name(12345678) == "12345678.pack");
  CHECK(pack_name(kFirstSingle + 3) == "s000003.pack");
  for (std::uint32_t number :
       {1U, 999'999U, 1'000'000U, kFirstSingle - 1, kFirstSingle + 1, kFirstSingle * 2 - 1})
    CHECK(pack_number(pack_name(number)) == number);
  for (auto name : {"", "s", "000000.pack", "1.pack", "000001.pack.aside-0", "0000001.pack",
                    "s1073741824.pack", "-00001.pack", "000001.tmp", "99999999999.pack"})
    CHECK_FALSE(pack_number(name));
}
