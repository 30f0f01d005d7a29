// How a record stands in a pack: its header and trailer as bytes, and back.
//
// Header, little endian: 0 magic "HsRc", 4 format (16 bits), 6 flags (16), 8 header length with padding (32),
// 12 lengths of account, UIDL, user, folder (16 each), 20 batch (32), 24 body size (64), 32 record id (64),
// 40 message id (64), 48 arrival in Unix seconds (64), 56 checksum of the rest (64), 64 UID (32), 68
// UIDVALIDITY (32), 72 name of the spool (32), 76 the four strings. Format 1 had no UID: its strings begin
// at 64. Trailer: the checksum of each block of the body, seeded with the block's number; the checksum of
// those, seeded with the body's size. Not for: files. Threads: pure functions.
#pragma once

#include "spool/checksum.hpp"
#include "spool/pack/pack.hpp"

#include <boost/system/result.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace homespool::spool {

constexpr std::size_t kFixedHeader = 64; // of format 1: no header is shorter
constexpr std::size_t kFixedHeader2 = 76;
constexpr std::size_t kMaxString = 4096;
constexpr std::size_t kMaxHeader = kFixedHeader + 4 * kMaxString + 4032; // and room for padding: 20 KiB
constexpr std::uint64_t kMaxBody = 0xffffffff;

// Appends the header; padded with zeros when it is shorter than `room` (at most kMaxHeader).
void encode_header(const RecordInfo& info, std::uint64_t body_size, std::size_t room, std::string& out);

struct RecordHeader {
  RecordInfo info;
  std::uint64_t header_size = 0; // with padding
  std::uint64_t body_size = 0;
};
// How long the header is that begins with these bytes, without the padding; nothing when it is none. At most
// kMaxHeader.
std::optional<std::size_t> header_length(std::string_view fixed);
// Nothing when it is damaged. `bytes` has at least header_length().
std::optional<RecordHeader> decode_header(std::string_view bytes);

std::uint64_t block_count(std::uint64_t body_size);
std::uint64_t trailer_size(std::uint64_t body_size);
std::uint64_t block_checksum(std::string_view block, std::uint64_t number);
// Appends the trailer of a body, or of a body whose block checksums are known.
void encode_trailer(std::string_view body, std::string& out);
void encode_trailer(std::span<const std::uint64_t> checksums, std::uint64_t body_size, std::string& out);
// The block checksums; nothing when the trailer is damaged.
std::optional<std::vector<std::uint64_t>> decode_trailer(std::string_view trailer, std::uint64_t body_size);

std::uint64_t read_little_endian(const char* bytes, int count);

} // namespace homespool::spool
