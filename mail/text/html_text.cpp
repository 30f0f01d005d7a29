#include "mail/text/html_text.hpp"

#include "mail/ascii.hpp"
#include "mail/text/entities.hpp"

#include <array>

namespace homespool::mail {

namespace {

// Elements that do not break a word: "wo<b>r</b>d" is one.
constexpr std::array<std::string_view, 24> kInline = {
    "a",   "abbr", "acronym", "b", "bdo", "big",  "cite",  "code", "del",    "em",  "font", "i",
    "ins", "kbd",  "mark",    "q", "s",   "samp", "small", "span", "strong", "sub", "sup",  "u"};

bool is_inline(std::string_view name) {
  return std::any_of(kInline.begin(), kInline.end(),
                     [&](std::string_view known) { return equals_ignoring_case(known, name); });
}

std::size_t find_ignoring_case(std::string_view text, std::string_view lower, std::size_t at) {
  for (at = text.find('<', at); at != std::string_view::npos; at = text.find('<', at + 1)) {
    if (equals_ignoring_case(text.substr(at, lower.size()), lower)) return at;
  }
  return std::string_view::npos;
}

class HtmlReader {
 public:
  explicit HtmlReader(std::string_view html) : html_(html) { out_.reserve(html.size() / 2); }

  std::string read() {
    while (at_ < html_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = html_[at_];
    if (c == '<' && read_markup()) return;
    if (c == '&') {
      at_ += append_entity(out_, html_.substr(at_));
    } else if (is_space(c)) {
      blank(' ');
      ++at_;
    } else {
      read_plain();
    }
  }

  void read_plain() {
    const std::size_t begin = at_++;
    while (at_ < html_.size() && html_[at_] != '<' && html_[at_] != '&' && !is_space(html_[at_])) ++at_;
    out_.append(html_.substr(begin, at_ - begin));
  }

  // One blank for any number; a line end wins over it.
  void blank(char kind) {
    if (out_.empty() || out_.back() == '\n') return;
    if (out_.back() != ' ')
      out_.push_back(kind);
    else
      out_.back() = kind == '\n' ? '\n' : ' ';
  }

  // False when the '<' here is just a character.
  bool read_markup() {
    const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : ' ';
    if (html_.substr(at_, 4) == "<!--" && skip_comment()) return true;
    if (!is_alpha(next) && next != '/' && next != '!' && next != '?') return false;
    const std::size_t end = tag_end();
    if (end == std::string_view::npos) return false;
    const std::string_view name = tag_name();
    at_ = end + 1;
    if (next == '/' || is_alpha(next)) {
      if (!is_inline(name)) blank('\n');
      if (next != '/') skip_raw_text(name);
    }
    return true;
  }

  [[nodiscard]] std::string_view tag_name() const {
    std::size_t begin = at_ + 1;
    if (begin < html_.size() && html_[begin] == '/') ++begin;
    std::size_t end = begin;
    while (end < html_.size() && (is_alpha(html_[end]) || is_digit(html_[end]))) ++end;
    return html_.substr(begin, end - begin);
  }

  // A search that failed once to the end of the text is never made again; else hostile input costs the square
  // of its length.
  bool skip_comment() {
    if (comments_end_) return false;
    const std::size_t end = html_.find("-->", at_ + 2);
    if (end == std::string_view::npos) {
      comments_end_ = true;
      return false;
    }
    at_ = end + 3;
    return true;
  }

  void skip_raw_text(std::string_view name) {
    if (equals_ignoring_case(name, "script"))
      skip_element("</script", scripts_end_);
    else if (equals_ignoring_case(name, "style"))
      skip_element("</style", styles_end_);
  }

  void skip_element(std::string_view closing, bool& never_again) {
    if (never_again) return;
    const std::size_t end = find_ignoring_case(html_, closing, at_);
    if (end == std::string_view::npos)
      never_again = true;
    else
      at_ = end;
  }

  // Where the tag's '>' is, outside quotes if they make sense.
  std::size_t tag_end() {
    if (tags_end_) return std::string_view::npos;
    if (!quotes_end_) {
      char quote = 0;
      for (std::size_t i = at_ + 1; i < html_.size(); ++i) {
        const char c = html_[i];
        if (quote != 0)
          quote = c == quote ? '\0' : quote;
        else if (c == '>')
          return i;
        else if ((c == '"' || c == '\'') && html_[i - 1] == '=')
          quote = c;
      }
      quotes_end_ = true;
    }
    const std::size_t end = html_.find('>', at_);
    tags_end_ = end == std::string_view::npos;
    return end;
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::string out_;
  bool comments_end_ = false, scripts_end_ = false, styles_end_ = false, quotes_end_ = false,
       tags_end_ = false;
};

} // namespace

std::string html_to_text(std::string_view html) {
  return HtmlReader(html).read();
}

} // namespace homespool::mail
