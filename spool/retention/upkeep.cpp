#include "spool/retention/upkeep.hpp"

#include "spool/retention/damage.hpp"
#include "spool/retention/expiry.hpp"

namespace homespool::spool {

Result<Left> Upkeep::step(Books& books) {
  if (books.batch() == last_batch_) return Left::more;
  last_batch_ = books.batch();
  if (expire_deleted(books, holds_->since(), kRowsATurn) > 0) return Left::more;
  if (forget_gone_entries(books, kRowsATurn) > 0) return Left::more;
  if (look_for_packs_above_) {
    look_for_packs_above_ = note_missing_packs(books, *look_for_packs_above_);
    if (look_for_packs_above_) return Left::more;
  }
  if (look_again_after_) {
    look_again_after_ = look_at_damaged_again(books, *look_again_after_);
    return Left::more;
  }
  std::vector<RecordId> damaged;
  const auto left = dead_space_.step(books, damaged);
  for (const RecordId record : damaged)
    note_damage(books, record,
                "record " + std::to_string(record.value) + " is damaged: it stays where it is");
  return left;
}

} // namespace homespool::spool
