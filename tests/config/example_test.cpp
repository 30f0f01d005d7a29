// The sample settings that are shipped: they load as they are, and so does every key that stands behind a
// "#".
#include "config/load.hpp"
#include "config/schema/load_text.hpp"
#include "tests/support/repository.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <sstream>

using namespace homespool::config;

namespace {

std::string sample() {
  std::ifstream stream(homespool::tests::repository() / "packaging" / "homespool.yaml.example");
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Loaded load_sample(const std::string& text) {
  const auto any_file = [](const std::filesystem::path&, FileKind) { return std::optional<std::string>(); };
  Loaded loaded = schema::load_text(text, "/etc/homespool/homespool.yaml", any_file);
  if (loaded.has_error())
    for (const Problem& problem : loaded.error()) UNSCOPED_INFO(problem.text());
  return loaded;
}

} // namespace

TEST_CASE("the sample settings load as they are") {
  const Loaded loaded = load_sample(sample());
  REQUIRE(loaded.has_value());
  CHECK((*loaded)->users.at(0).clients.size() == 2);
  CHECK((*loaded)->accounts.size() == 1);
}

TEST_CASE("every key that the sample shows can be set") {
  std::string text = std::regex_replace(
      sample(), std::regex("\n( *)# ( *)([a-z0-9_]+: |pop3:(?=\n)|imap:(?=\n))"), "\n$1$2$3");
  text = std::regex_replace(text, std::regex("…"), std::string(64, 'a'));
  const Loaded loaded = load_sample(text);
  REQUIRE(loaded.has_value());
  const Settings& settings = **loaded;
  CHECK(settings.spool.duplicates == Duplicates::collapse);
  CHECK(settings.users[0].clients[1].pop3.largest == 307200);
  CHECK(settings.accounts[0].tls_fingerprint.size() == 32);
  CHECK(settings.server.tls.has_value());
  CHECK(settings.server.name == "mail.home.arpa");
}

TEST_CASE("what the sample calls a default is one") {
  const Loaded loaded = load_sample(sample());
  std::string text = std::regex_replace(
      sample(),
      std::regex(
          "\n( *)# ( *)((minimum_free|undelete_for|duplicates|protocols|folder|tls|port|tls_minimum|auth|"
          "poll|keep_upstream|largest|first_fetch|plaintext_login|largest_append|log): )"),
      "\n$1$2$3");
  text = std::regex_replace(text, std::regex(" tls: \\{|largest: 300KiB"), "# ");
  const Loaded same = load_sample(text);
  REQUIRE(loaded.has_value());
  REQUIRE(same.has_value());
  CHECK(**same == **loaded);
}
