// What takes mail in that `import` brings: in the daemon over the control socket, or in a process of the
// command's own when no daemon runs.
//
// Threads: a network thread; messages are parsed on the workers.
#pragma once

#include "cli/daemon/daemon.hpp"
#include "cli/daemon/import_frames.hpp"

namespace homespool::cli {

// The answer to one batch. What was not stored when it fails was not stored at all.
net::Awaitable<boost::system::result<BatchAnswer, Fault>> take_batch(Daemon& daemon,
                                                                     server::http::BodyStream& body);

} // namespace homespool::cli
