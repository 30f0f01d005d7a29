#include "spool/change/mend_record.hpp"

#include "spool/change/message_rows.hpp"
#include "spool/retention/damage.hpp"
#include "spool/store/pack_end.hpp"

namespace homespool::spool::change {

// Fields that servers rewrite are not in the hash, but in these.
bool can_mend(const PlacedRecord& record, const Incoming::State& again) {
  return record.at.size == again.size && record.header_size == again.header_size &&
         record.header_sum == again.header_sum;
}

Result<void> mend_record(Books& books, const PlacedRecord& record, const Incoming::State& again) {
  const auto at = append_bytes(books, again, info_of(books, record));
  if (!at) return at.error();
  note_place(books, record, *at);
  note_end_of_packs(books);
  forget_damage(books, record.id);
  // Others of this batch may read it.
  if (const auto error = books.packs().flush()) return error;
  return {};
}

} // namespace homespool::spool::change
