// Spool and fetcher without servers, for commands that find no daemon running.
//
// Threads: the caller's; its own work on the network threads it starts.
#pragma once

#include "cli/daemon/daemon.hpp"

namespace homespool::cli {

// Takes the spool's lock; the fault when another has it. Logs warnings and worse.
boost::system::result<std::unique_ptr<Daemon>, Fault>
open_alone(std::shared_ptr<const config::Settings> settings);

} // namespace homespool::cli
