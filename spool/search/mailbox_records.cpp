#include "spool/search/mailbox_records.hpp"

#include <algorithm>

namespace homespool::spool::search {
namespace {

constexpr std::size_t kMostMailboxes = 32;
constexpr std::size_t kMostMessages = 1'000'000; // 16 bytes each

} // namespace

std::shared_ptr<const RecordMap> MailboxRecords::of(MailboxId mailbox, Uid next, index::Database& index) {
  Known known{mailbox, Uid{1}, std::make_shared<const RecordMap>()};
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(known_.begin(), known_.end(),
                                    [mailbox](const Known& each) { return each.mailbox == mailbox; });
    if (found != known_.end()) {
      known_.splice(known_.begin(), known_, found);
      if (found->next >= next) return found->records;
      known = *found;
    }
  }
  auto records = std::make_shared<RecordMap>(*known.records);
  index::Use rows(index.prepare("SELECT uid, record FROM message WHERE mailbox=:mailbox AND uid>=:from AND "
                                "uid<:next ORDER BY uid"));
  rows->bind(":mailbox", mailbox.value).bind(":from", known.next.value).bind(":next", next.value);
  while (rows->step())
    records->push_back({Uid{static_cast<std::uint32_t>(rows->integer(0))}, RecordId{rows->integer(1)}});

  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [mailbox](const Known& each) { return each.mailbox == mailbox; });
  known_.push_front({mailbox, next, records});
  std::size_t messages = 0, mailboxes = 0;
  const auto last = std::find_if(std::next(known_.begin()), known_.end(), [&](const Known& each) {
    messages += each.records->size();
    return messages + records->size() > kMostMessages || ++mailboxes == kMostMailboxes;
  });
  known_.erase(last, known_.end());
  return records;
}

} // namespace homespool::spool::search
