// The MIME structure of a message: a flat tree of parts with byte offsets, and what IMAP shows of it.
//
// For: the spool, which parses each message once and keeps the outcome; the IMAP server, which cuts sections
// by the offsets. Not for: decoding text (mail/text.hpp). Everything is total: any bytes give an honest
// minimal structure. Messages come in wire form (CRLF), but bare LF and bare CR are survived. Linear time and
// memory in the size of the input; RFC 2045, 2046, 3501 section 7.4.2. Threads: pure functions.
#pragma once

#include "mail/limits.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::mail {

enum class PartKind : std::uint8_t { leaf, multipart, message }; // message: message/rfc822 or message/global
enum class TransferEncoding : std::uint8_t { identity, base64, quoted_printable, unknown };

// Offsets are bytes from the start of the message. [header_begin, body_begin) is the header of the part with
// its empty line, [body_begin, end) its body without the line end that belongs to the boundary.
struct Part {
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint64_t header_begin = 0;
  std::uint64_t body_begin = 0;
  std::uint64_t end = 0;
  std::uint32_t parent = kNone; // index into Structure::parts; the root has none
  std::uint32_t number = 0;     // 1-based place among its siblings
  PartKind kind = PartKind::leaf;
  TransferEncoding encoding = TransferEncoding::identity;

  bool operator==(const Part&) const = default;
};

struct Structure {
  // Depth first; parts[0] is the message itself. The child of a PartKind::message is the root of the message
  // inside (header_begin of the child == body_begin of the parent), so `number` 1 below a message part names
  // its one body.
  std::vector<Part> parts;
  std::string
      envelope; // "(…)", RFC 3501 ENVELOPE, every string quoted or a literal, no NUL, no 8-bit in quoted
  std::string body;          // "(…)", BODY: without extension data
  std::string bodystructure; // "(…)", BODYSTRUCTURE
  bool has_nul = false;
  bool has_8bit = false;
};

Structure parse_structure(std::string_view message, const Limits& limits = {});

// A compact form of `parts` for the index, and back. Bytes that no `pack_parts` wrote give nothing.
std::string pack_parts(std::span<const Part> parts);
std::optional<std::vector<Part>> unpack_parts(std::string_view packed);

// BODY[…] of RFC 3501 section 6.4.5. `path` is the part specifier's numbers ("1.2" → {1, 2}; empty: the
// message). `whole`: BODY[] or BODY[1.2]; `header`: HEADER (of the message, or of the message inside a
// message part); `text`: TEXT, likewise; `mime`: the part's own header (path not empty).
enum class SectionKind : std::uint8_t { whole, header, text, mime };
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
// Nothing when the message has no such section (IMAP then answers with NIL).
std::optional<Range> find_section(std::span<const Part> parts, std::span<const std::uint32_t> path,
                                  SectionKind kind);
// The part itself, as BINARY and text search want it.
std::optional<std::size_t> find_part(std::span<const Part> parts, std::span<const std::uint32_t> path);

} // namespace homespool::mail
