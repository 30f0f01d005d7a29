#include "mail/structure.hpp"

#include "mail/mime/body_text.hpp"
#include "mail/mime/imap_text.hpp"
#include "mail/mime/splitter.hpp"

#include <cstring>

namespace homespool::mail {

namespace {

// Eight words at a time: a message is gone over once more for this, so it must cost next to nothing.
bool contains_8bit(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  constexpr std::size_t kBlock = 64;
  std::size_t at = 0;
  for (; at + kBlock <= bytes.size(); at += kBlock) {
    std::array<std::uint64_t, 8> words{};
    std::memcpy(words.data(), bytes.data() + at, kBlock);
    std::uint64_t all = 0;
    for (const std::uint64_t word : words) all |= word;
    if ((all & kHighBits) != 0) return true;
  }
  for (; at < bytes.size(); ++at) {
    if (static_cast<unsigned char>(bytes[at]) >= 0x80) return true;
  }
  return false;
}

} // namespace

Structure parse_structure(std::string_view message, const Limits& limits) {
  const std::vector<PartDraft> drafts = split_parts(message, limits);
  Structure structure;
  structure.parts.reserve(drafts.size());
  for (const PartDraft& draft : drafts) structure.parts.push_back(draft.part);
  append_envelope(structure.envelope, *drafts.front().envelope, limits);
  structure.body = body_text(drafts, false, limits);
  structure.bodystructure = body_text(drafts, true, limits);
  structure.has_nul = message.find('\0') != std::string_view::npos;
  structure.has_8bit = contains_8bit(message);
  return structure;
}

} // namespace homespool::mail
