#include "mail/address.hpp"

#include "mail/ascii.hpp"

namespace homespool::mail {

namespace {

// What ends a word outside quotes and comments. Everything else, 8-bit included, is taken as it stands.
constexpr bool ends_atom(char c) {
  switch (c) {
  case '(':
  case '<':
  case '>':
  case ',':
  case ';':
  case ':':
  case '"':
  case '@':
    return true;
  default:
    return is_space(c);
  }
}

// Goes over the value once, from left to right; no step looks back.
class AddressReader {
 public:
  AddressReader(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  std::vector<Address> read() {
    while (!done() && list_.size() < limits_.addresses) read_one();
    close_group();
    return std::move(list_);
  }

 private:
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  [[nodiscard]] bool at(char c) const { return !done() && peek() == c; }

  void read_one() {
    comment_.clear();
    const std::string phrase = read_words("@<>,;:");
    if (done() || at(',') || at(';')) return add_bare(phrase);
    switch (peek()) {
    case '<':
      return read_angle(phrase);
    case ':':
      return open_group(phrase);
    case '@':
      return read_plain(phrase);
    default:
      ++at_; // a stray '>'
    }
  }

  // Words up to one of `stops`, one blank where blanks or comments were.
  std::string read_words(std::string_view stops) {
    std::string out;
    bool spaced = skip_space();
    for (bool first = true; !done() && stops.find(peek()) == std::string_view::npos; first = false) {
      if (!first && spaced && !dotted(out)) out.push_back(' ');
      read_word(out);
      spaced = skip_space();
    }
    return out;
  }

  void read_word(std::string& out) {
    if (peek() == '"')
      read_quoted(out);
    else if (ends_atom(peek()))
      out.push_back(text_[at_++]);
    else
      read_atom(out);
  }

  // Dots may have blanks around them; anything else behind a blank is not of the host.
  std::string read_host() {
    std::string out;
    bool spaced = false;
    skip_space();
    while (!done() && std::string_view("@<>,;:").find(peek()) == std::string_view::npos) {
      if (spaced && !dotted(out)) break;
      read_word(out);
      spaced = skip_space();
    }
    return out;
  }

  // "a . b@c" is an old way to write a.b@c; "J. Doe" is a name and keeps its blank.
  [[nodiscard]] bool dotted(const std::string& out) const {
    if (peek() == '.' && !out.empty()) return true;
    return lone_dot_ && !out.empty() && out.back() == '.';
  }

  void read_atom(std::string& out) {
    const std::size_t begin = at_;
    while (!done() && !ends_atom(peek())) ++at_;
    lone_dot_ = text_[begin] == '.';
    out.append(text_.substr(begin, at_ - begin));
  }

  void read_quoted(std::string& out) {
    lone_dot_ = false;
    for (++at_; !done(); ++at_) {
      char c = peek();
      if (c == '"') {
        ++at_;
        return;
      }
      if (c == '\r' || c == '\n') continue;
      if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
      out.push_back(c);
    }
  }

  // True when there was any. Keeps the last comment: in "a@b (Name)" it is the name.
  bool skip_space() {
    const std::size_t begin = at_;
    while (!done()) {
      if (is_space(peek()))
        ++at_;
      else if (peek() == '(')
        read_comment();
      else
        break;
    }
    return at_ != begin;
  }

  void read_comment() {
    comment_.clear();
    std::size_t depth = 1;
    for (++at_; !done(); ++at_) {
      char c = peek();
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) {
        ++at_;
        return;
      }
      if (c == '\r' || c == '\n') continue;
      if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
      comment_.push_back(c);
    }
  }

  void open_group(const std::string& name) {
    close_group();
    ++at_;
    list_.push_back({Address::Kind::group_start, "", "", name, ""});
    in_group_ = true;
  }

  void close_group() {
    if (in_group_) list_.push_back({Address::Kind::group_end, "", "", "", ""});
    in_group_ = false;
  }

  // No '@' and no '<': one word is a local part, more are a name.
  void add_bare(const std::string& phrase) {
    const bool closes = at(';');
    const bool is_name = phrase.find(' ') != std::string::npos;
    if (is_name)
      list_.push_back({Address::Kind::mailbox, phrase, "", "", ""});
    else if (!phrase.empty())
      list_.push_back({Address::Kind::mailbox, comment_, "", phrase, ""});
    if (!done()) ++at_;
    if (closes) close_group();
  }

  void read_plain(const std::string& local) {
    Address address;
    address.mailbox = local;
    ++at_;
    address.host = read_host();
    address.name = comment_;
    finish(std::move(address));
  }

  void read_angle(const std::string& name) {
    Address address;
    address.name = name;
    ++at_;
    skip_space();
    if (at('@')) address.route = read_route();
    address.mailbox = read_words("@>,;<");
    if (at('@')) {
      ++at_;
      address.host = read_host();
    }
    if (at('>')) ++at_;
    skip_space();
    if (address.name.empty()) address.name = comment_;
    finish(std::move(address));
  }

  // "@one,@two:", without the colon.
  std::string read_route() {
    std::string route;
    while (!done() && peek() != ':' && peek() != '>') {
      route += read_words(",:>");
      if (at(',')) route.push_back(text_[at_++]);
    }
    if (at(':')) ++at_;
    return route;
  }

  // Goes past what stands between the address and the next comma.
  void finish(Address address) {
    list_.push_back(std::move(address));
    while (!done() && peek() != ',' && peek() != ';') {
      std::string rest;
      if (peek() == '"')
        read_quoted(rest);
      else if (!skip_space())
        ++at_;
    }
    const bool closes = at(';');
    if (!done()) ++at_;
    if (closes) close_group();
  }

  std::string_view text_;
  Limits limits_;
  std::size_t at_ = 0;
  std::vector<Address> list_;
  std::string comment_;
  bool in_group_ = false;
  bool lone_dot_ = false;
};

} // namespace

std::vector<Address> parse_addresses(std::string_view value, const Limits& limits) {
  return AddressReader(value, limits).read();
}

} // namespace homespool::mail
