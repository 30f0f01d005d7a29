#include "tests/server/imap/session_world.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <spdlog/spdlog.h>

namespace homespool::test {

namespace {

config::Client client(std::string login, bool may_delete) {
  config::Client out;
  out.login = std::move(login);
  out.password.kind = config::PasswordSource::Kind::clear;
  out.password.text = config::Secret("secret");
  out.may_delete = may_delete;
  return out;
}

std::filesystem::path temporary(std::string_view name) {
  auto pattern =
      (std::filesystem::temp_directory_path() / ("homespool-" + std::string(name) + "-XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

} // namespace

std::shared_ptr<config::Settings> house_settings(const std::filesystem::path& spool) {
  auto out = std::make_shared<config::Settings>();
  out->spool.directory = spool;
  out->spool.minimum_free = 0;
  out->server.name = "mail.test";
  out->server.largest_append = 4096;
  config::User taro;
  taro.name = "taro";
  taro.clients = {client("taro-desk", true), client("taro-phone", false), client("taro-old", false)};
  taro.clients.back().hide_capabilities = {"IDLE"};
  config::User hana;
  hana.name = "hana";
  hana.clients = {client("hana-archive", false)};
  out->users = {taro, hana};
  return out;
}

ImapWorld::ImapWorld(std::string_view name)
    : directory_(temporary(name)), settings_(house_settings(directory_ / "spool")),
      authenticator_(std::make_unique<server::Authenticator>(settings_, clock_, workers_)) {
  spdlog::set_level(spdlog::level::off);
  const auto certificate = net::ensure_own_certificate(directory_ / "tls", "mail.test");
  if (!certificate) throw std::runtime_error(certificate.error());
  auto tls = net::TlsContext::server(certificate->certificate, certificate->key, "imap");
  if (!tls) throw std::runtime_error(tls.error());
  tls_.set(*tls);
  spool::OpenOptions options;
  options.settings = settings_.get()->spool;
  options.now = [this] { return clock_.wall(); };
  options.on_fatal = [](std::string_view) {};
  options.on_finding = [](std::string_view) {};
  auto opened = spool::Spool::open(std::move(options));
  if (!opened) throw std::runtime_error(opened.error().sentence);
  spool_ = std::move(*opened);
  reader_ = spool_->make_reader();
  shared_.reset(
      new server::Shared{*spool_, clock_, workers_, *authenticator_, sessions_, settings_, tls_, tls_});
  room_.reset(new server::ThreadRoom{*shared_, *reader_});
}

ImapWorld::~ImapWorld() {
  for (auto& [id, connection] : connections_) connection.peer->end();
  settle(io_);
  clock_.advance_to_next(); // whoever is still made to wait for a wrong password
  pump(
      [this] {
        return std::all_of(connections_.begin(), connections_.end(),
                           [](const auto& entry) { return entry.second.session->done(); });
      },
      std::chrono::seconds{5});
  connections_.clear();
  workers_.join();
  reader_.reset();
  spool_.reset();
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

ImapWorld::Connection& ImapWorld::connection(const std::string& id) {
  auto& out = connections_[id];
  if (out.peer) return out;
  out.peer = std::make_unique<MemoryPeer>(io_.get_executor(), &clock_);
  auto stream = out.peer->take();
  net::Peer from;
  from.loopback = !id.starts_with('p');
  from.address = from.loopback ? "127.0.0.1" : "192.0.2.1";
  stream->set_peer(from);
  if (chunk_ != 0) stream->cut_reads(chunk_);
  auto task = id.starts_with('q') ? server::serve_pop3(*room_, std::move(stream), false)
                                  : server::serve_imap(*room_, std::move(stream), false);
  out.session = std::make_unique<Running<void>>(io_, std::move(task));
  return out;
}

void ImapWorld::pump(const std::function<bool()>& done, std::chrono::milliseconds moment) {
  const auto until = std::chrono::steady_clock::now() + moment;
  while (!done() && std::chrono::steady_clock::now() < until) {
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds{20});
  }
}

void ImapWorld::send(const std::string& id, std::string_view bytes) {
  connection(id).peer->send(bytes);
}

std::string ImapWorld::line(const std::string& id) {
  auto& from = connection(id);
  pump(
      [&] {
        from.got += from.peer->received();
        return from.got.find('\n') != std::string::npos || from.session->done();
      },
      std::chrono::seconds{10});
  if (from.session->done()) from.session->get(); // an exception is a failure
  const auto end = from.got.find("\r\n");
  if (end == std::string::npos) return from.session->done() ? "(closed)" : "(nothing)";
  auto out = from.got.substr(0, end);
  from.got.erase(0, end + 2);
  return out;
}

bool ImapWorld::quiet(const std::string& id) {
  auto& from = connection(id);
  settle(io_);
  from.got += from.peer->received();
  return from.got.empty();
}

void ImapWorld::deliver(const std::string& user, const std::string& folder, const std::string& message) {
  run(io_, spool_->ensure_user(user));
  const auto mailbox = spool_->find_mailbox(user, folder);
  REQUIRE(mailbox.has_value());
  spool::Incoming incoming(*spool_);
  REQUIRE(!incoming.append(message));
  REQUIRE(!incoming.finish());
  std::vector<spool::AppendItem> items;
  items.push_back(spool::AppendItem{std::move(incoming), {}, std::nullopt});
  const auto stored = run(io_, spool_->append(mailbox->id, std::move(items)));
  REQUIRE(stored.has_value());
}

} // namespace homespool::test
