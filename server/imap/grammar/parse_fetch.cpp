// FETCH: its items, sections and macros (RFC 3501 section 6.4.5), CHANGEDSINCE (RFC 7162).
#include "server/imap/grammar/families.hpp"

#include "mail/ascii.hpp"
#include "server/imap/wire/response.hpp"

namespace homespool::server::imap::grammar {
namespace {

using mail::equals_ignoring_case;
using mail::SectionKind;

constexpr std::uint64_t kMost32 = 0xffffffff;
constexpr std::uint64_t kMost63 = 0x7fffffffffffffff;

// "ALL", "FAST", "FULL" (RFC 3501). False: the word is no macro.
bool macro(std::string_view word, FetchItems& items) {
  const bool all = equals_ignoring_case(word, "ALL");
  const bool full = equals_ignoring_case(word, "FULL");
  if (!all && !full && !equals_ignoring_case(word, "FAST")) return false;
  for (const auto item : {FetchItem::flags, FetchItem::internal_date, FetchItem::size}) items.add(item);
  if (all || full) items.add(FetchItem::envelope);
  if (full) items.add(FetchItem::body);
  return true;
}

bool simple_item(std::string_view word, FetchItems& items) {
  static constexpr std::pair<std::string_view, FetchItem> kItems[] = {
      {"UID", FetchItem::uid},
      {"FLAGS", FetchItem::flags},
      {"INTERNALDATE", FetchItem::internal_date},
      {"RFC822.SIZE", FetchItem::size},
      {"ENVELOPE", FetchItem::envelope},
      {"BODY", FetchItem::body},
      {"BODYSTRUCTURE", FetchItem::bodystructure},
      {"MODSEQ", FetchItem::modseq}};
  for (const auto& [name, item] : kItems) {
    if (!equals_ignoring_case(name, word)) continue;
    items.add(item);
    return true;
  }
  return false;
}

bool rfc822_item(std::string_view word, FetchItems& items) {
  FetchSection section;
  if (equals_ignoring_case(word, "RFC822")) {
    section.label = "RFC822";
  } else if (equals_ignoring_case(word, "RFC822.HEADER")) {
    section.label = "RFC822.HEADER";
    section.kind = SectionKind::header;
    section.peek = true;
  } else if (equals_ignoring_case(word, "RFC822.TEXT")) {
    section.label = "RFC822.TEXT";
    section.kind = SectionKind::text;
  } else {
    return false;
  }
  items.order.push_back(FetchItem::section);
  items.sections.push_back(std::move(section));
  return true;
}

void append_field_name(std::string& label, const std::string& name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), is_atom_char);
  if (plain)
    label += name;
  else
    append_string(label, name);
}

bool field_names(Scanner& in, FetchSection& section) {
  section.label += " (";
  const bool fine = in.space() && in.list(false, [&] {
    std::string name;
    if (!in.astring(name)) return false;
    if (!section.names.empty()) section.label += ' ';
    append_field_name(section.label, name);
    section.names.push_back(std::move(name));
    return true;
  });
  section.label += ')';
  return fine;
}

// What follows the numbers: HEADER…, TEXT, MIME or nothing.
bool section_text(Scanner& in, std::string_view word, FetchSection& section) {
  const bool fields = equals_ignoring_case(word, "HEADER.FIELDS");
  const bool but = equals_ignoring_case(word, "HEADER.FIELDS.NOT");
  for (const char c : word) section.label += mail::is_alpha(c) ? static_cast<char>(c & ~0x20) : c;
  section.kind = SectionKind::header;
  if (fields || but) {
    section.fields = fields ? FetchSection::Fields::only : FetchSection::Fields::all_but;
    return field_names(in, section);
  }
  if (equals_ignoring_case(word, "HEADER")) return true;
  section.kind = SectionKind::text;
  if (equals_ignoring_case(word, "TEXT")) return true;
  section.kind = SectionKind::mime;
  if (equals_ignoring_case(word, "MIME") && !section.path.empty()) return true;
  return in.fail("there is no such section");
}

// The leading "1.2.3." of a section; `rest` is what follows.
bool section_path(Scanner& in, FetchSection& section) {
  while (mail::is_digit(in.peek())) {
    std::uint64_t number = 0;
    if (!in.number(number, kMost32, "a part number is too large")) return false;
    if (number == 0) return in.fail("part numbers begin with 1");
    if (section.path.size() == in.limits().section_path) return in.fail("a section is too deep");
    section.path.push_back(static_cast<std::uint32_t>(number));
    append_number(section.label, number);
    if (!in.take('.')) return true;
    section.label += '.';
    if (in.peek() == ']') return in.fail("a part number or a section is missing");
  }
  return true;
}

bool partial(Scanner& in, FetchSection& section) {
  constexpr const char* kSentence = "the range of a section is malformed";
  FetchSection::Partial range;
  if (!in.number(range.offset, kMost63, kSentence) || !in.expect('.', kSentence) ||
      !in.number(range.length, kMost63, kSentence) || !in.expect('>', kSentence))
    return false;
  if (range.length == 0) return in.fail("a range must not be empty");
  section.partial = range;
  section.label += '<';
  append_number(section.label, range.offset);
  section.label += '>';
  return true;
}

// Behind "BODY[" or "BODY.PEEK[".
bool body_section(Scanner& in, bool peek, FetchItems& items) {
  FetchSection section;
  section.peek = peek;
  section.label = "BODY[";
  if (!section_path(in, section)) return false;
  if (in.peek() != ']' && !section_text(in, in.word(), section)) return false;
  if (!in.expect(']', "a section has no end")) return false;
  section.label += ']';
  if (in.take('<') && !partial(in, section)) return false;
  if (items.sections.size() == in.limits().sections)
    return in.refuse("[LIMIT] Too many sections in one FETCH");
  items.order.push_back(FetchItem::section);
  items.sections.push_back(std::move(section));
  return true;
}

bool item(Scanner& in, FetchItems& items) {
  const std::string_view word = in.word();
  const bool peek = equals_ignoring_case(word, "BODY.PEEK");
  if (in.peek() == '[' && (peek || equals_ignoring_case(word, "BODY"))) {
    in.take('[');
    return body_section(in, peek, items);
  }
  return simple_item(word, items) || rfc822_item(word, items) || in.fail("there is no such FETCH item");
}

bool items_or_macro(Scanner& in, FetchItems& items) {
  if (in.peek() == '(') return in.list(false, [&] { return item(in, items); });
  Scanner ahead = in;
  if (!macro(ahead.word(), items)) return item(in, items);
  in.word();
  return true;
}

bool changed_since(Scanner& in, command::Fetch& fetch) {
  return in.list(false, [&] {
    std::string word;
    std::uint64_t number = 0;
    if (!in.upper_atom(word)) return false;
    if (word != "CHANGEDSINCE") return in.fail("there is no such modifier");
    if (!in.space() || !in.number(number, kMost63, "a mod-sequence is missing or too large")) return false;
    fetch.changed_since = spool::ModSeq{number};
    fetch.items.add(FetchItem::modseq);
    return true;
  });
}

} // namespace

bool parse_fetch(Scanner& in, bool uid, Command& out) {
  command::Fetch fetch;
  fetch.uid = uid;
  if (!in.space() || !in.sequence_set(fetch.set) || !in.space()) return false;
  if (uid) fetch.items.add(FetchItem::uid);
  if (!items_or_macro(in, fetch.items)) return false;
  in.skip_spaces();
  if (!in.at_end() && !changed_since(in, fetch)) return false;
  out = std::move(fetch);
  return true;
}

} // namespace homespool::server::imap::grammar
