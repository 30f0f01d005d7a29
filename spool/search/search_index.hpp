// The search index (search.db): made from the records behind their commits, asked by SEARCH.
//
// It holds nothing that cannot be made again: a file that is missing, damaged, of another version or not of
// this spool is thrown away and made anew, with a finding. What it does not hold yet (View::indexed says) the
// caller looks through by itself, so an answer is right at any time.
//
// Threads: a writer thread of its own at low priority, the one that writes search.db; the functions here from
// any thread. Made by make_shared. An Inquiry belongs to one thread at a time and may outlive the spool.
#pragma once

#include "spool/search/giving_way.hpp"
#include "spool/search/mailbox_records.hpp"
#include "spool/search/query.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace homespool::spool {
class PackReader;
}

namespace homespool::spool::search {

class SearchIndex;
class Indexer;

// Connections for one reader: search.db as the index's writer knows it, and index.db.
struct Connections {
  std::uint64_t generation = 0; // of search.db
  SearchFile file;
  index::Database index;
};

// One look at the index: everything it says is of one moment.
class Inquiry {
 public:
  ~Inquiry();
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  const RecordSet& indexed() const { return view_->indexed; }
  std::shared_ptr<const RecordMap> records_of(MailboxId mailbox, Uid next);
  std::unique_ptr<Query> query(Word word, RecordSet wanted); // within the inquiry's life
  // A query threw Damaged: the file is not to be trusted. Throw the inquiry away.
  void distrust(const std::string& why);

 private:
  friend class SearchIndex;
  Inquiry(std::shared_ptr<SearchIndex> index, std::unique_ptr<Connections> connections, ViewPtr view);
  std::shared_ptr<SearchIndex> index_;
  std::unique_ptr<Connections> connections_;
  ViewPtr view_;
};

class SearchIndex : public std::enable_shared_from_this<SearchIndex> {
 public:
  // When work is done; tests make them small.
  struct Limits {
    std::size_t fresh_bytes = 8 << 20; // of folded text that is kept in memory before it is written
    std::size_t fresh_records = 8192;  // likewise
    std::size_t merge_at = 8;          // so many runs of a level become one
    // Commits that come closer together are not disturbed (giving_way.hpp).
    std::chrono::milliseconds quiet{100};
  };
  struct Options {
    std::filesystem::path file;  // search.db
    std::filesystem::path index; // index.db, only read
    std::uint64_t seed = 0;      // secret of this spool, by which its rows are known
    std::shared_ptr<PackReader> packs;
    std::function<void(std::string sentence)> on_finding;
    std::function<bool()> low_space; // then nothing is written; may be empty
    Limits limits{};
  };
  explicit SearchIndex(Options options);
  ~SearchIndex();
  SearchIndex(const SearchIndex&) = delete;
  SearchIndex& operator=(const SearchIndex&) = delete;

  // Ends the thread, soon: what is not written yet is indexed again at the next start.
  void stop();

  // Something was committed.
  void wake();
  // These records are gone for good: their texts are taken out. Soon, not at once.
  void forget(std::vector<RecordId> records);
  // Nothing while there is no index to ask.
  std::unique_ptr<Inquiry> inquire();
  // Up to this record all is indexed that can be.
  RecordId reached() const { return RecordId{reached_}; }
  // Nothing that was committed waits to be indexed.
  bool up_to_date() const { return up_to_date_; }

 private:
  friend class Inquiry;
  friend class Indexer;

  void run();
  void give_back(std::unique_ptr<Connections> connections);
  void distrust(std::uint64_t generation, const std::string& why);
  // Runs `commit` so that no inquiry begins between it and the new view.
  void publish(ViewPtr view, const std::function<void()>& commit);
  // The file is gone; inquiries get nothing until the next publish().
  void withdraw();
  bool stopping();
  // Between two pieces of work: waits while others commit, with no lock held.
  void give_way();
  void note_up_to_date(); // unless something was committed since

  Options options_;
  MailboxRecords mailbox_records_;
  std::atomic<std::int64_t> reached_ = 0;
  std::atomic<bool> up_to_date_ = false;

  std::mutex publishing_; // held while a view is taken or replaced together with the file's state
  ViewPtr view_;          // null: nothing to ask
  std::atomic<std::uint64_t> generation_ = 0;
  std::vector<std::unique_ptr<Connections>> spare_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = true, stopping_ = false;
  GivingWay giving_way_;
  std::vector<RecordId> to_forget_;
  std::optional<std::string> distrusted_; // why
  std::thread thread_;
};

} // namespace homespool::spool::search
