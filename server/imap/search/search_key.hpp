// What a SEARCH asks for (RFC 3501 section 6.4.4, OLDER and YOUNGER of RFC 5032, MODSEQ of RFC 7162), as a
// tree. Threads: values.
#pragma once

#include "server/imap/grammar/sequence_set.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace homespool::server::imap {

struct SearchKey {
  enum class Kind : std::uint8_t {
    all_of,      // children; none: everything
    any_of,      // children: OR
    none_of,     // one child: NOT
    numbers,     // set: sequence numbers
    uids,        // set
    flags_set,   // mask: all of these system flags
    keyword,     // text
    recent,      // \Recent (NEW is all_of recent, none_of \Seen)
    larger,      // number, bytes
    smaller,     // number
    modseq,      // number: at least
    before,      // day: INTERNALDATE, its day in UTC
    on,          // day
    since,       // day
    sent_before, // day: the Date field, its day as written
    sent_on,     // day
    sent_since,  // day
    older,       // number, seconds
    younger,     // number, seconds
    header,      // field, text (not decoded yet); SUBJECT, FROM, TO, CC, BCC are this too
    body,        // text
    text,        // text
  };
  Kind kind = Kind::all_of;
  std::vector<SearchKey> children;
  SequenceSet set;
  std::uint64_t mask = 0;
  std::uint64_t number = 0;
  std::chrono::year_month_day day;
  std::string field;
  std::string text; // in the command's CHARSET
};

} // namespace homespool::server::imap
