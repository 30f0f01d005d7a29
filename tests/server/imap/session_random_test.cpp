// Three sessions and arriving mail change one mailbox at random; each client keeps its picture by what it is
// told, and the picture is right whenever it asks.
#include "tests/server/imap/session_world.hpp"

#include <catch2/catch.hpp>

#include <iterator>
#include <random>
#include <regex>
#include <set>
#include <sstream>

namespace homespool::test {

namespace {

// Knows nothing but what the server said.
class Client {
 public:
  Client(ImapWorld& world, std::string id, const std::string& login) : world_(world), id_(std::move(id)) {
    world_.line(id_);
    ask("LOGIN " + login + " secret");
    ask("SELECT INBOX");
    ask("FETCH 1:* (UID FLAGS)");
  }

  // Everything up to the tagged answer is taken in.
  void ask(const std::string& command) {
    const auto tag = "t" + std::to_string(++tags_);
    const bool still =
        command.starts_with("FETCH") || command.starts_with("STORE") || command.starts_with("SEARCH");
    world_.send(id_, tag + " " + command + "\r\n");
    for (;;) {
      auto line = world_.line(id_);
      // The one literal here is the line "x".
      if (line.ends_with("{3}")) {
        line += world_.line(id_);
        line += world_.line(id_);
      }
      INFO(id_ << ": " << command << ": " << line);
      if (line.starts_with(tag)) break;
      REQUIRE(line.starts_with("* "));
      if (still) REQUIRE(line.find("EXPUNGE") == std::string::npos);
      hear(line);
    }
    learn();
  }

  // Nothing is told when all goes as asked, so the client notes it by itself.
  void store_silently(std::size_t place, const std::string& flags) {
    for (const auto& flag : words(flags)) messages_[place].flags.insert(flag);
    ask("STORE " + std::to_string(place + 1) + " +FLAGS.SILENT (" + flags + ")");
  }

  void check_against_server() {
    ask("NOOP");
    checking_ = true;
    ask("FETCH 1:* (UID FLAGS)");
    checking_ = false;
  }
  std::size_t size() const { return messages_.size(); }
  std::string some_uid(std::mt19937& random) const {
    return messages_.empty() ? "1" : std::to_string(messages_[random() % messages_.size()].uid);
  }

 private:
  struct Message {
    std::uint32_t uid = 0;
    std::set<std::string> flags;
  };

  static std::set<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
  }

  void hear(const std::string& line) {
    static const std::regex counted(R"(\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*))");
    std::smatch match;
    if (!std::regex_match(line, match, counted)) return;
    const auto number = std::stoul(match[1]);
    if (match[2] == "EXISTS") {
      REQUIRE(number >= messages_.size());
      messages_.resize(number);
      return;
    }
    REQUIRE(number >= 1);
    REQUIRE(number <= messages_.size());
    if (match[2] == "EXPUNGE") {
      messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(number) - 1);
      return;
    }
    fetched(messages_[number - 1], match[3]);
  }

  void fetched(Message& message, const std::string& items) {
    std::smatch match;
    static const std::regex uid(R"(UID (\d+))");
    static const std::regex flags(R"(FLAGS \(([^)]*)\))");
    if (std::regex_search(items, match, uid)) {
      const auto told = static_cast<std::uint32_t>(std::stoul(match[1]));
      if (message.uid != 0) REQUIRE(message.uid == told);
      message.uid = told;
    }
    if (std::regex_search(items, match, flags)) {
      const auto told = words(match[1]);
      if (checking_ && known_) REQUIRE(message.flags == told);
      message.flags = told;
    }
  }

  // Asks for messages it only has a number of.
  void learn() {
    known_ = std::all_of(messages_.begin(), messages_.end(), [](const Message& one) { return one.uid != 0; });
    if (known_ || learning_) return;
    learning_ = true;
    ask("FETCH 1:* (UID FLAGS)");
    learning_ = false;
    known_ = true;
  }

  ImapWorld& world_;
  std::string id_;
  std::vector<Message> messages_;
  int tags_ = 0;
  bool known_ = false;
  bool learning_ = false;
  bool checking_ = false;
};

void do_something(Client& client, std::mt19937& random) {
  static const std::vector<std::string> flags{"\\Seen", "\\Flagged", "\\Deleted", "\\Seen \\Deleted",
                                              "$Later"};
  const auto& some = flags[random() % flags.size()];
  const std::string sign[] = {"+", "-", ""};
  switch (client.size() == 0 ? 3 : random() % 6) {
  case 0:
    return client.ask("EXPUNGE");
  case 1:
    return client.store_silently(random() % client.size(), some);
  case 2:
    return client.ask("FETCH 1 (FLAGS UID BODY[TEXT])");
  case 3:
    return client.ask("UID SEARCH ALL");
  default:
    return client.ask("UID STORE " + client.some_uid(random) + " " + sign[random() % 3] + "FLAGS (" + some +
                      ")");
  }
}

} // namespace

TEST_CASE("sessions that change one mailbox at random keep right pictures of it") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    std::mt19937 random(seed);
    ImapWorld world("random");
    for (int i = 0; i < 8; ++i) world.deliver("taro", "INBOX", "Subject: first\r\n\r\nx\r\n");
    Client desk(world, "1", "taro-desk");
    Client other(world, "2", "taro-desk");
    Client phone(world, "3", "taro-phone");
    for (int step = 0; step < 60; ++step) {
      if (random() % 4 == 0) world.deliver("taro", "INBOX", "Subject: next\r\n\r\nx\r\n");
      for (auto* client : {&desk, &other, &phone}) {
        if (random() % 2 == 0) do_something(*client, random);
      }
    }
    for (auto* client : {&desk, &other, &phone}) client->check_against_server();
    CHECK(desk.size() == other.size());
    CHECK(desk.size() == phone.size());
  }
}

} // namespace homespool::test
