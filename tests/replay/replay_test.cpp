// Runs every fuzz target over the sample mail, cut and mutated with a fixed seed: keeps the targets compiled
// and their invariants true in each build, without a fuzzer.
#include "tests/support/repository.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

using Target = int (*)(const std::uint8_t*, std::size_t);

// REPLAY_TARGETS is X(name) for each file of tests/fuzz (tests/CMakeLists.txt).
#define X(name) extern "C" int fuzz_##name(const std::uint8_t*, std::size_t);
REPLAY_TARGETS
#undef X

namespace {

const std::vector<std::pair<const char*, Target>>& targets() {
#define X(name) {#name, &fuzz_##name},
  static const std::vector<std::pair<const char*, Target>> kTargets{REPLAY_TARGETS};
#undef X
  return kTargets;
}

std::vector<std::string> samples() {
  const std::string mbox = "From a@b Thu Jan  1 00:00:01 1970\nContent-Length: 12\n\none\n>From b\n\n"
                           "From \nX-Mozilla-Status: 0009\n\n";
  std::vector<std::string> found{
      "", "a001 FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (From)]<0.10>)\r\n", "+OK 1 2\r\n.\r\n",
      "spool: {directory: /tmp}\nusers: []\n", mbox,
      // A damaged block of the search index; a name of bytes that are no UTF-8.
      std::string("\x05\x05\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0", 18), std::string(71, '\xff')};
  for (const auto& entry :
       std::filesystem::directory_iterator(homespool::tests::repository() / "tests/mail")) {
    if (entry.path().extension() != ".eml") {
      continue;
    }
    std::ifstream file(entry.path(), std::ios::binary);
    found.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return found;
}

std::string mutated(std::string text, std::mt19937& dice) {
  for (unsigned changes = dice() % 8; changes != 0 && !text.empty(); --changes) {
    const std::size_t at = dice() % text.size();
    switch (dice() % 3) {
    case 0:
      text[at] = static_cast<char>(dice());
      break;
    case 1:
      text.resize(at);
      break;
    default:
      text.insert(at, text.substr(dice() % text.size(), dice() % 40));
      break;
    }
  }
  return text;
}

void run(Target target, const std::string& input) {
  CHECK(target(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()) == 0);
}

} // namespace

TEST_CASE("every fuzz target survives the sample mail, whole and broken") {
  const auto inputs = samples();
  REQUIRE(inputs.size() > 4);
  for (const auto& [name, target] : targets()) {
    DYNAMIC_SECTION(name) {
      std::mt19937 dice(1); // NOLINT(cert-msc51-cpp): the same each time
      for (const std::string& input : inputs) {
        run(target, input);
        for (int i = 0; i < 5; ++i) {
          run(target, mutated(input, dice));
        }
      }
    }
  }
}
