#include "spool/store/writer.hpp"

#include "spool/rebuild/snapshot.hpp"
#include "spool/store/own_changes.hpp"

#include <algorithm>
#include <pthread.h>

namespace homespool::spool {
namespace {

using boost::system::error_code;

constexpr int kCheckpointPages = 1000; // about 4 MB of WAL
constexpr auto kIdle = std::chrono::seconds(5);
constexpr auto kClients = std::chrono::seconds(60);
constexpr auto kToldAgain = std::chrono::hours(1); // the same sentence
constexpr std::size_t kTold = 100;

error_code error_of(const index::SqliteError& error) {
  if (error.no_space()) return Error::no_space;
  return make_error_code(boost::system::errc::io_error);
}

std::string sentence_of(const index::SqliteError& error) {
  return error.damaged() ? damaged_sentence(error)
                         : std::string("a change could not be written to the index: ") + error.what();
}

} // namespace

Writer::Writer(std::unique_ptr<Books> books, std::shared_ptr<Published> published,
               std::shared_ptr<ChangeFeed> feed, std::shared_ptr<const ReadHolds> holds)
    : books_(std::move(books)), published_(std::move(published)), feed_(std::move(feed)),
      upkeep_(std::move(holds)) {
  books_->publish(*published_);
  riding_.take_over(books_->database());
  books_->publish_folders(*published_);
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "spool-writer");
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Writer::hand_in(std::unique_ptr<Change>& change) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || failed_) return false;
    queue_.push_back(std::move(change));
  }
  wake_.notify_one();
  return true;
}

void Writer::adopt(std::unique_ptr<OpenMailbox> loaded) {
  std::unique_ptr<Change> adopt = std::make_unique<Adopt>(std::move(loaded));
  hand_in(adopt);
}

void Writer::report_damage(RecordId record, std::string sentence) {
  std::unique_ptr<Change> note = std::make_unique<NoteDamage>(record, std::move(sentence));
  hand_in(note);
}

Awaitable<Result<Left>> Writer::upkeep() {
  auto step = [this](Books& books) { return upkeep_.step(books); };
  return submit<Left>(std::move(step));
}

void Writer::report(std::string sentence) {
  {
    const std::lock_guard lock(mutex_);
    if (told_.size() > kTold) told_.clear();
    const auto [told, first] = told_.try_emplace(sentence, Steady::now());
    if (!first && Steady::now() - told->second < kToldAgain) return;
    told->second = Steady::now();
    findings_.push_back(std::move(sentence));
  }
  wake_.notify_one();
}

void Writer::configure(const config::SpoolSettings& settings) {
  const std::lock_guard lock(mutex_);
  new_settings_ = settings;
}

void Writer::run() {
  std::unique_lock lock(mutex_);
  while (wait(lock)) {
    Batch batch = take_batch();
    const bool more = !queue_.empty();
    const auto findings = std::exchange(findings_, {});
    if (new_settings_) books_->settings() = *std::exchange(new_settings_, std::nullopt);
    lock.unlock();
    tell_findings(findings);
    if (!batch.empty() || clients_are_due()) commit(batch);
    keep_up(more || !batch.empty());
    tend();
    lock.lock();
  }
  lock.unlock();
  Batch nothing;
  if (published_->clients_changed()) commit(nothing);
  settle();
  if (commits_ > 0 && !failed_) make_small_snapshot(books_->options().settings.directory, books_->now());
}

// Returns true when there is something to do; false when all is done and the writer stops.
bool Writer::wait(std::unique_lock<std::mutex>& lock) {
  const auto busy = [this] { return stopping_ || !queue_.empty() || !findings_.empty(); };
  while (!busy()) {
    const auto quiet = last_commit_ + (idle_work_ ? kIdle : kClients);
    const auto until = failed_ ? Steady::now() + kClients : std::min(quiet, upkeep_.due());
    if (wake_.wait_until(lock, until, busy)) break;
    if (failed_) continue;
    if (upkeep_.due() <= Steady::now() || clients_are_due()) return true;
    if (Steady::now() < quiet) continue;
    if (std::exchange(idle_work_, false)) {
      lock.unlock();
      settle();
      checkpoint(true);
      lock.lock();
    }
    last_commit_ = Steady::now(); // nothing to write: look again after as long
  }
  return !queue_.empty() || !findings_.empty();
}

bool Writer::clients_are_due() const {
  return published_->clients_changed() && Steady::now() - last_commit_ >= kClients;
}

Writer::Batch Writer::take_batch() {
  Batch batch;
  std::uint64_t weight = 0;
  while (!queue_.empty() && batch.size() < kMaxChanges && weight < kMaxWeight) {
    weight += queue_.front()->weight;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void Writer::commit(Batch& batch) {
  std::vector<error_code> outcomes(batch.size());
  const error_code failed = write(batch, outcomes);
  Batch questions;
  if (failed) {
    published_->put_back(clients_in_batch_);
    questions = take_questions(batch, outcomes);
  } else {
    publish();
    if (auto records = books_->take_given_up(); !records.empty()) feed_->given_up(std::move(records));
    if (batch_writes_) ++commits_;
  }
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (batch[i]) batch[i]->answer(failed && !outcomes[i] ? failed : outcomes[i]);
  if (!questions.empty()) commit(questions);
}

// What was committed stays so, though the list of folders cannot be read: the one before is good meanwhile.
void Writer::publish() {
  const auto changed = books_->publish(*published_);
  try {
    books_->publish_folders(*published_);
  } catch (const index::SqliteError& error) {
    report(sentence_of(error));
  }
  for (const MailboxId id : changed) feed_->wake(id);
}

// Those of a batch that failed which wrote nothing, or were not reached. None when that is all of them.
Writer::Batch Writer::take_questions(Batch& batch, const std::vector<error_code>& outcomes) const {
  Batch questions;
  const auto wrote = [](const std::unique_ptr<Change>& change) { return change->wrote; };
  if (failed_ || std::none_of(batch.begin(), batch.end(), wrote)) return questions;
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (!batch[i]->wrote && !outcomes[i]) questions.push_back(std::move(batch[i]));
  return questions;
}

// The whole of a batch up to its commit; with an error nothing of it was done.
error_code Writer::write(Batch& batch, std::vector<error_code>& outcomes) {
  clients_in_batch_.clear();
  if (failed_) return Error::stopped;
  try {
    books_->begin_batch();
    before_batch_ = books_->packs().mark();
    books_->database().run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < batch.size(); ++i) outcomes[i] = run_one(*batch[i]);
    batch_writes_ = batch.empty() || clients_are_due() ||
                    std::any_of(batch.begin(), batch.end(), [](const auto& change) { return change->wrote; });
    if (batch_writes_) {
      last_commit_ = Steady::now();
      write_clients();
      books_->write_batch_rows();
    } else {
      books_->give_counters_back();
    }
  } catch (const index::SqliteError& error) {
    undo_batch();
    report(sentence_of(error));
    return error_of(error);
  }
  return make_durable();
}

error_code Writer::run_one(Change& change) {
  index::Database& database = books_->database();
  books_->begin_change();
  const PackWriter::Mark mark = books_->packs().mark();
  database.prepare("SAVEPOINT change").run();
  const auto changes_before = database.total_changes();
  change.wrote = true; // unless it comes to its end
  error_code outcome;
  try {
    outcome = change.run(*books_);
    change.wrote = !outcome && database.total_changes() != changes_before;
  } catch (const index::SqliteError& error) {
    // The whole transaction is gone; or it met a damaged page, and SQLite will not commit it.
    if (!database.in_transaction() || error.damaged()) throw;
    report(sentence_of(error));
    outcome = error_of(error);
  } catch (const std::exception& error) { // memory, most likely: for this change alone
    report(std::string("a change failed: ") + error.what());
    outcome = make_error_code(boost::system::errc::not_enough_memory);
  }
  if (outcome) {
    database.prepare("ROLLBACK TO change").run();
    books_->undo_change();
    if (const auto error = books_->packs().rewind(mark)) {
      report("what a change that failed had written could not be cut off: " + error.message());
    }
  }
  database.prepare("RELEASE change").run();
  return outcome;
}

error_code Writer::make_durable() {
  try {
    if (books_->packs_need_sync()) {
      if (const auto error = secure_packs()) {
        undo_batch();
        return error;
      }
    }
    books_->database().run("COMMIT");
  } catch (const index::SqliteError& error) {
    if (!error.no_space() && !error.damaged())
      give_up(std::string("the index could not be written to disk: ") + error.what());
    undo_batch();
    return error_of(error);
  }
  riding_.committed();
  if (books_->packs_need_sync()) books_->packs().keep();
  return {};
}

// What the batch wrote to the packs is on stable storage, or will be with the transaction.
error_code Writer::secure_packs() {
  PackWriter& packs = books_->packs();
  const bool rides = riding_.get_on(books_->database(), packs.gathered());
  if (const auto error = packs.flush()) return error; // no space, say: for this batch alone
  if (rides) return {};
  if (const auto error = packs.sync()) {
    give_up("the packs could not be written to disk: " + error.message());
    return error;
  }
  riding_.get_off(books_->database());
  return {};
}

// Syncs the packs, so that nothing has to ride any more.
void Writer::settle() {
  if (failed_ || riding_.empty()) return;
  index::Database& database = books_->database();
  if (books_->packs().flush()) return; // what rides can stay where it is
  if (const auto error = books_->packs().sync()) {
    return give_up("the packs could not be written to disk: " + error.message());
  }
  try {
    database.run("BEGIN IMMEDIATE");
    riding_.get_off(database);
    database.run("COMMIT");
    riding_.committed();
  } catch (const index::SqliteError& error) {
    riding_.undone();
    if (!error.no_space())
      return give_up(std::string("the index could not be written to disk: ") + error.what());
    if (database.in_transaction()) database.run("ROLLBACK");
  }
}

void Writer::write_clients() {
  clients_in_batch_ = published_->take_changed_clients();
  for (const ClientSeen& client : clients_in_batch_) {
    index::Use put(
        books_->prepare("INSERT OR REPLACE INTO client(login, protocol, last_seen, hidden_deletes, "
                        "refused_deletes) VALUES(:login, :protocol, :seen, :hidden, :refused)"));
    put->bind(":login", std::string_view(client.login))
        .bind(":protocol", std::string_view(client.protocol))
        .bind(":seen", client.last_seen.time_since_epoch().count())
        .bind(":hidden", static_cast<std::int64_t>(client.hidden_deletes))
        .bind(":refused", static_cast<std::int64_t>(client.refused_deletes))
        .run();
  }
}

void Writer::undo_batch() {
  try {
    if (books_->database().in_transaction()) books_->database().run("ROLLBACK");
    books_->undo_batch();
  } catch (const index::SqliteError& error) {
    give_up(std::string("the index does not answer: ") + error.what());
  }
  // After a failed sync nobody knows what the disk has: the next start compares index and packs.
  riding_.undone();
  if (failed_ || !books_->packs_need_sync()) return;
  if (const auto error = books_->packs().rewind(before_batch_)) {
    give_up("the packs could not be cut back: " + error.message());
  }
}

// What fsync could not write is lost, however often one asks: nothing more is promised from here on.
void Writer::give_up(const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(failed_, true)) return;
  }
  if (books_->options().on_fatal) books_->options().on_fatal(what);
}

void Writer::keep_up(bool changes_wait) {
  const auto due = upkeep_.due() + (changes_wait ? Upkeep::kPatience : std::chrono::seconds(0));
  if (failed_ || due > Steady::now()) return;
  Batch batch;
  batch.push_back(std::make_unique<UpkeepStep>(upkeep_));
  const auto before = last_commit_;
  commit(batch);
  last_commit_ = before; // for the clients' sake, and the checkpoint's
}

void Writer::tend() {
  index::Database& database = books_->database();
  idle_work_ = database.wal_pages() > 0 && !failed_;
  if (database.wal_pages() >= kCheckpointPages) checkpoint(false);
}

void Writer::checkpoint(bool restart) {
  if (failed_) return;
  try {
    books_->database().checkpoint(restart);
  } catch (const index::SqliteError& error) {
    if (error.no_space()) return; // all of it is safe in the WAL: there is room for it another time
    give_up(std::string("the index could not be written to disk: ") + error.what());
  }
}

void Writer::tell_findings(const std::vector<std::string>& findings) {
  if (!books_->options().on_finding) return;
  for (const std::string& finding : findings) books_->options().on_finding(finding);
}

} // namespace homespool::spool
