// A spool with some mail in it, and where a backup of it goes.
//
// Threads: the test's own; the spool has its writer thread.
#pragma once

#include "spool/copy/backup.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

namespace homespool::spool::test {

inline const std::chrono::sys_seconds kNow{std::chrono::seconds(1'700'000'500)};
inline const CopyProgress kNoProgress = [](auto...) {};

inline std::string mail(const std::string& subject) {
  return "Subject: " + subject + "\r\n\r\nbody of " + subject + "\r\n";
}

struct Copied : SpoolFixture {
  Copied() {
    for (const char* subject : {"one", "two", "three"})
      REQUIRE(append(folder("INBOX"), mail(subject)).has_value());
    REQUIRE(append(folder("Archive"), mail("big") + std::string(2 << 20, 'x'), Flags::kFlagged).has_value());
    (void)store(folder("INBOX"), uids({2}), FlagChange::add, Flags::kSeen, {"$Work"});
  }
  std::filesystem::path backup() const { return directory().parent_path() / "copies" / "backup"; }
  CopyOutcome back_up(BackupCheck check = BackupCheck::new_bytes) const {
    return homespool::spool::back_up(directory(), backup(), check, kNow, kNoProgress);
  }
  CopyOutcome restore() const { return homespool::spool::restore(backup(), directory(), kNoProgress); }
  void destroy() {
    close();
    std::filesystem::remove_all(directory());
  }
  void damage(const std::string& where, char letter = 'Y', std::filesystem::path place = {}) const {
    if (place.empty()) place = directory();
    auto pack = file_bytes(place / "packs" / "000001.pack");
    const auto at = pack.find(where);
    REQUIRE(at != std::string::npos);
    pack[at + 3] = letter;
    set_file_bytes(place / "packs" / "000001.pack", pack);
  }
  std::string refusal() {
    try {
      open();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  // Everything a client could see.
  std::string seen() {
    std::string all;
    for (const char* name : {"INBOX", "Archive"}) {
      const auto now = snapshot(folder(name));
      all += std::string(name) + " " + std::to_string(now->uidvalidity) + "\n";
      now->for_each(0, now->size(), [&](std::size_t, const Message& message) {
        all += std::to_string(message.uid.value) + " " + spool().uidl(message.id) + " " +
               flag_names(message.flags, *now->keywords) + " " +
               spool().make_reader()->bytes(message.id, 100).value() + "\n";
        return true;
      });
    }
    return all;
  }
};

} // namespace homespool::spool::test
