#include "fetcher/pop3/listing.hpp"

#include "fetcher/limits.hpp"
#include "fetcher/pop3/reply.hpp"
#include "mail/ascii.hpp"

#include <algorithm>
#include <unordered_map>

namespace homespool::fetcher {
namespace {

// "3 rest": the number, which must be followed by a blank or the end.
std::optional<std::uint32_t> take_message_number(std::string_view& line) {
  line = mail::trim_spaces(line);
  const auto number = take_number(line);
  if (!number || *number == 0 || *number > UINT32_MAX) return std::nullopt;
  if (!line.empty() && !mail::is_space(line.front())) return std::nullopt;
  line = mail::trim_spaces(line);
  return static_cast<std::uint32_t>(*number);
}

} // namespace

Listing::Taken Listing::add_size_line(std::string_view line) {
  const auto number = take_message_number(line);
  if (!number) {
    ++malformed_sizes_;
    return Taken::passed_over;
  }
  if (sized_numbers_.size() >= limits::kListedMessages) return Taken::full;
  const std::uint64_t size = take_number(line).value_or(0);
  sized_numbers_.push_back(*number);
  sizes_.push_back(size < limits::kSaneSize ? size : 0);
  return Taken::yes;
}

Listing::Taken Listing::add_id_line(std::string_view line) {
  const auto number = take_message_number(line);
  if (!number || line.size() > limits::kUidl) {
    pass_over();
    return Taken::passed_over;
  }
  return add(*number, line);
}

Listing::Taken Listing::add_number(std::uint32_t number) {
  return add(number, {});
}

Listing::Taken Listing::add(std::uint32_t number, std::string_view id) {
  if (messages_.size() >= limits::kListedMessages) return Taken::full;
  if (arena_.size() + id.size() > limits::kListedBytes) return Taken::full;
  Message message;
  message.listed.number = number;
  messages_.push_back(message);
  set_id(messages_.size() - 1, id);
  return Taken::yes;
}

std::string_view Listing::id(std::size_t index) const {
  const Message& message = messages_[index];
  return std::string_view(arena_).substr(message.id_start, message.id_length);
}

void Listing::set_id(std::size_t index, std::string_view id) {
  messages_[index].id_start = arena_.size();
  messages_[index].id_length = static_cast<std::uint32_t>(id.size());
  arena_ += id;
}

void Listing::settle() {
  const auto by_number = [](const Message& a, const Message& b) { return a.listed.number < b.listed.number; };
  if (!std::is_sorted(messages_.begin(), messages_.end(), by_number)) {
    std::stable_sort(messages_.begin(), messages_.end(), by_number);
  }
  const auto same = [](const Message& a, const Message& b) { return a.listed.number == b.listed.number; };
  const auto twice = std::unique(messages_.begin(), messages_.end(), same);
  malformed_ids_ += static_cast<std::uint64_t>(messages_.end() - twice);
  messages_.erase(twice, messages_.end());

  std::unordered_map<std::uint32_t, std::uint64_t> size_of;
  const bool in_step = sized_numbers_.size() == messages_.size();
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    Listed& listed = messages_[i].listed;
    if (in_step && sized_numbers_[i] == listed.number) {
      listed.size = sizes_[i];
      continue;
    }
    if (size_of.empty()) {
      for (std::size_t k = 0; k < sizes_.size(); ++k) size_of.emplace(sized_numbers_[k], sizes_[k]);
    }
    const auto found = size_of.find(listed.number);
    listed.size = found == size_of.end() ? 0 : found->second;
  }

  std::unordered_map<std::string_view, std::uint32_t> seen;
  seen.reserve(messages_.size());
  for (std::size_t i = 0; i < messages_.size(); ++i) messages_[i].listed.occurrence = seen[id(i)]++;
}

} // namespace homespool::fetcher
