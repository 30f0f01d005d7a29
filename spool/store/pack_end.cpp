#include "spool/store/pack_end.hpp"

#include "spool/index/schema.hpp"

#include <sstream>

namespace homespool::spool {
namespace {

constexpr std::string_view kKey = "end_of_packs"; // "PACK OFFSET SINGLE"

struct Given {
  std::uint32_t pack = 0;
  std::uint64_t offset = 0;
  std::uint32_t single = 0;
  bool operator==(const Given&) const = default;
};

Given noted(index::Database& database) {
  Given given;
  std::istringstream text(index::meta(database, kKey).value_or(""));
  if (!(text >> given.pack >> given.offset >> given.single)) return {};
  return given;
}

void note(index::Database& database, const Given& given) {
  std::ostringstream text;
  text << given.pack << ' ' << given.offset << ' ' << given.single;
  index::set_meta(database, kKey, text.str());
}

} // namespace

PackWriter::End end_of_packs(index::Database& database) {
  PackWriter::End end;
  index::Use last(database.prepare("SELECT pack, offset, body, size FROM record WHERE pack<=:shared "
                                   "ORDER BY pack DESC, offset DESC LIMIT 1"));
  last->bind(":shared", kFirstSingle);
  if (last->step()) {
    Location at;
    at.pack = static_cast<std::uint32_t>(last->integer(0));
    at.offset = static_cast<std::uint64_t>(last->integer(1));
    at.body = static_cast<std::uint64_t>(last->integer(2));
    at.size = static_cast<std::uint64_t>(last->integer(3));
    end.pack = at.pack;
    end.offset = record_end(at);
  }
  index::Use single(database.prepare("SELECT max(pack) FROM record WHERE pack>:shared"));
  single->bind(":shared", kFirstSingle);
  if (single->step()) end.single = static_cast<std::uint32_t>(single->maybe_integer(0).value_or(0));
  const Given given = noted(database);
  if (std::pair(given.pack, given.offset) > std::pair(end.pack, end.offset)) {
    end.needed = given.pack == end.pack ? end.offset : 0;
    end.pack = given.pack;
    end.offset = given.offset;
  }
  end.single = std::max(end.single, given.single);
  return end;
}

void note_end_of_packs(Books& books) {
  const Given before = noted(books.database());
  const PackWriter::Mark mark = books.packs().mark();
  Given now;
  now.pack = mark.pack != 0 ? mark.pack : mark.next - 1;
  now.offset = mark.pack != 0 ? mark.offset : 0;
  if (std::pair(now.pack, now.offset) < std::pair(before.pack, before.offset)) {
    now.pack = before.pack;
    now.offset = before.offset;
  }
  now.single = std::max(before.single, mark.next_single - 1);
  if (now != before) note(books.database(), now);
}

void note_end_of_packs(index::Database& database, std::uint32_t pack, std::uint32_t single) {
  note(database, {pack, 0, single});
}

} // namespace homespool::spool
