// Megabytes of whatever takes a careless parser longest: ten within two seconds, most in a hundredth of that.

#include "mail/structure.hpp"
#include "mail/text.hpp"

#include <catch2/catch.hpp>
#include <ctime>

using namespace homespool::mail;

namespace {

#if defined(HOMESPOOL_SANITIZED)
constexpr std::size_t kSize = 1'000'000;
constexpr double kAllowed = 10; // seconds; what takes a square of the size takes hours
#else
constexpr std::size_t kSize = 10'000'000;
constexpr double kAllowed = 2;
#endif

std::string repeated(std::string head, std::string_view piece) {
  while (head.size() < kSize) head += piece;
  return head;
}

// Processor time, so that a busy machine fails nothing.
template <typename Work>
double seconds_of(const Work& work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

} // namespace

TEST_CASE("Hostile headers and bodies are parsed in linear time") {
  const std::string multipart = "Content-Type: multipart/mixed; boundary=a\r\n\r\n";
  const std::pair<std::string, std::string> table[] = {
      {"", "X-Foo: bar\r\n"},
      {"", "From: a@b\r\n"},
      {"Subject: a", "\r\n b"},
      {"To: ", ","},
      {"To: ", "\"a\\\""},
      {"To: ", "("},
      {"To: ", "<@a,"},
      {"To: ", "a b "},
      {"To: ", "g:;"},
      {"Content-Type: a/b", "; c*0*=d"},
      {"Content-Type: a/b;", "\""},
      {"Content-Type: a/b; c=(", "(;"},
      {"Content-Language: ", "a,"},
      {multipart, "--a\r\n"},
      {multipart, "--a\r\nContent-Type: message/rfc822\r\n\r\n"},
      {multipart, "--b\r\n"},
      {"\r\n", "\n"},
      {"\r\n", "x"},
      {"", "\r"},
      {"", ":"},
      {"", " \n"},
  };
  for (const auto& [head, piece] : table) {
    const std::string message = repeated(head, piece);
    INFO(head << piece);
    CHECK(seconds_of([&] { CHECK(parse_structure(message).parts.front().end == message.size()); }) <
          kAllowed);
  }
}

TEST_CASE("Hostile text is read in linear time") {
  for (const char* piece : {"=?", "=?a?q?", "=?utf-8?b?YQ?=", "=?iso-2022-jp?b?GyRC?=", "\xe3\x81"}) {
    const std::string value = repeated("", piece);
    INFO(piece);
    CHECK(seconds_of([&] { CHECK(decode_header_text(value).size() <= 3 * value.size()); }) < kAllowed);
  }
  for (const char* piece :
       {"<!--", "<a \"", "<a =\"'>", "<script>", "&", "&#", "<", "<p>x</p>", "e\xcc\x81"}) {
    const std::string html = repeated("Content-Type: text/html; charset=utf-8\r\n\r\n", piece);
    INFO(piece);
    const Structure s = parse_structure(html);
    std::size_t folded = 0;
    CHECK(seconds_of([&] {
            for_each_text(html, s.parts, [&](std::string_view text) {
              folded += fold_for_search(text).size();
              return true;
            });
          }) < kAllowed);
    CHECK(folded <= html.size());
  }
}

TEST_CASE("A hundred boundaries that nearly fit cost no more than their length") {
  std::string message;
  const std::string common(60, 'a');
  for (int i = 0; i < 100; ++i) {
    const std::string boundary = common + std::to_string(i);
    message += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  message = repeated(message, "--" + common + "\r\n");
  CHECK(seconds_of([&] { parse_structure(message); }) < kAllowed);
}
