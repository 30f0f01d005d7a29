#include "mail/text.hpp"

#include "mail/ascii.hpp"
#include "mail/header.hpp"
#include "mail/mime/media_type.hpp"
#include "mail/text/html_text.hpp"
#include "mail/text/transfer_encoding.hpp"

namespace homespool::mail {

namespace {

constexpr std::size_t kMetaWithin = 2'000; // bytes of HTML in which it names its own character set

std::string_view slice(std::string_view message, std::uint64_t begin, std::uint64_t end) {
  end = std::min<std::uint64_t>(end, message.size());
  return begin >= end ? std::string_view() : message.substr(begin, end - begin);
}

MediaType media_of(std::string_view message, const Part& part) {
  const auto value = header_value(slice(message, part.header_begin, part.body_begin), "Content-Type");
  return value ? parse_media_type(*value, Limits{}) : MediaType{};
}

// What <meta charset=…> says.
std::string_view charset_in_html(std::string_view html) {
  const std::string_view head = html.substr(0, kMetaWithin);
  std::size_t at = head.find("charset=");
  if (at == std::string_view::npos) return {};
  at += std::string_view("charset=").size();
  if (at < head.size() && (head[at] == '"' || head[at] == '\'')) ++at;
  return head.substr(at, std::min(head.find_first_of("\"' />;", at), head.size()) - at);
}

std::string text_of_leaf(std::string_view message, const Part& part, const MediaType& media) {
  const std::string bytes = decode_body(message, part);
  const bool html = equals_ignoring_case(media.subtype, "html");
  const std::string* named = media.parameter("charset");
  const std::string_view charset = named != nullptr ? std::string_view(*named)
                                   : html           ? charset_in_html(bytes)
                                                    : std::string_view();
  const std::string text = to_utf8(bytes, charset);
  return html ? html_to_text(text) : text;
}

// Names and values of an attached message's header, a line each.
std::string text_of_header(std::string_view message, const Part& root) {
  std::string out;
  HeaderReader reader(slice(message, root.header_begin, root.body_begin));
  for (HeaderField field; reader.next(field);) {
    out.append(field.name).append(": ").append(decode_header_text(unfold_text(field.value))).push_back('\n');
  }
  return out;
}

bool is_text(const MediaType& media) {
  return media.type.empty() || equals_ignoring_case(media.type, "text");
}

} // namespace

std::string decode_body(std::string_view message, const Part& part) {
  const std::string_view body = slice(message, part.body_begin, part.end);
  switch (part.encoding) {
  case TransferEncoding::base64:
    return decode_base64(body);
  case TransferEncoding::quoted_printable:
    return decode_quoted_printable(body);
  case TransferEncoding::identity:
  case TransferEncoding::unknown:
    break;
  }
  return std::string(body);
}

bool has_text(std::string_view message, const Part& part) {
  return part.kind == PartKind::leaf && is_text(media_of(message, part));
}

void for_each_text(std::string_view message, std::span<const Part> parts,
                   const std::function<bool(std::string_view utf8)>& sink) {
  for (const Part& part : parts) {
    const bool attached = part.parent < parts.size() && parts[part.parent].kind == PartKind::message;
    if (attached && !sink(text_of_header(message, part))) return;
    if (part.kind != PartKind::leaf) continue;
    const MediaType media = media_of(message, part);
    if (is_text(media) && !sink(text_of_leaf(message, part, media))) return;
  }
}

} // namespace homespool::mail
