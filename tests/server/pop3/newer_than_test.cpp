// Which messages are too old for a POP3 client, asked for while others of the thread go on.
#include "server/pop3/maildrop.hpp"
#include "spool/error.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::server::pop3;

namespace {

using Ids = std::vector<spool::MessageId>;
namespace asio = boost::asio;

// Every third message is old. Notes how often the other coroutine had run at each call.
class SlowReader : public spool::Reader {
 public:
  explicit SlowReader(const std::size_t& others) : others_(others) {}
  boost::system::result<spool::MessageDetails> details(spool::MessageId, spool::Wanted) override {
    return spool::Error::no_such_message;
  }
  boost::system::result<std::shared_ptr<const spool::MessageFile>> open(spool::MessageId) override {
    return spool::Error::no_such_message;
  }
  boost::system::error_code check(spool::RecordId) override { return spool::Error::no_such_message; }
  boost::system::result<std::string> bytes(spool::MessageId, std::uint64_t) override {
    return spool::Error::no_such_message;
  }
  boost::system::result<Ids> arrived_before(spool::MailboxId, spool::Uid first, spool::Uid last,
                                            std::chrono::sys_seconds) override {
    seen.push_back(others_);
    most = std::max(most, last.value - first.value + 1);
    if (broken) return make_error_code(boost::system::errc::io_error);
    Ids ids;
    for (auto uid = first.value; uid <= last.value; ++uid)
      if (uid % 3 == 0) ids.push_back(spool::MessageId{uid});
    return ids;
  }
  std::vector<std::size_t> seen;
  std::uint32_t most = 0;
  bool broken = false;

 private:
  const std::size_t& others_;
};

spool::SnapshotPtr inbox_of(std::uint32_t messages) {
  std::vector<std::shared_ptr<const spool::Snapshot::Chunk>> chunks;
  spool::Snapshot::Chunk chunk;
  for (std::uint32_t uid = 1; uid <= messages; ++uid) {
    chunk.push_back({spool::Uid{uid}, 1, spool::MessageId{uid}, {}, {}});
    if (chunk.size() < spool::Snapshot::kChunk && uid < messages) continue;
    chunks.push_back(std::make_shared<const spool::Snapshot::Chunk>(std::exchange(chunk, {})));
  }
  auto snapshot = std::make_shared<spool::Snapshot>();
  snapshot->assign(std::move(chunks));
  return snapshot;
}

net::Awaitable<void> count(std::size_t& turns, const bool& stop) {
  const auto executor = co_await asio::this_coro::executor;
  while (!stop) {
    ++turns;
    co_await asio::post(executor, asio::use_awaitable);
  }
}

} // namespace

TEST_CASE("Old messages of a large INBOX are asked for in slices, and others run in between") {
  asio::io_context io(1);
  std::size_t turns = 0;
  bool stop = false;
  SlowReader reader(turns);
  test::Running<void> others(io, count(turns, stop));
  const auto old = test::run(io, arrived_before(reader, inbox_of(10'000), {}));
  stop = true;
  test::settle(io);
  REQUIRE(old.has_value());
  CHECK(old->size() == 3'333);
  CHECK(old->back() == spool::MessageId{9'999});
  CHECK(reader.most <= spool::Snapshot::kChunk);
  REQUIRE(reader.seen.size() == 10);
  CHECK(std::adjacent_find(reader.seen.begin(), reader.seen.end(), std::greater_equal<>()) ==
        reader.seen.end());
}

TEST_CASE("An index that cannot be read is no reason to show old messages") {
  const std::size_t turns = 0;
  SlowReader reader(turns);
  reader.broken = true;
  CHECK_FALSE(test::run(arrived_before(reader, inbox_of(5), {})).has_value());
}
