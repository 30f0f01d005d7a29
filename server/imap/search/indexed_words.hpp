// The words of a SEARCH as the search index answers them, for all candidates at once, ahead of looking into
// messages.
//
// What the index does not hold yet, or cannot tell for a fault, is left to the caller. Threads: made by the
// session, then used by one worker at a time.
#pragma once

#include "server/imap/search/search.hpp"
#include "spool/search/search_index.hpp"

namespace homespool::server::imap {

// A message that may match.
struct Candidate {
  std::uint32_t number = 0;
  spool::Message message;
  bool recent = false;
};

class IndexedWords {
 public:
  using Until = std::chrono::steady_clock::time_point;
  // `next`: UIDs of the candidates, which rise, are below it. `words` and `candidates` outlive this.
  IndexedWords(std::shared_ptr<spool::search::SearchIndex> index, spool::MailboxId mailbox, spool::Uid next,
               const std::vector<Matcher::SoughtWord>& words, const std::vector<Candidate>& candidates);

  // True when all is known that the index can tell; false when there is more to do after `until`.
  bool advance(Until until);
  // The index has told about every candidate.
  bool complete() const { return !given_up_ && told_ == candidates_.size(); }
  // Which words a candidate has, until the next call; empty when the index does not know the message.
  std::span<const char> found(std::size_t candidate);

 private:
  using RecordSet = spool::search::RecordSet;
  void begin();
  void find_records();
  void take_answer(std::size_t word, const RecordSet& found);
  bool ask(Until until);

  std::shared_ptr<spool::search::SearchIndex> index_;
  spool::MailboxId mailbox_;
  spool::Uid next_;
  const std::vector<Matcher::SoughtWord>& words_;
  const std::vector<Candidate>& candidates_;

  std::unique_ptr<spool::search::Inquiry> inquiry_;
  std::vector<spool::RecordId> records_; // of the candidates; 0 where it is not known
  std::size_t told_ = 0;                 // how many are known
  RecordSet wanted_;
  std::vector<std::size_t> order_; // of words: the cheap ones first
  std::size_t asked_ = 0;
  std::unique_ptr<spool::search::Query> query_;
  std::vector<RecordSet> answers_; // by word
  std::vector<char> row_;
  bool begun_ = false, given_up_ = false;
};

} // namespace homespool::server::imap
