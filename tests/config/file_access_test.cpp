// Who may read the settings and the secrets in them.
#include "config/file_access.hpp"
#include "config/load.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <stdlib.h> // NOLINT: mkdtemp() is not in <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

using namespace homespool::config;

namespace {

// A folder of its own for each test, removed with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "homespool-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::filesystem::path file(const std::string& name, const std::string& text, mode_t mode) const {
    const std::filesystem::path file = path_ / name;
    std::ofstream(file, std::ios::binary) << text;
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    return file;
  }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string faults(const std::filesystem::path& file) {
  std::string all;
  const Loaded loaded = load(file);
  if (loaded.has_value()) return all;
  for (const Problem& problem : loaded.error()) all += problem.text() + "\n";
  return all;
}

} // namespace

TEST_CASE("what mends the rights of a file depends on whose it is") {
  struct Row {
    mode_t mode;
    uid_t owner;
    gid_t group;
    std::optional<Mending> expected;
  };
  constexpr Mending kOwn{0600, false}, kByGroup{0640, false}, kGroupFirst{0640, true};
  // The daemon is user 7 in groups 70 and 71; 600 would keep it from what another owns.
  const std::vector<Row> rows{
      {0600, 7, 70, std::nullopt}, {0400, 7, 70, std::nullopt}, {0640, 7, 70, std::nullopt},
      {0640, 0, 71, std::nullopt}, {0600, 7, 99, std::nullopt}, {0644, 7, 70, kOwn},
      {0644, 0, 70, kByGroup},     {0640, 7, 99, kOwn},         {0640, 0, 99, kGroupFirst},
      {0601, 7, 70, kOwn},         {0602, 7, 70, kOwn},         {0620, 7, 99, kOwn},
      {0644, 0, 0, kGroupFirst},
  };
  for (const Row& row : rows) {
    INFO(std::oct << row.mode << std::dec << " " << row.owner << " " << row.group);
    CHECK(mending({row.mode, row.owner, row.group, {7, 70, {70, 71}}}) == row.expected);
  }
  CHECK(mending({0640, 0, 99, {0, 0, {0}}}) == kOwn);
  CHECK(mending({0640, 7, 99, {0, 0, {0}}}) == kOwn);
}

TEST_CASE("a settings file that others may read is a fault beside its other faults") {
  const Folder folder;
  const auto file = folder.file("x.yaml", "spool: {directory: mail}\nlgo: {}\n", 0644);
  CHECK(faults(file) ==
        file.string() + ":1:1: " + file.string() +
            " holds secrets, but everybody on this machine has access to it; run: chmod 600 " +
            file.string() + "\n" + file.string() + ":2:1: unknown key 'lgo', did you mean 'log'?\n");
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  CHECK(faults(file) == file.string() + ":2:1: unknown key 'lgo', did you mean 'log'?\n");
}

TEST_CASE("the daemon's own group may read, another may not") {
  const Folder folder;
  const auto file = folder.file("x.yaml", "spool: {directory: mail}\n", 0640);
  CHECK(faults(file).empty());
  if (::geteuid() != 0) {
    WARN("not run as root: a file of a strange group cannot be made here");
    return;
  }
  REQUIRE(::mkdir((folder / "mail").c_str(), 0700) == 0); // root's, so the daemon is root
  REQUIRE(::chown(file.c_str(), 0, 54321) == 0);
  CHECK(faults(file) ==
        file.string() + ":1:1: " + file.string() +
            " holds secrets, but a group that homespool is not in has access to it; run: chmod 600 " +
            file.string() + " (if homespool runs as another user, check as that user instead)\n");
}

TEST_CASE("root judges the rights for the owner of the spool, and advises nothing that keeps it out") {
  if (::geteuid() != 0) {
    WARN("not run as root: a spool of another user cannot be made here");
    return;
  }
  const Folder folder;
  const auto file = folder.file("x.yaml", "lgo: {}\nspool: {directory: mail}\n", 0640);
  const auto exposed = [&] { return faults(file).find("holds secrets") != std::string::npos; };
  REQUIRE(::mkdir((folder / "mail").c_str(), 0700) == 0);
  REQUIRE(::chown((folder / "mail").c_str(), 12345, 54321) == 0);
  REQUIRE(::chown(file.c_str(), 0, 54321) == 0);
  CHECK_FALSE(exposed());
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK_THAT(faults(file), Catch::Contains("; run: chmod 640 " + file.string() + "\n"));
  REQUIRE(::chown(file.c_str(), 0, 0) == 0);
  CHECK_THAT(faults(file), Catch::Contains("; run: chgrp 54321 " + file.string() + " && chmod 640 " +
                                           file.string() + "\n"));
  REQUIRE(::chmod(file.c_str(), 0640) == 0); // readable to root's group, not to the daemon
  CHECK(exposed());
}

TEST_CASE("each file that the settings name is looked at") {
  const Folder folder;
  const auto open_secret = folder.file("it's open", "p\n", 0604);
  folder.file("empty", "\n", 0600);
  folder.file("good", "p\n", 0600);
  folder.file("cert.pem", "", 0644);
  folder.file("key.pem", "", 0644);
  const auto file = folder.file("x.yaml", R"(spool: {directory: mail}
users:
- name: t
  clients:
  - {login: a, password_file: it's open}
  - {login: b, password_file: absent}
  - {login: c, password_file: .}
  - {login: d, password_file: empty}
  - {login: e, password_file: good}
server:
  tls: {certificate: cert.pem, key: key.pem}
)",
                                0600);
  const std::string at = file.string() + ":";
  const std::string in = "names a file that cannot be used: " + (folder / "").string();
  CHECK(faults(file) ==
        at + "5:31: 'password_file' " + in +
            "it's open holds secrets, but everybody on this machine has access to it; " + "run: chmod 600 '" +
            (folder / "it'\\''s open").string() + "'\n" + at + "6:31: 'password_file' " + in +
            "absent: No such file or directory\n" + at + "7:31: 'password_file' " + in + " is a directory\n" +
            at + "8:31: 'password_file' " + in + "empty gives no password: its first line is empty\n" + at +
            "11:37: 'key' " + in + "key.pem holds secrets, but everybody on this machine has access to it; " +
            "run: chmod 600 " + (folder / "key.pem").string() + "\n");
}

TEST_CASE("a settings file that cannot be read is one fault") {
  const Folder folder;
  CHECK(faults(folder / "absent.yaml") ==
        (folder / "absent.yaml").string() + ": the settings cannot be read: " +
            (folder / "absent.yaml").string() + ": No such file or directory\n");
  CHECK(faults(folder / "") == (folder / "").string() + ": the settings cannot be read: " +
                                   (folder / "").string() + " is a directory\n");
  CHECK(load("").has_error());
}

TEST_CASE("a password file that is a pipe is refused, and nobody waits at it") {
  const Folder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto fault = fault_of_file(pipe, FileKind::password, {});
  REQUIRE(fault);
  CHECK(*fault == pipe.string() + " is not a regular file");
  const auto password = read_password({PasswordSource::Kind::file, {}, pipe, {}});
  REQUIRE(password.has_error());
  CHECK(password.error() == pipe.string() + " is not a regular file");
  CHECK(fault_of_file(pipe, FileKind::open, {}) == pipe.string() + " is not a regular file");
}
