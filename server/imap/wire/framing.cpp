// Where a command ends. See framing.hpp.
#include "server/imap/wire/framing.hpp"

#include "mail/ascii.hpp"

#include <algorithm>
#include <cstring>

namespace homespool::server::imap {
namespace {

constexpr std::uint64_t kHuge = 0x7fffffffffffffff;
constexpr std::size_t kMostDigits = 20;

// The number between the braces; nothing that overflows.
std::uint64_t read_size(std::string_view digits) {
  std::uint64_t size = 0;
  for (const char c : digits) {
    if (size > (kHuge - 9) / 10) return kHuge;
    size = size * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return size;
}

std::string_view without_line_end(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// Takes the next word off `line`, with the blanks before it.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

// The word after the tag.
std::string_view second_word(std::string_view line) {
  take_word(line);
  return take_word(line);
}

// The first argument of APPEND, and the second of REPLACE, name the mailbox and may be a literal too; a later
// one is the message.
bool is_message(std::string_view command, std::size_t literal_at) {
  std::string_view rest = command;
  take_word(rest);
  std::string_view word = take_word(rest);
  if (mail::equals_ignoring_case(word, "UID")) word = take_word(rest);
  if (mail::equals_ignoring_case(word, "REPLACE"))
    take_word(rest); // the message that goes
  else if (!mail::equals_ignoring_case(word, "APPEND"))
    return false;
  const std::size_t first = rest.find_first_not_of(' ');
  return first != std::string_view::npos && command.size() - rest.size() + first < literal_at;
}

} // namespace

bool find_literal(std::string_view line, LiteralHeader& found) {
  if (line.empty() || line.back() != '}') return false;
  line.remove_suffix(1);
  const bool plus = !line.empty() && line.back() == '+';
  if (plus) line.remove_suffix(1);
  std::size_t digits = 0;
  while (digits < line.size() && mail::is_digit(line[line.size() - 1 - digits])) ++digits;
  if (digits == 0 || digits > kMostDigits || digits == line.size()) return false;
  std::size_t brace = line.size() - digits - 1;
  if (line[brace] != '{') return false;
  found.size = read_size(line.substr(brace + 1));
  found.synchronising = !plus;
  found.at = brace > 0 && line[brace - 1] == '~' ? brace - 1 : brace;
  return true;
}

Frame Framer::refuse(Frame::Why why) const {
  Frame frame;
  frame.kind = Frame::Kind::refused;
  frame.why = why;
  frame.bytes = line_begin_;
  return frame;
}

// A literal that the line before `next_line` announces.
Frame Framer::announced(std::string_view buffered, std::uint64_t size, bool synchronising,
                        std::size_t next_line) {
  auto why = Frame::Why::none;
  if (literals_ + 1 > limits_.literals) why = Frame::Why::too_many_literals;
  if (size > limits_.literal_bytes - literal_bytes_) why = Frame::Why::literal_too_long;
  if (why == Frame::Why::none && next_line + size > limits_.arguments) why = Frame::Why::too_long;
  if (why != Frame::Why::none) {
    Frame frame = refuse(why);
    frame.synchronising = synchronising;
    if (synchronising) frame.bytes = next_line;
    return frame;
  }
  ++literals_;
  literal_bytes_ += size;
  line_begin_ = seen_ = next_line + static_cast<std::size_t>(size);
  if (!synchronising) return next(buffered);
  Frame frame;
  frame.kind = Frame::Kind::literal;
  frame.bytes = next_line;
  frame.literal = size;
  frame.synchronising = true;
  return frame;
}

Frame Framer::next(std::string_view buffered) {
  if (seen_ > buffered.size()) return {};
  std::size_t limit = limits_.line;
  if (mail::equals_ignoring_case(second_word(buffered.substr(0, std::min<std::size_t>(256, buffered.size()))),
                                 "ID"))
    limit = std::max(limit, kIdLine);
  const std::size_t newline = buffered.find('\n', seen_);
  seen_ = newline == std::string_view::npos ? buffered.size() : newline + 1;
  if (seen_ - line_begin_ > limit + 2) return refuse(Frame::Why::line_too_long);
  if (seen_ > std::max(limits_.arguments, limit + 2)) return refuse(Frame::Why::too_long);
  if (newline == std::string_view::npos) return {};

  Frame frame;
  frame.bytes = newline + 1;
  LiteralHeader header;
  const std::string_view line = without_line_end(buffered.substr(line_begin_, newline + 1 - line_begin_));
  if (!find_literal(line, header)) {
    frame.kind = Frame::Kind::complete;
    return frame;
  }
  if (!limits_.stream_append || !is_message(buffered.substr(0, newline), line_begin_ + header.at))
    return announced(buffered, header.size, header.synchronising, newline + 1);
  frame.kind = Frame::Kind::message;
  frame.literal = header.size;
  frame.synchronising = header.synchronising;
  return frame;
}

void Discarder::end_of_line() {
  LiteralHeader header;
  const bool literal = find_literal(without_line_end({tail_, tail_size_}), header);
  tail_size_ = 0;
  if (!literal || header.synchronising) {
    done_ = true;
    return;
  }
  skip_ = header.size;
  total_ += std::min(header.size, kHuge - total_);
}

std::size_t Discarder::take(std::string_view bytes) {
  std::size_t at = 0;
  while (!done_ && at < bytes.size()) {
    if (skip_ > 0) {
      const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size() - at));
      skip_ -= now;
      at += now;
      continue;
    }
    const std::size_t newline = bytes.find('\n', at);
    const std::size_t end = newline == std::string_view::npos ? bytes.size() : newline + 1;
    keep_tail(bytes.substr(at, end - at));
    total_ += end - at;
    at = end;
    if (newline != std::string_view::npos) end_of_line();
  }
  return at;
}

void Discarder::keep_tail(std::string_view piece) {
  if (piece.size() >= kTail) {
    std::memcpy(tail_, piece.data() + piece.size() - kTail, kTail);
    tail_size_ = kTail;
    return;
  }
  const std::size_t drop = tail_size_ + piece.size() > kTail ? tail_size_ + piece.size() - kTail : 0;
  std::memmove(tail_, tail_ + drop, tail_size_ - drop);
  tail_size_ -= drop;
  std::memcpy(tail_ + tail_size_, piece.data(), piece.size());
  tail_size_ += piece.size();
}

} // namespace homespool::server::imap
