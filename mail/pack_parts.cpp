// pack_parts and unpack_parts. The form: a version byte, the number of parts, then for each part its kind and
// encoding in one byte, how far back its parent is, its number, and header, body and end as distances;
// numbers as base-128 varints, low bits first, in their shortest form.

#include "mail/structure.hpp"

namespace homespool::mail {

namespace {

constexpr char kVersion = 1;
constexpr std::uint8_t kKinds = 3;
constexpr std::uint8_t kEncodings = 4;

void put(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] bool done() const { return at_ == bytes_.size(); }

  std::uint8_t byte() {
    if (done()) {
      sound_ = false;
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63 && sound_; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      if (next < 0x80) {
        if (next == 0 && shift > 0) sound_ = false; // not the shortest form
        return value;
      }
    }
    sound_ = false;
    return 0;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool sound_ = true;
};

std::optional<Part> unpack_part(Unpacker& from, std::span<const Part> before) {
  const std::uint8_t kinds = from.byte();
  const std::uint64_t back = from.number();
  const std::uint64_t number = from.number();
  Part part;
  const bool is_root = before.empty();
  if (kinds >= kKinds * kEncodings || back > before.size() || (back == 0) != is_root ||
      number > Part::kNone) {
    return std::nullopt;
  }
  part.kind = static_cast<PartKind>(kinds % kKinds);
  part.encoding = static_cast<TransferEncoding>(kinds / kKinds);
  part.number = static_cast<std::uint32_t>(number);
  part.parent = is_root ? Part::kNone : static_cast<std::uint32_t>(before.size() - back);
  part.header_begin = (is_root ? 0 : before.back().header_begin) + from.number();
  part.body_begin = part.header_begin + from.number();
  part.end = part.body_begin + from.number();
  const bool ordered = part.header_begin <= part.body_begin && part.body_begin <= part.end;
  const bool inside =
      is_root || (before[part.parent].body_begin <= part.header_begin &&
                  part.end <= before[part.parent].end && before[part.parent].kind != PartKind::leaf);
  if (!from.sound() || !ordered || !inside) return std::nullopt;
  return part;
}

} // namespace

std::string pack_parts(std::span<const Part> parts) {
  std::string out(1, kVersion);
  put(out, parts.size());
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    out.push_back(static_cast<char>(static_cast<int>(part.kind) + kKinds * static_cast<int>(part.encoding)));
    put(out, part.parent == Part::kNone ? 0 : i - part.parent);
    put(out, part.number);
    put(out, part.header_begin - previous);
    put(out, part.body_begin - part.header_begin);
    put(out, part.end - part.body_begin);
    previous = part.header_begin;
  }
  return out;
}

std::optional<std::vector<Part>> unpack_parts(std::string_view packed) {
  Unpacker from(packed);
  if (from.byte() != kVersion) return std::nullopt;
  const std::uint64_t count = from.number();
  if (!from.sound() || count > packed.size()) return std::nullopt;
  std::vector<Part> parts;
  parts.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto part = unpack_part(from, parts);
    if (!part) return std::nullopt;
    parts.push_back(*part);
  }
  if (!from.done()) return std::nullopt;
  return parts;
}

} // namespace homespool::mail
