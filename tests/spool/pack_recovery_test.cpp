#include "tests/spool/pack_fixture.hpp"

#include "spool/error.hpp"
#include "spool/pack/kept_end.hpp"
#include "spool/pack/pack_record.hpp"
#include "spool/pack/pack_recovery.hpp"
#include "spool/pack/pack_writer.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace homespool::spool;
using namespace homespool::spool::test;

namespace {

std::vector<std::int64_t> records(const PackFolder& folder, std::uint32_t pack = 1) {
  std::vector<std::int64_t> found;
  const auto scan = PackReader::open(folder.path())->scan(pack, [&](const RecordInfo& info, const Location&) {
    found.push_back(info.record.value);
    return true;
  });
  if (scan) CHECK(scan->clean);
  return found;
}

using Numbers = std::vector<std::int64_t>;

// One record that the index is to name.
Location put_first(PackWriter& packs) {
  const auto at = packs.append(info(1), body(1000)).value();
  REQUIRE_FALSE(packs.sync());
  return at;
}

PackWriter::End end_of(const Location& at) {
  return {at.pack, record_end(at), 0};
}

} // namespace

TEST_CASE("what no row names is cut off at start, and writing goes on there") {
  const PackFolder folder;
  Location named;
  {
    auto packs = PackWriter::open(folder.path(), {}).value();
    named = packs->append(info(1), body(1000)).value();
    REQUIRE(packs->append(info(2), body(5000)).has_value());
    REQUIRE_FALSE(packs->sync());
  }
  set_file_bytes(folder / "incoming-0123456789abcdef.tmp", "half a message");
  set_file_bytes(folder / "000002.pack", "left by a crash");
  std::vector<std::string> findings;
  auto packs = PackWriter::open(folder.path(), end_of(named), [&](std::string_view sentence) {
                 findings.emplace_back(sentence);
               }).value();
  CHECK(findings.size() == 2);
  CHECK(folder.files() == 1);
  const auto at = packs->append(info(3), body(10)).value();
  CHECK(at.pack == 1);
  CHECK(at.offset == record_end(named));
  REQUIRE_FALSE(packs->sync());
  CHECK(records(folder) == Numbers{1, 3});
}

TEST_CASE("an index that cannot know the packs is an old one, and nothing is touched") {
  const PackFolder folder;
  {
    auto packs = PackWriter::open(folder.path(), {}).value();
    for (int number : {1, 2}) {
      REQUIRE(packs->append(info(number), body(1000)).has_value());
      REQUIRE_FALSE(packs->sync());
    }
  }
  const auto bytes = file_bytes(folder / "000001.pack");
  set_file_bytes(folder / "incoming-0123456789abcdef.tmp", "half a message");
  CHECK(PackWriter::open(folder.path(), {}).error() == Error::index_is_old);
  CHECK(check_age_of_index(folder.path(), {}) == Error::index_is_old);
  CHECK(folder.files() == 2);
  CHECK(file_bytes(folder / "000001.pack") == bytes);
  CHECK_FALSE(check_age_of_index(folder.path(), {1, bytes.size(), 0}));
}

TEST_CASE("the very first batch, cut off by a crash before the index knew of it, leaves nothing behind") {
  const PackFolder folder;
  {
    auto packs = PackWriter::open(folder.path(), {}).value();
    REQUIRE(packs->append(info(1), body(1000)).has_value());
    REQUIRE_FALSE(packs->sync());
  }
  auto packs = PackWriter::open(folder.path(), {}).value();
  CHECK(folder.files() == 0);
  CHECK(packs->append(info(1), "new").value().pack == 1);
}

TEST_CASE("a batch behind one that was taken back, with the numbers it had, is what a crash leaves") {
  const PackFolder folder;
  Location named;
  {
    auto packs = PackWriter::open(folder.path(), {}).value();
    named = put_first(*packs);
    packs->keep();
    REQUIRE_FALSE(packs->seal());
    REQUIRE(packs->append(info(2), body(2 << 20)).has_value());
    REQUIRE_FALSE(packs->rewind());
    REQUIRE_FALSE(packs->seal());
    REQUIRE(packs->append(info(3), body(1000)).value().pack == 3);
    REQUIRE_FALSE(packs->sync());
  }
  REQUIRE(PackWriter::open(folder.path(), end_of(named)).has_value());
  CHECK_FALSE(std::filesystem::exists(folder / "000003.pack"));
}

TEST_CASE("more than one batch behind what the index names: the index is an old one") {
  const PackFolder folder;
  Location named;
  {
    auto packs = PackWriter::open(folder.path(), {}).value();
    named = put_first(*packs);
    for (int number : {2, 3}) {
      REQUIRE(packs->append(info(number), body(5000)).has_value());
      REQUIRE_FALSE(packs->sync());
    }
  }
  CHECK(PackWriter::open(folder.path(), end_of(named)).error() == Error::index_is_old);
  CHECK(records(folder) == Numbers{1, 2, 3});
}

TEST_CASE("one batch behind what the index names: the index is an old one if that was committed") {
  const PackFolder folder;
  Location named;
  {
    auto packs = PackWriter::open(folder.path(), {}).value();
    named = put_first(*packs);
    packs->keep();
    REQUIRE(packs->append(info(2), body(5000)).has_value());
    REQUIRE_FALSE(packs->sync());
  }
  const std::string left = file_bytes(folder / "000001.pack"), note = file_bytes(folder / "kept");
  static_cast<void>(PackWriter::open(folder.path(), end_of(named)).value());
  CHECK(folder.files() == 2); // the pack and what is noted: the second was never committed
  set_file_bytes(folder / "000001.pack", left);
  auto torn = note;
  torn[0] = '3';
  set_file_bytes(folder / "kept", torn);
  static_cast<void>(PackWriter::open(folder.path(), end_of(named)).value());
  CHECK(folder.files() == 2);
  set_file_bytes(folder / "000001.pack", left);
  {
    auto packs = PackWriter::open(folder.path(), {1, left.size(), 0}).value();
    packs->keep();
  }
  CHECK(PackWriter::open(folder.path(), end_of(named)).error() == Error::index_is_old);
  CHECK(records(folder) == Numbers{1, 2});
}

TEST_CASE("what a batch that was taken back had given numbers was not committed") {
  const PackFolder folder;
  auto packs = PackWriter::open(folder.path(), {}).value();
  for (int number : {1, 2}) {
    std::ofstream(folder / "incoming") << std::string(kMaxHeader + 10 + trailer_size(10), 'x');
    REQUIRE(packs->adopt(info(number), folder / "incoming", 10).has_value());
    REQUIRE_FALSE(packs->rewind());
  }
  REQUIRE(packs->append(info(3), body(10)).has_value());
  REQUIRE_FALSE(packs->sync());
  packs->keep();
  const auto kept = read_kept_end(folder.path());
  REQUIRE(kept);
  CHECK(kept->pack == 1);
  CHECK(kept->single == 0);
}

TEST_CASE("a pack that lost its end is left alone, and a new one begun") {
  const PackFolder folder;
  set_file_bytes(folder / "000004.pack", "short");
  std::string finding;
  auto packs =
      PackWriter::open(folder.path(), {4, 1000, 0}, [&](std::string_view text) { finding = text; }).value();
  CHECK(finding.find("000004.pack is missing or shorter") != finding.npos);
  CHECK(packs->append(info(1), "x").value().pack == 5);
  CHECK(file_bytes(folder / "000004.pack") == "short");
}

TEST_CASE("a full pack is sealed and the next one begun") {
  const PackFolder folder;
  auto packs = PackWriter::open(folder.path(), {}).value();
  const auto big = body(60 << 20);
  std::vector<Location> places;
  for (int i = 0; i < 6; ++i) places.push_back(packs->append(info(i), big).value());
  CHECK(places[3].pack == 1);
  CHECK(places[4].pack == 2);
  REQUIRE_FALSE(packs->sync());
  CHECK(std::filesystem::file_size(folder / "000001.pack") == record_end(places[3]));
  CHECK(records(folder, 1) == Numbers{0, 1, 2, 3});
  CHECK(records(folder, 2) == Numbers{4, 5});
}

TEST_CASE("rewinding takes back all since the last sync, new packs too") {
  const PackFolder folder;
  auto packs = PackWriter::open(folder.path(), {}).value();
  REQUIRE(packs->append(info(1), body(100)).has_value());
  REQUIRE_FALSE(packs->rewind());
  CHECK(folder.files() == 0);
  const auto first = packs->append(info(2), body(100)).value();
  CHECK(first.offset == 0);
  REQUIRE_FALSE(packs->sync());

  REQUIRE(packs->append(info(3), body(100)).has_value());
  REQUIRE(packs->append(info(4), body(2 << 20)).has_value());
  const auto big = body(100 << 20);
  for (int i = 5; i < 8; ++i) REQUIRE(packs->append(info(i), big).has_value());
  CHECK(folder.files() == 2);
  REQUIRE_FALSE(packs->rewind());
  CHECK(folder.files() == 1);
  const auto again = packs->append(info(9), body(50)).value();
  CHECK(again.pack == first.pack);
  CHECK(again.offset == record_end(first));
  REQUIRE_FALSE(packs->sync());
  CHECK(records(folder, first.pack) == Numbers{2, 9});
}

TEST_CASE("rewinding to a mark takes back only what came since") {
  // What lies before the mark, and what comes since: in the buffer, in the file, in the next pack.
  for (std::size_t before : {100UL, 2UL << 20, 200UL << 20})
    for (std::size_t since : {100UL, 2UL << 20, 100UL << 20}) {
      const PackFolder folder;
      auto packs = PackWriter::open(folder.path(), {}).value();
      REQUIRE(packs->append(info(1), body(100)).has_value());
      REQUIRE_FALSE(packs->sync());
      REQUIRE(packs->append(info(2), body(before)).has_value());
      const auto mark = packs->mark();
      REQUIRE(packs->append(info(3), body(50)).has_value());
      REQUIRE(packs->append(info(4), body(since)).has_value());
      REQUIRE_FALSE(packs->rewind(mark));
      REQUIRE(packs->append(info(5), body(50)).has_value());
      REQUIRE_FALSE(packs->sync());
      REQUIRE(records(folder) == Numbers{1, 2, 5});
      REQUIRE(folder.files() == 1);
      REQUIRE(packs->append(info(6), body(50)).has_value());
      REQUIRE_FALSE(packs->rewind());
      REQUIRE(records(folder) == Numbers{1, 2, 5});
    }
}

TEST_CASE("short writes make no difference") {
  const PackFolder folder;
  auto disk = std::make_shared<FailingDisk>();
  disk->at_most = 777;
  auto packs = open_pack_writer(disk, folder.path(), {}, {}).value();
  for (int i = 0; i < 10; ++i) REQUIRE(packs->append(info(i), body(3000)).has_value());
  REQUIRE(packs->append(info(10), body(2'000'000)).has_value());
  REQUIRE_FALSE(packs->sync());
  CHECK(records(folder).size() == 11);
}

TEST_CASE("whichever call fails, what was committed stays and later appends work") {
  for (int fault : {ENOSPC, EIO})
    for (int fail_at = 0;; ++fail_at) {
      const PackFolder folder;
      auto disk = std::make_shared<FailingDisk>();
      auto opened = open_pack_writer(disk, folder.path(), {}, {});
      REQUIRE(opened.has_value());
      auto& packs = *opened;
      REQUIRE(packs->append(info(0), body(100)).has_value());
      REQUIRE_FALSE(packs->sync());
      disk->calls = 0;
      disk->fail_at = fail_at;
      disk->fault = fault;

      bool synced = true;
      Numbers expected = {0};
      for (int batch = 0; batch < 3 && synced; ++batch) {
        Numbers appended;
        for (int i = 1; i <= 4; ++i) {
          const auto number = 10 * batch + i;
          if (packs->append(info(number), body(i == 3 ? 2 << 20 : 700 << 10))) appended.push_back(number);
        }
        if (packs->flush()) {
          // For this batch alone.
          REQUIRE_FALSE(packs->rewind());
          continue;
        }
        synced = !packs->sync();
        if (synced) expected.insert(expected.end(), appended.begin(), appended.end());
      }
      const bool over = disk->calls <= fail_at;
      if (synced) {
        disk->fail_at = -1;
        REQUIRE(packs->append(info(99), body(100)).has_value());
        REQUIRE_FALSE(packs->sync());
        expected.push_back(99);
        REQUIRE(records(folder) == expected);
      } else {
        // A sync that failed is final.
        REQUIRE(packs->sync());
        REQUIRE_FALSE(packs->append(info(99), body(100)).has_value());
        REQUIRE(packs->rewind());
      }
      if (over) break;
    }
}

TEST_CASE("without a descriptor to spare a change fails, and the writer lives") {
  struct NoDescriptors : PackDisk {
    bool none = false;
    int open(const char* path, int flags) override {
      if (!none) return PackDisk::open(path, flags);
      errno = EMFILE;
      return -1;
    }
  };
  const PackFolder folder;
  auto disk = std::make_shared<NoDescriptors>();
  auto packs = open_pack_writer(disk, folder.path(), {}, {}).value();
  REQUIRE(packs->append(info(1), body(100)).has_value());
  disk->none = true;
  REQUIRE_FALSE(packs->sync()); // the pack is open, and so is the folder that has a new name in it
  REQUIRE(packs->seal().value() == EMFILE); // needs a new pack
  REQUIRE(packs->append(info(2), body(100)).has_value());
  REQUIRE_FALSE(packs->sync());
  disk->none = false;
  const auto mark = packs->mark();
  REQUIRE_FALSE(packs->seal());
  REQUIRE(packs->append(info(3), body(100)).has_value());
  disk->none = true;
  REQUIRE(packs->rewind(mark).value() == EMFILE); // the pack before that is not open any more
  REQUIRE(packs->flush().value() == EMFILE);      // for this batch alone
  REQUIRE_FALSE(packs->append(info(4), body(100)).has_value());
  disk->none = false;
  REQUIRE(packs->append(info(5), body(100)).has_value());
  REQUIRE_FALSE(packs->sync());
  CHECK(records(folder) == Numbers{1, 2, 5});
}

TEST_CASE("a full disk has a name of its own") {
  const PackFolder folder;
  auto disk = std::make_shared<FailingDisk>();
  auto packs = open_pack_writer(disk, folder.path(), {}, {}).value();
  REQUIRE(packs->append(info(1), body(100)).has_value());
  REQUIRE_FALSE(packs->sync());
  disk->calls = 0;
  disk->fail_at = 0;
  disk->fault = ENOSPC;
  CHECK(packs->append(info(2), body(2 << 20)).error() == make_error_code(Error::no_space)); // the write
  disk->calls = 0;
  CHECK(packs->append(info(3), body(2 << 20)).has_value()); // less room is asked for when there is little
  disk->calls = 0;
  disk->fail_at = -1;
  CHECK(packs->append(info(4), body(2 << 20)).has_value());
  REQUIRE_FALSE(packs->sync());
  CHECK(records(folder) == Numbers{1, 3, 4});
}
