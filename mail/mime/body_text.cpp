#include "mail/mime/body_text.hpp"

#include "mail/ascii.hpp"
#include "mail/mime/imap_text.hpp"

namespace homespool::mail {

namespace {

// A multipart must have a part; one that has none shows this.
constexpr std::string_view kEmptyPart = R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)";

class BodyWriter {
 public:
  BodyWriter(std::span<const PartDraft> parts, bool extended, const Limits& limits)
      : parts_(parts), extended_(extended), limits_(limits) {}

  std::string write() {
    write_part();
    return std::move(out_);
  }

 private:
  // Writes the part at next_ and everything below it. As deep as the parts nest, which limits bound.
  void write_part() {
    const std::size_t index = next_++;
    out_.push_back('(');
    switch (parts_[index].part.kind) {
    case PartKind::multipart:
      write_multipart(index);
      break;
    case PartKind::message:
      write_message(parts_[index]);
      break;
    case PartKind::leaf:
      write_leaf(parts_[index]);
      break;
    }
    out_.push_back(')');
  }

  void write_multipart(std::size_t index) {
    const PartDraft& draft = parts_[index];
    if (next_ >= parts_.size() || parts_[next_].part.parent != index) write_empty_part();
    while (next_ < parts_.size() && parts_[next_].part.parent == index) write_part();
    out_.push_back(' ');
    append_string(out_, draft.media.subtype);
    if (!extended_) return;
    out_.push_back(' ');
    write_parameters(draft.media.parameters);
    write_common_extension(draft);
  }

  void write_empty_part() {
    out_.append(kEmptyPart);
    out_.append(extended_ ? " NIL NIL NIL NIL)" : ")");
  }

  void write_message(const PartDraft& draft) {
    if (draft.media.type.empty())
      out_.append(R"("message" "rfc822")"); // in a digest
    else
      write_type(draft.media);
    write_basic_fields(draft, false);
    out_.push_back(' ');
    append_envelope(out_, *parts_[next_].envelope, limits_);
    out_.push_back(' ');
    write_part();
    write_lines(draft);
    write_leaf_extension(draft);
  }

  void write_leaf(const PartDraft& draft) {
    const bool plain = draft.media.type.empty() || (is_plain_text(draft.media) && !draft.too_deep);
    const bool text = plain || equals_ignoring_case(draft.media.type, "text");
    if (plain && !equals_ignoring_case(draft.media.type, "text"))
      out_.append(R"("text" "plain")");
    else if (only_looks_nested(draft.media))
      out_.append(R"("application" "octet-stream")");
    else
      write_type(draft.media);
    write_basic_fields(draft, text);
    if (text) write_lines(draft);
    write_leaf_extension(draft);
  }

  // A message or multipart that was not taken apart must not claim to be one.
  static bool only_looks_nested(const MediaType& media) {
    return equals_ignoring_case(media.type, "multipart") || media.is("message", "rfc822") ||
           media.is("message", "global");
  }

  void write_type(const MediaType& media) {
    append_string(out_, media.type);
    out_.push_back(' ');
    append_string(out_, media.subtype);
  }

  // Parameters, id, description, encoding, size.
  void write_basic_fields(const PartDraft& draft, bool text) {
    out_.push_back(' ');
    if (text)
      write_text_parameters(draft.media);
    else
      write_parameters(draft.media.parameters);
    out_.push_back(' ');
    append_field(out_, draft.content.id);
    out_.push_back(' ');
    append_field(out_, draft.content.description);
    out_.push_back(' ');
    const std::string encoding =
        draft.content.encoding ? parse_token(*draft.content.encoding) : std::string();
    append_string(out_, encoding.empty() ? "7bit" : std::string_view(encoding));
    out_.push_back(' ');
    append_number(out_, draft.part.end - draft.part.body_begin);
  }

  void write_lines(const PartDraft& draft) {
    out_.push_back(' ');
    append_number(out_, draft.lines);
  }

  void write_parameters(std::span<const Parameter> parameters) {
    if (parameters.empty()) return append_nil(out_);
    out_.push_back('(');
    write_pairs(parameters);
    out_.push_back(')');
  }

  // Text without a charset is US-ASCII (RFC 2045 section 5.2), and is shown so.
  void write_text_parameters(const MediaType& media) {
    out_.push_back('(');
    write_pairs(media.parameters);
    if (media.parameter("charset") == nullptr) {
      out_.append(media.parameters.empty() ? "" : " ").append(R"("charset" "us-ascii")");
    }
    out_.push_back(')');
  }

  void write_pairs(std::span<const Parameter> parameters) {
    for (const Parameter& parameter : parameters) {
      if (&parameter != parameters.data()) out_.push_back(' ');
      append_string(out_, parameter.name);
      out_.push_back(' ');
      append_string(out_, parameter.value);
    }
  }

  void write_leaf_extension(const PartDraft& draft) {
    if (!extended_) return;
    out_.push_back(' ');
    append_field(out_, draft.content.md5);
    write_common_extension(draft);
  }

  void write_common_extension(const PartDraft& draft) {
    out_.push_back(' ');
    write_disposition(draft);
    out_.push_back(' ');
    write_language(draft);
    out_.push_back(' ');
    append_field(out_, draft.content.location);
  }

  void write_disposition(const PartDraft& draft) {
    if (!draft.content.disposition) return append_nil(out_);
    const MediaType disposition = parse_disposition(*draft.content.disposition, limits_);
    if (disposition.type.empty()) return append_nil(out_);
    out_.push_back('(');
    append_string(out_, disposition.type);
    out_.push_back(' ');
    write_parameters(disposition.parameters);
    out_.push_back(')');
  }

  void write_language(const PartDraft& draft) {
    if (!draft.content.language) return append_nil(out_);
    const std::vector<std::string> languages = parse_token_list(*draft.content.language, limits_);
    if (languages.empty()) return append_nil(out_);
    out_.push_back('(');
    for (const std::string& language : languages) {
      if (&language != &languages.front()) out_.push_back(' ');
      append_string(out_, language);
    }
    out_.push_back(')');
  }

  std::span<const PartDraft> parts_;
  bool extended_;
  Limits limits_;
  std::size_t next_ = 0;
  std::string out_;
};

} // namespace

std::string body_text(std::span<const PartDraft> parts, bool extended, const Limits& limits) {
  return BodyWriter(parts, extended, limits).write();
}

} // namespace homespool::mail
