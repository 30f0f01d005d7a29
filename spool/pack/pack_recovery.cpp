#include "spool/pack/pack_recovery.hpp"

#include "spool/error.hpp"
#include "spool/pack/kept_end.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_scan.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;
using boost::system::error_code;

// More packs of one message than one batch of the writer ever makes.
constexpr std::uint32_t kSinglesOfABatch = 4096;

struct Found {
  std::vector<std::uint32_t> packs;
  std::vector<fs::path> incoming;
};

boost::system::result<Found> list(const fs::path& directory) {
  std::error_code fault;
  Found found;
  for (fs::directory_iterator at(directory, fault), none; !fault && at != none; at.increment(fault)) {
    const auto name = at->path().filename().string();
    if (is_incoming_name(name)) found.incoming.push_back(at->path());
    if (const auto number = pack_number(name)) found.packs.push_back(*number);
  }
  if (fault) return error_code(fault.value(), boost::system::system_category());
  return found;
}

class Recovery {
 public:
  Recovery(PackDisk& disk, const fs::path& directory, PackWriter::End end, const PackWriter::Finding& finding)
      : disk_(disk), directory_(directory), end_(end), finding_(finding) {}

  boost::system::result<PackWriter::Mark> run() {
    if (auto fault = make_directory()) return fault;
    auto found = list(directory_);
    if (!found) return found.error();
    if (auto fault = check_age(found->packs)) return fault;
    for (const auto& path : found->incoming) disk_.unlink(path.c_str());
    for (const auto number : found->packs)
      if (auto fault = remove_unnamed(number)) return fault;
    PackWriter::Mark result;
    result.next = end_.pack + 1;
    result.next_single = std::max(end_.single, kFirstSingle) + 1;
    if (auto fault = cut_tail(result)) return fault;
    if (auto fault = sync_directory(disk_, directory_)) return fault;
    return result;
  }

  error_code check_age() {
    const auto found = list(directory_);
    return found ? check_age(found->packs) : found.error();
  }

 private:
  error_code make_directory() {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return last_disk_error();
    return {};
  }

  void tell(const std::string& sentence) const {
    if (finding_) finding_(sentence);
  }

  bool is_named(std::uint32_t number) const {
    return number <= kFirstSingle ? number <= end_.pack : number <= end_.single;
  }

  error_code check_age(const std::vector<std::uint32_t>& packs) {
    const auto kept = read_kept_end(directory_);
    if (kept && kept->is_ahead_of(end_)) return Error::index_is_old; // be it there still or not
    if (auto fault = look_behind(packs)) return fault;
    // The second batch was begun when the index knew the first.
    if (batches_.size() > 1) return Error::index_is_old;
    const bool too_many = std::any_of(packs.begin(), packs.end(), [this](std::uint32_t number) {
      std::error_code fault;
      return !is_named(number) && !can_be_of_a_crash(number) &&
             fs::file_size(directory_ / pack_name(number), fault) != 0;
    });
    return too_many ? make_error_code(Error::index_is_old) : error_code();
  }

  // Notes the batches of whole records that the index does not name, up to the second.
  error_code look_behind(const std::vector<std::uint32_t>& packs) {
    for (const auto number : packs) {
      const bool tail = number == end_.pack;
      if (is_named(number) && !tail) continue;
      const auto file = open_file(disk_, directory_ / pack_name(number), O_RDONLY);
      if (!file) return file.error();
      const auto scan =
          scan_pack(*file, number, tail ? end_.offset : 0, [this](const RecordInfo& info, const Location&) {
            batches_.insert(info.batch);
            return batches_.size() < 2;
          });
      if (!scan) return scan.error();
      if (batches_.size() > 1) break;
    }
    return {};
  }

  bool can_be_of_a_crash(std::uint32_t number) const {
    // One batch; others that were taken back before it may have used up numbers.
    if (!batches_.empty() && !batches_.contains(0)) return true;
    // An index that knows nothing at all and is not old: what was written first of all, never acknowledged.
    // Records from before batches had numbers cannot tell.
    if (end_.pack == 0 && end_.single == 0 && batches_.contains(0)) return false;
    if (number <= kFirstSingle) return number == end_.pack + 1;
    return number <= std::max(end_.single, kFirstSingle) + kSinglesOfABatch;
  }

  error_code remove_unnamed(std::uint32_t number) {
    if (is_named(number)) return {};
    const auto path = directory_ / pack_name(number);
    if (disk_.unlink(path.c_str()) != 0) return last_disk_error();
    tell("removed " + path.string() + ", which was being written when the last run ended");
    return {};
  }

  // Goes on in the last pack the index names, if all is there that it names.
  error_code cut_tail(PackWriter::Mark& result) {
    if (end_.pack == 0) return {};
    const auto path = directory_ / pack_name(end_.pack);
    struct stat facts {};
    const bool there = ::stat(path.c_str(), &facts) == 0;
    if (!there) facts.st_size = 0;
    if (facts.st_size < static_cast<off_t>(end_.needed.value_or(end_.offset)))
      tell(path.string() + " is missing or shorter than the index says: some messages cannot be read");
    // Another pack then: in this one nothing is written where something may have been before.
    if (!there || facts.st_size < static_cast<off_t>(end_.offset)) return {};
    if (facts.st_size > static_cast<off_t>(end_.offset)) {
      const auto file = open_file(disk_, path, O_WRONLY);
      if (!file) return file.error();
      if (auto fault = truncate_file(disk_, *file, end_.offset)) return fault;
      if (auto fault = sync_file(disk_, *file)) return fault;
      tell("cut off the end of " + path.string() + ", which no message is made of");
    }
    result.pack = end_.pack;
    result.offset = end_.offset;
    return {};
  }

  PackDisk& disk_;
  const fs::path& directory_;
  PackWriter::End end_;
  const PackWriter::Finding& finding_;
  std::set<std::uint32_t> batches_; // of records that the index does not name
};

} // namespace

boost::system::result<PackWriter::Mark> recover_packs(PackDisk& disk, const fs::path& directory,
                                                      PackWriter::End end,
                                                      const PackWriter::Finding& finding) {
  return Recovery(disk, directory, end, finding).run();
}

error_code check_age_of_index(const fs::path& directory, PackWriter::End end) {
  PackDisk disk;
  return Recovery(disk, directory, end, {}).check_age();
}

} // namespace homespool::spool
