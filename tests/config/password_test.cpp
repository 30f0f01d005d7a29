// Passwords: made into verifiers and back, read from files and commands, kept out of memory that is let go.
#include "config/password.hpp"
#include "config/run_command.hpp"
#include "config/scram_verifier.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sodium.h>
#include <sys/stat.h>
#include <thread>

using namespace homespool::config;
using namespace std::chrono_literals;

namespace {

PasswordSource hash(std::string text) {
  return {PasswordSource::Kind::hash, Secret(std::move(text)), {}, {}};
}

PasswordSource command(std::string text) {
  return {PasswordSource::Kind::command, {}, {}, std::move(text)};
}

std::string hex(const Sha256& bytes) {
  std::string text(65, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

} // namespace

TEST_CASE("an Argon2id hash takes its password and no other") {
  const std::string text = hash_argon2id("correct horse");
  CHECK(text.starts_with("$argon2id$"));
  CHECK(is_password_hash(text));
  CHECK(verify_password(hash(text), "correct horse"));
  CHECK_FALSE(verify_password(hash(text), "correct horse "));
  CHECK_FALSE(verify_password(hash(text), ""));
  CHECK(hash_argon2id("correct horse") != text);
}

TEST_CASE("a SCRAM verifier takes its password and no other") {
  const std::string text = hash_scram_sha_256("pencil");
  CHECK(text.starts_with("SCRAM-SHA-256$10000:"));
  CHECK(is_password_hash(text));
  CHECK(verify_password(hash(text), "pencil"));
  CHECK_FALSE(verify_password(hash(text), "Pencil"));
  CHECK(hash_scram_sha_256("pencil") != text);
}

TEST_CASE("the keys of a SCRAM verifier are those of RFC 7677") {
  // Its example: user "user", password "pencil", this salt, 4096 rounds; the server signature proves the key.
  std::string salt(16, '\0');
  REQUIRE(sodium_base642bin(reinterpret_cast<unsigned char*>(salt.data()), salt.size(),
                            "W22ZaJ0SNY7soEsUEjb6gQ==", 24, nullptr, nullptr, nullptr,
                            sodium_base64_VARIANT_ORIGINAL) == 0);
  const ScramVerifier verifier = derive_scram_verifier("pencil", salt, 4096);
  const std::string messages =
      "n=user,r=rOprNGfwEbeRWgbNEkqO,"
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  Sha256 signature;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, verifier.server_key.data(), verifier.server_key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(messages.data()),
                                messages.size());
  crypto_auth_hmacsha256_final(&state, signature.data());
  Sha256 expected;
  REQUIRE(sodium_base642bin(expected.data(), expected.size(), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
                            44, nullptr, nullptr, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0);
  CHECK(hex(signature) == hex(expected));
  CHECK(parse_scram_verifier(format_scram_verifier(verifier)) == verifier);
}

TEST_CASE("texts that are no verifier match nothing, cut at any byte") {
  const std::string scram = hash_scram_sha_256("p");
  for (std::size_t length = 0; length < scram.size(); ++length) {
    INFO(length);
    CHECK_FALSE(is_password_hash(scram.substr(0, length)));
  }
  const std::string argon = hash_argon2id("p");
  for (std::size_t length = 0; length < argon.find_last_of('$') + 1; ++length)
    CHECK_FALSE(is_password_hash(argon.substr(0, length)));
  CHECK_FALSE(verify_password(hash("p"), "p"));
  CHECK_FALSE(verify_password(hash(""), ""));
  CHECK_FALSE(verify_password({}, ""));
}

TEST_CASE("a verifier that would keep the machine busy is refused") {
  const std::string rest = hash_scram_sha_256("p").substr(std::string("SCRAM-SHA-256$10000").size());
  CHECK(is_password_hash("SCRAM-SHA-256$4096" + rest));
  CHECK(is_password_hash("SCRAM-SHA-256$1000000" + rest));
  for (const char* rounds : {"4095", "1000001", "4294967296", "-1", "", "1e6"}) {
    INFO(rounds);
    CHECK_FALSE(is_password_hash("SCRAM-SHA-256$" + (rounds + rest)));
  }
  std::string argon = hash_argon2id("p");
  argon.replace(argon.find("m=65536"), 7, "m=4194304");
  CHECK_FALSE(is_password_hash(argon));
}

TEST_CASE("clear text is compared whole") {
  const PasswordSource clear{PasswordSource::Kind::clear, Secret("abc"), {}, {}};
  CHECK(verify_password(clear, "abc"));
  CHECK_FALSE(verify_password(clear, "ab"));
  CHECK_FALSE(verify_password(clear, "abcd"));
  CHECK(read_password(clear)->reveal() == "abc");
}

TEST_CASE("a command gives its first line") {
  CHECK(read_password(command("printf 'one\\ntwo\\n'"))->reveal() == "one");
  CHECK(read_password(command("printf one"))->reveal() == "one");
  CHECK(read_password(command("printf 'one\\r\\n'"))->reveal() == "one");
  CHECK(read_password(command("echo one; head -c 1000000 /dev/zero"))->reveal() == "one");
}

TEST_CASE("a command that outlives itself in the background is not waited for") {
  const auto line = first_line_of_command("sleep 20 >/dev/null 2>&1 & echo one", 10s, 100);
  CHECK(*line == "one");
}

TEST_CASE("a command without a password says why and never what it printed") {
  CHECK(read_password(command("echo secret; exit 3")).error() ==
        "the command 'echo secret; exit 3' failed with exit status 3");
  CHECK(read_password(command("true")).error() ==
        "the command 'true' gives no password: its first line is empty");
  CHECK(read_password(command("kill -9 $$")).error() == "the command 'kill -9 $$' was killed by signal 9");
  CHECK(first_line_of_command("head -c 200 /dev/zero", 10s, 100).error().sentence ==
        "prints a line that is too long");
}

TEST_CASE("a command that does not end is killed with its children") {
  const auto line = first_line_of_command("echo one; sleep 1000 | sleep 1000", 50ms, 100);
  CHECK(line.error().sentence == "did not end within 1 s and was killed");
}

TEST_CASE("a command that nobody waits for any more is killed at once, or not begun") {
  CommandStop stop;
  std::string folder = (std::filesystem::temp_directory_path() / "homespool-command-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string pipe = folder + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::thread stopping([&] {
    std::ifstream runs(pipe); // opens once the command does
    stop.now();
  });
  const auto line = first_line_of_command("exec 3>" + pipe + "; sleep 1000 | sleep 1000", 100s, 100, &stop);
  stopping.join();
  std::filesystem::remove_all(folder);
  CHECK(line.error().sentence == "was killed, as nobody waits for it");
  const auto later = first_line_of_command("sleep 1000", 100s, 100, &stop);
  CHECK(later.error().sentence == "was not run, as nobody waits for it");
}

TEST_CASE("a secret leaves nothing behind where it was moved from") {
  std::string text = "short";
  wipe(text);
  CHECK(text.empty());
  CHECK(std::string_view(text.data(), 5) == std::string_view("\0\0\0\0\0", 5));
  Secret first("geheim");
  const Secret second = std::move(first);
  CHECK(second.reveal() == "geheim");
  CHECK(first.empty()); // NOLINT: what is left is what is tested
}
