// Header fields of a message: finding, unfolding, choosing (RFC 5322 section 2.2).
//
// Views point into the caller's bytes. Total: a line that is no field and no continuation is skipped, not an
// end. Threads: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::mail {

// One field as it stands: `raw` is all its lines with their line ends, `name` without the colon, `value` what
// follows the colon, folded still, without the last line end.
struct HeaderField {
  std::string_view raw;
  std::string_view name;
  std::string_view value;
};

// The header block at the start of `message`, up to and with the empty line (the whole of it if there is
// none).
std::string_view header_block(std::string_view message);

// The field that these lines make up (one line and its continuations), or nothing when they are no field.
std::optional<HeaderField> field_of_lines(std::string_view raw);

// The same bytes as one line: line ends removed, leading and trailing blanks cut.
std::string unfold(std::string_view value);

// As unfold, for text that people read and search: each run of blanks and line ends is one space.
std::string unfold_text(std::string_view value);
// Only that: each run of blanks and line ends is one space, also at the ends.
std::string join_blanks(std::string_view text);

// Walks over the fields of a header block without keeping them. The block must outlive it.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view block) : block_(block) {}
  // False at the end of the block.
  bool next(HeaderField& field);

 private:
  std::string_view block_;
  std::size_t at_ = 0;
};

// The fields of a header block, in order.
std::vector<HeaderField> header_fields(std::string_view block);

// The first field of this name (ASCII case ignored), unfolded: line ends removed, leading and trailing blanks
// cut.
std::optional<std::string> header_value(std::string_view block, std::string_view name);

// HEADER.FIELDS and HEADER.FIELDS.NOT of RFC 3501: the chosen fields byte for byte, then the empty line
// (CRLF) whenever the block has one.
std::string choose_fields(std::string_view block, std::span<const std::string> names, bool all_but_these);

} // namespace homespool::mail
