// Plays every dialog of dialogs/: whole conversations with IMAP sessions over a real spool, also with the
// client's bytes cut small.
#include "tests/server/imap/session_world.hpp"
#include "tests/support/repository.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>

namespace homespool::test {

namespace {

// {any} matches anything, {n} one number.
bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.starts_with("{any}")) {
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (matches(pattern.substr(5), text.substr(at))) return true;
    }
    return false;
  }
  if (pattern.starts_with("{n}")) {
    std::size_t at = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > 0 && matches(pattern.substr(3), text.substr(at));
  }
  return !text.empty() && pattern[0] == text[0] && matches(pattern.substr(1), text.substr(1));
}

// "\r", "\n", "\x00" and "\\" in what is sent.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) == "\\r") {
      out += '\r';
      ++at;
    } else if (text.substr(at, 2) == "\\n") {
      out += '\n';
      ++at;
    } else {
      out += text[at];
    }
  }
  return out;
}

class Player {
 public:
  Player(const std::filesystem::path& file, std::size_t chunk)
      : world_(file.stem().string()), name_(file.filename().string()) {
    world_.cut_reads(chunk);
  }

  void play(std::string_view line) {
    ++number_;
    if (line.empty() || line.front() == '#') return;
    INFO(name_ << ":" << number_ << ": " << line);
    const auto colon = line.find(':');
    REQUIRE(colon != std::string_view::npos);
    const auto who = line.substr(0, colon);
    const auto rest = line.substr(std::min(colon + 2, line.size()));
    const bool connection = who.size() == 1 || std::islower(static_cast<unsigned char>(who[1])) != 0 ||
                            std::isdigit(static_cast<unsigned char>(who[1])) != 0;
    if (connection && who.starts_with('C'))
      client(std::string(who.substr(1)), rest);
    else if (connection && who.starts_with('S'))
      server(std::string(who.substr(1)), rest);
    else
      command(who, rest);
  }

  void end() {
    for (const auto& id : ids_) CHECK(world_.quiet(id));
  }

 private:
  void client(const std::string& id, std::string_view rest) {
    ids_.insert(id);
    const bool raw = rest.starts_with("(raw) ");
    world_.send(id, raw ? unescaped(rest.substr(6)) : std::string(rest) + "\r\n");
  }

  void server(const std::string& id, std::string_view expected) {
    ids_.insert(id);
    const auto got = world_.line(id);
    INFO("the server said: " << got);
    REQUIRE(matches(expected, got));
  }

  // LOGIN id: login — greeting and all. MAIL: user folder subject. WAIT: seconds on the clock. SLEEPER: the
  // clock moves to whoever waits.
  void command(std::string_view what, std::string_view rest) {
    if (what.starts_with("LOGIN")) return log_in(std::string(what.substr(5)), rest);
    if (what == "MAIL") return deliver(rest);
    if (what == "WAIT") return world_.clock().advance(std::chrono::seconds{std::stoi(std::string(rest))});
    if (what == "SLEEPER") {
      run_until(world_.io(), [this] { return world_.clock().sleepers() > 0; });
      world_.clock().advance_to_next();
      return;
    }
    if (what == "END") return world_.sessions().end_all(std::string(rest));
    if (what == "DELETER") return new_deleter(std::string(rest));
    FAIL("no such line");
  }

  void log_in(const std::string& id, std::string_view login) {
    server(id, "* OK [CAPABILITY {any}");
    client(id, "login LOGIN " + std::string(login) + " secret");
    server(id, "login OK [CAPABILITY {any}");
  }

  void deliver(std::string_view rest) {
    const auto first = rest.find(' ');
    const auto second = rest.find(' ', first + 1);
    world_.deliver(
        std::string(rest.substr(0, first)), std::string(rest.substr(first + 1, second - first - 1)),
        "From: a@example.org\r\nSubject: " + std::string(rest.substr(second + 1)) + "\r\n\r\nHello\r\n");
  }

  void new_deleter(const std::string& login) {
    auto changed = std::make_shared<config::Settings>(*world_.settings().get());
    for (auto& user : changed->users) {
      for (auto& client : user.clients) client.may_delete = client.login == login;
    }
    world_.settings().set(changed);
  }

  ImapWorld world_;
  std::string name_;
  std::set<std::string> ids_;
  int number_ = 0;
};

} // namespace

void play_dialog(const std::filesystem::path& file, std::size_t read_chunk) {
  std::ifstream in(file);
  REQUIRE(in.good());
  Player player(file, read_chunk);
  for (std::string line; std::getline(in, line);) player.play(line);
  player.end();
}

} // namespace homespool::test

TEST_CASE("sessions answer as the dialogs say, however the client's bytes are cut") {
  const auto folder = homespool::tests::repository() / "tests/server/imap/dialogs";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".dialog") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(!files.empty());
  for (const auto& file : files) {
    for (const std::size_t chunk : {0, 1}) {
      DYNAMIC_SECTION(file.filename().string() << " cut " << chunk) {
        homespool::test::play_dialog(file, chunk);
      }
    }
  }
}

TEST_CASE("what comes in the clear behind STARTTLS goes with the connection") {
  homespool::test::ImapWorld world("starttls");
  CHECK(world.line("").starts_with("* OK"));
  world.send("", "a1 STARTTLS\r\na2 LOGIN taro-desk secret\r\n");
  CHECK(world.line("") == "(closed)");
}

TEST_CASE("a refused literal that nobody waited for is thrown away even when it is large") {
  homespool::test::ImapWorld world("discard");
  CHECK(world.line("").starts_with("* OK"));
  world.send("", "a1 LOGIN taro-desk secret\r\n");
  CHECK(world.line("").starts_with("a1 OK"));
  world.send("", "a2 APPEND INBOX {3000000+}\r\n");
  for (int i = 0; i < 30; ++i) world.send("", std::string(99'990, 'x') + "\r\nb LOGOUT");
  world.send("", "\r\na3 NOOP\r\n");
  CHECK(world.line("").starts_with("a2 NO [TOOBIG]"));
  CHECK(world.line("").starts_with("a3 OK"));
}
