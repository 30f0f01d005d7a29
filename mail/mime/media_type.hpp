// Content-Type, Content-Disposition and the other structured fields of MIME taken apart (RFC 2045
// section 5.1).
//
// Lenient: what real programs write unquoted is taken; what cannot be read is left out. Linear. Threads: pure
// functions.
#pragma once

#include "mail/limits.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace homespool::mail {

struct Parameter {
  std::string name;
  std::string value;
};

// "text/plain; charset=x", or a disposition, which has no subtype. `type` is empty when there is none to
// read.
struct MediaType {
  std::string type;
  std::string subtype;
  std::vector<Parameter> parameters;

  [[nodiscard]] bool is(std::string_view wanted_type, std::string_view wanted_subtype) const;
  // The first parameter of this name (ASCII case ignored); nullptr if there is none.
  [[nodiscard]] const std::string* parameter(std::string_view name) const;
};

// What is shown as text/plain: no type, or a multipart that names no boundary and so is one body.
bool is_plain_text(const MediaType& media);

MediaType parse_media_type(std::string_view value, const Limits& limits);
MediaType parse_disposition(std::string_view value, const Limits& limits);
// "8bit", of Content-Transfer-Encoding; empty if there is none.
std::string parse_token(std::string_view value);
// "en, de", of Content-Language.
std::vector<std::string> parse_token_list(std::string_view value, const Limits& limits);

} // namespace homespool::mail
