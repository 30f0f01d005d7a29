// Address lists of header fields (RFC 5322 section 3.4, with its obsolete forms). Total and linear.
// Threads: pure functions.
#pragma once

#include "mail/limits.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace homespool::mail {

// As ENVELOPE shows it: a group opens with an address that has a mailbox and no host (group_start) and closes
// with one that has neither (group_end).
struct Address {
  enum class Kind { mailbox, group_start, group_end };
  Kind kind = Kind::mailbox;
  std::string name;    // display name, quotes removed, encoded words left as they are
  std::string route;   // obsolete source route
  std::string mailbox; // local part; of group_start the group's name
  std::string host;

  bool operator==(const Address&) const = default;
};

// `value` may still be folded.
std::vector<Address> parse_addresses(std::string_view value, const Limits& limits = {});

} // namespace homespool::mail
