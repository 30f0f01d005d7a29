// Finds what was put away (spool/put_away.hpp) in the index, with a connection of its own.
//
// Reads the header of each message found, so that people see what it is: some 20 ms for a thousand. Threads:
// any that may block.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/put_away.hpp"

#include <boost/system/result.hpp>
#include <filesystem>

namespace homespool::spool {

struct PutAwayPlace {
  std::filesystem::path index; // index.db
  std::shared_ptr<PackReader> packs;
};

// The newest deletion first. What was deleted at `over` or before cannot be brought back any more.
boost::system::result<std::vector<PutAway>> list_deleted(const PutAwayPlace& place, const PutAwayQuery& query,
                                                         std::chrono::sys_seconds over);
// The newest message first.
boost::system::result<std::vector<PutAway>> list_hidden(const PutAwayPlace& place, const PutAwayQuery& query);

} // namespace homespool::spool
