#include "spool/search/record_source.hpp"

#include "mail/text.hpp"
#include "spool/index/schema.hpp"

#include <algorithm>

namespace homespool::spool::search {

using index::Use;

namespace {

constexpr std::size_t kReadWhole = 256 << 10;   // bytes
constexpr std::uint64_t kMostText = 8ULL << 20; // as it was sent; more is looked through at each search

std::uint32_t sum_of(std::uint64_t header_sum, std::uint64_t size) {
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  return static_cast<std::uint32_t>((header_sum ^ size * kSpread) >> 32);
}

} // namespace

RecordSource::RecordSource(const std::filesystem::path& index, std::shared_ptr<PackReader> packs)
    : database_(index, index::Database::Access::read), packs_(std::move(packs)) {}

std::vector<RecordSource::Row> RecordSource::after(RecordId after, std::size_t count, std::uint64_t bytes) {
  std::vector<Row> found;
  Use rows(database_.prepare("SELECT r.id, r.pack, r.offset, r.body, r.size, r.header_size, r.header_sum, "
                             "s.parts FROM record r JOIN structure s ON s.record=r.id WHERE r.id>:after "
                             "ORDER BY r.id LIMIT :count"));
  rows->bind(":after", after.value).bind(":count", static_cast<std::int64_t>(count));
  std::uint64_t taken = 0;
  while (taken < bytes && rows->step()) {
    Row row;
    row.at.pack = static_cast<std::uint32_t>(rows->integer(1));
    row.at.offset = static_cast<std::uint64_t>(rows->integer(2));
    row.at.body = static_cast<std::uint64_t>(rows->integer(3));
    row.at.size = static_cast<std::uint64_t>(rows->integer(4));
    row.header_size = static_cast<std::uint64_t>(rows->integer(5));
    row.fingerprint.record = RecordId{rows->integer(0)};
    row.fingerprint.sum = sum_of(static_cast<std::uint64_t>(rows->integer(6)), row.at.size);
    row.parts = mail::unpack_parts(rows->bytes(7)).value_or(std::vector<mail::Part>{});
    taken += row.at.size;
    found.push_back(std::move(row));
  }
  return found;
}

// The message as far as its text goes. Of a large one only headers and text are read, into memory that the
// system does not give out before it is touched: attachments cost nothing.
std::optional<std::span<const char>> RecordSource::read(const Row& row) {
  const std::span<char> all(room_.get(), std::min<std::uint64_t>(row.at.size, kSearchedBytes));
  const auto take = [&](std::uint64_t begin, std::uint64_t end) {
    begin = std::min<std::uint64_t>(begin, all.size());
    end = std::clamp<std::uint64_t>(end, begin, all.size());
    return !packs_->read(row.at, begin, all.subspan(begin, end - begin));
  };
  if (all.size() <= kReadWhole) return take(0, all.size()) ? std::optional(all) : std::nullopt;
  bool fine = take(0, row.header_size);
  for (const mail::Part& part : row.parts) fine = fine && take(part.header_begin, part.body_begin);
  if (!fine) return std::nullopt;
  std::uint64_t text = 0;
  std::vector<mail::Part> texts;
  for (const mail::Part& part : row.parts) {
    if (!mail::has_text({all.data(), all.size()}, part)) continue;
    texts.push_back(part);
    text += part.end - std::min(part.end, part.body_begin);
  }
  if (text > kMostText) return std::nullopt;
  for (const mail::Part& part : texts) fine = fine && take(part.body_begin, part.end);
  return fine ? std::optional(all) : std::nullopt;
}

std::shared_ptr<const FoldedRecord> RecordSource::fold(const Row& row, std::size_t limit) {
  room_ = std::make_unique_for_overwrite<char[]>(std::min<std::uint64_t>(row.at.size, kSearchedBytes));
  const auto bytes = read(row);
  if (!bytes) return nullptr;
  auto text = fold_message({bytes->data(), bytes->size()}, row.header_size, row.parts, limit);
  room_.reset();
  if (!text) return nullptr;
  return std::make_shared<const FoldedRecord>(FoldedRecord{row.fingerprint.record, std::move(*text)});
}

std::vector<RecordSource::Standing> RecordSource::compare(std::span<const Fingerprint> rising) {
  std::vector<Standing> out(rising.size(), Standing::gone);
  if (rising.empty()) return out;
  Use rows(database_.prepare("SELECT id, header_sum, size FROM record WHERE id BETWEEN :first AND :last "
                             "ORDER BY id"));
  rows->bind(":first", rising.front().record.value).bind(":last", rising.back().record.value);
  std::size_t at = 0;
  while (rows->step()) {
    const RecordId record{rows->integer(0)};
    while (at < rising.size() && rising[at].record < record) ++at;
    if (at == rising.size()) break;
    if (rising[at].record != record) continue;
    const std::uint32_t sum =
        sum_of(static_cast<std::uint64_t>(rows->integer(1)), static_cast<std::uint64_t>(rows->integer(2)));
    out[at] = rising[at].sum == sum ? Standing::same : Standing::other;
  }
  return out;
}

RecordId RecordSource::next_record() {
  return RecordId{std::stoll(index::meta(database_, "next_record").value_or("1"))};
}

std::uint64_t RecordSource::count() {
  Use row(database_.prepare("SELECT count(*) FROM record"));
  return row->step() ? static_cast<std::uint64_t>(row->integer(0)) : 0;
}

} // namespace homespool::spool::search
