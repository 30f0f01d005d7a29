// What backup and restore have in common: opening an index that is to be copied, checking what was written,
// and faults as values.
//
// Threads: one; they block.
#pragma once

#include "spool/check/check.hpp"
#include "spool/copy/backup.hpp"
#include "spool/copy/files.hpp"
#include "spool/index/sqlite.hpp"

#include <map>

namespace homespool::spool {

// By pack: from where on its bytes are new, and are to be read and checked.
using NewBytes = std::map<std::uint32_t, std::uint64_t>;

// In a folder of backups: how often it was put back; there when the check of the last backup found damage.
inline constexpr const char* kUsesName = "uses";
inline constexpr const char* kUnsoundName = "unsound";

enum class IndexOf { spool, backup };
// Throws CopyFailure when it is not there, damaged, newer, or not ours.
std::unique_ptr<index::Database> open_sound_index(const std::filesystem::path& directory, IndexOf what);

// Every record's header, every new byte. Throws CopyFailure when the index is damaged.
std::vector<Finding> check_copy(const CheckedFiles& files, const NewBytes& fresh,
                                const CopyProgress& progress);

// The files of one folder; what is the same already is not written.
void copy_certificates(const std::filesystem::path& from, const std::filesystem::path& to);

// `Outcome` is a result whose error is an OpenFailure.
template <class Outcome = CopyOutcome, class Work>
Outcome without_throwing(Work work) {
  try {
    return work();
  } catch (const OpenFailure& failure) {
    return failure;
  } catch (const CopyFailure& failure) {
    return OpenFailure{false, failure.sentence};
  } catch (const std::exception& error) {
    return OpenFailure{false, error.what()};
  }
}

} // namespace homespool::spool
