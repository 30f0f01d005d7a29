#include "spool/retention/upkeep.hpp"

#include "spool/retention/expiry.hpp"

namespace homespool::spool {

Result<Left> Upkeep::step(Books& books) {
  if (books.batch() == last_batch_) return Left::more;
  last_batch_ = books.batch();
  if (expire_deleted(books, holds_->since(), kRowsATurn) > 0) return Left::more;
  if (forget_gone_entries(books, kRowsATurn) > 0) return Left::more;
  std::vector<RecordId> damaged;
  return dead_space_.step(books, damaged);
}

} // namespace homespool::spool
