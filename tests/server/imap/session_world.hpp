// A house for IMAP sessions in tests: a real spool in a temporary folder, users, clients, and as many
// connections as a test wants.
//
// For: dialogs (text files that are played) and tests that talk themselves. Threads: the test's; the spool's
// writer and one worker run beside it.
#pragma once

#include "server/authenticator.hpp"
#include "server/session.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/support/run.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace homespool::test {

// taro: taro-desk (deleter), taro-phone, taro-old (hides IDLE). hana: hana-archive (nobody may delete). Every
// password is "secret".
std::shared_ptr<config::Settings> house_settings(const std::filesystem::path& spool);

class ImapWorld {
 public:
  explicit ImapWorld(std::string_view name);
  ~ImapWorld();

  // Connection `id` is made at its first use; "p…" comes from another machine, so its plaintext login is
  // refused; "q…" speaks POP3.
  void send(const std::string& id, std::string_view bytes);
  // The next line from the server without its line end; "(closed)" when the connection has ended, "(nothing)"
  // when nothing more comes.
  std::string line(const std::string& id);
  // The line if one comes without waiting for anything but the spool; else empty.
  bool quiet(const std::string& id);
  // Reads bytes of a cut size from now on.
  void cut_reads(std::size_t chunk) { chunk_ = chunk; }
  // Puts a message into a folder behind every session's back, as the fetcher does.
  void deliver(const std::string& user, const std::string& folder, const std::string& message);

  MemoryPeer& peer(const std::string& id) { return *connection(id).peer; }
  const std::filesystem::path& directory() const { return directory_; }
  boost::asio::io_context& io() { return io_; }
  FakeClock& clock() { return clock_; }
  spool::Spool& spool() { return *spool_; }
  config::Current<const config::Settings>& settings() { return settings_; }
  server::SessionRegistry& sessions() { return sessions_; }

 private:
  struct Connection {
    std::unique_ptr<MemoryPeer> peer;
    std::unique_ptr<Running<void>> session;
    std::string got;
  };
  Connection& connection(const std::string& id);
  // Runs what can run, until `done` or until nothing has happened for a moment.
  void pump(const std::function<bool()>& done, std::chrono::milliseconds moment);

  std::filesystem::path directory_;
  boost::asio::io_context io_{1};
  FakeClock clock_;
  net::WorkerPool workers_{1};
  config::Current<const config::Settings> settings_;
  config::Current<net::TlsContext> tls_{nullptr};
  server::SessionRegistry sessions_;
  std::unique_ptr<server::Authenticator> authenticator_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<spool::Reader> reader_;
  std::unique_ptr<server::Shared> shared_;
  std::unique_ptr<server::ThreadRoom> room_;
  std::map<std::string, Connection> connections_;
  std::size_t chunk_ = 0;
};

// Plays a dialog and checks every line of it (see dialogs/README).
void play_dialog(const std::filesystem::path& file, std::size_t read_chunk);

} // namespace homespool::test
