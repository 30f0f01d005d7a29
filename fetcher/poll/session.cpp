#include "fetcher/poll/session.hpp"

#include "fetcher/classify.hpp"
#include "fetcher/fetcher.hpp"
#include "net/connect.hpp"
#include "net/peer_text.hpp"

#include <boost/asio/error.hpp>

namespace homespool::fetcher {
namespace {

using config::TlsMode;
using net::Awaitable;
template <class T>
using Opened = boost::system::result<T, Failure>;

constexpr std::chrono::hours kTlsContextAge{1};
constexpr std::chrono::hours kWithoutCapabilities{1}; // then it is asked for them again

Failure own_failure(Step step, FailureClass kind, std::string text) {
  Failure failure;
  failure.step = step;
  failure.kind = kind;
  failure.text = net::peer_text(text, limits::kServerText);
  return failure;
}

Awaitable<Opened<config::Secret>> password_of(config::PasswordSource source, net::WorkerPool& pool,
                                              const config::CommandStop* stop) {
  using Read = boost::system::result<config::Secret, std::string>;
  std::function<Read()> work = [source = std::move(source), stop] {
    return config::read_password(source, stop);
  };
  Read read = co_await net::run_on<Read>(pool, std::move(work));
  if (!read) co_return own_failure(Step::login, FailureClass::local, read.error());
  co_return std::move(*read);
}

Awaitable<Outcome> prepare_tls(const config::Account& account, SessionTools tools) {
  ServerMemory& memory = tools.memory;
  if (account.tls == TlsMode::none) co_return std::nullopt;
  if (memory.tls && tools.clock.steady() - memory.tls_made < kTlsContextAge) co_return std::nullopt;
  net::TlsContext::ClientOptions options;
  options.ca = account.tls_ca;
  options.fingerprint = account.tls_fingerprint;
  options.minimum = account.tls_minimum;
  using Made = net::TlsContext::Made;
  std::function<Made()> work = [options] { return net::TlsContext::client(options); };
  Made made = co_await net::run_on<Made>(tools.pool, std::move(work));
  if (!made) co_return own_failure(Step::tls, FailureClass::tls, made.error());
  memory.tls = std::move(*made);
  memory.tls_made = tools.clock.steady();
  co_return std::nullopt;
}

Awaitable<Opened<std::unique_ptr<net::Stream>>> connect_to(const config::Account& account) {
  auto addresses = co_await net::resolve(account.host, account.port, limits::kResolve);
  if (!addresses) co_return broken(Step::resolve, addresses.error());
  auto stream = co_await net::connect(std::move(*addresses), limits::kConnect);
  if (!stream) co_return broken(Step::connect, stream.error());
  co_return std::move(*stream);
}

// Greeting, TLS, capabilities. Implicit TLS comes before the greeting.
Awaitable<Outcome> prepare(Session& session, const config::Account& account, SessionTools tools,
                           bool ask_capabilities_too) {
  Connection& connection = *session.connection;
  Outcome failed;
  if (account.tls == TlsMode::implicit)
    failed = co_await connection.start_tls(tools.memory.tls, account.host);
  if (failed) co_return failed;
  failed = co_await read_greeting(connection);
  if (failed) co_return failed;
  if (account.tls == TlsMode::starttls) {
    failed = co_await upgrade_to_tls(connection, tools.memory.tls, account.host);
    if (failed) co_return failed;
  }
  if (ask_capabilities_too) failed = co_await ask_capabilities(connection, session.capabilities);
  co_return failed;
}

Awaitable<Opened<Session>> open_once(const config::Account& account, SessionTools tools, bool capabilities) {
  auto stream = co_await connect_to(account);
  if (!stream) co_return stream.error();
  Session session;
  session.connection = std::make_unique<Connection>(std::move(*stream), tools.clock);
  tools.break_off.watch(session.connection.get());
  const Outcome failed = co_await prepare(session, account, tools, capabilities);
  if (failed) {
    tools.break_off.watch(nullptr);
    co_return *failed;
  }
  co_return std::move(session);
}

// A server that cannot take CAPA is done without, now and, if it lets us in so, for the next hour.
Awaitable<Opened<Session>> open_prepared(const config::Account& account, SessionTools tools, bool& without) {
  std::optional<net::Steady::time_point>& broke = tools.memory.capa_breaks;
  if (broke && tools.clock.steady() - *broke >= kWithoutCapabilities) broke.reset();
  without = broke.has_value();
  auto session = co_await open_once(account, tools, !without);
  if (session || without || session.error().step != Step::capabilities) co_return std::move(session);
  if (tools.break_off.wanted()) co_return std::move(session);
  without = true;
  co_return co_await open_once(account, tools, false);
}

void learn(ServerMemory& memory, const Outcome& refused, bool without, net::Steady::time_point now) {
  if (without && !refused && !memory.capa_breaks) memory.capa_breaks = now;
  if (without && refused) memory.capa_breaks.reset(); // maybe for want of what CAPA tells
}

LoginGate::End end_of(const Outcome& refused) {
  if (!refused) return LoginGate::End::accepted;
  return refused->kind == FailureClass::login ? LoginGate::End::refused : LoginGate::End::unsettled;
}

// Tells the gate how a login ended, also when it is thrown out of.
class Passage {
 public:
  explicit Passage(LoginGate* gate) : gate_(gate) {}
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;
  ~Passage() {
    if (gate_ != nullptr) gate_->left(end_);
  }
  void ended(LoginGate::End end) { end_ = end; }

 private:
  LoginGate* gate_;
  LoginGate::End end_ = LoginGate::End::unsettled;
};

Failure broken_off() {
  return own_failure(Step::connect, FailureClass::temporary, "this poll was broken off");
}

Awaitable<Outcome> log_in_through_gate(Session& session, Credentials credentials, SessionTools tools) {
  if (tools.gate != nullptr) {
    const bool entered = co_await tools.gate->enter();
    if (!entered) co_return broken_off();
  }
  Passage passage(tools.gate);
  Outcome refused = co_await log_in(*session.connection, session.capabilities, std::move(credentials));
  passage.ended(end_of(refused));
  co_return refused;
}

} // namespace

void BreakOff::now() {
  wanted_ = true;
  if (connection_ != nullptr) connection_->close();
}

void BreakOff::watch(Connection* connection) {
  connection_ = connection;
  if (wanted_ && connection_ != nullptr) connection_->close();
}

Awaitable<Opened<Session>> open_session(const config::Account& account, SessionTools tools) {
  Opened<config::Secret> password = co_await password_of(account.password, tools.pool, tools.commands);
  if (!password) co_return password.error();
  const Outcome no_tls = co_await prepare_tls(account, tools);
  if (no_tls) co_return *no_tls;
  if (tools.break_off.wanted()) co_return broken_off(); // these settings may be old ones
  bool without = false;
  auto session = co_await open_prepared(account, tools, without);
  if (!session) co_return session.error();
  Credentials credentials;
  credentials.login = account.login;
  credentials.password = std::move(*password);
  credentials.mechanism = account.auth;
  credentials.clear_allowed = account.tls == TlsMode::none;
  const Outcome refused = co_await log_in_through_gate(*session, std::move(credentials), tools);
  learn(tools.memory, refused, without, tools.clock.steady());
  if (!refused) co_return std::move(session);
  tools.break_off.watch(nullptr);
  co_return *refused;
}

Awaitable<std::optional<Failure>> probe(config::Account account, net::WorkerPool& pool, net::Clock& clock) {
  ServerMemory memory;
  BreakOff break_off;
  const SessionTools tools{pool, clock, memory, break_off, nullptr};
  auto session = co_await open_session(account, tools);
  if (!session) co_return session.error();
  co_await quit(*session->connection); // how it takes leave says nothing about the login
  co_return std::nullopt;
}

} // namespace homespool::fetcher
