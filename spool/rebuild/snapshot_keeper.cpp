#include "spool/rebuild/snapshot_keeper.hpp"

#include <pthread.h>
#include <sys/stat.h>

namespace homespool::spool {
namespace {

constexpr std::chrono::seconds kLook{60};

} // namespace

SnapshotKeeper::SnapshotKeeper(std::filesystem::path spool,
                               std::function<std::chrono::system_clock::time_point()> now,
                               std::function<std::uint64_t()> commits, std::function<void()> first)
    : spool_(std::move(spool)), now_(std::move(now)), commits_(std::move(commits)), first_(std::move(first)) {
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "spool-snapshot");
}

SnapshotKeeper::~SnapshotKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SnapshotKeeper::run() {
  if (first_) first_();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLook, [this] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void SnapshotKeeper::look() {
  const std::uint64_t commits = commits_();
  quiet_for_ = commits == seen_ ? quiet_for_ + kLook : std::chrono::seconds{0};
  seen_ = commits;
  struct stat file {};
  SnapshotFacts facts;
  facts.there = ::stat((spool_ / kSnapshotName).c_str(), &file) == 0;
  const auto now = std::chrono::floor<std::chrono::seconds>(now_());
  facts.age = now.time_since_epoch() - std::chrono::seconds{file.st_mtime};
  facts.commits_since = commits - in_snapshot_;
  facts.quiet_for = quiet_for_;
  const auto go_on = [this] {
    const std::lock_guard lock(mutex_);
    return !stopping_;
  };
  if (snapshot_due(facts) && make_snapshot(spool_, now, go_on)) in_snapshot_ = commits;
}

} // namespace homespool::spool
