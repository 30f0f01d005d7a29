// What a FETCH asks for (RFC 3501 section 6.4.5). Macros and the RFC822 items are already spelt out.
// Threads: values.
#pragma once

#include "mail/structure.hpp"
#include "spool/message_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace homespool::server::imap {

// BODY[…]<…>, RFC822, RFC822.HEADER or RFC822.TEXT.
struct FetchSection {
  enum class Fields : std::uint8_t { all, only, all_but }; // HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT
  struct Partial {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  std::vector<std::uint32_t> path;
  mail::SectionKind kind = mail::SectionKind::whole;
  Fields fields = Fields::all;
  std::vector<std::string> names; // of header fields
  bool peek = false;              // does not set \Seen
  std::optional<Partial> partial;
  std::string label; // what the response calls it: "BODY[HEADER.FIELDS (SUBJECT)]<0>"
};

enum class FetchItem : std::uint8_t {
  flags,
  uid,
  internal_date,
  size,
  envelope,
  body,
  bodystructure,
  modseq,
  section, // the next of FetchItems::sections
};

struct FetchItems {
  std::vector<FetchItem> order;
  std::vector<FetchSection> sections;

  bool has(FetchItem item) const { return std::find(order.begin(), order.end(), item) != order.end(); }
  // UID FETCH shows the UID whether asked for or not; a FETCH that sets \Seen shows the flags.
  void add(FetchItem item) {
    if (!has(item)) order.push_back(item);
  }
  bool sets_seen() const;
  // What the writer needs per message besides the snapshot; ask once a command.
  bool needs_details() const;
  bool needs_file() const;
  spool::Wanted wanted() const;
};

} // namespace homespool::server::imap
