// Notices that a message took the answer to the next command for its own: its final dot was glued to its last
// line, so that it has no end of its own and the one of the next message ends both.
//
// Not for: a connection with one command under way, where nothing can be swallowed. Threads: values.
#pragma once

#include <string>
#include <string_view>

namespace homespool::fetcher {

class SwallowWatch {
 public:
  // The next bytes of the message. True once a dot, a line end and what may be a status line stood in a row;
  // a message may say so of itself.
  bool see(std::string_view bytes);

 private:
  std::string tail_; // of what was seen, shorter than what is looked for
};

} // namespace homespool::fetcher
