// Whole settings files in memory: what they mean, and exactly which faults they are reported for.
#include "config/schema/load_text.hpp"

#include <catch2/catch.hpp>

using namespace homespool::config;
using namespace std::chrono_literals;

namespace {

Loaded load_yaml(std::string_view text) {
  const auto any_file = [](const std::filesystem::path&, FileKind) { return std::optional<std::string>(); };
  return schema::load_text(text, "/etc/homespool/x.yaml", any_file);
}

// Every fault on a line of its own, without the name of the file.
std::string faults(std::string_view text) {
  const Loaded loaded = load_yaml(text);
  std::string all;
  if (loaded.has_value()) return all;
  for (const Problem& problem : loaded.error()) {
    CHECK(problem.file == "/etc/homespool/x.yaml");
    all +=
        std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.sentence + "\n";
  }
  return all;
}

const std::string kSpool = "spool: {directory: /s}\n";
const std::string kTaro = "users: [{name: taro}]\n";

std::string account(const std::string& more) {
  return kSpool + kTaro + "accounts:\n- {name: isp, user: taro, host: h, login: l, password: p, " + more +
         "}\n";
}

std::string client(const std::string& more) {
  return kSpool + "users:\n- name: taro\n  clients:\n  - {login: desk, password: p, " + more + "}\n";
}

std::string server(const std::string& more) {
  return kSpool + "server: {" + more + "}\n";
}

} // namespace

TEST_CASE("a file with only a spool directory gets every default") {
  const Loaded loaded = load_yaml("spool:\n  directory: mail\n");
  REQUIRE(loaded.has_value());
  const Settings& s = **loaded;
  CHECK(s.file == "/etc/homespool/x.yaml");
  CHECK(s.spool.directory == "/etc/homespool/mail");
  CHECK(s.spool.minimum_free == 1073741824);
  CHECK(s.spool.undelete_for == 720h);
  CHECK(s.spool.duplicates == Duplicates::collapse);
  CHECK(s.users.empty());
  CHECK(s.accounts.empty());
  CHECK(s.server.imaps.empty());
  CHECK_FALSE(s.server.name.empty());
  CHECK(s.server.plaintext_login == PlaintextLogin::loopback);
  CHECK(s.server.largest_append == 67108864);
  CHECK(s.log == LogSettings{});
}

TEST_CASE("every key of a client is read") {
  const Loaded loaded = load_yaml(kSpool + R"(
users:
  - name: taro
    clients:
      - login: desk
        password: secret
        may_delete: true
      - login: phone
        password_file: phone.secret
        protocols: [pop3]
        allow_from: [192.168.0.0/16, "fd00::/8", 10.1.2.3]
        hide_capabilities: [compress=deflate]
        pop3: {show: unread, newer_than: 7d, largest: 300KiB, marks_read: false, on_delete: refuse}
        imap: {on_delete: refuse}
)");
  REQUIRE(loaded.has_value());
  const Settings& s = **loaded;
  const auto found = s.find_login("phone");
  REQUIRE(found.client != nullptr);
  CHECK(found.user->name == "taro");
  CHECK(found.user->deleter()->login == "desk");
  CHECK(s.find_login("desk").client->password.text.reveal() == "secret");
  CHECK(s.find_login("nobody").client == nullptr);
  CHECK(s.find_user("taro") == found.user);
  const Client& phone = *found.client;
  CHECK(phone.password.kind == PasswordSource::Kind::file);
  CHECK(phone.password.file == "/etc/homespool/phone.secret");
  CHECK(phone.pop3_allowed);
  CHECK_FALSE(phone.imap_allowed);
  REQUIRE(phone.allow_from.size() == 3);
  CHECK(phone.allow_from[0].prefix == 112);
  CHECK(phone.allow_from[1].prefix == 8);
  CHECK(phone.allow_from[2].prefix == 128);
  CHECK(phone.hide_capabilities == std::vector<std::string>{"COMPRESS=DEFLATE"});
  CHECK(phone.pop3 == ClientPop3{Show::unread, 168h, 307200, false, OnDelete::refuse});
}

TEST_CASE("every key of an account is read") {
  const Loaded loaded =
      load_yaml(account("folder: inbox/Shop, port: 1995, tls: starttls, tls_ca: ca.pem, tls_minimum: 1.0, "
                        "tls_fingerprint: 'sha256:" +
                        std::string(64, 'a') +
                        "', auth: plain, poll: 30s, "
                        "keep_upstream: 14d, largest: 20MiB, first_fetch: new, enabled: false"));
  REQUIRE(loaded.has_value());
  const Account& a = (*loaded)->accounts.at(0);
  CHECK(a.folder == "INBOX/Shop");
  CHECK(a.port == 1995);
  CHECK(a.tls == TlsMode::starttls);
  CHECK(a.tls_ca == "/etc/homespool/ca.pem");
  CHECK(a.tls_minimum == TlsVersion::tls1_0);
  CHECK(a.tls_fingerprint == std::string(32, '\xaa'));
  CHECK(a.auth == AuthMechanism::plain);
  CHECK(a.poll == 30s);
  CHECK(a.keep_upstream == KeepUpstream{KeepUpstream::Kind::after, 336h});
  CHECK(a.largest == 20971520);
  CHECK(a.first_fetch == FirstFetch::only_new);
  CHECK_FALSE(a.enabled);
}

TEST_CASE("the port follows from tls when it is not given") {
  CHECK((*load_yaml(account("tls: implicit")))->accounts[0].port == 995);
  CHECK((*load_yaml(account("tls: starttls")))->accounts[0].port == 110);
  CHECK((*load_yaml(account("tls: none")))->accounts[0].port == 110);
}

TEST_CASE("every key of the server is read") {
  const Loaded loaded = load_yaml(kSpool + R"(
server:
  name: mail.home.arpa
  pop3: ["127.0.0.1:0"]
  pop3s: ["0.0.0.0:995", "[::]:995"]
  imap: ["127.0.0.1:0"]
  imaps: ["[::1]:993"]
  http: ["127.0.0.1:8110"]
  tls: {certificate: cert.pem, key: tls/../key.pem}
  plaintext_login: never
  largest_append: 1GiB
log: {level: debug, format: json}
)");
  REQUIRE(loaded.has_value());
  const ServerSettings& s = (*loaded)->server;
  CHECK(s.name == "mail.home.arpa");
  CHECK(s.pop3 == std::vector<ListenAddress>{{"127.0.0.1", 0}});
  CHECK(s.pop3s == std::vector<ListenAddress>{{"0.0.0.0", 995}, {"::", 995}});
  CHECK(s.imaps == std::vector<ListenAddress>{{"::1", 993}});
  CHECK(s.tls == ServerTls{"/etc/homespool/cert.pem", "/etc/homespool/key.pem"});
  CHECK(s.plaintext_login == PlaintextLogin::never);
  CHECK(s.largest_append == 1073741824);
  CHECK((*loaded)->log == LogSettings{LogLevel::debug, LogFormat::json});
}

TEST_CASE("all faults are reported at once, in the order of the file") {
  CHECK(faults(R"(log: {level: loud}
accounts:
  - name: isp
    user: tarro
    host: pop.isp.example
    port: 70000
    login: l
    pasword: p
    poll: 5
spool:
  directory: /s
  minimum_free: 1GB
users:
  - name: taro
    clients:
      - login: a
        password: p
        may_delete: true
      - login: a
        password: p
        may_delete: true
)") == R"(1:14 'level' must be debug, info, warning or error, not 'loud'
4:11 'user' names 'tarro', who is not among the users; did you mean 'taro'?
6:11 'port' must be a number from 1 to 65535, not '70000'
8:5 unknown key 'pasword', did you mean 'password'?
9:11 'poll' must be a duration such as 30s, 5m, 12h, 14d or 1w, not '5'
12:17 'minimum_free' must be a size such as 300KiB, 20MiB or 1GiB, not '1GB'
19:16 the login 'a' is given already in line 16
21:9 a user has at most one client that may delete, and 'a' is it already
)");
}

TEST_CASE("one fault gives one sentence at its place") {
  struct Row {
    std::string yaml, expected;
  };
  const std::vector<Row> rows{
      {"", "1:1 the file is empty; it needs at least spool: with its directory:\n"},
      {"# nothing\n", "1:1 the file is empty; it needs at least spool: with its directory:\n"},
      {"~\n", "1:1 the file is empty; it needs at least spool: with its directory:\n"},
      {"- a\n", "1:1 the file must consist of keys such as spool:, users: and accounts:\n"},
      {"just text\n", "1:1 the file must consist of keys such as spool:, users: and accounts:\n"},
      {"users: []\n", "1:1 the key 'spool' is missing in the file\n"},
      {"spool: {}\n", "1:8 the key 'directory' is missing in 'spool'\n"},
      {"spool:\n", "1:1 'spool' has no value; give it one or leave the key out\n"},
      {"spool: /s\n", "1:8 'spool' must be a group of keys, not a single value\n"},
      {"spool: {directory: [a]}\n", "1:20 'directory' must be a single value, not a list\n"},
      {"spool: {directory: \"\"}\n", "1:20 'directory' must not be empty\n"},
      {kSpool + "log: {}\nlog: {}\n", "3:1 the key 'log' is given already in line 2\n"},
      {kSpool + "[a, b]: 1\n", "2:1 a key must be a single word\n"},
      {kSpool + "\xC3\xA9\xC3\xA9: 1\n", "2:1 unknown key '\xC3\xA9\xC3\xA9', did you mean 'log'?\n"},
      {kSpool + "log: {\"\xC3\xA9\": 1}\n", "2:7 unknown key '\xC3\xA9', did you mean 'level'?\n"},
      {kSpool + "log: {level: info, \"\\u0001\": 1}\n", "2:20 unknown key '\\x01', did you mean 'level'?\n"},
      {kSpool + "log: {level: \"\xC3\xA9\", formt: text}\n",
       "2:14 'level' must be debug, info, warning or error, not '\xC3\xA9'\n"
       "2:19 unknown key 'formt', did you mean 'format'?\n"},
      {kSpool + "log: {level: infos}\n",
       "2:14 'level' must be debug, info, warning or error, not 'infos'; did you mean 'info'?\n"},
      {kSpool + "users: {name: taro}\n", "2:8 'users' must be a list, not a group of keys\n"},
      {kSpool + "users: [taro]\n", "2:9 'users' must have groups of keys as its items\n"},
      {kSpool + "users: [{}]\n", "2:9 the key 'name' is missing in this user\n"},
      {kSpool + "users:\n- name: a\n- name: a\n", "4:9 the user 'a' is given already in line 3\n"},
      {kSpool + "users: [{name: taro, clients: [{login: x}]}]\n",
       "2:32 exactly one of password_hash, password_file or password is missing in this client\n"},
      {kSpool + "users: [{name: taro, clients: [{password: x}]}]\n",
       "2:32 the key 'login' is missing in this client\n"},
      {client("password_file: f"),
       "5:32 a password is given already; give exactly one of password_hash, password_file or password\n"},
      {client("may_delete: yes"), "5:44 'may_delete' must be true or false, not 'yes'\n"},
      {client("may_delete: \"true\""), "5:44 'may_delete' must be true or false, not 'true'\n"},
      {client("protocols: pop3"), "5:43 'protocols' must be a list, not a single value\n"},
      {client("protocols: [smtp]"), "5:44 'protocols' must have pop3 or imap, not 'smtp'\n"},
      {client("protocols: []"),
       "5:43 'protocols' must not be an empty list; leave the key out for its default\n"},
      {client("allow_from: []"),
       "5:44 'allow_from' must not be an empty list; leave the key out for its default\n"},
      {client("allow_from: [home]"),
       "5:45 'allow_from' must have address ranges such as 192.168.0.0/16 or fd00::/8, not 'home'\n"},
      {client("pop3: {newer_than: 0s}"), "5:51 'newer_than' must be at least 1s, not '0s'\n"},
      {client("imap: {on_delete: hide}"), "5:50 'on_delete' with the value hide is not available yet\n"},
      {client("imap: {on_delete: hied}"),
       "5:50 'on_delete' must be hide or refuse, not 'hied'; did you mean 'hide'?\n"},
      {client("password_hash: nonsense"),
       "5:32 a password is given already; give exactly one of password_hash, password_file or password\n"
       "5:47 'password_hash' must be what hash-password prints, whole and in quotes\n"},
      {account("user: taro"), "4:59 the key 'user' is given already in line 4\n"},
      {account("auth: cram-md5"), "4:65 'auth' with the value cram-md5 is not available yet\n"},
      {account("auth: ntlm"),
       "4:65 'auth' must be auto, user, plain, login, cram-md5, scram-sha-1, scram-sha-256, "
       "apop, xoauth2 or oauthbearer, not 'ntlm'\n"},
      {account("poll: 0s"), "4:65 'poll' must be at least 1s, not '0s'\n"},
      {account("keep_upstream: never"),
       "4:74 'keep_upstream' must be forever, until_deleted or a duration such as 14d, not 'never'\n"},
      {account("folder: a//b"), "4:67 'folder' must not have an empty level between its '/', not 'a//b'\n"},
      {account("port: \"995\""), "4:65 'port' must be a number from 1 to 65535, not '995'\n"},
      {account("port: 0"), "4:65 'port' must be a number from 1 to 65535, not '0'\n"},
      {account("tls_minimum: 1.4"), "4:72 'tls_minimum' must be 1.0, 1.1, 1.2 or 1.3, not '1.4'\n"},
      {account("tls_fingerprint: abc"),
       "4:76 'tls_fingerprint' must be sha256: and 64 hexadecimal digits, not 'abc'\n"},
      {server("imap: [\"localhost:143\"]"), "2:17 'imap' must have an address and a port such as "
                                            "127.0.0.1:143 or [::1]:143, not 'localhost:143'\n"},
      {server("imap: [\"127.0.0.1:143\", \"127.0.0.1:143\"]"),
       "2:34 the listener '127.0.0.1:143' is given already in line 2\n"},
      {server("tls: {certificate: c}"), "2:15 the key 'key' is missing in 'tls'\n"},
      {server("name: a b"), "2:16 'name' must be a host name in ASCII or an address, not 'a b'\n"},
  };
  for (const Row& row : rows) {
    INFO(row.yaml);
    CHECK(faults(row.yaml) == row.expected);
  }
}

TEST_CASE("keys about TLS may stand beside any mode, as when TLS is switched off for a while") {
  const std::string pin = "tls_fingerprint: \"sha256:" + std::string(64, '0') + "\"";
  for (const std::string mode : {"implicit", "starttls", "none"}) {
    INFO(mode);
    CHECK(faults(account("tls: " + mode + ", tls_ca: ca.pem, tls_minimum: \"1.2\", " + pin)).empty());
  }
}

TEST_CASE("the largest message of an account is one that the spool can keep") {
  CHECK(faults(account("largest: 4095MiB")).empty());
  CHECK(faults(account("largest: 4GiB")) == "4:68 'largest' must be at most 4095MiB, not '4GiB'\n");
  CHECK(faults(account("largest: 8GiB")) == "4:68 'largest' must be at most 4095MiB, not '8GiB'\n");
}
