// Decides whether messages match a SEARCH. See search.hpp.
#include "server/imap/search/search.hpp"

#include "mail/ascii.hpp"
#include "mail/date.hpp"
#include "mail/header.hpp"
#include "mail/text.hpp"

#include <algorithm>

namespace homespool::server::imap {

using Kind = SearchKey::Kind;

using spool::search::Word;

// What has been found out about one message while match() runs: which words are in it.
struct Matcher::Facts {
  std::vector<char> found; // by word
  bool looked = false;
};

namespace {

// How much of a message a key needs; the order is the order in which children are asked.
enum Cost : std::uint8_t { of_snapshot, of_details, of_header, of_bytes };

Cost cost_of(Kind kind) {
  switch (kind) {
  case Kind::before:
  case Kind::on:
  case Kind::since:
  case Kind::older:
  case Kind::younger:
    return of_details;
  case Kind::sent_before:
  case Kind::sent_on:
  case Kind::sent_since:
  case Kind::header:
    return of_header;
  case Kind::body:
  case Kind::text:
    return of_bytes;
  default:
    return of_snapshot;
  }
}

Verdict need(std::uint8_t cost) {
  switch (cost) {
  case of_details:
    return Verdict::need_details;
  case of_header:
    return Verdict::need_header;
  case of_bytes:
    return Verdict::need_bytes;
  default:
    return Verdict::yes;
  }
}

Verdict verdict(bool yes) {
  return yes ? Verdict::yes : Verdict::no;
}

bool has_what(std::uint8_t cost, const SearchSubject& subject) {
  if (cost >= of_details && subject.details == nullptr) return false;
  if (cost == of_header) return subject.header || subject.bytes;
  return cost != of_bytes || subject.bytes;
}

std::string_view header_of(const SearchSubject& subject) {
  if (subject.header) return *subject.header;
  return subject.bytes->substr(0, subject.details->header_size);
}

// The day that the Date field was written on; a message without one counts by its arrival.
std::chrono::sys_days sent_day(const SearchSubject& subject) {
  if (const auto value = mail::header_value(header_of(subject), "Date"))
    if (const auto date = mail::parse_date(*value)) return std::chrono::sys_days(date->written_day());
  return std::chrono::floor<std::chrono::days>(subject.details->internal_date);
}

std::uint64_t keyword_bit(const std::string& name, const std::vector<std::string>* keywords) {
  if (keywords == nullptr) return 0;
  for (std::size_t i = 0; i < keywords->size() && i < spool::Flags::kMaxKeywords; ++i)
    if (mail::equals_ignoring_case((*keywords)[i], name))
      return std::uint64_t{1} << (spool::Flags::kFirstKeyword + i);
  return 0;
}

// Ranges that are in both; both as resolve() gives them.
std::vector<SequenceSet::Range> intersect(const std::vector<SequenceSet::Range>& a,
                                          const std::vector<SequenceSet::Range>& b) {
  std::vector<SequenceSet::Range> out;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::uint32_t first = std::max(a[i].first, b[j].first);
    const std::uint32_t last = std::min(a[i].last, b[j].last);
    if (first <= last) out.push_back({first, last});
    if (a[i].last < b[j].last)
      ++i;
    else
      ++j;
  }
  return out;
}

// Header fields are compared with each run of blanks as one space, as they are shown.
Word word_of(const SearchKey& key, std::string_view charset) {
  Word word;
  word.in = key.kind == Kind::header ? Word::In::field
            : key.kind == Kind::body ? Word::In::body
                                     : Word::In::text;
  word.field = mail::to_ascii_lower(key.field);
  const std::string text = mail::to_utf8(key.text, charset.empty() ? "UTF-8" : charset);
  word.folded = mail::fold_for_search(word.in == Word::In::field ? mail::join_blanks(text) : text);
  return word;
}

bool is_word(Kind kind) {
  return kind == Kind::header || kind == Kind::body || kind == Kind::text;
}

} // namespace

boost::system::result<Matcher, std::string>
Matcher::prepare(const command::Search& search, const Mailbox& mailbox, std::chrono::sys_seconds now) {
  if (!search.charset.empty() && !mail::known_charset(search.charset))
    return std::string("The character set is not known here");
  Matcher matcher;
  matcher.root_ = matcher.make(search.key, mailbox, search.charset, now);
  matcher.most_ = need(matcher.root_.cost);
  const auto require = [&matcher](const Node& node) {
    if (is_word(node.kind)) matcher.words_[node.word].required = true;
  };
  require(matcher.root_);
  if (matcher.root_.kind == Kind::all_of)
    std::for_each(matcher.root_.children.begin(), matcher.root_.children.end(), require);
  if (matcher.root_.kind == Kind::uids) matcher.only_uids_ = matcher.root_.ranges;
  if (matcher.root_.kind == Kind::all_of)
    for (const auto& child : matcher.root_.children)
      if (child.kind == Kind::uids)
        matcher.only_uids_ = matcher.only_uids_ ? intersect(*matcher.only_uids_, child.ranges) : child.ranges;
  return matcher;
}

Matcher::Node Matcher::make(const SearchKey& key, const Mailbox& mailbox, std::string_view charset,
                            std::chrono::sys_seconds now) {
  Node node;
  node.kind = key.kind;
  node.mask = key.mask;
  node.number = key.number;
  node.cost = cost_of(key.kind);
  if (key.day.ok()) node.day = std::chrono::sys_days(key.day);
  switch (key.kind) {
  case Kind::numbers:
    node.ranges = resolve(key.set, mailbox.messages);
    break;
  case Kind::uids:
    node.ranges = resolve(key.set, mailbox.last_uid);
    break;
  case Kind::keyword:
    node.kind = Kind::flags_set;
    node.mask = keyword_bit(key.text, mailbox.keywords);
    if (node.mask == 0) node.kind = Kind::any_of; // of nothing: no message has it
    break;
  case Kind::older:
  case Kind::younger:
    node.moment = now - std::chrono::seconds(key.number);
    break;
  case Kind::header:
  case Kind::body:
  case Kind::text:
    node.word = words_.size();
    words_.push_back({word_of(key, charset), false});
    break;
  default:
    break;
  }
  for (const auto& child : key.children) {
    node.children.push_back(make(child, mailbox, charset, now));
    node.cost = std::max(node.cost, node.children.back().cost);
  }
  std::stable_sort(node.children.begin(), node.children.end(),
                   [](const Node& a, const Node& b) { return a.cost < b.cost; });
  return node;
}

Verdict Matcher::match(const SearchSubject& subject) const {
  Facts facts;
  return ask(root_, subject, facts);
}

// Three-valued: a child that cannot be told yet leaves the whole open only where it matters.
Verdict Matcher::ask_children(const Node& node, const SearchSubject& subject, Facts& facts) const {
  const Verdict decisive = node.kind == Kind::any_of ? Verdict::yes : Verdict::no;
  Verdict open = node.kind == Kind::any_of ? Verdict::no : Verdict::yes;
  for (const auto& child : node.children) {
    const Verdict answer = ask(child, subject, facts);
    if (answer == decisive) return decisive;
    const bool undecided = answer != Verdict::yes && answer != Verdict::no;
    // The children are sorted: the first that is open needs least.
    if (undecided && (open == Verdict::no || open == Verdict::yes)) open = answer;
  }
  return open;
}

Verdict Matcher::ask(const Node& node, const SearchSubject& subject, Facts& facts) const {
  switch (node.kind) {
  case Kind::all_of:
  case Kind::any_of:
    return ask_children(node, subject, facts);
  case Kind::none_of: {
    const Verdict answer = ask(node.children.front(), subject, facts);
    if (answer == Verdict::yes) return Verdict::no;
    return answer == Verdict::no ? Verdict::yes : answer;
  }
  default:
    break;
  }
  if (is_word(node.kind) && !subject.found.empty()) return verdict(subject.found[node.word] != 0);
  if (!has_what(node.cost, subject)) return need(node.cost);
  return verdict(holds(node, subject, facts));
}

bool Matcher::holds(const Node& node, const SearchSubject& subject, Facts& facts) const {
  const auto arrival_day = [&] {
    return std::chrono::floor<std::chrono::days>(subject.details->internal_date);
  };
  switch (node.kind) {
  case Kind::numbers:
    return contains(node.ranges, subject.number);
  case Kind::uids:
    return contains(node.ranges, subject.message->uid.value);
  case Kind::flags_set:
    return subject.message->flags.has(node.mask);
  case Kind::recent:
    return subject.recent;
  case Kind::larger:
    return subject.message->size > node.number;
  case Kind::smaller:
    return subject.message->size < node.number;
  case Kind::modseq:
    return subject.message->modseq.value >= node.number;
  case Kind::before:
    return arrival_day() < node.day;
  case Kind::on:
    return arrival_day() == node.day;
  case Kind::since:
    return arrival_day() >= node.day;
  case Kind::sent_before:
    return sent_day(subject) < node.day;
  case Kind::sent_on:
    return sent_day(subject) == node.day;
  case Kind::sent_since:
    return sent_day(subject) >= node.day;
  case Kind::older:
    return subject.details->internal_date <= node.moment;
  case Kind::younger:
    return subject.details->internal_date >= node.moment;
  default:
    break;
  }
  look(subject, facts);
  return facts.found[node.word] != 0;
}

// Looks for all words at once: each text is decoded and folded one time, however many words are asked for.
void Matcher::look(const SearchSubject& subject, Facts& facts) const {
  if (facts.looked) return;
  facts.looked = true;
  facts.found.assign(words_.size(), 0);
  const bool body = subject.bytes && root_.cost == of_bytes;
  look_at_header(header_of(subject), body, facts);
  if (body) look_at_bytes(subject, facts);
}

void Matcher::look_at_header(std::string_view header, bool also_text, Facts& facts) const {
  mail::HeaderReader reader(header.substr(0, mail::Limits{}.header_bytes));
  for (mail::HeaderField field; reader.next(field);) {
    // Decoded and folded when the first word wants it: the value, and the line with its name for TEXT.
    std::optional<std::string> value, line;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const Word& word = words_[i].word;
      const bool text = also_text && word.in == Word::In::text;
      const bool named = word.in == Word::In::field && mail::equals_ignoring_case(field.name, word.field);
      if (facts.found[i] != 0 || (!text && !named)) continue;
      auto& folded = text ? line : value;
      if (!folded)
        folded = mail::fold_for_search((text ? std::string(field.name) + ": " : std::string()) +
                                       mail::decode_header_text(mail::unfold_text(field.value)));
      if (folded->find(word.folded) != std::string::npos) facts.found[i] = 1;
    }
  }
}

void Matcher::look_at_bytes(const SearchSubject& subject, Facts& facts) const {
  std::size_t left = 0;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (words_[i].word.in == Word::In::field || facts.found[i] != 0) continue;
    if (words_[i].word.folded.empty())
      facts.found[i] = 1; // every message has a body, if an empty one
    else
      ++left;
  }
  if (left == 0) return;
  mail::for_each_text(*subject.bytes, subject.details->parts, [&](std::string_view text) {
    const std::string folded = mail::fold_for_search(text);
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i].word.in == Word::In::field || facts.found[i] != 0) continue;
      if (folded.find(words_[i].word.folded) == std::string::npos) continue;
      facts.found[i] = 1;
      --left;
    }
    return left > 0;
  });
}

} // namespace homespool::server::imap
