// A message from the spool as a file of a Maildir has it.
//
// Threads: one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace homespool::spool {

// Looks a message through, in parts.
class LineEnds {
 public:
  void look(std::string_view part);
  // Without their CR its lines would not come back the same.
  bool must_stay() const { return doubled_; }
  std::uint64_t crlfs() const { return crlfs_; }

 private:
  bool after_cr_ = false, after_two_ = false, doubled_ = false;
  std::uint64_t crlfs_ = 0;
};

// CRLF to LF, in parts: what is held back at the end of one comes with the next.
class ToBareLf {
 public:
  void append(std::string_view part, std::string& out);
  // A CR at the very end.
  void finish(std::string& out);

 private:
  bool held_cr_ = false;
};

} // namespace homespool::spool
