#include "spool/pack/pack_files.hpp"
#include "spool/pack/pack_record.hpp"
#include "spool/pack/pack_scan.hpp"

#include "spool/checksum.hpp"
#include "spool/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <sys/uio.h>
#include <unistd.h>

namespace homespool::spool {
namespace {

using boost::system::error_code;

// Checksums are fetched for this many blocks at a time: 32 MiB of a body.
constexpr std::uint64_t kSumsAtOnce = 512;

std::string_view view(std::span<const char> bytes) {
  return {bytes.data(), bytes.size()};
}

class Pack final : public OpenPack {
 public:
  explicit Pack(std::shared_ptr<const DiskFile> file) : file_(std::move(file)) {}

  error_code read(const Location& at, std::uint64_t offset, std::span<char> into) const override {
    if (at.size > kMaxBody || offset > at.size || into.size() > at.size - offset)
      return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
    if (into.empty()) return {};
    if (into.size() == at.size && at.size <= kChecksumBlock) return read_small(*file_, at, into);
    return read_blocks(*file_, at, offset, into);
  }

  error_code read_start(const Location& at, std::span<char> into, std::uint64_t sum) const override {
    if (into.size() > at.size)
      return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
    if (auto fault = read_exactly(*file_, at.body, into)) return fault;
    if (checksum(view(into), 0) != sum) return Error::bad_record;
    return {};
  }

  boost::system::result<RecordInfo> info(const Location& at) const override {
    if (at.body < at.offset || at.body - at.offset > kMaxHeader) return Error::bad_record;
    std::string header(at.body - at.offset, '\0');
    if (auto fault = read_exactly(*file_, at.offset, header)) return fault;
    auto decoded = decode_header(header);
    if (!decoded || decoded->header_size != header.size() || decoded->body_size != at.size)
      return Error::bad_record;
    return std::move(decoded->info);
  }

 private:
  // Body and checksum in one call: this is how nearly every message is read.
  static error_code read_small(const DiskFile& file, const Location& at, std::span<char> into) {
    std::array<char, 8> sum{};
    std::array<iovec, 2> parts = {iovec{into.data(), into.size()}, iovec{sum.data(), sum.size()}};
    const auto got = ::preadv(file.fd(), parts.data(), 2, static_cast<off_t>(at.body));
    if (got != static_cast<ssize_t>(into.size() + sum.size())) {
      if (auto fault = read_exactly(file, at.body, into)) return fault;
      if (auto fault = read_exactly(file, at.body + at.size, sum)) return fault;
    }
    return check(view(into), 0, sum.data());
  }

  static error_code check(std::string_view block, std::uint64_t number, const char* sum) {
    if (block_checksum(block, number) != read_little_endian(sum, 8)) return Error::bad_record;
    return {};
  }

  static error_code read_blocks(const DiskFile& file, const Location& at, std::uint64_t offset,
                                std::span<char> into) {
    std::array<char, 8 * kSumsAtOnce> sums;
    const auto last = (offset + into.size() - 1) / kChecksumBlock;
    while (!into.empty()) {
      const auto first = offset / kChecksumBlock;
      const auto count = std::min(last - first + 1, kSumsAtOnce);
      const auto fetched = std::span(sums).first(8 * count);
      if (auto fault = read_exactly(file, at.body + at.size + 8 * first, fetched)) return fault;
      for (auto number = first; number < first + count; ++number)
        if (auto fault = read_block(file, at, number, &sums[8 * (number - first)], offset, into))
          return fault;
    }
    return {};
  }

  // The part of block `number` that is wanted; moves `offset` and `into` on.
  static error_code read_block(const DiskFile& file, const Location& at, std::uint64_t number,
                               const char* sum, std::uint64_t& offset, std::span<char>& into) {
    const auto begin = number * kChecksumBlock;
    const auto size = std::min(kChecksumBlock, at.size - begin);
    const auto wanted = std::min<std::uint64_t>(into.size(), begin + size - offset);
    if (wanted == size) {
      if (auto fault = read_exactly(file, at.body + begin, into.first(size))) return fault;
      if (auto fault = check(view(into.first(size)), number, sum)) return fault;
    } else {
      const auto block = std::make_unique_for_overwrite<char[]>(size);
      if (auto fault = read_exactly(file, at.body + begin, {block.get(), size})) return fault;
      if (auto fault = check({block.get(), size}, number, sum)) return fault;
      std::copy_n(block.get() + (offset - begin), wanted, into.data());
    }
    offset += wanted;
    into = into.subspan(wanted);
    return {};
  }

  std::shared_ptr<const DiskFile> file_;
};

class Reader final : public PackReader {
 public:
  explicit Reader(const std::filesystem::path& directory) : files_(directory) {}

  boost::system::result<std::shared_ptr<const OpenPack>> open_pack(std::uint32_t pack) override {
    auto file = files_.open(pack);
    if (!file) return file.error();
    return std::make_shared<const Pack>(std::move(*file));
  }
  void forget(std::uint32_t pack) override { files_.forget(pack); }

  error_code read(const Location& at, std::uint64_t offset, std::span<char> into) override {
    auto file = files_.open(at.pack);
    return file ? Pack(std::move(*file)).read(at, offset, into) : file.error();
  }
  error_code read_start(const Location& at, std::span<char> into, std::uint64_t sum) override {
    auto file = files_.open(at.pack);
    return file ? Pack(std::move(*file)).read_start(at, into, sum) : file.error();
  }

  boost::system::result<Scan>
  scan(std::uint32_t pack, const std::function<bool(const RecordInfo&, const Location&)>& visit) override {
    const auto file = files_.open(pack);
    if (!file) return file.error();
    return scan_pack(**file, pack, 0, visit);
  }

 private:
  PackFiles files_;
};

} // namespace

std::shared_ptr<PackReader> PackReader::open(const std::filesystem::path& directory) {
  return std::make_shared<Reader>(directory);
}

} // namespace homespool::spool
