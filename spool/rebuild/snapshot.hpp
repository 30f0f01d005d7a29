// The copy of the index that a spool keeps beside it, for the day on which the index is lost: index.snapshot.
//
// Threads: see each.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>

namespace homespool::spool {

inline constexpr const char* kSnapshotName = "index.snapshot";

// When to make the next one. Copying costs as much as the index is large, so rarely, and when nothing else
// goes on; a spool that is never quiet gets one all the same.
struct SnapshotFacts {
  bool there = false;               // there is one
  std::chrono::seconds age{};       // of it
  std::uint64_t commits_since = 0;  // changes that it lacks
  std::chrono::seconds quiet_for{}; // since the last change
};
bool snapshot_due(const SnapshotFacts& facts);

// Made through a read-only connection, under another name until it is whole. False when it could not be made
// (no room, say; the index is damaged), or `go_on` said no: the one before stays. Threads: any; it blocks.
bool make_snapshot(const std::filesystem::path& spool, std::chrono::sys_seconds now,
                   const std::function<bool()>& go_on = {});
// The same, when the index is small enough for nobody to wait: at start and at the end.
bool make_small_snapshot(const std::filesystem::path& spool, std::chrono::sys_seconds now);

} // namespace homespool::spool
