// Real messages, when a folder of them is there (HOMESPOOL_MAIL_CORPUS, or ../shared/mail beside the
// repository), and the samples of the project: what must hold for any message, whole or cut.

#include "mail/header.hpp"
#include "mail/structure.hpp"
#include "mail/text.hpp"
#include "mail/text/utf8.hpp"
#include "tests/support/repository.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace homespool::mail;
using homespool::tests::repository;
namespace fs = std::filesystem;

namespace {

fs::path corpus_folder() {
  const char* named = std::getenv("HOMESPOOL_MAIL_CORPUS");
  return named != nullptr ? fs::path(named) : repository() / "../shared/mail";
}

std::vector<std::string> messages() {
  std::vector<std::string> out;
  std::error_code missing;
  for (const fs::path& folder : {corpus_folder(), repository() / "tests/mail"}) {
    for (auto it = fs::recursive_directory_iterator(folder, missing);
         it != fs::recursive_directory_iterator(); ++it) {
      if (it->path().extension() != ".eml") continue;
      std::ifstream file(it->path(), std::ios::binary);
      out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  if (out.empty()) WARN("no messages at " << corpus_folder() << "; set HOMESPOOL_MAIL_CORPUS");
  return out;
}

// One parenthesised list, closed at its end and not before; literals and quoted strings passed over.
bool is_balanced(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
        if (i < text.size() &&
            (text[i] == '\0' || text[i] == '\r' || text[i] == '\n' || (text[i] & 0x80) != 0))
          return false;
      }
    } else if (text[i] == '{') {
      const std::size_t end = text.find("}\r\n", i);
      if (end == std::string_view::npos) return false;
      i = end + 2 + std::stoul(std::string(text.substr(i + 1, end - i - 1)));
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i + 1 == text.size();
    }
  }
  return false;
}

bool is_sound(const Part& part, const Structure& s, std::size_t size) {
  if (part.header_begin > part.body_begin || part.body_begin > part.end || part.end > size) return false;
  if (part.parent == Part::kNone) return true;
  const Part& parent = s.parts[part.parent];
  return parent.body_begin <= part.header_begin && part.end <= parent.end;
}

void check_structure(std::string_view message) {
  const Structure s = parse_structure(message);
  REQUIRE_FALSE(s.parts.empty());
  REQUIRE(std::all_of(s.parts.begin(), s.parts.end(),
                      [&](const Part& p) { return is_sound(p, s, message.size()); }));
  REQUIRE(s.parts[0].end == message.size());
  REQUIRE(s.parts[0].body_begin == header_block(message).size());
  REQUIRE(unpack_parts(pack_parts(s.parts)) == s.parts);
  REQUIRE((is_balanced(s.envelope) && is_balanced(s.body) && is_balanced(s.bodystructure)));
}

} // namespace

TEST_CASE("Any real message, whole or cut, has a sound structure") {
  std::minstd_rand random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same cuts each time
  for (const std::string& message : messages()) {
    check_structure(message);
    for (int i = 0; i < 4; ++i)
      check_structure(std::string_view(message).substr(0, random() % (message.size() + 1)));
  }
}

TEST_CASE("The text of any real message is valid UTF-8, and so is its folded form") {
  for (const std::string& message : messages()) {
    const Structure s = parse_structure(message);
    for_each_text(message, s.parts, [](std::string_view text) {
      REQUIRE(is_valid_utf8(text));
      REQUIRE(is_valid_utf8(fold_for_search(text.substr(0, 20'000))));
      return true;
    });
    for (const HeaderField& field : header_fields(header_block(message))) {
      REQUIRE(is_valid_utf8(decode_header_text(unfold(field.value))));
    }
  }
}
