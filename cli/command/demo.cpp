#include "cli/command/demo.hpp"

#include "cli/command/demo_mail.hpp"
#include "cli/daemon/daemon.hpp"
#include "cli/exit_codes.hpp"
#include "cli/logging.hpp"
#include "mail/header.hpp"
#include "mail/text.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>

namespace homespool::cli {
namespace {

namespace asio = boost::asio;

constexpr const char* kUpstreamPassword = "upstream-demo";
constexpr const char* kDeskPassword = "desk-demo";
constexpr const char* kPhonePassword = "phone-demo";

// Removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "homespool-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("cannot make a temporary folder " + name);
    }
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

config::Client client(std::string login, const char* password, bool may_delete) {
  config::Client client;
  client.login = std::move(login);
  client.password.kind = config::PasswordSource::Kind::clear;
  client.password.text = config::Secret(password);
  client.may_delete = may_delete;
  return client;
}

config::Settings bare_settings(const std::filesystem::path& folder) {
  config::Settings settings;
  settings.spool.directory = folder;
  settings.spool.minimum_free = 1 << 20;
  settings.server.name = "localhost";
  return settings;
}

const config::ListenAddress kFreePort{"127.0.0.1", 0};

using OpenedDaemon = std::unique_ptr<Daemon>;

OpenedDaemon open_or_throw(config::Settings settings) {
  std::filesystem::create_directories(settings.spool.directory);
  auto daemon = Daemon::open(std::make_shared<const config::Settings>(std::move(settings)), {},
                             [](const std::string& sentence) { std::cerr << sentence << "\n"; });
  if (daemon.has_error()) {
    throw std::runtime_error(daemon.error().sentence);
  }
  (*daemon)->start();
  return std::move(*daemon);
}

// A provider: another homespool that has only a POP3 server and `messages` in its INBOX.
OpenedDaemon open_upstream(const std::filesystem::path& folder, std::span<const DemoMessage> messages) {
  config::Settings settings = bare_settings(folder);
  settings.users.push_back(config::User{"demo", {client("demo", kUpstreamPassword, true)}});
  settings.server.pop3 = {kFreePort};
  settings.server.pop3s = {kFreePort};
  OpenedDaemon daemon = open_or_throw(std::move(settings));
  const auto inbox = daemon->spool().find_mailbox("demo", "INBOX");
  if (!inbox) {
    throw std::runtime_error("the upstream has no INBOX");
  }
  std::vector<spool::AppendItem> items;
  for (const DemoMessage& message : messages) {
    spool::AppendItem item{spool::Incoming(daemon->spool()), {}, std::nullopt};
    auto failed = item.message.append(message.bytes);
    if (!failed) {
      failed = item.message.finish();
    }
    if (failed) {
      throw boost::system::system_error(failed, "sample mail");
    }
    items.push_back(std::move(item));
  }
  const auto appended = wait_for(daemon->threads(), daemon->spool().append(inbox->id, std::move(items)));
  if (appended.has_error()) {
    throw boost::system::system_error(appended.error(), "sample mail");
  }
  return daemon;
}

config::Account account_at(Daemon& upstream, std::string name, config::TlsMode tls,
                           const std::filesystem::path& folder) {
  config::Account account;
  account.name = std::move(name);
  account.user = "taro";
  account.host = "localhost";
  account.tls = tls;
  account.port = upstream.server().ports().find(tls == config::TlsMode::implicit ? "pop3s" : "pop3")->second;
  account.tls_ca = folder / "tls" / "ca.pem";
  account.login = "demo";
  account.password.kind = config::PasswordSource::Kind::clear;
  account.password.text = config::Secret(kUpstreamPassword);
  account.poll = std::chrono::seconds{30};
  return account;
}

OpenedDaemon open_home(const std::filesystem::path& folder, std::vector<config::Account> accounts) {
  config::Settings settings = bare_settings(folder);
  settings.users.push_back(config::User{
      "taro", {client("taro-desk", kDeskPassword, true), client("taro-phone", kPhonePassword, false)}});
  settings.accounts = std::move(accounts);
  for (auto* listeners : {&settings.server.pop3, &settings.server.pop3s, &settings.server.imap,
                          &settings.server.imaps, &settings.server.http}) {
    *listeners = {kFreePort};
  }
  return open_or_throw(std::move(settings));
}

bool print_reports(const std::vector<fetcher::PollReport>& reports) {
  bool well = true;
  for (const auto& report : reports) {
    std::cout << fmt::format("  {}: {} new, {} known already", report.name, report.new_messages,
                             report.duplicates);
    if (report.failure) {
      well = false;
      std::cout << "; cannot fetch: " << report.failure->text;
    }
    std::cout << "\n";
  }
  return well;
}

net::Awaitable<void> print_inbox(Daemon& home) {
  const auto inbox = home.spool().find_mailbox("taro", "INBOX");
  if (!inbox) {
    co_return;
  }
  const auto snapshot = co_await home.spool().snapshot(inbox->id);
  if (!snapshot) {
    co_return;
  }
  const auto reader = home.spool().make_reader();
  (*snapshot)->for_each(0, (*snapshot)->size(), [&](std::size_t sequence, const spool::Message& message) {
    const auto bytes = reader->bytes(message.id, 64 * 1024);
    if (!bytes) {
      return true;
    }
    const auto shown = [&](std::string_view name) {
      return mail::decode_header_text(
          mail::join_blanks(mail::header_value(mail::header_block(*bytes), name).value_or("-")));
    };
    std::cout << fmt::format("  {:>3} {:>8} bytes  {}  |  {}\n", sequence + 1, message.size, shown("From"),
                             shown("Subject"));
    return true;
  });
}

void print_how_to_look(Daemon& home) {
  const auto ports = home.server().ports();
  const auto port = [&](const char* kind) { return ports.find(kind)->second; };
  std::cout << fmt::format(R"(
logins   taro-desk  password {0}   (the deleter)
         taro-phone password {1}  (a reader)
ports    imap {2}, imaps {3}, pop3 {4}, pop3s {5}, http {6}; all on 127.0.0.1

  curl -s imap://127.0.0.1:{2}/INBOX -u taro-phone:{1} -X 'FETCH 1:5 (FLAGS ENVELOPE)'
  curl -s 'imap://127.0.0.1:{2}/INBOX;MAILINDEX=1' -u taro-phone:{1}
  curl -sk imaps://127.0.0.1:{3}/ -u taro-desk:{0}
  curl -s pop3://127.0.0.1:{4}/ -u taro-phone:{1}
  curl -sk pop3s://127.0.0.1:{5}/1 -u taro-phone:{1}
  curl -s http://127.0.0.1:{6}/api/status
)",
                           kDeskPassword, kPhonePassword, port("imap"), port("imaps"), port("pop3"),
                           port("pop3s"), port("http"));
}

void wait_for_the_end(asio::io_context& context) {
  std::cout << "\nCtrl-C ends it and removes everything." << std::endl;
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&context](const boost::system::error_code&, int) { context.stop(); });
  context.run();
}

} // namespace

int demo(bool once) {
  set_up_logging(config::LogSettings{config::LogLevel::warning, config::LogFormat::text});
  std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
  const TemporaryFolder folder;
  asio::io_context context(1);
  const auto mail = demo_mail();
  const std::size_t half = mail.size() / 2;
  const OpenedDaemon first = open_upstream(folder.path() / "first", mail.first(half));
  const OpenedDaemon second = open_upstream(folder.path() / "second", mail.subspan(half));
  const OpenedDaemon home =
      open_home(folder.path() / "home",
                {account_at(*first, "isp", config::TlsMode::implicit, folder.path() / "first"),
                 account_at(*second, "free", config::TlsMode::starttls, folder.path() / "second")});
  std::cout << "fetching from two upstreams into " << (folder.path() / "home").string() << "\n";
  const auto reports = wait_for(home->threads(), home->fetcher().fetch_now({}));
  if (reports.has_error()) {
    throw std::runtime_error(reports.error());
  }
  const bool well = print_reports(*reports);
  wait_for(home->threads(), print_inbox(*home));
  if (!once) {
    print_how_to_look(*home);
    wait_for_the_end(context);
  }
  for (const OpenedDaemon* daemon : {&home, &first, &second}) {
    (*daemon)->stop(std::chrono::seconds{4});
  }
  return well ? kExitDone : kExitFailed;
}

} // namespace homespool::cli
