#include "spool/pack/pack_record.hpp"

#include <algorithm>
#include <array>

namespace homespool::spool {
namespace {

constexpr std::string_view kMagic = "HsRc";
constexpr std::uint64_t kFormat = 2, kOldFormat = 1;
constexpr std::size_t kHeaderChecksum = 56;

void put(std::string& out, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

// `header` without padding; the field of the checksum itself is left out.
std::uint64_t header_checksum(std::string_view header) {
  return checksum(header.substr(kFixedHeader), checksum(header.substr(0, kHeaderChecksum), 0));
}

std::size_t fixed_size(std::uint64_t format) {
  return format == kOldFormat ? kFixedHeader : kFixedHeader2;
}

std::int64_t read_signed(const char* bytes) {
  return static_cast<std::int64_t>(read_little_endian(bytes, 8));
}

} // namespace

std::uint64_t read_little_endian(const char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void encode_header(const RecordInfo& info, std::uint64_t body_size, std::size_t room, std::string& out) {
  const auto cut = [](const std::string& text) { return std::string_view(text).substr(0, kMaxString); };
  const std::array strings = {cut(info.account), cut(info.uidl), cut(info.user), cut(info.folder)};
  std::size_t used = kFixedHeader2;
  for (auto text : strings) used += text.size();

  const std::size_t begin = out.size();
  out.append(kMagic);
  put(out, kFormat, 2);
  put(out, info.flags, 2);
  put(out, std::max(used, room), 4);
  for (auto text : strings) put(out, text.size(), 2);
  put(out, info.batch, 4);
  put(out, body_size, 8);
  put(out, static_cast<std::uint64_t>(info.record.value), 8);
  put(out, static_cast<std::uint64_t>(info.message.value), 8);
  put(out, static_cast<std::uint64_t>(info.arrival.time_since_epoch().count()), 8);
  put(out, 0, 8);
  put(out, info.uid.value, 4);
  put(out, info.uidvalidity, 4);
  put(out, info.spool, 4);
  for (auto text : strings) out.append(text);
  const auto sum = header_checksum(std::string_view(out).substr(begin));
  for (int i = 0; i < 8; ++i) out[begin + kHeaderChecksum + i] = static_cast<char>(sum >> (8 * i));
  if (used < room) out.append(room - used, '\0');
}

std::optional<std::size_t> header_length(std::string_view fixed) {
  if (fixed.size() < kFixedHeader || !fixed.starts_with(kMagic)) return std::nullopt;
  const auto format = read_little_endian(fixed.data() + 4, 2);
  if (format != kFormat && format != kOldFormat) return std::nullopt;
  std::size_t length = fixed_size(format);
  for (int i = 0; i < 4; ++i) length += read_little_endian(fixed.data() + 12 + 2 * i, 2);
  if (length > kMaxHeader) return std::nullopt;
  return length;
}

std::optional<RecordHeader> decode_header(std::string_view bytes) {
  const auto length = header_length(bytes);
  if (!length || bytes.size() < *length) return std::nullopt;
  bytes = bytes.substr(0, *length);
  if (read_little_endian(bytes.data() + kHeaderChecksum, 8) != header_checksum(bytes)) return std::nullopt;
  RecordHeader header;
  header.header_size = read_little_endian(bytes.data() + 8, 4);
  header.body_size = read_little_endian(bytes.data() + 24, 8);
  if (header.header_size < *length || header.header_size > kMaxHeader || header.body_size > kMaxBody)
    return std::nullopt;
  header.info.batch = static_cast<std::uint32_t>(read_little_endian(bytes.data() + 20, 4));
  header.info.record = {read_signed(bytes.data() + 32)};
  header.info.message = {read_signed(bytes.data() + 40)};
  header.info.arrival = std::chrono::sys_seconds(std::chrono::seconds(read_signed(bytes.data() + 48)));
  const auto format = read_little_endian(bytes.data() + 4, 2);
  if (format != kOldFormat) {
    header.info.flags = static_cast<std::uint16_t>(read_little_endian(bytes.data() + 6, 2));
    header.info.uid = {static_cast<std::uint32_t>(read_little_endian(bytes.data() + 64, 4))};
    header.info.uidvalidity = static_cast<std::uint32_t>(read_little_endian(bytes.data() + 68, 4));
    header.info.spool = static_cast<std::uint32_t>(read_little_endian(bytes.data() + 72, 4));
  }
  std::size_t at = fixed_size(format);
  int field = 12;
  for (auto* text : {&header.info.account, &header.info.uidl, &header.info.user, &header.info.folder}) {
    const auto size = read_little_endian(bytes.data() + field, 2);
    text->assign(bytes.substr(at, size));
    at += size;
    field += 2;
  }
  return header;
}

std::uint64_t block_count(std::uint64_t body_size) {
  return body_size / kChecksumBlock + (body_size % kChecksumBlock != 0 ? 1 : 0);
}

std::uint64_t trailer_size(std::uint64_t body_size) {
  return 8 * (block_count(body_size) + 1);
}

std::uint64_t block_checksum(std::string_view block, std::uint64_t number) {
  return checksum(block, number);
}

void encode_trailer(std::string_view body, std::string& out) {
  const std::size_t begin = out.size();
  std::uint64_t number = 0;
  for (std::size_t at = 0; at < body.size(); at += kChecksumBlock)
    put(out, block_checksum(body.substr(at, kChecksumBlock), number++), 8);
  put(out, checksum(std::string_view(out).substr(begin), body.size()), 8);
}

void encode_trailer(std::span<const std::uint64_t> checksums, std::uint64_t body_size, std::string& out) {
  const std::size_t begin = out.size();
  for (auto sum : checksums) put(out, sum, 8);
  put(out, checksum(std::string_view(out).substr(begin), body_size), 8);
}

std::optional<std::vector<std::uint64_t>> decode_trailer(std::string_view trailer, std::uint64_t body_size) {
  if (body_size > kMaxBody || trailer.size() != trailer_size(body_size)) return std::nullopt;
  const auto sums = trailer.substr(0, trailer.size() - 8);
  if (read_little_endian(trailer.data() + sums.size(), 8) != checksum(sums, body_size)) return std::nullopt;
  std::vector<std::uint64_t> checksums(block_count(body_size));
  for (std::size_t i = 0; i < checksums.size(); ++i)
    checksums[i] = read_little_endian(trailer.data() + 8 * i, 8);
  return checksums;
}

} // namespace homespool::spool
