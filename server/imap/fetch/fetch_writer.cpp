// Renders FETCH responses. See fetch_writer.hpp.
#include "server/imap/fetch/fetch_writer.hpp"

#include "mail/date.hpp"
#include "mail/header.hpp"
#include "server/imap/limits.hpp"
#include "server/imap/wire/response.hpp"

#include <algorithm>
#include <cstring>

namespace homespool::server::imap {
namespace {

using boost::system::error_code;
using mail::SectionKind;

void append_literal_header(std::string& out, std::uint64_t size) {
  out += '{';
  append_number(out, size);
  out += "}\r\n";
}

// The part of `range` that "<offset.length>" asks for.
mail::Range cut(mail::Range range, const std::optional<FetchSection::Partial>& partial) {
  if (!partial) return range;
  const std::uint64_t size = range.end - range.begin;
  range.begin += std::min(partial->offset, size);
  range.end = range.begin + std::min(partial->length, range.end - range.begin);
  return range;
}

void append_value(std::string& out, std::string_view name, std::uint64_t value) {
  out += name;
  append_number(out, value);
}

} // namespace

void replace_nul(std::span<char> bytes) {
  for (auto rest = bytes; !rest.empty();) { // there is hardly ever one
    auto* found = static_cast<char*>(std::memchr(rest.data(), '\0', rest.size()));
    if (found == nullptr) return;
    *found = '\x80';
    rest = rest.subspan(static_cast<std::size_t>(found + 1 - rest.data()));
  }
}

// The sections of one message. The message's own header is read at most once.
class FetchResponse::Sections {
 public:
  Sections(const FetchMessage& message, FetchOutput& out) : message_(message), out_(out) {}

  error_code write(const FetchSection& section) {
    const auto range = find(section);
    out_.text += section.label;
    out_.text += ' ';
    if (!range) {
      out_.text += "NIL";
      return {};
    }
    if (section.fields != FetchSection::Fields::all) return write_fields(section, *range);
    return write_bytes(section, cut(*range, section.partial));
  }

 private:
  // Sections of the message itself follow from two numbers; others need its parts.
  std::optional<mail::Range> find(const FetchSection& section) const {
    const std::uint64_t size = message_.file->size();
    if (section.path.empty() && section.kind == SectionKind::whole) return mail::Range{0, size};
    const auto& details = *message_.details;
    const std::uint64_t header = std::min<std::uint64_t>(details.header_size, size);
    if (section.path.empty() && section.kind == SectionKind::header) return mail::Range{0, header};
    if (section.path.empty() && section.kind == SectionKind::text) return mail::Range{header, size};
    auto range = mail::find_section(details.parts, section.path, section.kind);
    if (range && (range->begin > range->end || range->end > size)) range.reset();
    return range;
  }

  error_code read(mail::Range range, std::string& into, std::size_t at) const {
    into.resize(at + static_cast<std::size_t>(range.end - range.begin));
    const std::span<char> bytes(into.data() + at, into.size() - at);
    if (bytes.empty()) return {};
    return message_.file->read(range.begin, bytes);
  }

  error_code write_bytes(const FetchSection& section, mail::Range range) {
    const std::uint64_t size = range.end - range.begin;
    append_literal_header(out_.text, size);
    if (is_own_header(section) && have_header_) {
      out_.text.append(header_, static_cast<std::size_t>(range.begin), static_cast<std::size_t>(size));
    } else if (size > kInlineSection) {
      out_.ranges.push_back({out_.text.size(), message_.file, range.begin, size});
      return {};
    } else {
      const std::size_t at = out_.text.size();
      if (const auto error = read(range, out_.text, at)) return error;
    }
    const std::size_t begin = out_.text.size() - static_cast<std::size_t>(size);
    replace_nul({out_.text.data() + begin, static_cast<std::size_t>(size)});
    return {};
  }

  static bool is_own_header(const FetchSection& section) {
    return section.path.empty() && section.kind == SectionKind::header;
  }

  error_code write_fields(const FetchSection& section, mail::Range range) {
    range.end = std::min<std::uint64_t>(range.end, range.begin + mail::Limits{}.header_bytes);
    std::string other;
    std::string& block = is_own_header(section) ? header_ : other;
    if (!is_own_header(section) || !have_header_)
      if (const auto error = read(range, block, 0)) return error;
    have_header_ = have_header_ || is_own_header(section);
    std::string chosen =
        mail::choose_fields(block, section.names, section.fields == FetchSection::Fields::all_but);
    const mail::Range part = cut({0, chosen.size()}, section.partial);
    append_literal_header(out_.text, part.end - part.begin);
    replace_nul(chosen);
    out_.text.append(chosen, static_cast<std::size_t>(part.begin),
                     static_cast<std::size_t>(part.end - part.begin));
    return {};
  }

  const FetchMessage& message_;
  FetchOutput& out_;
  std::string header_;
  bool have_header_ = false;
};

FetchResponse::FetchResponse(const FetchItems& items, const std::vector<std::string>& keywords,
                             const FetchMessage& message, FetchOutput& out)
    : items_(items), keywords_(keywords), message_(message), out_(out) {
  if (!items.sections.empty()) sections_ = std::make_unique<Sections>(message, out);
}

FetchResponse::~FetchResponse() = default;

error_code FetchResponse::next() {
  std::string& text = out_.text;
  if (next_ == 0) {
    append_value(text, "* ", message_.number);
    text += " FETCH (";
  } else {
    text += ' ';
  }
  if (const auto error = write(items_.order[next_])) return error;
  ++next_;
  if (done()) text += ")\r\n";
  return {};
}

error_code FetchResponse::write(FetchItem item) {
  std::string& text = out_.text;
  const spool::Message& message = message_.message;
  switch (item) {
  case FetchItem::flags:
    text += "FLAGS ";
    append_flags(text, message.flags, keywords_, message_.recent);
    break;
  case FetchItem::uid:
    append_value(text, "UID ", message.uid.value);
    break;
  case FetchItem::size:
    append_value(text, "RFC822.SIZE ", message.size);
    break;
  case FetchItem::modseq:
    append_value(text, "MODSEQ (", message.modseq.value);
    text += ')';
    break;
  case FetchItem::internal_date:
    text += "INTERNALDATE \"";
    text += mail::format_imap_date_time(message_.details->internal_date);
    text += '"';
    break;
  case FetchItem::envelope:
    (text += "ENVELOPE ") += message_.details->envelope;
    break;
  case FetchItem::body:
    (text += "BODY ") += message_.details->body;
    break;
  case FetchItem::bodystructure:
    (text += "BODYSTRUCTURE ") += message_.details->bodystructure;
    break;
  case FetchItem::section:
    return sections_->write(items_.sections[next_section_++]);
  }
  return {};
}

error_code FetchWriter::write(const FetchMessage& message, FetchOutput& out) const {
  const std::size_t text = out.text.size();
  const std::size_t ranges = out.ranges.size();
  FetchResponse response(items_, keywords_, message, out);
  while (!response.done()) {
    if (const auto error = response.next()) {
      out.text.resize(text);
      out.ranges.resize(ranges);
      return error;
    }
  }
  return {};
}

} // namespace homespool::server::imap
