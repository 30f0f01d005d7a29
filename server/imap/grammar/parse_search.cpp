// SEARCH: keys as a tree (RFC 3501 section 6.4.4), OLDER and YOUNGER (RFC 5032), MODSEQ (RFC 7162).
#include "server/imap/grammar/families.hpp"

#include "mail/ascii.hpp"
#include "mail/date.hpp"

namespace homespool::server::imap::grammar {
namespace {

using Kind = SearchKey::Kind;
using spool::Flags;

constexpr std::uint64_t kMost32 = 0xffffffff;
constexpr std::uint64_t kMost63 = 0x7fffffffffffffff;

// What follows a key's name.
enum class Shape : std::uint8_t { nothing, flag, no_flag, number, day, text, field, keyword, no_keyword };
struct Entry {
  std::string_view name;
  Shape shape;
  Kind kind;
  std::uint64_t mask = 0;
};
constexpr Entry kKeys[] = {
    {"ALL", Shape::nothing, Kind::all_of},
    {"RECENT", Shape::nothing, Kind::recent},
    {"ANSWERED", Shape::flag, Kind::flags_set, Flags::kAnswered},
    {"DELETED", Shape::flag, Kind::flags_set, Flags::kDeleted},
    {"DRAFT", Shape::flag, Kind::flags_set, Flags::kDraft},
    {"FLAGGED", Shape::flag, Kind::flags_set, Flags::kFlagged},
    {"SEEN", Shape::flag, Kind::flags_set, Flags::kSeen},
    {"UNANSWERED", Shape::no_flag, Kind::flags_set, Flags::kAnswered},
    {"UNDELETED", Shape::no_flag, Kind::flags_set, Flags::kDeleted},
    {"UNDRAFT", Shape::no_flag, Kind::flags_set, Flags::kDraft},
    {"UNFLAGGED", Shape::no_flag, Kind::flags_set, Flags::kFlagged},
    {"UNSEEN", Shape::no_flag, Kind::flags_set, Flags::kSeen},
    {"KEYWORD", Shape::keyword, Kind::keyword},
    {"UNKEYWORD", Shape::no_keyword, Kind::keyword},
    {"LARGER", Shape::number, Kind::larger},
    {"SMALLER", Shape::number, Kind::smaller},
    {"OLDER", Shape::number, Kind::older},
    {"YOUNGER", Shape::number, Kind::younger},
    {"BEFORE", Shape::day, Kind::before},
    {"ON", Shape::day, Kind::on},
    {"SINCE", Shape::day, Kind::since},
    {"SENTBEFORE", Shape::day, Kind::sent_before},
    {"SENTON", Shape::day, Kind::sent_on},
    {"SENTSINCE", Shape::day, Kind::sent_since},
    {"BODY", Shape::text, Kind::body},
    {"TEXT", Shape::text, Kind::text},
    {"SUBJECT", Shape::field, Kind::header},
    {"FROM", Shape::field, Kind::header},
    {"TO", Shape::field, Kind::header},
    {"CC", Shape::field, Kind::header},
    {"BCC", Shape::field, Kind::header},
};

SearchKey negated(SearchKey key) {
  SearchKey out;
  out.kind = Kind::none_of;
  out.children.push_back(std::move(key));
  return out;
}

// Reads one key after another; counts them, and how deep they nest.
class Keys {
 public:
  explicit Keys(Scanner& in) : in_(in) {}

  bool key(SearchKey& out, std::size_t depth) {
    if (depth > in_.limits().nesting) return in_.fail("the keys are nested too deeply");
    if (++count_ > in_.limits().elements) return in_.fail("too many keys");
    if (in_.peek() == '(') return bracket(out, depth);
    if (in_.peek() == '*' || mail::is_digit(in_.peek())) {
      out.kind = Kind::numbers;
      return in_.sequence_set(out.set);
    }
    std::string name;
    return in_.upper_atom(name) && named(name, out, depth);
  }

 private:
  bool bracket(SearchKey& out, std::size_t depth) {
    return in_.list(false, [&] { return key(out.children.emplace_back(), depth + 1); });
  }
  bool named(const std::string& name, SearchKey& out, std::size_t depth);
  bool shaped(const Entry& entry, SearchKey& out);
  bool number(std::uint64_t most, SearchKey& out) {
    return in_.space() && in_.number(out.number, most, "a number is missing or too large");
  }
  bool keyword(SearchKey& out);
  bool day(SearchKey& out);
  bool modseq(SearchKey& out);

  Scanner& in_;
  std::size_t count_ = 0;
};

bool Keys::named(const std::string& name, SearchKey& out, std::size_t depth) {
  if (name == "NOT") {
    out.kind = Kind::none_of;
    return in_.space() && key(out.children.emplace_back(), depth + 1);
  }
  if (name == "OR") {
    out.kind = Kind::any_of;
    return in_.space() && key(out.children.emplace_back(), depth + 1) && in_.space() &&
           key(out.children.emplace_back(), depth + 1);
  }
  if (name == "UID") {
    out.kind = Kind::uids;
    return in_.space() && in_.sequence_set(out.set);
  }
  if (name == "HEADER") {
    out.kind = Kind::header;
    return in_.space() && in_.astring(out.field) && in_.space() && in_.astring(out.text);
  }
  if (name == "MODSEQ") return modseq(out);
  if (name == "NEW" || name == "OLD") {
    SearchKey recent;
    recent.kind = Kind::recent;
    SearchKey seen;
    seen.kind = Kind::flags_set;
    seen.mask = Flags::kSeen;
    if (name == "OLD")
      out = negated(std::move(recent));
    else
      out.children = {std::move(recent), negated(std::move(seen))};
    return true;
  }
  for (const auto& entry : kKeys)
    if (entry.name == name) return shaped(entry, out);
  return in_.fail("there is no such search key");
}

bool Keys::shaped(const Entry& entry, SearchKey& out) {
  out.kind = entry.kind;
  out.mask = entry.mask;
  switch (entry.shape) {
  case Shape::nothing:
  case Shape::flag:
    return true;
  case Shape::no_flag:
    out = negated(std::move(out));
    return true;
  case Shape::number: {
    const bool seconds = entry.kind == Kind::older || entry.kind == Kind::younger;
    if (!number(seconds ? kMost32 : kMost63, out)) return false;
    return !seconds || out.number > 0 || in_.fail("a time must not be 0");
  }
  case Shape::day:
    return day(out);
  case Shape::field:
    out.field = entry.name;
    return in_.space() && in_.astring(out.text);
  case Shape::text:
    return in_.space() && in_.astring(out.text);
  case Shape::keyword:
    return keyword(out);
  case Shape::no_keyword:
    if (!keyword(out)) return false;
    out = negated(std::move(out));
    return true;
  }
  return false;
}

bool Keys::keyword(SearchKey& out) {
  std::string_view name;
  if (!in_.space() || !in_.atom(name)) return false;
  out.text = name;
  return true;
}

bool Keys::day(SearchKey& out) {
  std::string text;
  if (!in_.space() || !in_.astring(text)) return false;
  const auto day = mail::parse_imap_date(text);
  if (!day) return in_.fail("the date is not one");
  out.day = *day;
  return true;
}

// MODSEQ [entry-name SP entry-type-req] number; the entry is of no account here.
bool Keys::modseq(SearchKey& out) {
  out.kind = Kind::modseq;
  if (!in_.space()) return false;
  if (in_.peek() == '"') {
    std::string entry, type;
    if (!in_.string(entry) || !in_.space() || !in_.upper_atom(type)) return false;
    if (type != "ALL" && type != "PRIV" && type != "SHARED") return in_.fail("there is no such entry type");
    if (!in_.space()) return false;
  }
  return in_.number(out.number, kMost63, "a mod-sequence is missing or too large");
}

// SP "CHARSET" SP astring, if it is there.
bool charset(Scanner& in, std::string& out) {
  Scanner ahead = in;
  std::string word;
  if (!mail::is_alpha(ahead.peek()) || !ahead.upper_atom(word) || word != "CHARSET") return true;
  in = ahead;
  return in.space() && in.astring(out) && in.space();
}

} // namespace

bool parse_search(Scanner& in, bool uid, Command& out) {
  command::Search search;
  search.uid = uid;
  if (!in.space() || !charset(in, search.charset)) return false;
  Keys keys(in);
  do {
    in.skip_spaces();
    if (!keys.key(search.key.children.emplace_back(), 1)) return false;
  } while (in.peek() == ' ' && !Scanner(in).end());
  out = std::move(search);
  return true;
}

} // namespace homespool::server::imap::grammar
