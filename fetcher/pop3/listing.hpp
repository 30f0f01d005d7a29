// What lies upstream, as LIST and UIDL tell it: numbers, ids, sizes.
//
// Ids are bytes and mean nothing; sizes are hints. Lines that make no sense are counted and passed over, one
// by one. Memory: the ids stand in one arena, 32 bytes a message beside it. Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::fetcher {

struct Listed {
  std::uint32_t number = 0;     // of the message in this session
  std::uint32_t occurrence = 0; // how many before it have the same id
  std::uint64_t size = 0;       // 0: not known
};

class Listing {
 public:
  enum class Taken { yes, passed_over, full };

  // One line of LIST: "3 1024". Lines may come in any order, before or after those of UIDL.
  Taken add_size_line(std::string_view line);
  // One line of UIDL: "3 id", where the id may hold blanks. An id that is empty makes a message that has yet
  // to be named (see set_id).
  Taken add_id_line(std::string_view line);
  // For servers without UIDL: a message without an id yet.
  Taken add_number(std::uint32_t number);
  // Counts a line of UIDL that was too long to be looked at.
  void pass_over() { ++malformed_ids_; }

  // Once everything is added: joins sizes to ids, in the order of numbers, and counts occurrences. Call it
  // again after set_id.
  void settle();

  std::size_t size() const { return messages_.size(); }
  bool empty() const { return messages_.empty(); }
  const Listed& operator[](std::size_t index) const { return messages_[index].listed; }
  std::string_view id(std::size_t index) const;
  bool has_id(std::size_t index) const { return messages_[index].id_length > 0; }
  void set_id(std::size_t index, std::string_view id);
  // The numbers LIST gave, for servers without UIDL.
  const std::vector<std::uint32_t>& sized_numbers() const { return sized_numbers_; }

  std::uint64_t malformed() const { return malformed_ids_ + malformed_sizes_; }

  std::optional<std::uint64_t> stat_count; // what STAT said
  // STAT and UIDL agree: what is not listed is likely not there.
  bool ids_refused = false; // UIDL was
  bool complete() const { return stat_count == messages_.size() + malformed_ids_; }
  // The same, or where STAT tells nothing: UIDL and LIST agree.
  bool whole() const { return stat_count ? complete() : messages_.size() == sized_numbers_.size(); }

 private:
  struct Message {
    Listed listed;
    std::uint32_t id_length = 0;
    std::uint64_t id_start = 0;
  };
  Taken add(std::uint32_t number, std::string_view id);

  std::vector<Message> messages_;
  std::string arena_;
  std::vector<std::uint64_t> sizes_; // by place in sized_numbers_
  std::vector<std::uint32_t> sized_numbers_;
  std::uint64_t malformed_ids_ = 0;
  std::uint64_t malformed_sizes_ = 0;
};

} // namespace homespool::fetcher
