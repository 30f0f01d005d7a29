#include "fetcher/account/password_file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <stdlib.h> // NOLINT: mkdtemp() is not in <cstdlib>

using namespace homespool;
using namespace homespool::fetcher;
using namespace std::chrono_literals;

namespace {

// A password file in a folder of its own, written at any time.
class Written {
 public:
  Written() {
    std::string name = (std::filesystem::temp_directory_path() / "homespool-fetcher-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    source.kind = config::PasswordSource::Kind::file;
    source.file = folder_ / "secret";
  }
  ~Written() { std::filesystem::remove_all(folder_); }
  void write(const std::string& password, std::chrono::sys_seconds when) const {
    std::ofstream(source.file, std::ios::trunc) << password;
    std::filesystem::last_write_time(source.file, std::chrono::file_clock::from_sys(when));
  }
  config::PasswordSource source;

 private:
  std::filesystem::path folder_;
};

constexpr std::chrono::sys_seconds kNow{1'700'000'000s};

} // namespace

TEST_CASE("a password file with a time in the future has changed only once it is another one") {
  const Written file;
  file.write("old", kNow + 24h);
  PasswordFile read;
  read.note(file.source);
  CHECK_FALSE(read.changed(file.source));
  file.write("new one", kNow + 24h);
  CHECK(read.changed(file.source));
  read.note(file.source);
  file.write("new two", kNow);
  CHECK(read.changed(file.source));
  std::filesystem::remove(file.source.file);
  CHECK_FALSE(read.changed(file.source));
}

TEST_CASE("what a wrong clock wrote was not written since the last attempt") {
  const Written file;
  file.write("x", kNow + 24h);
  CHECK_FALSE(PasswordFile::written_between(file.source, kNow - 60s, kNow));
  file.write("x", kNow - 30s);
  CHECK(PasswordFile::written_between(file.source, kNow - 60s, kNow));
  file.write("x", kNow - 90s);
  CHECK_FALSE(PasswordFile::written_between(file.source, kNow - 60s, kNow));
}
