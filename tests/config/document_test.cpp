// YAML texts that are broken, hostile or merely odd.
#include "config/schema/document.hpp"
#include "config/schema/load_text.hpp"

#include <catch2/catch.hpp>

using namespace homespool::config;
using namespace homespool::config::schema;

namespace {

const auto any_file = [](const std::filesystem::path&, FileKind) { return std::optional<std::string>(); };

Loaded load_yaml(std::string_view text) {
  return load_text(text, "/x.yaml", any_file);
}

std::string first_fault(std::string_view text) {
  const Loaded loaded = load_yaml(text);
  return loaded.has_value() ? "" : loaded.error().front().text();
}

} // namespace

TEST_CASE("a syntax error has its place") {
  CHECK(first_fault("spool:\n  directory: [a\n").starts_with("/x.yaml:2:1: not valid YAML: "));
  CHECK(first_fault("spool: {directory: /s}\n\tlog: {}\n").starts_with("/x.yaml:2:2: not valid YAML: "));
  CHECK(first_fault("log: \"\xC3\xA9\\q\"\n")
            .starts_with("/x.yaml:1:10: not valid YAML: unknown escape character: q"));
}

TEST_CASE("a quote that is never closed is a fault, with and without a line end after it") {
  CHECK(first_fault("spool: {directory: /s}\nlog:\n  level: \"info\n").find("not valid YAML") !=
        std::string::npos);
  CHECK(first_fault("spool:\n  directory: '/s").find("not valid YAML") != std::string::npos);
  CHECK(first_fault("spool:\n  directory: '/s\n  \n\n").find("not valid YAML") != std::string::npos);
}

TEST_CASE("bytes that no settings file has are refused where they stand") {
  CHECK(first_fault("log: {}\na\xFFz: 1\n") == "/x.yaml:2:2: this is not valid UTF-8");
  CHECK(first_fault("log: {}\n\xC3\xA9\x04: 1\n") == "/x.yaml:2:2: control characters are not allowed here");
  CHECK(first_fault(std::string_view("log: \0", 6)) ==
        "/x.yaml:1:6: control characters are not allowed here");
}

TEST_CASE("a byte order mark and CR LF line ends are taken") {
  CHECK(first_fault("\xEF\xBB\xBFspool:\r\n  directory: /s\r\nlgo: {}\r\n") ==
        "/x.yaml:3:1: unknown key 'lgo', did you mean 'log'?");
}

TEST_CASE("a second document is refused, an empty start or end mark is not") {
  CHECK(first_fault("---\nspool: {directory: /s}\n...\n").empty());
  CHECK(first_fault("spool: {directory: /s}\n---\nlog: {}\n") ==
        "/x.yaml:3:1: a settings file is one YAML document; a second one begins here");
}

TEST_CASE("an alias stands for what its anchor holds") {
  const Loaded loaded = load_yaml("spool: {directory: /s}\nserver: {pop3: &a [\"127.0.0.1:0\"], imap: *a}\n");
  REQUIRE(loaded.has_value());
  CHECK((*loaded)->server.imap == (*loaded)->server.pop3);
}

TEST_CASE("an alias inside its own anchor ends") {
  CHECK(first_fault("spool: &a {directory: *a}\n") ==
        "/x.yaml:1:8: 'directory' must be a single value, not a group of keys");
  CHECK_FALSE(first_fault("&a users: &b\n- name: t\n  clients: &c [*c]\n").empty());
}

TEST_CASE("lists of aliases of lists of aliases are given up, not unfolded") {
  std::string text =
      "spool: {directory: /s}\nusers:\n- &u\n  name: u\n  clients:\n  - &c {login: l, password: p}\n";
  for (int i = 0; i < 20'000; ++i) text += "  - *c\n";
  for (int i = 0; i < 20'000; ++i) text += "- *u\n";
  const Loaded loaded = load_yaml(text);
  REQUIRE(loaded.has_error());
  CHECK(loaded.error().size() < 10);
  const auto& problems = loaded.error();
  CHECK(std::any_of(problems.begin(), problems.end(), [](const Problem& p) {
    return p.sentence == "the file unfolds to too many values; use fewer aliases";
  }));
}

TEST_CASE("size, depth and number of values are bounded") {
  CHECK(first_fault(std::string(DocumentLimits{}.bytes + 1, ' ')) ==
        "/x.yaml:1:1: the file is larger than 1048576 bytes");
  CHECK(first_fault("[" + std::string(150'000, ',') + "]").find("/x.yaml:") == 0);
  CHECK(first_fault(std::string(100'000, '[')).find("/x.yaml:1:") == 0);
  std::string many = "a: [";
  for (int i = 0; i < 100'000; ++i) many += "1,";
  CHECK(first_fault(many + "]") == "/x.yaml:1:1: the file has more than 100000 values");
}

TEST_CASE("no more than a thousand faults are listed") {
  std::string text = "spool: {directory: /s}\n";
  for (int i = 0; i < 1500; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const Loaded loaded = load_yaml(text);
  REQUIRE(loaded.has_error());
  CHECK(loaded.error().size() == 1001);
  CHECK(loaded.error().back().text() == "/x.yaml: 500 more faults are not shown");
}

TEST_CASE("a settings file cut at any byte gives settings or faults, and never throws") {
  const std::string text = R"(# sample
spool: {directory: "/s", minimum_free: 1GiB}
users:
  - name: &t taro
    clients:
      - {login: "d\u00e9sk", password: 'it''s', may_delete: true}
accounts:
  - name: isp
    user: *t
    host: h
    login: l
    password: >
      folded
)";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const Loaded loaded = load_yaml(std::string_view(text).substr(0, length));
    if (loaded.has_error()) CHECK_FALSE(loaded.error().empty());
  }
}
