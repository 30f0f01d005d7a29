// Looking up neighbours says of each what looking it up by itself says.
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using homespool::spool::test::SpoolFixture;

namespace {

std::string text_of(const MessageFile& file) {
  std::string bytes(file.size(), '\0');
  REQUIRE_FALSE(file.read(0, bytes));
  return bytes;
}

// Every message of a list, in as many calls as it takes.
std::vector<LookedUp> all_of(Reader& reader, MailboxId folder, std::span<const Message> left, Wanted wanted,
                             std::size_t* calls = nullptr) {
  std::vector<LookedUp> all;
  while (!left.empty()) {
    auto found = reader.look_up(folder, left, wanted, true);
    REQUIRE_FALSE(found.empty());
    REQUIRE(found.size() <= left.size());
    left = left.subspan(found.size());
    std::move(found.begin(), found.end(), std::back_inserter(all));
    if (calls != nullptr) ++*calls;
  }
  return all;
}

void compare(Reader& reader, const std::vector<Message>& messages, const std::vector<LookedUp>& found) {
  REQUIRE(found.size() == messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    CAPTURE(messages[i].uid.value);
    const auto details = reader.details(messages[i].id, {true, true, true, true});
    CHECK(found[i].error == (details ? boost::system::error_code{} : details.error()));
    if (!details || found[i].error) continue;
    CHECK(found[i].details.record == details->record);
    CHECK(found[i].details.header_size == details->header_size);
    CHECK(found[i].details.internal_date == details->internal_date);
    CHECK(found[i].details.envelope == details->envelope);
    CHECK(found[i].details.parts.size() == details->parts.size());
    CHECK(text_of(*found[i].file) == text_of(*reader.open(messages[i].id).value()));
  }
}

std::vector<Message> messages_of(const Snapshot& snapshot) {
  std::vector<Message> out;
  snapshot.for_each(0, snapshot.size(), [&](std::size_t, const Message& message) {
    out.push_back(message);
    return true;
  });
  return out;
}

} // namespace

TEST_CASE("Neighbours are looked up together, whatever became of some of them") {
  SpoolFixture spool;
  const auto inbox = spool.folder("INBOX");
  for (int i = 0; i < 60; ++i) {
    const std::string body(i == 20 ? std::size_t{3} << 20 : 100, 'x');
    REQUIRE(spool.append(inbox, "Subject: " + std::to_string(i) + "\r\n\r\n" + body + "\r\n").has_value());
  }
  auto messages = messages_of(*spool.snapshot(inbox));
  const auto reader = spool.spool().make_reader();
  const Wanted everything{true, true, true, true};
  std::size_t calls = 0;
  compare(*reader, messages, all_of(*reader, inbox, messages, everything, &calls));
  CHECK(calls <= 4);

  UidSet some;
  some.add(Uid{5});
  some.add(Uid{30}, Uid{35});
  REQUIRE(spool.store(inbox, some, FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(spool.run(spool.spool().expunge(inbox, some, "desk")).has_value());
  UidSet others;
  others.add(Uid{40}, Uid{41});
  REQUIRE(spool.run(spool.spool().move(inbox, others, spool.folder("Other"))).has_value());
  compare(*reader, messages, all_of(*reader, inbox, messages, everything));

  std::erase_if(messages, [](const Message& message) { return message.uid.value % 3 != 0; });
  messages.push_back(messages.back());
  messages.back().uid = Uid{4'000'000'000};
  messages.back().id = MessageId{4'000'000'000};
  const auto found = all_of(*reader, inbox, messages, {});
  CHECK(found.back().error == Error::no_such_message);
  CHECK(text_of(*found.front().file).starts_with("Subject: 2\r\n"));
}
