#include "spool/incoming/incoming_buffer.hpp"

#include "spool/incoming/likeness.hpp"
#include "spool/index/by_day.hpp"
#include "spool/pack/pack_record.hpp"

#include <algorithm>
#include <cstring>

namespace homespool::spool {

using boost::system::error_code;

void IncomingBuffer::expect(std::uint64_t bytes) {
  // A little more, for bare line feeds that grow.
  memory.reserve(std::min<std::uint64_t>(bytes + bytes / 32, kInMemory));
}

error_code IncomingBuffer::append(std::string_view bytes) {
  // Piece by piece, so that memory stays bounded whatever the size of `bytes`.
  while (!failed_ && !bytes.empty()) {
    failed_ = gather(bytes.substr(0, kWritten));
    bytes.remove_prefix(std::min(bytes.size(), kWritten));
  }
  return failed_;
}

error_code IncomingBuffer::gather(std::string_view bytes) {
  const auto before = memory.size();
  wire_.append(bytes, memory);
  size += memory.size() - before;
  if (size > kMaxBody) return boost::system::errc::make_error_code(boost::system::errc::file_too_large);
  const auto limit = spilled_ ? kWritten : kInMemory;
  return memory.size() > limit ? spill() : error_code{};
}

// Moves all whole blocks into the file.
error_code IncomingBuffer::spill() {
  if (!spilled_) {
    auto made = IncomingFile::create(disk_, place_.directory);
    if (!made) return made.error();
    spilled_.emplace(std::move(*made));
    file = spilled_->path();
  }
  const auto whole = memory.size() / kChecksumBlock * kChecksumBlock;
  if (auto fault = spilled_->write(std::string_view(memory).substr(0, whole))) return fault;
  memory.erase(0, whole);
  return {};
}

error_code IncomingBuffer::finish() {
  if (failed_) return failed_;
  if (spilled_) {
    failed_ = finish_file();
  } else {
    examine(memory);
  }
  finished = !failed_;
  return failed_;
}

error_code IncomingBuffer::finish_file() {
  if (!memory.empty())
    if (auto fault = spilled_->write(memory)) return fault;
  memory = {};
  if (auto fault = spilled_->finish()) return fault;
  return spilled_->with_body([this](std::string_view message) { examine(message); });
}

void IncomingBuffer::examine(std::string_view message) {
  structure = mail::parse_structure(message);
  if (!structure.parts.empty()) header_size = static_cast<std::uint32_t>(structure.parts.front().body_begin);
  header_sum = checksum(message.substr(0, header_size), 0);
  hash = content_hash(message, header_size, place_.seed);
  likeness = spool::likeness(message, header_size, place_.seed);
  if (!place_.by_day) return;
  const auto day = day_written(message.substr(0, header_size));
  hash.low = by_day(hash.low, day);
  if (likeness) likeness = by_day(*likeness, day);
}

error_code IncomingBuffer::read(std::uint64_t offset, std::span<char> into) const {
  if (offset > size || into.size() > size - offset)
    return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
  if (spilled_) return spilled_->read(offset, into);
  std::copy_n(memory.data() + offset, into.size(), into.data());
  return {};
}

} // namespace homespool::spool
