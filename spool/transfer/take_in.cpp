#include "spool/transfer/take_in.hpp"

#include "spool/change/folders.hpp"
#include "spool/change/message_rows.hpp"
#include "spool/change/messages.hpp"
#include "spool/change/record_content.hpp"

#include <algorithm>
#include <set>

namespace homespool::spool::change {

using index::Use;

namespace {

// Stands for an account among the origins, so that what was brought in is known when it was moved. No account
// can be called so, and it belongs to no user whose accounts it could be compared with.
std::string origin_name(const Mailbox& folder) {
  return "import/" + folder.user + "/" + folder.name;
}

class TakingIn {
 public:
  TakingIn(Books& books, const Mailbox& folder, OpenMailbox& mailbox, MessageId before)
      : books_(books), folder_(folder), mailbox_(mailbox), origin_(origin_name(folder)), before_(before) {}

  // Which of them are there already.
  std::vector<bool> look_for(std::vector<AppendItem>& items) {
    std::vector<bool> there;
    for (AppendItem& item : items) {
      const Incoming::State& state = item.message.state();
      there.push_back(is_any(state, given_before(state)));
      if (!there.back()) with_header_[{state.size, state.header_sum}];
    }
    gather_by_header();
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Incoming::State& state = items[i].message.state();
      if (!there[i]) there[i] = is_any(state, with_header_[{state.size, state.header_sum}]);
    }
    return there;
  }

  Result<void> insert(AppendItem& item) {
    const Flags flags = flags_of(item.flags);
    const auto modseq = modseq_ ? *modseq_ : modseq_.emplace(mailbox_.take_modseq());
    const auto uid = insert_arrived(books_, mailbox_, folder_, item, flags, modseq);
    if (!uid) return uid.error();
    note_origin(item.message.state(), find_message(books_, mailbox_, *uid)->record);
    return {};
  }

  std::uint32_t keywords_left_out() const { return keywords_left_out_; }

 private:
  bool is_any(const Incoming::State& state, const std::vector<RecordId>& records) {
    return std::any_of(records.begin(), records.end(), [&](RecordId record) {
      const auto there = content_of(books_, record);
      return there && index::same_content(content_of(state), *there);
    });
  }

  // What came another way (APPEND) has no hash to be found by: one pass over the folder for all, and only
  // what has the size of one of them is looked at further.
  void gather_by_header() {
    std::set<std::uint64_t> sizes;
    for (const auto& [key, records] : with_header_) sizes.insert(key.first);
    if (sizes.empty()) return;
    mailbox_.for_each(Uid{1}, Uid{0xffffffff}, [&](const Message& message) {
      if (message.id >= before_ || !sizes.contains(message.size)) return;
      Use find(books_.prepare("SELECT r.id, r.header_sum FROM message m JOIN record r ON r.id=m.record "
                              "WHERE m.id=:id"));
      find->bind(":id", message.id.value);
      if (!find->step()) return;
      const auto wanted = with_header_.find({message.size, static_cast<std::uint64_t>(find->integer(1))});
      if (wanted != with_header_.end()) wanted->second.push_back(RecordId{find->integer(0)});
    });
  }

  // Records with this content that lie in this folder, or that came by it and lie in another of the user's.
  std::vector<RecordId> given_before(const Incoming::State& state) {
    std::vector<RecordId> records;
    Use rows(books_.prepare(
        "SELECT DISTINCT o.record FROM origin o JOIN message m ON m.record=o.record JOIN mailbox b ON "
        "b.id=m.mailbox WHERE o.hash=:hash AND m.id<:before AND (b.id=:mailbox OR (o.account=:account AND "
        "b.user=:user))"));
    rows->bind(":hash", static_cast<std::int64_t>(state.hash.low))
        .bind(":before", before_.value)
        .bind(":mailbox", mailbox_.id().value)
        .bind(":account", std::string_view(origin_))
        .bind(":user", std::string_view(folder_.user));
    while (rows->step()) records.push_back(RecordId{rows->integer(0)});
    return records;
  }

  // A keyword that the folder has no room for is left out.
  Flags flags_of(const FlagNames& names) {
    Flags flags{names.system};
    for (const std::string& keyword : names.keywords) {
      FlagNames one;
      one.keywords.push_back(keyword);
      const auto bits = resolve_flags(books_, mailbox_, one);
      flags.bits |= bits ? bits->bits : 0;
      keywords_left_out_ += bits ? 0 : 1;
    }
    return flags;
  }

  void note_origin(const Incoming::State& state, RecordId record) {
    Use put(books_.prepare("INSERT OR IGNORE INTO origin(hash, record, account, user, likeness) "
                           "VALUES(:hash, :record, :account, '', NULL)"));
    put->bind(":hash", static_cast<std::int64_t>(state.hash.low))
        .bind(":record", record.value)
        .bind(":account", std::string_view(origin_))
        .run();
    books_.account(origin_).stored += 1;
  }

  Books& books_;
  const Mailbox& folder_;
  OpenMailbox& mailbox_;
  std::string origin_;
  MessageId before_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<RecordId>> with_header_; // size, checksum
  std::optional<ModSeq> modseq_;
  std::uint32_t keywords_left_out_ = 0;
};

} // namespace

Result<ImportOutcome> take_in(Books& books, ImportBatch& batch) {
  if (books.low_space()) return Error::no_space;
  const auto id = find_or_make(books, batch.user, batch.folder);
  if (!id) return id.error();
  OpenMailbox* mailbox = books.change(*id);
  const auto folder = books.folder(*id);
  if (mailbox == nullptr || !folder) return Error::no_such_mailbox;
  ImportOutcome outcome;
  outcome.before = batch.before.value_or(books.next_message_id());
  TakingIn taking(books, *folder, *mailbox, outcome.before);
  outcome.stored = taking.look_for(batch.items);
  outcome.stored.flip();
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    if (!outcome.stored[i]) continue;
    if (const auto done = taking.insert(batch.items[i]); !done) return done.error();
  }
  outcome.keywords_left_out = taking.keywords_left_out();
  return outcome;
}

} // namespace homespool::spool::change
