// The settings of homespool as plain values: users and their clients, accounts, listeners, the spool, the
// log.
//
// For: every room that needs to know what the owner of the machine asked for. Not for: reading YAML
// (config/load.hpp) or following passwords to where they are kept (config/secret.hpp).
// Threads: values; a loaded Settings is shared as `std::shared_ptr<const Settings>` and never changed.
#pragma once

#include "config/secret.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::config {

using Seconds = std::chrono::seconds;
using Bytes = std::uint64_t;

enum class Duplicates { collapse, keep };

struct SpoolSettings {
  std::filesystem::path directory;
  Bytes minimum_free = Bytes{1} << 30;
  Seconds undelete_for = std::chrono::hours{24 * 30}; // 0s: never kept
  Duplicates duplicates = Duplicates::collapse;

  bool operator==(const SpoolSettings&) const = default;
};

enum class OnDelete { hide, refuse };
enum class Show { all, unread };

struct ClientPop3 {
  Show show = Show::all;
  std::optional<Seconds> newer_than;
  std::optional<Bytes> largest;
  bool marks_read = true;
  OnDelete on_delete = OnDelete::hide;

  bool operator==(const ClientPop3&) const = default;
};

struct ClientImap {
  OnDelete on_delete = OnDelete::refuse;

  bool operator==(const ClientImap&) const = default;
};

// An address range in CIDR form, IPv4 or IPv6. IPv4 clients that arrive as ::ffff:a.b.c.d match IPv4 ranges.
struct AddressRange {
  std::array<std::uint8_t, 16> address{}; // IPv4 is kept as ::ffff:a.b.c.d
  unsigned prefix = 0;                    // bits of the 128, so IPv4 /16 is 112

  bool operator==(const AddressRange&) const = default;
};

struct Client {
  std::string login;
  PasswordSource password; // hash, file or clear text
  bool may_delete = false;
  bool pop3_allowed = true;
  bool imap_allowed = true;
  std::vector<AddressRange> allow_from; // empty: anywhere
  std::vector<std::string> hide_capabilities;
  ClientPop3 pop3;
  ClientImap imap;

  bool operator==(const Client&) const = default;
};

struct User {
  std::string name;
  std::vector<Client> clients;

  bool operator==(const User&) const = default;

  // The login of the one client that may delete; null when nobody may.
  const Client* deleter() const;
};

enum class TlsMode { implicit, starttls, none };
enum class TlsVersion { tls1_0, tls1_1, tls1_2, tls1_3 };
enum class AuthMechanism {
  automatic,
  user,
  plain,
  login,
  cram_md5,
  scram_sha_1,
  scram_sha_256,
  apop,
  xoauth2,
  oauthbearer
};
enum class FirstFetch { all, only_new };

struct KeepUpstream {
  enum class Kind { forever, after, until_deleted };
  Kind kind = Kind::forever;
  Seconds after{0}; // for Kind::after: 0s deletes as soon as the message is stored

  bool operator==(const KeepUpstream&) const = default;
};

struct Account {
  std::string name;
  std::string user;
  std::string folder = "INBOX";
  std::string host;
  std::uint16_t port = 995;
  TlsMode tls = TlsMode::implicit;
  std::optional<std::filesystem::path> tls_ca; // PEM; absent: the system's trust store
  std::string tls_fingerprint;                 // 32 raw bytes of SHA-256; empty: not pinned
  TlsVersion tls_minimum = TlsVersion::tls1_2;
  std::string login;
  PasswordSource password; // file, command or clear text
  AuthMechanism auth = AuthMechanism::automatic;
  Seconds poll = std::chrono::minutes{5};
  KeepUpstream keep_upstream;
  Bytes largest = Bytes{200} << 20;
  FirstFetch first_fetch = FirstFetch::all;
  bool enabled = true;

  bool operator==(const Account&) const = default;
};

struct ListenAddress {
  std::string address; // numeric, without brackets
  std::uint16_t port = 0;

  auto operator<=>(const ListenAddress&) const = default;
};

enum class PlaintextLogin { never, loopback, anywhere };

struct ServerTls {
  std::filesystem::path certificate; // PEM chain
  std::filesystem::path key;         // PEM

  bool operator==(const ServerTls&) const = default;
};

struct ServerSettings {
  std::string name; // default: the machine's host name
  std::vector<ListenAddress> pop3, pop3s, imap, imaps, http;
  std::optional<ServerTls> tls; // absent: made in the spool directory
  PlaintextLogin plaintext_login = PlaintextLogin::loopback;
  Bytes largest_append = Bytes{64} << 20;

  bool operator==(const ServerSettings&) const = default;
};

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;

  bool operator==(const LogSettings&) const = default;
};

struct Settings {
  std::filesystem::path file; // absolute
  SpoolSettings spool;
  std::vector<User> users;
  std::vector<Account> accounts;
  ServerSettings server;
  LogSettings log;

  bool operator==(const Settings&) const = default;

  // The client with this login and the user it belongs to; nulls when there is none.
  struct Found {
    const User* user = nullptr;
    const Client* client = nullptr;
  };
  Found find_login(std::string_view login) const;
  const User* find_user(std::string_view name) const;
};

} // namespace homespool::config
