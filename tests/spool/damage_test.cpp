// A damaged message: never a wrong byte served as right, and the rest goes on.
#include "spool/retention/dead_space.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

const std::string kHeader = "Subject: one\r\n\r\n";
const std::string kMessage = kHeader + "the body\r\n";

// Changes one letter of `what` in the first pack.
void damage(const std::filesystem::path& pack, std::string_view what) {
  std::fstream file(pack, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  const auto at = bytes.find(what);
  REQUIRE(at != std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at));
  file.put('X');
}

struct Read {
  boost::system::error_code header, whole;
};

Read read_both(SpoolFixture& spool) {
  const auto id = (*spool.snapshot(spool.folder("INBOX")))[0].id;
  const auto reader = spool.spool().make_reader();
  const auto file = reader->open(id);
  REQUIRE(file.has_value());
  std::string header(kHeader.size(), '\0');
  std::string whole(kMessage.size(), '\0');
  Read read{(*file)->read(0, header), (*file)->read(0, whole)};
  if (!read.header) CHECK(header == kHeader);
  if (!read.whole) CHECK(whole == kMessage);
  return read;
}

} // namespace

TEST_CASE("A header can be read although the body is damaged, and a damaged header is never served") {
  for (const auto& [what, header_is_bad] : {std::pair{"the body", false}, std::pair{"Subject", true}}) {
    SpoolFixture spool;
    REQUIRE(spool.append(spool.folder("INBOX"), kMessage).has_value());
    CHECK(!read_both(spool).header);
    CHECK(!read_both(spool).whole);
    spool.close();
    damage(spool.options().settings.directory / "packs" / "000001.pack", what);
    spool.open();
    const Read read = read_both(spool);
    CHECK((read.header == Error::bad_record) == header_is_bad);
    CHECK(read.whole == Error::bad_record);
  }
}

TEST_CASE("A damaged record is named once, counted in the status, and forgotten when it is mended") {
  SpoolFixture spool;
  REQUIRE(spool.append(spool.folder("INBOX"), kMessage).has_value());
  REQUIRE(spool.append(spool.folder("INBOX"), "Subject: two\r\n\r\nother\r\n").has_value());
  const auto pack = spool.directory() / "packs" / "000001.pack";
  const auto saved = spool.directory() / "saved";
  const auto first = (*spool.snapshot(spool.folder("INBOX")))[0].id;
  const auto second = (*spool.snapshot(spool.folder("INBOX")))[1].id;
  spool.close();
  std::filesystem::copy_file(pack, saved);
  damage(pack, "the body");
  spool.open();
  for (int i = 0; i < 3; ++i) {
    const auto reader = spool.spool().make_reader();
    CHECK(reader->bytes(first, 1 << 20).error() == Error::bad_record);
    CHECK(reader->bytes(second, 1 << 20).value() == "Subject: two\r\n\r\nother\r\n");
    (void)spool.run(spool.store().upkeep()); // behind what the reads reported
    CHECK((*reader->open(first))->damaged());
    CHECK_FALSE((*reader->open(second))->damaged());
    CHECK(spool.spool().status().damaged == 1);
    if (i == 1) spool.reopen();
  }
  REQUIRE(spool.findings_of_mail().size() == 1);
  CHECK(spool.findings_of_mail()[0].find("message " + std::to_string(first.value)) != std::string::npos);

  spool.close();
  std::filesystem::copy_file(saved, pack, std::filesystem::copy_options::overwrite_existing);
  spool.open();
  while (spool.run(spool.store().upkeep()).value() == Left::more) {
  }
  CHECK(spool.spool().status().damaged == 0);
  CHECK(spool.text(first) == kMessage);
}

TEST_CASE("A pack that cannot be opened, though it is there, is not damaged") {
  SpoolFixture spool;
  REQUIRE(spool.append(spool.folder("INBOX"), kMessage).has_value());
  const auto id = (*spool.snapshot(spool.folder("INBOX")))[0].id;
  spool.close();
  std::vector<std::string> told;
  bool noted = false;
  auto report =
      std::make_shared<const ReportDamage>([&](std::string sentence, std::optional<RecordId> record) {
        told.push_back(std::move(sentence));
        noted = noted || record;
      });
  const auto reader = open_index_reader(spool.directory() / "index.db",
                                        PackReader::open(spool.directory() / "packs"), report);
  REQUIRE(reader->details(id, {}).has_value()); // opens the index, not the pack
  const auto pack = spool.directory() / "packs/000001.pack";
  const auto away = spool.directory() / "away";
  std::filesystem::rename(pack, away);
  std::filesystem::create_symlink(pack, pack); // for want of descriptors it goes the same way
  CHECK(reader->bytes(id, 1 << 20).error().value() == ELOOP);
  std::filesystem::rename(away, pack);
  CHECK(told.size() == 1);
  CHECK_FALSE(noted);
  CHECK(reader->bytes(id, 1 << 20).value() == kMessage);
  std::filesystem::remove(pack);
  const auto other = open_index_reader(spool.directory() / "index.db",
                                       PackReader::open(spool.directory() / "packs"), report);
  CHECK(other->bytes(id, 1 << 20).error() == Error::bad_record);
  CHECK(noted);
}
