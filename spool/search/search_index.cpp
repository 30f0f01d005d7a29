#include "spool/search/search_index.hpp"

#include "spool/search/indexer.hpp"

#include <pthread.h>
#include <sys/resource.h>

namespace homespool::spool::search {
namespace {

constexpr std::size_t kMostSpare = 4;
constexpr int kLowPriority = 5; // a third of what others get, when they want it all

} // namespace

Inquiry::Inquiry(std::shared_ptr<SearchIndex> index, std::unique_ptr<Connections> connections, ViewPtr view)
    : index_(std::move(index)), connections_(std::move(connections)), view_(std::move(view)) {}

Inquiry::~Inquiry() {
  index_->give_back(std::move(connections_));
}

std::shared_ptr<const RecordMap> Inquiry::records_of(MailboxId mailbox, Uid next) {
  return index_->mailbox_records_.of(mailbox, next, connections_->index);
}

std::unique_ptr<Query> Inquiry::query(Word word, RecordSet wanted) {
  return std::make_unique<Query>(connections_->file, view_, std::move(word), std::move(wanted));
}

void Inquiry::distrust(const std::string& why) {
  index_->distrust(connections_->generation, why);
}

SearchIndex::SearchIndex(Options options) : options_(std::move(options)), giving_way_(options_.limits.quiet) {
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "search-index");
}

SearchIndex::~SearchIndex() {
  stop();
}

void SearchIndex::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SearchIndex::wake() {
  {
    const std::lock_guard lock(mutex_);
    up_to_date_ = false;
    giving_way_.committed(std::chrono::steady_clock::now());
    if (std::exchange(woken_, true)) return;
  }
  wake_.notify_one();
}

void SearchIndex::forget(std::vector<RecordId> records) {
  {
    const std::lock_guard lock(mutex_);
    to_forget_.insert(to_forget_.end(), records.begin(), records.end());
    woken_ = true;
  }
  wake_.notify_one();
}

std::unique_ptr<Inquiry> SearchIndex::inquire() {
  const auto begin = [](Connections& connections) {
    connections.file.database().run("BEGIN");
    connections.file.database().run("SELECT count(*) FROM dictionary"); // takes the snapshot
  };
  try {
    const std::lock_guard lock(publishing_);
    if (!view_) return nullptr;
    std::unique_ptr<Connections> connections;
    if (!spare_.empty()) {
      connections = std::move(spare_.back());
      spare_.pop_back();
    } else {
      connections.reset(new Connections{generation_,
                                        {options_.file, SearchFile::Access::read, options_.seed},
                                        {options_.index, index::Database::Access::read}});
    }
    begin(*connections);
    return std::unique_ptr<Inquiry>(new Inquiry(shared_from_this(), std::move(connections), view_));
  } catch (const Damaged& error) {
    distrust(generation_, error.what());
  } catch (const index::SqliteError& error) {
    if (error.damaged()) distrust(generation_, error.what());
  }
  return nullptr;
}

void SearchIndex::give_back(std::unique_ptr<Connections> connections) {
  try {
    connections->file.database().run("COMMIT");
  } catch (const std::exception&) {
    return;
  }
  const std::lock_guard lock(publishing_);
  if (connections->generation == generation_ && spare_.size() < kMostSpare)
    spare_.push_back(std::move(connections));
}

void SearchIndex::distrust(std::uint64_t generation, const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (generation == generation_) distrusted_ = why;
    woken_ = true;
  }
  wake_.notify_one();
}

void SearchIndex::publish(ViewPtr view, const std::function<void()>& commit) {
  const std::lock_guard lock(publishing_);
  commit();
  view_ = std::move(view);
}

void SearchIndex::withdraw() {
  const std::lock_guard lock(publishing_);
  view_.reset();
  spare_.clear();
  ++generation_;
}

void SearchIndex::note_up_to_date() {
  const std::lock_guard lock(mutex_);
  up_to_date_ = !woken_;
}

bool SearchIndex::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void SearchIndex::give_way() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto wait = giving_way_.wait(std::chrono::steady_clock::now());
    if (stopping_ || wait <= wait.zero()) return;
    wake_.wait_for(lock, wait, [this] { return stopping_; });
  }
}

// The writer thread.
void SearchIndex::run() {
  ::setpriority(PRIO_PROCESS, 0, kLowPriority); // of this thread, on Linux: fetching and reading come first
  Indexer indexer(*this);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    const auto forget = std::exchange(to_forget_, {});
    const auto distrusted = std::exchange(distrusted_, std::nullopt);
    lock.unlock();
    const auto wait = indexer.work(forget, distrusted);
    lock.lock();
    const auto called = [this] { return stopping_ || woken_; };
    if (!wait)
      wake_.wait(lock, called);
    else if (wait->count() > 0)
      wake_.wait_for(lock, *wait, called);
  }
  lock.unlock();
  withdraw(); // first: the connection that is closed last folds the log into the file
}

} // namespace homespool::spool::search
