// `homespool demo`: everything in one process with no settings. Two small upstreams with sample mail, a spool
// in a temporary folder, servers on free loopback ports; prints how to look at it.
//
// Threads: main's.
#pragma once

namespace homespool::cli {

// With `once` it fetches, shows what came and ends; else it runs until SIGINT or SIGTERM. The temporary
// folder is removed at the end. Returns the exit code: failed when a poll did not go through.
int demo(bool once);

} // namespace homespool::cli
