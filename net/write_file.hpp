// A small file replaced as a whole: after a crash it is the old one or the new one, and never readable by
// more than it should be.
//
// For: keys and certificates. Threads: any; two writers of one file are for the caller to keep apart.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace homespool::net {

// Returns nothing, or a sentence that says why it failed.
std::string write_file(const std::filesystem::path& file, std::string_view bytes, mode_t mode);

} // namespace homespool::net
