#include "mail/mime/splitter.hpp"

#include "mail/ascii.hpp"

#include <cstring>

namespace homespool::mail {

namespace {

struct OpenBoundary {
  std::string text;
  std::uint32_t part;
};

// A boundary line that was met: [begin, end) with its line end.
struct Hit {
  std::size_t boundary; // index into the open boundaries
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t lines; // line feeds before `begin`
  bool closing;
};

TransferEncoding encoding_of(const ContentFields& content) {
  if (!content.encoding) return TransferEncoding::identity;
  const std::string name = to_ascii_lower(parse_token(*content.encoding));
  if (name.empty() || name == "7bit" || name == "8bit" || name == "binary") return TransferEncoding::identity;
  if (name == "base64") return TransferEncoding::base64;
  if (name == "quoted-printable") return TransferEncoding::quoted_printable;
  return TransferEncoding::unknown;
}

class Splitter {
 public:
  Splitter(std::string_view message, const Limits& limits) : message_(message), limits_(limits) {}

  std::vector<PartDraft> split() {
    std::optional<Hit> hit = read_entity(Part::kNone, 1);
    while (hit) {
      close_down_to(boundaries_[hit->boundary].part, *hit);
      hit = after(*hit);
    }
    for (const std::uint32_t index : open_) close(index, message_.size(), lines_);
    return std::move(drafts_);
  }

 private:
  // Reads the part that starts here, and what is nested at its very start, until a boundary of something
  // open.
  std::optional<Hit> read_entity(std::uint32_t parent, std::uint32_t number) {
    bool is_message = parent == Part::kNone;
    std::optional<Hit> hit;
    for (;;) {
      const std::uint32_t index = open_part(parent, number, is_message, hit ? hit->begin : at_);
      if (!hit) hit = read_header(index);
      finish_header(index, hit);
      const PartDraft& draft = drafts_[index];
      if (draft.part.kind != PartKind::message) {
        if (hit) return hit; // cut off inside its header, or empty
        if (draft.part.kind == PartKind::multipart) boundaries_.push_back({boundary_of(draft), index});
        return skip_to_boundary();
      }
      parent = index;
      number = 1;
      is_message = true;
    }
  }

  std::uint32_t open_part(std::uint32_t parent, std::uint32_t number, bool is_message, std::uint64_t begin) {
    const auto index = static_cast<std::uint32_t>(drafts_.size());
    PartDraft& draft = drafts_.emplace_back();
    draft.part.parent = parent;
    draft.part.number = number;
    draft.part.header_begin = begin;
    if (is_message) draft.envelope = std::make_unique<EnvelopeFields>();
    open_.push_back(index);
    children_.push_back(0);
    return index;
  }

  std::optional<Hit> read_header(std::uint32_t index) {
    const std::size_t begin = at_;
    std::size_t field = at_; // where the lines of the field being gathered start
    std::optional<Hit> hit;
    while (at_ < message_.size()) {
      if (!is_blank(message_[at_])) {
        take_field(index, field, begin);
        field = at_;
        if (at_line_of_boundary()) hit = match_boundary();
        if (hit) break;
      }
      const std::string_view line = next_line();
      if (line == "\r\n" || line == "\n") {
        field = at_;
        break;
      }
    }
    if (!hit) take_field(index, field, begin);
    return hit;
  }

  void finish_header(std::uint32_t index, const std::optional<Hit>& hit) {
    PartDraft& draft = drafts_[index];
    draft.part.body_begin = hit ? hit->begin : at_;
    draft.lines = hit ? hit->lines : lines_; // for now: those before the body
    if (draft.content.type) draft.media = parse_media_type(*draft.content.type, limits_);
    draft.part.encoding = encoding_of(draft.content);
    draft.part.kind = kind_of(draft);
    draft.too_deep = draft.part.kind == PartKind::leaf && is_full();
  }

  void take_field(std::uint32_t index, std::size_t begin, std::size_t header_begin) {
    if (begin == at_ || at_ - header_begin > limits_.header_bytes) return;
    const std::string_view raw = message_.substr(begin, at_ - begin);
    take_content_field(drafts_[index].content, raw);
    if (drafts_[index].envelope) take_envelope_field(*drafts_[index].envelope, raw);
  }

  [[nodiscard]] bool is_full() const {
    return open_.size() >= limits_.depth || drafts_.size() >= limits_.parts;
  }

  [[nodiscard]] PartKind kind_of(const PartDraft& draft) const {
    if (is_full()) return PartKind::leaf;
    const MediaType& media = draft.media;
    if (equals_ignoring_case(media.type, "multipart")) {
      return boundary_of(draft).empty() ? PartKind::leaf : PartKind::multipart;
    }
    if (media.is("message", "rfc822") || media.is("message", "global")) return PartKind::message;
    const bool in_digest =
        draft.part.parent != Part::kNone && drafts_[draft.part.parent].media.is("multipart", "digest");
    return media.type.empty() && in_digest ? PartKind::message : PartKind::leaf; // RFC 2046 section 5.1.5
  }

  static std::string boundary_of(const PartDraft& draft) {
    const std::string* boundary = draft.media.parameter("boundary");
    return boundary == nullptr ? std::string() : *boundary;
  }

  std::string_view next_line() {
    const char* begin = message_.data() + at_;
    const void* end = std::memchr(begin, '\n', message_.size() - at_);
    const std::size_t size = end == nullptr
                                 ? message_.size() - at_
                                 : static_cast<std::size_t>(static_cast<const char*>(end) - begin) + 1;
    if (end != nullptr) ++lines_;
    at_ += size;
    return {begin, size};
  }

  [[nodiscard]] bool at_line_of_boundary() const {
    return message_.size() - at_ > 2 && message_[at_] == '-' && message_[at_ + 1] == '-' &&
           !boundaries_.empty();
  }

  std::optional<Hit> skip_to_boundary() {
    while (at_ < message_.size()) {
      if (at_line_of_boundary()) {
        if (const auto hit = match_boundary()) return hit;
      } else {
        next_line();
      }
    }
    return std::nullopt;
  }

  // Reads the line that starts with "--". The start of the line is enough (RFC 2046 section 5.1.1); of
  // several that fit, the longest, then the innermost. When there are too many parts, new ones stay in the
  // last.
  std::optional<Hit> match_boundary() {
    Hit hit{boundaries_.size(), at_, 0, lines_, false};
    const std::string_view line = next_line().substr(2);
    hit.end = at_;
    std::size_t longest = 0;
    for (std::size_t i = boundaries_.size(); i-- > 0;) {
      const std::string& text = boundaries_[i].text;
      if (text.size() <= longest || !line.starts_with(text)) continue;
      longest = text.size();
      hit.boundary = i;
    }
    if (longest == 0) return std::nullopt;
    hit.closing = line.substr(longest).starts_with("--");
    if (!hit.closing && drafts_.size() >= limits_.parts) return std::nullopt;
    return hit;
  }

  [[nodiscard]] std::uint64_t before_line_end(std::uint64_t at) const {
    if (at == 0 || message_[at - 1] != '\n') return at;
    return at >= 2 && message_[at - 2] == '\r' ? at - 2 : at - 1;
  }

  // The line end before a boundary belongs to it, unless it ends a header: then there is no body to cut it
  // from.
  void close_down_to(std::uint32_t multipart, const Hit& hit) {
    std::uint64_t end = before_line_end(hit.begin);
    std::uint64_t lines = hit.lines - (end == hit.begin ? 0 : 1);
    for (; open_.back() != multipart; open_.pop_back()) {
      close(open_.back(), end, lines);
      if (drafts_[open_.back()].part.end == end) continue;
      end = drafts_[open_.back()].part.end;
      lines = hit.lines;
    }
  }

  void close(std::uint32_t index, std::uint64_t end, std::uint64_t lines) {
    PartDraft& draft = drafts_[index];
    draft.part.end = std::max(end, draft.part.body_begin);
    draft.lines = end > draft.part.body_begin ? lines - draft.lines : 0;
  }

  std::optional<Hit> after(const Hit& hit) {
    const std::uint32_t multipart = boundaries_[hit.boundary].part;
    boundaries_.resize(hit.boundary + (hit.closing ? 0 : 1));
    if (hit.closing) return skip_to_boundary(); // the epilogue
    if (at_ == message_.size() && message_.back() != '\n')
      return std::nullopt; // cut off in the boundary's line
    return read_entity(multipart, ++children_[multipart]);
  }

  std::string_view message_;
  Limits limits_;
  std::size_t at_ = 0;
  std::uint64_t lines_ = 0; // line feeds before at_
  std::vector<PartDraft> drafts_;
  std::vector<std::uint32_t> children_; // of each draft, so far
  std::vector<std::uint32_t> open_;     // from the root to the part being read
  std::vector<OpenBoundary> boundaries_;
};

} // namespace

std::vector<PartDraft> split_parts(std::string_view message, const Limits& limits) {
  return Splitter(message, limits).split();
}

} // namespace homespool::mail
