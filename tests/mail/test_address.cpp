// Address lists: RFC 5322's own examples, old forms, and hostile ones.

#include "mail/address.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;

namespace {

// name|route|mailbox|host for each, groups as {name and }.
std::string shown(std::string_view value, const Limits& limits = {}) {
  std::string out;
  for (const Address& a : parse_addresses(value, limits)) {
    if (!out.empty()) out += "; ";
    if (a.kind == Address::Kind::group_start)
      out += "{" + a.mailbox;
    else if (a.kind == Address::Kind::group_end)
      out += "}";
    else
      out += a.name + "|" + a.route + "|" + a.mailbox + "|" + a.host;
  }
  return out;
}

} // namespace

TEST_CASE("Addresses are read in every form") {
  const std::pair<const char*, const char*> table[] = {
      {"a@b.example", "||a|b.example"},
      {"John Doe <jdoe@machine.example>", "John Doe||jdoe|machine.example"},
      {"\"Joe Q. \\\"X\\\" Public\" <john.q@example.com>", "Joe Q. \"X\" Public||john.q|example.com"},
      {"Joe Q. Public <john@example.com>, b@c", "Joe Q. Public||john|example.com; ||b|c"},
      {"A Group:Ed Jones <joe@where.test>,john@one.test;",
       "{A Group; Ed Jones||joe|where.test; ||john|one.test; }"},
      {"undisclosed-recipients:;", "{undisclosed-recipients; }"},
      {"group: a@b", "{group; ||a|b; }"},
      {"jdoe@host (John \\(x\\) Doe)", "John (x) Doe||jdoe|host"},
      {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete||pete|silly.test"},
      {"<@one.example,@two.example:joe@three.example>", "|@one.example,@two.example|joe|three.example"},
      {"john . doe @ host . example", "||john.doe|host.example"},
      {"joe@[127.0.0.1]", "||joe|[127.0.0.1]"},
      {"\"a b\"@c", "||a b|c"},
      {"root", "||root|"},
      {"a@b.example junk, c@d", "||a|b.example; ||c|d"},
      {"<Saved by X>", "||Saved by X|"},
      {"Joe Doe, a@b", "Joe Doe|||; ||a|b"},
      {"=?utf-8?B?5pel?= <a@b>,\r\n =?x?q?y?=\r\n z <c@d>", "=?utf-8?B?5pel?=||a|b; =?x?q?y?= z||c|d"},
      {"\xe6\x97\xa5 <a@b>", "\xe6\x97\xa5||a|b"},
      {"a@b,,, ,c@d", "||a|b; ||c|d"},
      {"<>", "|||"},
      {"", ""},
      {" , ;", ""},
  };
  for (const auto& [value, expected] : table) {

    CHECK(std::pair(std::string(value), shown(value)) ==
          std::pair(std::string(value), std::string(expected)));
  }
}

TEST_CASE("Unclosed quotes, comments and angles end with the value") {
  for (const char* value :
       {"\"a <b@c>, d@e", "(a <b@c>, d@e", "a <b@c, d@e", "a <b", "a <", "a@", "<@", "<@a,", "a:", "\\",
        "\"\\", "(\\", "((((((", ">>>>", "@@@@", "a@b@c", "a:b:c:;"}) {
    CHECK(parse_addresses(value).size() <= 8);
  }
}

TEST_CASE("Groups are closed however the list is cut") {
  const std::string text = "G: \"a\" (c) <@r:x@y>, b@c;, H: d@e";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    int open = 0;
    for (const Address& a : parse_addresses(std::string_view(text).substr(0, cut))) {
      if (a.kind == Address::Kind::group_start) ++open;
      if (a.kind == Address::Kind::group_end) --open;
      CHECK((open == 0 || open == 1));
    }
    CHECK(open == 0);
  }
}

TEST_CASE("Hostile lists are read in linear time and bounded") {
  CHECK(parse_addresses(std::string(1'000'000, ',')).empty());
  CHECK(parse_addresses(std::string(1'000'000, '(')).empty());
  CHECK(parse_addresses(std::string(1'000'000, '<')).size() <= 1);
  std::string many;
  for (int i = 0; i < 200'000; ++i) many += "a@b,";
  CHECK(parse_addresses(many).size() == Limits{}.addresses);
  Limits few;
  few.addresses = 3;
  CHECK(shown("a@b,c@d,e@f,g@h", few) == "||a|b; ||c|d; ||e|f");
}
