#include "spool/search/record_source.hpp"

#include "spool/index/schema.hpp"

namespace homespool::spool::search {

using index::Use;

namespace {

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

std::shared_ptr<const FoldedRecord> RecordSource::fold(const Row& row, std::size_t limit) {
  std::string bytes(std::min(row.at.size, kSearchedBytes), '\0');
  if (packs_->read(row.at, 0, bytes)) return nullptr;
  auto text = fold_message(bytes, row.header_size, row.parts, limit);
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
