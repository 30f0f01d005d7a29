#include "mail/mbox/reader.hpp"

#include "mail/header.hpp"

#include <algorithm>

namespace homespool::mail {
namespace {

constexpr std::size_t kPart = std::size_t{64} << 10;
constexpr std::size_t kPiece = std::size_t{8} << 10; // of a line
constexpr std::size_t kLongestFromLine = 1000;
constexpr std::size_t kLook = kLongestFromLine + 256; // and the beginning of the line behind it
constexpr int kSurveyed = 200;                        // messages without a count: none has one

std::string_view line_of(std::string_view text) {
  return text.substr(0, text.find('\n') + 1); // all of it when there is no line end: npos + 1 is 0
}
bool is_blank_line(std::string_view line) {
  return line == "\n" || line == "\r\n";
}
std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}
bool looks_like_field(std::string_view text) {
  return field_of_lines(without_end(text.substr(0, text.find('\n')))).has_value();
}
bool is_quoted(std::string_view line) {
  const std::size_t quotes = line.find_first_not_of('>');
  return quotes != line.npos && quotes > 0 && line.substr(quotes).starts_with(kFrom);
}

// The From_ line at the start of `text`, if there is one that begins a message.
std::optional<FromLine> from_line_at(std::string_view text, bool after_blank) {
  if (!text.starts_with(kFrom)) return std::nullopt;
  const std::size_t end = text.find('\n');
  if (end == text.npos || end > kLongestFromLine) return std::nullopt;
  auto parsed = parse_from_line(without_end(text.substr(0, end)));
  if (!parsed || (parsed->date && after_blank)) return parsed;
  const bool believable = (parsed->date || after_blank) && looks_like_field(text.substr(end + 1));
  return believable ? parsed : std::nullopt;
}

} // namespace

MboxReader::MboxReader(ByteSource& source, MboxStyle style)
    : source_(source), window_(source), style_(style) {}

void MboxReader::fault(std::uint64_t offset, std::string sentence) {
  if (faults_.size() < kMostFaults) faults_.push_back({offset, std::move(sentence)});
}

bool MboxReader::at_boundary() {
  const std::string_view text = window_.ahead(kLook);
  return text.starts_with(kFrom) && from_line_at(text, after_blank_);
}

void MboxReader::skip_blank_lines() {
  for (std::string_view line = line_of(window_.ahead(kPiece)); is_blank_line(line);
       line = line_of(window_.ahead(kPiece))) {
    window_.skip(line.size());
    after_blank_ = true;
  }
}

bool MboxReader::next(MboxMessage& message) {
  std::string passed_over;
  for (;;) {
    while (read(passed_over)) passed_over.clear();
    skip_blank_lines();
    if (first_) find_first();
    if (window_.ahead(1).empty()) break;
    begin_message(message);
    if (message.marks.internal) {
      served_ = true;
      continue;
    }
    if (!message.header.empty()) return true;
    fault(message_at_, "there is no message behind this From_ line");
  }
  if (window_.error()) fault(window_.offset(), "the file cannot be read on from here");
  return false;
}

// A file begins with a From_ line, or else with a message that has lost it, or with what is no mail.
void MboxReader::find_first() {
  first_ = false;
  const std::string_view start = window_.ahead(kLook);
  if (start.empty() || at_boundary()) return;
  if (looks_like_field(start))
    return fault(window_.offset(), "the first message has no From_ line before it");
  const std::uint64_t begin = window_.offset();
  after_blank_ = false;
  while (!window_.ahead(1).empty() && !(line_start_ && at_boundary())) {
    const std::string_view line = line_of(window_.ahead(kPiece));
    const std::string_view all = line.empty() ? window_.ahead(kPiece) : line;
    after_blank_ = line_start_ && is_blank_line(all);
    line_start_ = all.ends_with('\n');
    window_.skip(all.size());
  }
  fault(begin, std::to_string(window_.offset() - begin) + " bytes before the first From_ line are no mail");
}

void MboxReader::begin_message(MboxMessage& message) {
  message = {};
  message.offset = message_at_ = window_.offset();
  const std::string_view text = window_.ahead(kLook);
  if (const auto from = from_line_at(text, true)) {
    message.date = from->date;
    window_.skip(text.find('\n') + 1);
  }
  in_message_ = in_header_ = line_start_ = true;
  after_blank_ = promises_more_ = false;
  left_.reset();
  read_header(message);
}

void MboxReader::read_header(MboxMessage& message) {
  while (in_header_ && message.header.size() < kMaxHeader && take_line(message.header)) {
  }
  in_header_ = false;
  message.marks = read_marks(message.header);
  if (const auto length = message.marks.content_length; length && in_message_) {
    const std::uint64_t body = window_.offset(), rest = source_.size() - std::min(source_.size(), body);
    if (*length <= rest && leads_to_boundary(body + *length)) {
      left_ = *length;
      ++counted_;
    }
    promises_more_ = *length > rest && counted_ > 0;
  }
  message.header = without_marks(message.header, left_.has_value());
}

// Behind a body comes the end of the file or a From_ line, with its line end and an empty line between.
bool MboxReader::leads_to_boundary(std::uint64_t offset) {
  std::string text(kLook + 4, '\0');
  const auto got = source_.read(offset, text);
  if (!got) return false;
  std::string_view behind = std::string_view(text).substr(0, *got);
  for (int i = 0; i < 2; ++i) {
    if (const auto line = line_of(behind); is_blank_line(line)) behind.remove_prefix(line.size());
  }
  return behind.empty() || from_line_at(behind, true);
}

bool MboxReader::read(std::string& out) {
  const std::size_t before = out.size();
  while (in_message_ && out.size() - before < kPart) {
    if (!(left_ ? take_counted(out) : take_line(out))) break;
  }
  return out.size() > before;
}

void MboxReader::copy_line(std::string_view line, bool unquote, std::string& out) {
  if (line_start_ && unquote && is_quoted(line)) line.remove_prefix(1);
  out.append(line);
}

// A line, or a part of a long one. False at the end of the message.
bool MboxReader::take_line(std::string& out) {
  if (line_start_ && at_boundary()) return end_message(), false;
  const std::string_view text = window_.ahead(kPiece);
  if (text.empty()) return end_message(), false;
  std::string_view line = line_of(text);
  if (line.empty()) line = text;
  after_blank_ = line_start_ && is_blank_line(line);
  if (after_blank_ && in_header_) {
    out.append(line);
    in_header_ = false;
  } else {
    out.append(held_);
    held_.clear();
    if (after_blank_)
      held_ = line;
    else
      copy_line(line, !style_.all_are_bare, out);
  }
  line_start_ = line.ends_with('\n');
  window_.skip(line.size());
  return true;
}

bool MboxReader::take_counted(std::string& out) {
  const std::string_view text = window_.ahead(kPiece).substr(0, *left_);
  if (text.empty()) return end_message(), false;
  std::string_view line = line_of(text);
  if (line.empty()) line = text;
  if (line_start_ && line.starts_with(kFrom)) ++bare_lines_;
  copy_line(line, !style_.counted_are_bare && !style_.all_are_bare, out);
  line_start_ = line.ends_with('\n');
  *left_ -= line.size();
  window_.skip(line.size());
  return true;
}

void MboxReader::end_message() {
  in_message_ = in_header_ = false;
  line_start_ = after_blank_ = true;
  held_.clear();
  if (promises_more_ && window_.ahead(1).empty())
    fault(message_at_, "this message is cut off: its Content-Length points behind the end of the file");
}

MboxStyle survey_mbox(ByteSource& source) {
  MboxReader reader(source);
  MboxMessage message;
  std::string passed_over;
  MboxStyle style;
  for (int messages = 0; reader.next(message); ++messages) {
    style.all_are_bare = reader.served() || message.marks.served;
    if (style.all_are_bare || (messages == kSurveyed && reader.counted() == 0)) break;
    while (!style.counted_are_bare && reader.read(passed_over)) {
      passed_over.clear();
      style.counted_are_bare = reader.bare_lines() > 0;
    }
    if (style.counted_are_bare && messages >= kSurveyed) break;
  }
  return style;
}

} // namespace homespool::mail
