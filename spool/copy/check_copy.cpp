#include "spool/copy/check_copy.hpp"

#include "spool/check/index_check.hpp"

namespace homespool::spool {

namespace fs = std::filesystem;

std::unique_ptr<index::Database> open_sound_index(const fs::path& directory, IndexOf what) {
  OpenedIndex opened = open_index_to_check(directory / "index.db");
  if (!opened.database) {
    const Finding& finding = opened.findings.front();
    if (what == IndexOf::spool)
      throw CopyFailure{"in " + directory.string() + ": " + finding.what + "; to mend it: " + finding.mend};
    throw CopyFailure{finding.kind == "index-missing"
                          ? directory.string() + " holds no backup: there is no index.db"
                          : "the backup in " + directory.string() + " cannot be used: " + finding.what};
  }
  return std::move(opened.database);
}

std::vector<Finding> check_copy(const CheckedFiles& files, const NewBytes& fresh,
                                const CopyProgress& progress) {
  const Deep deep = [&fresh](const Location& at) {
    const auto from = fresh.find(at.pack);
    return from != fresh.end() && at.offset >= from->second;
  };
  std::vector<Finding> findings;
  for (CheckPlace place; place.stage != CheckStage::done;) {
    CheckStep step = check_some(files, place, deep);
    for (Finding& finding : step.findings) {
      if (finding.kind.starts_with("index-")) throw CopyFailure{"the copy cannot be used: " + finding.what};
      findings.push_back(std::move(finding));
    }
    place = step.next;
    progress(std::string("checking ") + name_of(place.stage), place.seen, place.total, "");
  }
  return findings;
}

void copy_certificates(const fs::path& from, const fs::path& to) {
  if (!fs::is_directory(from)) return;
  make_private_directory(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    const fs::path target = to / entry.path().filename();
    const auto size = size_of(entry.path());
    if (fs::exists(target) && size_of(target) == size && same_tail(entry.path(), target, size)) continue;
    copy_file(entry.path(), target, size, {});
    fs::permissions(target, entry.status().permissions());
  }
}

} // namespace homespool::spool
