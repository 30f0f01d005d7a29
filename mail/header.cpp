#include "mail/header.hpp"

#include "mail/ascii.hpp"

#include <cstring>

namespace homespool::mail {

namespace {

// The line that starts at `at`, with its line end.
std::string_view line_at(std::string_view text, std::size_t at) {
  const void* end = std::memchr(text.data() + at, '\n', text.size() - at);
  if (end == nullptr) return text.substr(at);
  return text.substr(at, static_cast<std::size_t>(static_cast<const char*>(end) - text.data()) + 1 - at);
}

bool is_empty_line(std::string_view line) {
  return line == "\r\n" || line == "\n";
}

std::string_view without_line_end(std::string_view line) {
  if (!line.empty() && line.back() == '\n') {
    line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  }
  return line;
}

bool has_empty_line(std::string_view block) {
  if (is_empty_line(block)) return true;
  return block.ends_with("\n\r\n") || block.ends_with("\n\n");
}

bool contains_name(std::span<const std::string> names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& wanted) { return equals_ignoring_case(wanted, name); });
}

} // namespace

std::optional<HeaderField> field_of_lines(std::string_view raw) {
  const std::size_t colon = raw.substr(0, raw.find('\n')).find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view name = raw.substr(0, colon);
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1); // RFC 5322 section 4.5
  if (name.empty()) return std::nullopt;
  for (const char c : name) {
    if (c <= ' ' || c == 0x7f) return std::nullopt; // 8-bit is negative: refused as well
  }
  return HeaderField{raw, name, without_line_end(raw.substr(colon + 1))};
}

bool HeaderReader::next(HeaderField& field) {
  while (at_ < block_.size()) {
    const std::size_t begin = at_;
    const std::string_view first = line_at(block_, at_);
    if (is_empty_line(first)) {
      at_ = block_.size();
      return false;
    }
    at_ += first.size();
    while (at_ < block_.size() && is_blank(block_[at_])) at_ += line_at(block_, at_).size();
    if (const auto found = field_of_lines(block_.substr(begin, at_ - begin))) {
      field = *found;
      return true;
    }
  }
  return false;
}

std::string_view header_block(std::string_view message) {
  for (std::size_t at = 0; at < message.size();) {
    const std::string_view line = line_at(message, at);
    at += line.size();
    if (is_empty_line(line)) return message.substr(0, at);
  }
  return message;
}

std::vector<HeaderField> header_fields(std::string_view block) {
  std::vector<HeaderField> fields;
  HeaderReader reader(block);
  for (HeaderField field; reader.next(field);) fields.push_back(field);
  return fields;
}

std::string unfold(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\n') continue;
    if (value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n') continue;
    out.push_back(value[i]);
  }
  return std::string(trim_spaces(out));
}

std::string join_blanks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool blank = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool line_end = text[i] == '\n' || (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
    if (line_end || is_blank(text[i])) {
      if (!blank) out.push_back(' ');
      blank = true;
      continue;
    }
    out.push_back(text[i]);
    blank = false;
  }
  return out;
}

std::string unfold_text(std::string_view value) {
  return join_blanks(trim_spaces(value));
}

std::optional<std::string> header_value(std::string_view block, std::string_view name) {
  HeaderReader reader(block);
  for (HeaderField field; reader.next(field);) {
    if (equals_ignoring_case(field.name, name)) return unfold(field.value);
  }
  return std::nullopt;
}

std::string choose_fields(std::string_view block, std::span<const std::string> names, bool all_but_these) {
  std::string out;
  HeaderReader reader(block);
  for (HeaderField field; reader.next(field);) {
    if (contains_name(names, field.name) != all_but_these) out.append(field.raw);
  }
  if (has_empty_line(block)) out.append("\r\n");
  return out;
}

} // namespace homespool::mail
