#include "mail/mbox/marks.hpp"

#include "mail/ascii.hpp"
#include "mail/header.hpp"
#include "mail/keyword_name.hpp"

#include <array>
#include <charconv>

namespace homespool::mail {
namespace {

constexpr std::array<std::string_view, 9> kMarks{
    "Status",     "X-Status",         "X-Keywords",        "X-UID",         "X-IMAP",
    "X-IMAPbase", "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys"};
constexpr std::string_view kContentLength = "Content-Length";

bool is_mark(std::string_view name) {
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [name](std::string_view mark) { return equals_ignoring_case(name, mark); });
}

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  text = trim_spaces(text);
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Marks {
 public:
  void take(const HeaderField& field) {
    const auto is = [&field](std::string_view name) { return equals_ignoring_case(field.name, name); };
    const std::string value = unfold(field.value);
    if (is("Status"))
      letters(value, "R", {"\\Seen"});
    else if (is("X-Status"))
      letters(value, "AFTD", {"\\Answered", "\\Flagged", "\\Draft", "\\Deleted"});
    else if (is("X-Keywords") || is("X-Mozilla-Keys"))
      for (const std::string& keyword : as_keywords(value)) add(keyword);
    else if (is("X-Mozilla-Status"))
      mozilla(number<std::uint32_t>(value, 16).value_or(0));
    else if (is(kContentLength))
      marks_.content_length = number<std::uint64_t>(value, 10);
    else if (is("X-IMAP") || is("X-IMAPbase"))
      marks_.served = numbers_ = true;
    else if (is("X-UID"))
      marks_.served = true;
    else if (is("Subject"))
      numbers_only_ = value.starts_with("DON'T DELETE THIS MESSAGE");
  }
  MboxMarks finish() {
    marks_.internal = numbers_ && numbers_only_;
    return std::move(marks_);
  }

 private:
  void letters(std::string_view value, std::string_view known, std::initializer_list<const char*> flags) {
    for (const char letter : value)
      if (const auto at = known.find(letter); at != std::string_view::npos) add(*(flags.begin() + at));
  }
  void mozilla(std::uint32_t bits) {
    static constexpr std::uint32_t kExpunged = 8;
    static constexpr std::array<std::pair<std::uint32_t, const char*>, 4> kBits{
        {{1, "\\Seen"}, {2, "\\Answered"}, {4, "\\Flagged"}, {0x1000, "$Forwarded"}}};
    for (const auto& [bit, flag] : kBits)
      if ((bits & bit) != 0) add(flag);
    marks_.expunged = (bits & kExpunged) != 0;
  }
  void add(const std::string& flag) {
    const auto same = [&flag](const std::string& known) { return equals_ignoring_case(known, flag); };
    if (std::none_of(marks_.flags.begin(), marks_.flags.end(), same)) marks_.flags.push_back(flag);
  }

  MboxMarks marks_;
  bool numbers_ = false, numbers_only_ = false;
};

} // namespace

MboxMarks read_marks(std::string_view header) {
  Marks marks;
  HeaderReader reader(header);
  for (HeaderField field; reader.next(field);) marks.take(field);
  return marks.finish();
}

std::string without_marks(std::string_view header, bool content_length) {
  std::string kept;
  kept.reserve(header.size());
  const char* copied = header.data();
  HeaderReader reader(header);
  for (HeaderField field; reader.next(field);) {
    if (!is_mark(field.name) && !(content_length && equals_ignoring_case(field.name, kContentLength)))
      continue;
    kept.append(copied, field.raw.data());
    copied = field.raw.data() + field.raw.size();
  }
  return kept.append(copied, header.data() + header.size());
}

} // namespace homespool::mail
