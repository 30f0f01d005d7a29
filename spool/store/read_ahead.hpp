// Loads folders before the first client asks: at start, in the background, so that none waits for a large
// one.
//
// Threads: any; it blocks.
#pragma once

#include "spool/store/open_mailbox.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>

namespace homespool::spool {

// Messages in all; a folder that does not fit any more is only read, so that the system has it at hand. 16 MB
// of memory at 32 bytes a message, which is what the first client to open the folder would make it cost.
inline constexpr std::uint64_t kReadAhead = 500'000;

// INBOXes first, then the largest. Returns early when `stop` becomes true. What cannot be read is passed
// over.
void read_folders_ahead(const std::filesystem::path& index, const std::atomic<bool>& stop,
                        const std::function<void(std::unique_ptr<OpenMailbox>)>& adopt,
                        std::uint64_t messages = kReadAhead);

} // namespace homespool::spool
