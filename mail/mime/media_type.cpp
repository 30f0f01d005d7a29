#include "mail/mime/media_type.hpp"

#include "mail/ascii.hpp"
#include "mail/mime/continuations.hpp"

namespace homespool::mail {

namespace {

constexpr bool is_token(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != 0x7f &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

// An unquoted parameter value: programs put '=', '/', '?' and more there.
constexpr bool is_loose_value(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != ';' && c != '"' && c != '(';
}

class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] bool at(char c) const { return !done() && text_[at_] == c; }

  bool eat(char c) {
    skip_space();
    if (!at(c)) return false;
    ++at_;
    return true;
  }

  void skip_space() {
    while (!done()) {
      if (is_space(text_[at_]))
        ++at_;
      else if (at('('))
        skip_comment();
      else
        break;
    }
  }

  std::string_view run(bool (*belongs)(char)) {
    skip_space();
    const std::size_t begin = at_;
    while (!done() && belongs(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view token() { return run(is_token); }

  std::string value() {
    skip_space();
    if (text_.substr(std::min(at_, text_.size()), 2) == "\\\"") return escaped_twice();
    if (!at('"')) return std::string(run(is_loose_value));
    return quoted();
  }

  void skip_to(char c) {
    while (!done() && !at(c)) {
      if (at('"'))
        quoted();
      else
        ++at_;
    }
  }

 private:
  void skip_comment() {
    for (std::size_t depth = 0; !done(); ++at_) {
      if (at('\\'))
        ++at_;
      else if (at('('))
        ++depth;
      else if (at(')') && --depth == 0)
        break;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  // charset=\"utf-8\", from programs that escape once too often.
  std::string escaped_twice() {
    at_ += 2;
    std::string out(run([](char c) { return c != '\\' && c != '"' && c != ';' && c != '\r' && c != '\n'; }));
    if (at('\\')) ++at_;
    if (at('"')) ++at_;
    return out;
  }

  std::string quoted() {
    std::string out;
    for (++at_; !done(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        break;
      }
      if (c == '\r' || c == '\n') continue;
      if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
      out.push_back(c);
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void read_parameters(FieldReader& reader, std::vector<Parameter>& parameters, const Limits& limits) {
  for (reader.skip_to(';'); !reader.done() && parameters.size() < limits.parameters; reader.skip_to(';')) {
    reader.eat(';');
    const std::string_view name = reader.token();
    if (name.empty() || !reader.eat('=')) continue;
    parameters.push_back({std::string(name), reader.value()});
  }
  join_continuations(parameters);
}

} // namespace

bool MediaType::is(std::string_view wanted_type, std::string_view wanted_subtype) const {
  return equals_ignoring_case(type, wanted_type) && equals_ignoring_case(subtype, wanted_subtype);
}

const std::string* MediaType::parameter(std::string_view name) const {
  for (const Parameter& parameter : parameters) {
    if (equals_ignoring_case(parameter.name, name)) return &parameter.value;
  }
  return nullptr;
}

bool is_plain_text(const MediaType& media) {
  if (media.type.empty() || media.is("text", "plain")) return true;
  if (!equals_ignoring_case(media.type, "multipart")) return false;
  const std::string* boundary = media.parameter("boundary");
  return boundary == nullptr || boundary->empty();
}

MediaType parse_media_type(std::string_view value, const Limits& limits) {
  FieldReader reader(value);
  MediaType media;
  media.type = reader.token();
  if (reader.eat('/')) media.subtype = reader.token();
  if (media.type.empty() || media.subtype.empty()) {
    media.type.clear();
    media.subtype.clear();
  }
  read_parameters(reader, media.parameters, limits);
  return media;
}

MediaType parse_disposition(std::string_view value, const Limits& limits) {
  FieldReader reader(value);
  MediaType disposition;
  disposition.type = reader.token();
  read_parameters(reader, disposition.parameters, limits);
  return disposition;
}

std::string parse_token(std::string_view value) {
  return std::string(FieldReader(value).token());
}

std::vector<std::string> parse_token_list(std::string_view value, const Limits& limits) {
  std::vector<std::string> tokens;
  FieldReader reader(value);
  while (!reader.done() && tokens.size() < limits.parameters) {
    if (const std::string_view token = reader.token(); !token.empty()) tokens.emplace_back(token);
    reader.skip_to(',');
    reader.eat(',');
  }
  return tokens;
}

} // namespace homespool::mail
