// Encoded words, character sets, transfer encodings, HTML and folding.

#include "mail/text.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;

namespace {

std::vector<std::string> texts_of(const std::string& message) {
  std::vector<std::string> texts;
  const Structure s = parse_structure(message);
  for_each_text(message, s.parts, [&](std::string_view text) {
    texts.emplace_back(text);
    return true;
  });
  return texts;
}

std::string html_text(const std::string& html) {
  return texts_of("Content-Type: text/html; charset=utf-8\r\n\r\n" + html).at(0);
}

} // namespace

TEST_CASE("Encoded words are decoded") {
  const std::pair<std::string, std::string> table[] = {
      {"plain", "plain"},
      {"=?iso-8859-1?Q?Andr=E9_Pirard?= x", "André Pirard x"},
      {"=?utf-8?B?5pel5pys?= =?UTF-8?b?6Kqe?=", "日本語"},
      {"=?utf-8?B?5pel5g==?=\r\n =?utf-8?B?nKw=?=", "日本"},
      {"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
      {"=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "①"},
      {"=?us-ascii*en?q?a?= =?q?b", "a =?q?b"},
      {"a =?utf-8?q?b?= c =?utf-8?q?d?=", "a b c d"},
      {"=?utf-8?x?b?=", "=?utf-8?x?b?="},
      {"=?nowhere?q?caf=E9?=", "café"},
      {"caf\xe9", "café"},
      {"caf\xc3\xa9", "café"},
      {"\x1b$BF|K\\\x1b(B", "日本"},
      {"=?utf-8?q?"
       "?=",
       ""},
      {"", ""},
  };
  for (const auto& [value, expected] : table) CHECK(decode_header_text(value) == expected);
}

TEST_CASE("Character sets mean what mail means by them") {
  const std::pair<std::pair<std::string, std::string>, std::string> table[] = {
      {{"\x93x\x94", "iso-8859-1"}, "“x”"},
      {{"\x87\x40", "shift_jis"}, "①"},
      {{"\x93\xfa\x96\x7b", "x-sjis"}, "日本"},
      {{"\xc6\xfc\xcb\xdc", "EUC-JP"}, "日本"},
      {{"\xad\xa1\x8e\xb1\x8f\xb0\xa1", "euc-jp"}, "①ｱ丂"},
      {{"\x1b$BF|K\\\x1b(I1\x1b(B!", "iso-2022-jp"}, "日本ｱ!"},
      {{"\x1b$(D0!\x1b(B", "iso-2022-jp"}, "丂"},
      {{"\xc4\xe3\xba\xc3", "gb2312"}, "你好"},
      {{"\xa7\x41\xa6\x6e", "big5"}, "你好"},
      {{"\xbe\xc8\xb3\xe7", "ks_c_5601-1987"}, "안녕"},
      {{"\xf0\xd2\xc9", "koi8-r"}, "При"},
      {{"+ZeVnLIqe-", "utf-7"}, "日本語"},
      {{"\xcf\xf0\xe8", "windows-1251"}, "При"},
      {{"caf\xe9", "x-unknown"}, "café"},
      {{"caf\xc3\xa9", "unknown-8bit"}, "café"},
      {{"a\xff"
        "b",
        "utf-8"},
       "a\xef\xbf\xbd"
       "b"},
      {{"x", "\0,swaplfnl"}, "x"},
  };
  for (const auto& [given, expected] : table) CHECK(to_utf8(given.first, given.second) == expected);
  for (const char* name : {"UTF-8", "us-ascii", "ISO-8859-15", "iso-2022-jp", "x-sjis", "windows-1258"}) {
    CHECK(known_charset(name));
  }
  for (const char* name : {"", "x-unknown", "no-such", "utf-8,version=1", "/etc/passwd"})
    CHECK_FALSE(known_charset(name));
}

TEST_CASE("Folding joins case, width and compatibility forms") {
  CHECK(fold_for_search("HeLLo") == "hello");
  CHECK(fold_for_search("ＡＢＣ") == "abc");
  CHECK(fold_for_search("ｶﾞ") == "ガ");
  CHECK(fold_for_search("Straße") == "strasse");
  CHECK(fold_for_search("e\xcc\x81t\xc3\x89") == "été");
  CHECK(fold_for_search("A long run of plain ASCII e\xcc\x81 AND MORE OF IT AFTERWARDS ①") ==
        "a long run of plain ascii é and more of it afterwards 1");
  CHECK(fold_for_search("～〜−") == "~~-");
  CHECK(fold_for_search("a\xff") == "a\xef\xbf\xbd");
}

TEST_CASE("Transfer encodings are undone as far as they can be") {
  const auto body = [](const std::string& encoding, const std::string& text) {
    const std::string message = "Content-Transfer-Encoding: " + encoding + "\r\n\r\n" + text;
    return decode_body(message, parse_structure(message).parts[0]);
  };
  CHECK(body("base64", "aGVs\r\nbG8=\r\n") == "hello");
  CHECK(body("BASE64", "aGVsbG8") == "hello");
  CHECK(body("base64", "aGk=aGk=") == "hihi");
  CHECK(body("base64", "a*G!k") == "hi");
  CHECK(body("quoted-printable", "a=3Db=\r\nc=3d=  \r\nd=zz=") == "a=bc=d=zz");
  CHECK(body("8bit", "a=3D") == "a=3D");
}

TEST_CASE("HTML is read by its text") {
  CHECK(html_text("<html><style>x{}</style><p>a<b>b</b>c<!-- no > --> d</p><br>e<script>1<2</SCRIPT>f") ==
        "abc d\ne\nf");
  CHECK(html_text("&lt;&eacute;&#233;&#xE9;&#150;&nope;&amp &") == "<ééé–&nope;& &");
  CHECK(html_text("1 < 2 <a title=\"x>y\">z</a>") == "1 < 2 z");
  CHECK(html_text("a<!-- open") == "a<!-- open");
  CHECK(html_text("<style>never closed") == "never closed");
}

TEST_CASE("Every text part comes in order, attached headers with them") {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n"
      "--b\r\nContent-Type: image/png\r\n\r\nnot this\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?tw=C3=B6?=\r\n\r\nthree\r\n--b--\r\n";
  CHECK(texts_of(message) == std::vector<std::string>{"one", "Subject: twö\n", "three"});
  int seen = 0;
  const Structure s = parse_structure(message);
  for_each_text(message, s.parts, [&](std::string_view) { return ++seen < 2; });
  CHECK(seen == 2);
}
