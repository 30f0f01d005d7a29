#include "spool/snapshot.hpp"

#include "spool/store/open_mailbox.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace homespool::spool;

namespace {

// The naive model: what a mailbox held at some moment.
struct Model {
  std::map<std::uint32_t, Message> messages;
  std::uint32_t uidnext = 1;
};

struct Pair {
  Model model;
  SnapshotPtr snapshot;
};

void check_same(const Pair& pair) {
  REQUIRE(pair.snapshot->size() == pair.model.messages.size());
  std::size_t sequence = 0, unseen = 0;
  std::optional<std::size_t> first_unseen;
  for (const auto& [uid, message] : pair.model.messages) {
    const Message& found = (*pair.snapshot)[sequence];
    if (found.uid.value != uid || found.modseq != message.modseq || found.flags != message.flags) FAIL(uid);
    if (pair.snapshot->find(Uid{uid}) != sequence) FAIL(uid);
    if (!message.flags.has(Flags::kSeen)) {
      ++unseen;
      if (!first_unseen) first_unseen = sequence;
    }
    ++sequence;
  }
  CHECK(pair.snapshot->unseen == unseen);
  CHECK(pair.snapshot->first_unseen() == first_unseen);
}

void check_difference(const Pair& before, const Pair& now) {
  Snapshot::Difference expected;
  std::size_t sequence = 0;
  for (const auto& [uid, message] : before.model.messages) {
    if (!now.model.messages.contains(uid)) expected.expunged.insert(expected.expunged.begin(), sequence);
    ++sequence;
  }
  sequence = 0;
  for (const auto& [uid, message] : now.model.messages) {
    const auto old = before.model.messages.find(uid);
    if (old == before.model.messages.end()) {
      ++expected.added;
    } else if (old->second.modseq != message.modseq) {
      expected.changed.push_back(sequence);
    }
    ++sequence;
  }
  const Snapshot::Difference found = now.snapshot->since(*before.snapshot);
  CHECK(found.expunged == expected.expunged);
  CHECK(found.changed == expected.changed);
  CHECK(found.added == expected.added);
}

// Random changes to an open mailbox and to the model alike.
class Changes {
 public:
  explicit Changes(unsigned seed) : random_(seed) {}
  OpenMailbox mailbox{MailboxId{1}, 7, Uid{1}, ModSeq{1}};
  Model model;

  void add(std::size_t count) {
    const ModSeq modseq = mailbox.take_modseq();
    for (std::size_t i = 0; i < count; ++i) {
      Message message;
      message.uid = mailbox.take_uid();
      message.id = MessageId{message.uid.value};
      message.flags.bits = random_() % 2;
      message.modseq = modseq;
      message.size = 100;
      mailbox.add(message);
      model.messages[message.uid.value] = message;
    }
  }
  void flag() {
    if (model.messages.empty()) return;
    Message message = anyone();
    message.flags.bits ^= Flags::kSeen;
    message.modseq = mailbox.take_modseq();
    mailbox.replace(message);
    model.messages[message.uid.value] = message;
  }
  void remove(std::size_t count) {
    std::vector<Uid> doomed;
    for (std::size_t i = 0; i < count && !model.messages.empty(); ++i) {
      doomed.push_back(anyone().uid);
      model.messages.erase(doomed.back().value);
    }
    std::sort(doomed.begin(), doomed.end());
    mailbox.take_modseq();
    mailbox.remove(doomed);
  }
  std::size_t pick(std::size_t below) { return random_() % below; }

 private:
  Message anyone() {
    return std::next(model.messages.begin(), static_cast<long>(pick(model.messages.size())))->second;
  }
  std::mt19937 random_;
};

} // namespace

TEST_CASE("Snapshots and their differences agree with a plain map, whatever happens") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    Changes changes(seed);
    std::vector<Pair> history{{changes.model, changes.mailbox.publish()}};
    for (int step = 0; step < 40; ++step) {
      switch (changes.pick(4)) {
      case 0:
        changes.add(changes.pick(900));
        break;
      case 1:
        changes.remove(changes.pick(300));
        break;
      default:
        for (std::size_t i = changes.pick(20); i > 0; --i) changes.flag();
      }
      history.push_back({changes.model, changes.mailbox.publish()});
    }
    for (std::size_t i = 0; i < history.size(); i += 5) {
      check_same(history[i]); // the old ones too: nobody changed them
      for (std::size_t k = i; k < history.size(); k += 7) check_difference(history[i], history[k]);
    }
  }
}

TEST_CASE("A new snapshot shares the chunks that did not change") {
  Changes changes(1);
  changes.add(5000);
  const SnapshotPtr before = changes.mailbox.publish();
  changes.flag();
  const SnapshotPtr now = changes.mailbox.publish();
  std::size_t shared = 0;
  for (std::size_t i = 0; i < now->chunks().size(); ++i) shared += now->chunks()[i] == before->chunks()[i];
  CHECK(now->chunks().size() == 5);
  CHECK(shared == 4);
  CHECK(now->since(*before).changed.size() == 1);
}

TEST_CASE("lower_bound and for_each walk over gaps and chunks") {
  Changes changes(2);
  changes.add(3000);
  std::vector<Uid> gap;
  for (std::uint32_t uid = 1000; uid < 2100; ++uid) gap.push_back(Uid{uid});
  changes.mailbox.remove(gap);
  const SnapshotPtr snapshot = changes.mailbox.publish();
  CHECK(snapshot->lower_bound(Uid{1500}) == 999);
  CHECK((*snapshot)[999].uid == Uid{2100});
  CHECK_FALSE(snapshot->find(Uid{1500}));
  CHECK(snapshot->lower_bound(Uid{4000}) == snapshot->size());
  std::vector<std::uint32_t> seen;
  snapshot->for_each(997, 1002, [&seen](std::size_t, const Message& message) {
    seen.push_back(message.uid.value);
    return true;
  });
  CHECK(seen == std::vector<std::uint32_t>{998, 999, 2100, 2101, 2102});
}
