#include "spool/search/posting.hpp"

#include "spool/search/wire.hpp"

#include <bit>

namespace homespool::spool::search {
namespace {

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  // The lowest `count` bits, at most 32.
  void put(std::uint64_t bits, unsigned count) {
    pending_ |= bits << used_;
    used_ += count;
    while (used_ >= 8) {
      out_.push_back(static_cast<char>(pending_));
      pending_ >>= 8;
      used_ -= 8;
    }
  }
  void put_unary(std::uint32_t number) {
    for (; number >= 24; number -= 24) put(0, 24);
    put(std::uint64_t{1} << number, number + 1);
  }
  void finish() {
    if (used_ > 0) out_.push_back(static_cast<char>(pending_));
    used_ = 0;
  }

 private:
  std::string& out_;
  std::uint64_t pending_ = 0;
  unsigned used_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::string_view in) : in_(in) {}
  // False at the end of the bytes.
  bool take(unsigned count, std::uint32_t& number) {
    fill();
    if (used_ < count) return false;
    number = static_cast<std::uint32_t>(pending_ & ((std::uint64_t{1} << count) - 1));
    drop(count);
    return true;
  }
  bool take_unary(std::uint32_t& number) {
    number = 0;
    for (;;) {
      fill();
      if (used_ == 0) return false;
      const auto zeros = static_cast<unsigned>(std::countr_zero(pending_ | (std::uint64_t{1} << 63)));
      if (zeros < used_) {
        number += zeros;
        drop(zeros + 1);
        return true;
      }
      number += used_;
      drop(used_);
    }
  }

 private:
  void fill() {
    while (used_ <= 48 && at_ < in_.size()) {
      pending_ |= std::uint64_t{static_cast<unsigned char>(in_[at_++])} << used_;
      used_ += 8;
    }
  }
  void drop(unsigned count) {
    pending_ >>= count;
    used_ -= count;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::uint64_t pending_ = 0;
  unsigned used_ = 0; // at most 56
};

// The bits of a gap that are written as they are; the rest is unary.
unsigned plain_bits(std::uint64_t listed, std::uint64_t universe) {
  const std::uint64_t mean =
      universe * 69 / (listed * 100); // ln 2 of the mean gap is where Rice code is best
  return mean == 0 ? 0 : static_cast<unsigned>(std::bit_width(mean) - 1);
}

std::vector<std::uint32_t> others(std::span<const std::uint32_t> members, std::uint32_t universe) {
  std::vector<std::uint32_t> out;
  out.reserve(universe - members.size());
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < universe; ++i) {
    if (at < members.size() && members[at] == i)
      ++at;
    else
      out.push_back(i);
  }
  return out;
}

bool read_gaps(std::string_view bytes, std::uint64_t listed, std::uint32_t universe,
               std::vector<std::uint32_t>& out) {
  if (listed == 0) return true;
  const unsigned plain = plain_bits(listed, universe);
  BitReader bits(bytes);
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < listed; ++i) {
    std::uint32_t high = 0, low = 0;
    if (!bits.take_unary(high) || !bits.take(plain, low)) return false;
    next += (std::uint64_t{high} << plain) + low;
    if (next >= universe) return false;
    out.push_back(static_cast<std::uint32_t>(next++));
  }
  return true;
}

// Twice the number listed, and one when it is the others that are listed; the size of the gaps; the gaps.
struct Head {
  std::uint64_t listed = 0;
  bool inverted = false;
  std::string_view gaps;
};

std::optional<Head> take_head(std::string_view& in) {
  const auto count = take_number(in);
  if (!count) return std::nullopt;
  const auto size = take_number(in);
  if (!size) return std::nullopt;
  const auto gaps = take_bytes(in, *size);
  if (!gaps) return std::nullopt;
  return Head{*count >> 1, (*count & 1) != 0, *gaps};
}

} // namespace

void put_postings(std::string& out, std::span<const std::uint32_t> members, std::uint32_t universe) {
  std::vector<std::uint32_t> kept;
  const bool inverted = members.size() > universe / 2;
  if (inverted) {
    kept = others(members, universe);
    members = kept;
  }
  put_number(out, members.size() << 1 | (inverted ? 1 : 0));
  std::string gaps;
  if (!members.empty()) {
    const unsigned plain = plain_bits(members.size(), universe);
    BitWriter bits(gaps);
    std::uint32_t next = 0;
    for (const std::uint32_t member : members) {
      const std::uint32_t gap = member - next;
      bits.put_unary(gap >> plain);
      bits.put(gap & ((std::uint32_t{1} << plain) - 1), plain);
      next = member + 1;
    }
    bits.finish();
  }
  put_number(out, gaps.size());
  out += gaps;
}

bool take_postings(std::string_view& in, std::uint32_t universe, std::vector<std::uint32_t>& out) {
  const auto head = take_head(in);
  if (!head || head->listed > universe) return false;
  if (!head->inverted) return read_gaps(head->gaps, head->listed, universe, out);
  std::vector<std::uint32_t> missing;
  if (!read_gaps(head->gaps, head->listed, universe, missing)) return false;
  const auto members = others(missing, universe);
  out.insert(out.end(), members.begin(), members.end());
  return true;
}

bool skip_postings(std::string_view& in) {
  return take_head(in).has_value();
}

} // namespace homespool::spool::search
