// What check-config says, and with which exit code.
#include "cli/command/check_config.hpp"
#include "cli/exit_codes.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdlib.h> // NOLINT: mkdtemp() is not in <cstdlib>
#include <sys/stat.h>

using namespace homespool::cli;

namespace {

// Takes what is printed while it lives.
class Printed {
 public:
  explicit Printed(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  ~Printed() { stream_.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

class SettingsFile {
 public:
  explicit SettingsFile(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "homespool-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    std::ofstream(path()) << text;
    REQUIRE(::chmod(path().c_str(), 0600) == 0);
  }
  SettingsFile(const SettingsFile&) = delete;
  SettingsFile& operator=(const SettingsFile&) = delete;
  ~SettingsFile() { std::filesystem::remove_all(folder_); }
  std::filesystem::path path() const { return folder_ / "x.yaml"; }

 private:
  std::filesystem::path folder_;
};

} // namespace

TEST_CASE("a good file is called fine") {
  const SettingsFile file("spool: {directory: s}\n");
  const Printed out(std::cout);
  CHECK(check_config(file.path(), {}) == kExitDone);
  CHECK(out.text() == file.path().string() + ": fine\n");
}

TEST_CASE("a certificate that is pinned beside tls: none is a note, and no fault") {
  const SettingsFile file("spool: {directory: s}\nusers: [{name: t, clients: [{login: l, password: p}]}]\n"
                          "accounts: [{name: isp, user: t, host: h, login: l, password: p, tls: none, "
                          "tls_fingerprint: \"sha256:" +
                          std::string(64, '0') + "\"}]\n");
  const Printed out(std::cout);
  CHECK(check_config(file.path(), {}) == kExitDone);
  CHECK(out.text() == file.path().string() +
                          ": fine\nnote: account 'isp': 'tls: none' checks no certificate, "
                          "whatever tls_ca and tls_fingerprint say\n");
}

TEST_CASE("each fault of a bad file is a line of standard error, and the exit code is 78") {
  const SettingsFile file("spool: {directory: s}\nlgo: {}\nlog: {level: loud}\n");
  const Printed out(std::cout);
  const Printed err(std::cerr);
  CHECK(check_config(file.path(), {}) == 78);
  CHECK(out.text().empty());
  CHECK(err.text() == file.path().string() + ":2:1: unknown key 'lgo', did you mean 'log'?\n" +
                          file.path().string() +
                          ":3:14: 'level' must be debug, info, warning or error, not 'loud'\n");
}

TEST_CASE("a program gets the faults as one object") {
  const SettingsFile file("spool: {directory: s}\nlgo: {}\n");
  const Printed out(std::cout);
  CHECK(check_config(file.path(), CheckOptions{true, false}) == kExitBadSettings);
  CHECK(out.text() == "{\"file\":\"" + file.path().string() +
                          "\",\"problems\":[{\"line\":2,\"column\":1,"
                          "\"sentence\":\"unknown key 'lgo', did you mean 'log'?\"}]}\n");
}
