// Brings line ends into wire form: a bare LF becomes CRLF, everything else stays, bare CR too.
//
// Threads: a value.
#pragma once

#include <string>
#include <string_view>

namespace homespool::spool {

class WireForm {
 public:
  // Appends `in` to `out`. Where the message is cut into pieces makes no difference.
  void append(std::string_view in, std::string& out);

 private:
  bool after_cr_ = false;
};

} // namespace homespool::spool
