// A spool of as many messages as wanted, and what a commit costs in it. For scale.py.
//
// bench_scale fill DIRECTORY COUNT: until the spool holds COUNT messages. bench_scale commit DIRECTORY: five
// rounds of batches of 100 fetched messages into the big folder, of messages appended one by one and of flags
// set one by one, each beside a bare loop of append and fdatasync of as many bytes; prints NAME RATE BARE a
// line, medians. Everything goes through the spool's own doors.
#include "spool/spool.hpp"
#include "tests/bench/generated_mail.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <unistd.h>

using namespace homespool;
using namespace homespool::spool;
using homespool::bench::GeneratedMail;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLotsAtOnce = 16;       // of GeneratedMail::kTogether messages
constexpr std::uint64_t kOthers = 1ULL << 40; // numbers of messages that fill() does not make

void check(boost::system::error_code error) {
  if (error) throw std::runtime_error(error.message());
}

void rethrow(const std::exception_ptr& surprise) {
  if (surprise) std::rethrow_exception(surprise);
}

Incoming incoming(Spool& spool, const std::string& bytes) {
  Incoming made(spool);
  made.expect(bytes.size());
  check(made.append(bytes));
  check(made.finish());
  return made;
}

// --- filling

// Neighbours, ready to be stored.
struct Lot {
  GeneratedMail::Place place;
  std::vector<Fetched> fetched;
  std::vector<AppendItem> appended;
};

Lot make_lot(Spool& spool, const GeneratedMail& mail, std::uint64_t begin, std::uint64_t end) {
  Lot lot;
  lot.place = GeneratedMail::place(begin);
  for (std::uint64_t number = begin; number < end; ++number) {
    Incoming message = incoming(spool, mail.message(number));
    FlagNames flags;
    if (GeneratedMail::seen(number)) flags.system |= Flags::kSeen;
    if (GeneratedMail::flagged(number)) flags.system |= Flags::kFlagged;
    if (number % 50 == 0) flags.keywords.emplace_back("$Forwarded");
    const auto size = message.size();
    if (lot.place.fetched)
      lot.fetched.push_back({std::move(message), "uidl-" + std::to_string(number * 7919), 0, size});
    else
      lot.appended.push_back({std::move(message), std::move(flags), std::nullopt});
  }
  return lot;
}

// On as many processors as there are.
std::vector<Lot> make_lots(Spool* spool, const GeneratedMail* mail, std::uint64_t begin, std::uint64_t end) {
  std::vector<Lot> lots;
  std::vector<std::future<std::vector<Lot>>> parts;
  const auto lots_wanted = (end - begin + GeneratedMail::kTogether - 1) / GeneratedMail::kTogether;
  const auto half = begin + lots_wanted / 2 * GeneratedMail::kTogether;
  for (const auto& [from, to] : {std::pair(begin, half), std::pair(half, end)})
    parts.push_back(std::async(std::launch::async, [=, from = from, to = to] {
      std::vector<Lot> made;
      for (auto at = from; at < to; at += GeneratedMail::kTogether)
        made.push_back(make_lot(*spool, *mail, at, std::min(to, at + GeneratedMail::kTogether)));
      return made;
    }));
  for (auto& part : parts)
    for (Lot& lot : part.get()) lots.push_back(std::move(lot));
  return lots;
}

// Up to where the messages of a folder have their flags.
using Flagged = std::map<MailboxId, Uid>;

// Most was read, a little has a star.
Awaitable<void> flag(Spool* spool, MailboxId mailbox, Flagged* flagged) {
  const auto snapshot = co_await spool->snapshot(mailbox);
  const Uid end = (*snapshot)->uidnext;
  UidSet most, some;
  for (std::uint32_t uid = (*flagged)[mailbox].value; uid < end.value; ++uid) {
    if (GeneratedMail::seen(uid)) most.add(Uid{uid});
    if (GeneratedMail::flagged(uid)) some.add(Uid{uid});
  }
  (*flagged)[mailbox] = end;
  FlagNames seen, star;
  seen.system = Flags::kSeen;
  star.system = Flags::kFlagged;
  auto first = co_await spool->store_flags(mailbox, std::move(most), FlagChange::add, seen, std::nullopt);
  check(first ? boost::system::error_code{} : first.error());
  auto second = co_await spool->store_flags(mailbox, std::move(some), FlagChange::add, star, std::nullopt);
  check(second ? boost::system::error_code{} : second.error());
}

Awaitable<void> store(Spool* spool, Lot* lot) {
  const MailboxId mailbox = spool->find_mailbox(lot->place.user, lot->place.folder)->id;
  if (!lot->place.fetched) {
    auto stored = co_await spool->append(mailbox, std::move(lot->appended));
    check(stored ? boost::system::error_code{} : stored.error());
    co_return;
  }
  const auto listed =
      std::make_shared<const StillListed>([](std::string_view, std::uint32_t) { return true; });
  auto stored = co_await spool->store_fetched(lot->place.account, mailbox, std::move(lot->fetched), listed);
  check(stored ? boost::system::error_code{} : stored.error());
}

// What of each folder has its flags already; makes the folders at need.
Awaitable<void> make_folders(Spool* spool, Flagged* flagged) {
  for (std::size_t user = 0; user < GeneratedMail::kUsers; ++user) {
    const auto name = GeneratedMail::user(user);
    check(co_await spool->ensure_user(name));
    for (std::size_t i = 0; i < GeneratedMail::kFolders; ++i)
      static_cast<void>(co_await spool->create_mailbox(name, GeneratedMail::folder(i)));
    static_cast<void>(co_await spool->create_mailbox(name, "Everything")); // or it is there
    for (const Mailbox& mailbox : spool->mailboxes(name)) {
      const auto counts = co_await spool->counts(mailbox.id);
      (*flagged)[mailbox.id] = counts->uidnext;
    }
  }
}

void run(std::vector<Awaitable<void>> tasks) {
  boost::asio::io_context context(1);
  for (auto& task : tasks) boost::asio::co_spawn(context, std::move(task), rethrow);
  context.run();
}

void run(Awaitable<void> task) {
  std::vector<Awaitable<void>> tasks;
  tasks.push_back(std::move(task));
  run(std::move(tasks));
}

void fill(Spool& spool, std::uint64_t count) {
  Flagged flagged;
  run(make_folders(&spool, &flagged));
  const GeneratedMail mail;
  const auto began = Clock::now();
  const std::uint64_t first = spool.status().messages;
  std::uint64_t next = first;
  const auto make_next = [&] {
    const auto begin = next;
    next = std::min(count, next + kLotsAtOnce * GeneratedMail::kTogether);
    return std::async(std::launch::async, make_lots, &spool, &mail, std::min(begin, next), next);
  };
  auto making = make_next();
  for (auto lots = making.get(); !lots.empty(); lots = making.get()) {
    making = make_next();
    std::vector<Awaitable<void>> tasks;
    for (Lot& lot : lots) tasks.push_back(store(&spool, &lot));
    run(std::move(tasks));
    std::set<MailboxId> folders;
    for (const Lot& lot : lots) folders.insert(spool.find_mailbox(lot.place.user, lot.place.folder)->id);
    tasks.clear();
    for (const MailboxId folder : folders) tasks.push_back(flag(&spool, folder, &flagged));
    run(std::move(tasks));
  }
  const std::chrono::duration<double> took = Clock::now() - began;
  const auto made = count - std::min(count, first);
  std::printf("filled %llu %.1f\n", static_cast<unsigned long long>(made), took.count());
}

// --- committing

struct Work {
  Spool* spool;
  std::vector<std::string> messages;
  std::uint64_t number; // of the first
};

Awaitable<void> commit_batches(Work* work) {
  const MailboxId mailbox = work->spool->find_mailbox(GeneratedMail::user(0), "Everything")->id;
  const auto listed =
      std::make_shared<const StillListed>([](std::string_view, std::uint32_t) { return true; });
  std::vector<Fetched> batch;
  for (std::size_t i = 0; i < work->messages.size(); ++i) {
    const auto& bytes = work->messages[i];
    batch.push_back({incoming(*work->spool, bytes), "u" + std::to_string(work->number + i), 0, bytes.size()});
    if (batch.size() < 100) continue;
    auto stored =
        co_await work->spool->store_fetched("account0-1", mailbox, std::exchange(batch, {}), listed);
    check(stored ? boost::system::error_code{} : stored.error());
  }
}

Awaitable<void> commit_each(Work* work) {
  const MailboxId mailbox = work->spool->find_mailbox(GeneratedMail::user(0), "Sent")->id;
  for (const auto& bytes : work->messages) {
    std::vector<AppendItem> items;
    items.push_back({incoming(*work->spool, bytes), {}, std::nullopt});
    auto stored = co_await work->spool->append(mailbox, std::move(items));
    check(stored ? boost::system::error_code{} : stored.error());
  }
}

Awaitable<void> flag_each(Work* work) {
  const MailboxId mailbox = work->spool->find_mailbox(GeneratedMail::user(0), "Everything")->id;
  auto snapshot = co_await work->spool->snapshot(mailbox);
  const std::size_t size = (*snapshot)->size();
  FlagNames answered;
  answered.system = Flags::kAnswered;
  for (std::size_t i = 0; i < work->messages.size(); ++i) {
    UidSet one;
    one.add((**snapshot)[(work->number + i) * 7919 % size].uid);
    auto stored =
        co_await work->spool->store_flags(mailbox, std::move(one), FlagChange::add, answered, std::nullopt);
    check(stored ? boost::system::error_code{} : stored.error());
  }
}

double per_second(std::size_t count, Clock::time_point since) {
  return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - since).count();
}

double bare(const std::filesystem::path& file, const std::vector<std::string>& messages, std::size_t batch) {
  const int descriptor = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const auto began = Clock::now();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (::write(descriptor, messages[i].data(), messages[i].size()) < 0) throw std::runtime_error("write");
    if ((i + 1) % batch == 0 && ::fdatasync(descriptor) != 0) throw std::runtime_error("fdatasync");
  }
  const double speed = per_second(messages.size(), began);
  ::close(descriptor);
  return speed;
}

struct Kind {
  const char* name;
  std::size_t count, batch;
  Awaitable<void> (*work)(Work*);
  std::vector<double> ours, theirs;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// What a spool does by itself when it was opened: folders are loaded ahead. The search index may have more to
// do, and stands aside.
void wait_for_quiet() {
  const auto until = Clock::now() + std::chrono::seconds(8);
  std::clock_t before = 0;
  do {
    before = std::clock();
    std::this_thread::sleep_for(std::chrono::seconds(1));
  } while (std::clock() - before > CLOCKS_PER_SEC / 20 && Clock::now() < until);
}

void commit(Spool& spool) {
  wait_for_quiet();
  const GeneratedMail mail;
  const auto file = spool.directory() / "bare";
  std::uint64_t number = kOthers + spool.status().messages;
  std::vector<Kind> kinds = {{"batches", 1000, 100, commit_batches, {}, {}},
                             {"lone", 100, 1, commit_each, {}, {}},
                             {"flags", 100, 1, flag_each, {}, {}}};
  for (int round = 0; round < 5; ++round)
    for (Kind& kind : kinds) {
      Work work{&spool, {}, number};
      for (std::size_t i = 0; i < kind.count; ++i) work.messages.push_back(mail.message(number++));
      kind.theirs.push_back(bare(file, work.messages, kind.batch));
      const auto began = Clock::now();
      run(kind.work(&work));
      kind.ours.push_back(per_second(kind.count, began));
    }
  std::filesystem::remove(file);
  for (const Kind& kind : kinds)
    std::printf("%s %.1f %.1f\n", kind.name, median(kind.ours), median(kind.theirs));
}

int usage() {
  std::fputs("usage: bench_scale fill DIRECTORY COUNT | bench_scale commit DIRECTORY\n", stderr);
  return 64;
}

} // namespace

int main(int count, char** words) {
  const std::string what = count > 2 ? words[1] : "";
  if (what != "commit" && (what != "fill" || count < 4)) return usage();
  OpenOptions options;
  options.settings.directory = words[2];
  options.settings.minimum_free = {};
  options.now = [] { return std::chrono::system_clock::now(); };
  auto opened = Spool::open(std::move(options));
  if (!opened) throw std::runtime_error(opened.error().sentence);
  if (what == "fill")
    fill(**opened, std::strtoull(words[3], nullptr, 10));
  else
    commit(**opened);
}
