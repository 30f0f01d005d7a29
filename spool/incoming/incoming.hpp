// One message on its way into the spool: from a provider or from APPEND.
//
// Bytes are put into wire form as they come (a bare LF becomes CRLF; everything else stays) and held in
// memory up to 1 MiB, beyond that in a file of their own under packs/, which becomes a pack by itself when it
// is committed: memory is bounded whatever the message's size. Destroyed without a commit: no trace. Threads:
// one owner at a time. append() may block for a write to the page cache.
#pragma once

#include "mail/structure.hpp"
#include "spool/ids.hpp"

#include <boost/system/result.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace homespool::spool {

class Spool;

// What a message needs to know of its spool.
struct IncomingPlace {
  std::filesystem::path directory; // packs/
  std::uint64_t seed = 0;          // of the content hash; a secret of the spool
  bool by_day = false;             // hashes begin with the day of the message (by_day.hpp)
};

class Incoming {
 public:
  explicit Incoming(Spool& spool);
  explicit Incoming(IncomingPlace place);
  Incoming(Incoming&&) noexcept;
  Incoming& operator=(Incoming&&) noexcept;
  ~Incoming();

  // Makes room for a message of about this size, so that appending moves nothing. A hint, never trusted.
  void expect(std::uint64_t bytes);
  // ENOSPC and other faults of the disk are returned; the message is then beyond use. file_too_large at 4 GiB
  // - 1.
  boost::system::error_code append(std::string_view bytes);
  std::uint64_t size() const;

  // Ends the message and parses it. Call it once, on a thread that may be busy for a while when size() is
  // large (64 MiB: about 0.2 s).
  boost::system::error_code finish();

  struct State; // spool/incoming/incoming_state.hpp, for the writer
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

} // namespace homespool::spool
