#include "spool/pack_recovery.hpp"

#include "spool/pack_name.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
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
    for (const auto& path : found->incoming) disk_.unlink(path.c_str());
    PackWriter::Mark result;
    result.next = end_.pack + 1;
    result.next_single = std::max(end_.single, kFirstSingle) + 1;
    for (const auto number : found->packs)
      if (auto fault = put_away(number)) return fault;
    if (auto fault = cut_tail(result)) return fault;
    if (auto fault = sync_directory(disk_, directory_)) return fault;
    return result;
  }

 private:
  error_code make_directory() {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return last_disk_error();
    return {};
  }

  void tell(const std::string& sentence) const {
    if (finding_) finding_(sentence);
  }

  bool can_be_of_a_crash(std::uint32_t number) const {
    if (end_.pack == 0 && end_.single == 0) return false; // an index that knows nothing at all
    if (number <= kFirstSingle) return number == end_.pack + 1;
    return number <= std::max(end_.single, kFirstSingle) + kSinglesOfABatch;
  }

  // Removes a pack that the index does not name, or sets it aside.
  error_code put_away(std::uint32_t number) {
    const bool named = number <= kFirstSingle ? number <= end_.pack : number <= end_.single;
    if (named) return {};
    const auto path = directory_ / pack_name(number);
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return last_disk_error();
    if (facts.st_size == 0 || can_be_of_a_crash(number)) {
      if (disk_.unlink(path.c_str()) != 0) return last_disk_error();
      tell("removed " + path.string() + ", which was being written when the last run ended");
      return {};
    }
    const auto aside = path.string() + ".aside-" + new_incoming_name().substr(9, 16);
    if (disk_.rename(path.c_str(), aside.c_str()) != 0) return last_disk_error();
    tell("the index does not know " + path.string() + ": it is kept as " + aside);
    return {};
  }

  // Goes on in the last pack the index names, if all is there that it names.
  error_code cut_tail(PackWriter::Mark& result) {
    if (end_.pack == 0) return {};
    const auto path = directory_ / pack_name(end_.pack);
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0 || facts.st_size < static_cast<off_t>(end_.offset)) {
      tell(path.string() + " is missing or shorter than the index says: some messages cannot be read");
      return {};
    }
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
};

} // namespace

boost::system::result<PackWriter::Mark> recover_packs(PackDisk& disk, const fs::path& directory,
                                                      PackWriter::End end,
                                                      const PackWriter::Finding& finding) {
  return Recovery(disk, directory, end, finding).run();
}

} // namespace homespool::spool
