// Has the system read what folders are opened from, before the first client asks: at start, in the
// background.
//
// Threads: any; it blocks.
#pragma once

#include <atomic>
#include <filesystem>

namespace homespool::spool {

// Returns early when `stop` becomes true. What cannot be read is passed over.
void read_folders_ahead(const std::filesystem::path& index, const std::atomic<bool>& stop);

} // namespace homespool::spool
