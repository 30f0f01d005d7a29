// accounts: at providers.
#include "config/schema/characters.hpp"
#include "config/schema/read.hpp"
#include "config/schema/suggestion.hpp"

namespace homespool::config::schema {
namespace {

constexpr std::array<std::string_view, 20> kAccountKeys{
    "name",        "user",          "folder",        "host",
    "port",        "tls",           "tls_ca",        "tls_fingerprint",
    "tls_minimum", "login",         "password_file", "password",
    "oauth2",      "auth",          "poll",          "password_command",
    "largest",     "keep_upstream", "first_fetch",   "enabled"};
constexpr std::array<PasswordKey, 4> kPasswords{{{"password_file", PasswordSource::Kind::file},
                                                 {"password_command", PasswordSource::Kind::command},
                                                 {"password", PasswordSource::Kind::clear},
                                                 {"oauth2", PasswordSource::Kind::none}}};
constexpr std::array<Choice<TlsMode>, 3> kTls{
    {{"implicit", TlsMode::implicit}, {"starttls", TlsMode::starttls}, {"none", TlsMode::none}}};
constexpr std::array<Choice<TlsVersion>, 4> kTlsVersions{{{"1.0", TlsVersion::tls1_0},
                                                          {"1.1", TlsVersion::tls1_1},
                                                          {"1.2", TlsVersion::tls1_2},
                                                          {"1.3", TlsVersion::tls1_3}}};
constexpr std::array<Choice<FirstFetch>, 2> kFirstFetch{
    {{"all", FirstFetch::all}, {"new", FirstFetch::only_new}}};
constexpr std::array<Choice<AuthMechanism>, 10> kAuth{{{"auto", AuthMechanism::automatic},
                                                       {"user", AuthMechanism::user},
                                                       {"plain", AuthMechanism::plain},
                                                       {"login", AuthMechanism::login},
                                                       {"cram-md5", AuthMechanism::cram_md5},
                                                       {"scram-sha-1", AuthMechanism::scram_sha_1},
                                                       {"scram-sha-256", AuthMechanism::scram_sha_256},
                                                       {"apop", AuthMechanism::apop},
                                                       {"xoauth2", AuthMechanism::xoauth2},
                                                       {"oauthbearer", AuthMechanism::oauthbearer}}};

// What the spool's records can hold is 4 GiB less one byte, and a body is measured only once a part of it is
// here.
constexpr Bytes kLargest = Bytes{4095} << 20;

bool available(AuthMechanism auth) {
  return auth == AuthMechanism::automatic || auth == AuthMechanism::user || auth == AuthMechanism::plain;
}

void read_identity(Section& section, Account& out) {
  Context& context = section.context();
  for (const std::string_view key : {"name", "user", "host", "login"}) section.require(key);
  if (section.value("name", out.name, parse_name))
    context.take_name(context.accounts, "account", out.name, section.find("name")->value->place);
  section.value("folder", out.folder, parse_folder);
  section.value("login", out.login, parse_name);
  if (!section.value("user", out.user, parse_name) || context.users.contains(out.user)) return;
  std::vector<std::string_view> users;
  for (const auto& [name, place] : context.users) users.push_back(name);
  const Suggestion suggestion = nearest(out.user, users);
  section.fault(*section.find("user"),
                "names " + in_quotes(out.user) + ", who is not among the users" +
                    (suggestion.close ? "; did you mean " + in_quotes(suggestion.word) + "?" : ""));
}

void read_connection(Section& section, Account& out) {
  section.value("host", out.host, parse_host);
  section.choice("tls", out.tls, kTls);
  out.port = out.tls == TlsMode::implicit ? 995 : 110;
  section.number("port", out.port, 1);
  std::filesystem::path ca;
  if (section.file("tls_ca", ca, FileKind::open)) out.tls_ca = std::move(ca);
  section.value("tls_fingerprint", out.tls_fingerprint, parse_fingerprint);
  section.choice("tls_minimum", out.tls_minimum, kTlsVersions);
}

void read_login(Section& section, Account& out) {
  read_password_source(section, kPasswords, out.password);
  read_oauth2(section);
  if (section.choice("auth", out.auth, kAuth) && !available(out.auth)) {
    const Section::Entry& entry = *section.find("auth");
    section.fault(entry, "with the value " + entry.value->text + " is not available yet");
  }
}

void read_policy(Section& section, Account& out) {
  section.duration("poll", out.poll, Seconds{1});
  section.value("keep_upstream", out.keep_upstream, parse_keep_upstream);
  section.size("largest", out.largest, 1, kLargest);
  section.choice("first_fetch", out.first_fetch, kFirstFetch);
  section.boolean("enabled", out.enabled);
}

} // namespace

void read_accounts(Section& file, std::vector<Account>& out) {
  read_each(file, "accounts", [&](const Element& item) {
    Section section(file.context(), item, "this account", kAccountKeys);
    Account& account = out.emplace_back();
    read_identity(section, account);
    read_connection(section, account);
    read_login(section, account);
    read_policy(section, account);
  });
}

} // namespace homespool::config::schema
