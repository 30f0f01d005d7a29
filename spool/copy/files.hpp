// Files copied so that they are on stable storage when they have their name.
//
// Every fault throws CopyFailure with a sentence for a person. Threads: stateless; they block.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace homespool::spool {

struct CopyFailure {
  std::string sentence;
};

// Bytes that were copied since the last call.
using CopiedBytes = std::function<void(std::uint64_t bytes)>;

// The first `size` bytes of `from`, under a temporary name first. Returns how many there were. Mode 0600.
std::uint64_t copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
                        std::uint64_t size, const CopiedBytes& progress);
// Bytes [begin, end) of `from` into the same place of `to`, which has `begin` bytes or more; it then ends
// there. Returns how many there were.
std::uint64_t extend_file(const std::filesystem::path& from, const std::filesystem::path& to,
                          std::uint64_t begin, std::uint64_t end, const CopiedBytes& progress);
// Do the last bytes before `end` agree? Enough to tell two histories of an append-only file apart.
bool same_tail(const std::filesystem::path& a, const std::filesystem::path& b, std::uint64_t end);

// A number in a file of its own; nothing when it is not there, or something else.
std::optional<std::int64_t> read_number(const std::filesystem::path& file);
void note_number(const std::filesystem::path& file, std::int64_t number);

// 0 when it is not there.
std::uint64_t size_of(const std::filesystem::path& file);
// Mode 0700; again does nothing.
void make_private_directory(const std::filesystem::path& directory);
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);
void sync_names(const std::filesystem::path& directory);
// What root made in `spool` goes to whom that folder belongs: the daemon, most often.
void give_to_owner(const std::filesystem::path& spool);

} // namespace homespool::spool
