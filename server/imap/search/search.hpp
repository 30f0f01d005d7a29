// Decides whether messages match a SEARCH, reading no more of each than it takes.
//
// A Matcher is prepared once a command (words decoded and folded) and asked per message: it answers yes, no,
// or what it must be given besides. Ask again with that. Text is compared as mail::fold_for_search leaves it.
// Threads: immutable once prepared; ask from any thread.
#pragma once

#include "server/imap/grammar/command.hpp"
#include "spool/message_reader.hpp"
#include "spool/search/query.hpp"
#include "spool/snapshot.hpp"

#include <boost/system/result.hpp>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::server::imap {

// What is known of a message so far. Each pointer and view must hold during the call.
struct SearchSubject {
  std::uint32_t number = 0; // sequence number, from 1
  const spool::Message* message = nullptr;
  bool recent = false;
  const spool::MessageDetails* details = nullptr; // with parts when `bytes` is there
  std::optional<std::string_view> header;         // the header block of the message
  std::optional<std::string_view> bytes;          // the whole message (header may then be left out)
  std::span<const char> found; // which of words() it has, when the index has told; then only dates need more
};

enum class Verdict : std::uint8_t {
  no,
  yes,
  need_details, // ask again with details (Wanted{} is enough)
  need_header,  // … with details and header: the first details.header_size bytes
  need_bytes,   // … with details (Wanted parts) and bytes
};

class Matcher {
 public:
  struct Mailbox {
    std::uint32_t messages = 0;                         // "*" among sequence numbers
    std::uint32_t last_uid = 0;                         // "*" among UIDs
    const std::vector<std::string>* keywords = nullptr; // used by prepare() alone
  };
  // Error: the CHARSET is not known: NO [BADCHARSET], with this sentence.
  static boost::system::result<Matcher, std::string>
  prepare(const command::Search& search, const Mailbox& mailbox, std::chrono::sys_seconds now);

  Verdict match(const SearchSubject& subject) const;
  // The most that match() can ever ask for: yes (nothing besides the snapshot) or one of need_….
  Verdict most() const { return most_; }
  // The words that are looked for in messages; SearchSubject::found goes by this order.
  struct SoughtWord {
    spool::search::Word word;
    bool required = false; // what lacks it does not match
  };
  const std::vector<SoughtWord>& words() const { return words_; }

  // When the whole key is bounded by numbers or UIDs (as in "UID SEARCH 1:5 …"): ranges outside of which
  // nothing matches; empty optional when anything may.
  const std::optional<std::vector<SequenceSet::Range>>& only_uids() const { return only_uids_; }

 private:
  struct Node {
    SearchKey::Kind kind = SearchKey::Kind::all_of;
    std::vector<Node> children;
    std::vector<SequenceSet::Range> ranges;
    std::uint64_t mask = 0;
    std::uint64_t number = 0;
    std::chrono::sys_days day;
    std::chrono::sys_seconds moment; // of older and younger
    std::size_t word = 0;            // of header, body, text
    std::uint8_t cost = 0;           // cheap children are asked first
  };
  struct Facts;

  Matcher() = default;
  Node make(const SearchKey& key, const Mailbox& mailbox, std::string_view charset,
            std::chrono::sys_seconds now);
  Verdict ask(const Node& node, const SearchSubject& subject, Facts& facts) const;
  Verdict ask_children(const Node& node, const SearchSubject& subject, Facts& facts) const;
  bool holds(const Node& node, const SearchSubject& subject, Facts& facts) const;
  void look(const SearchSubject& subject, Facts& facts) const;
  void look_at_header(std::string_view header, bool also_text, Facts& facts) const;
  void look_at_bytes(const SearchSubject& subject, Facts& facts) const;

  Node root_;
  std::vector<SoughtWord> words_;
  Verdict most_ = Verdict::yes;
  std::optional<std::vector<SequenceSet::Range>> only_uids_;
};

} // namespace homespool::server::imap
