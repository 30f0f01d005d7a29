#include "spool/store/read_ahead.hpp"

#include "spool/index/sqlite.hpp"

#include <vector>

namespace homespool::spool {

void read_folders_ahead(const std::filesystem::path& index, const std::atomic<bool>& stop) {
  using index::Use;
  try {
    index::Database database(index, index::Database::Access::read);
    std::vector<std::int64_t> folders;
    {
      Use rows(database.prepare("SELECT id FROM mailbox"));
      while (rows->step()) folders.push_back(rows->integer(0));
    }
    for (const std::int64_t folder : folders) {
      if (stop) return;
      Use read(database.prepare("SELECT sum(modseq) FROM message WHERE mailbox=:folder"));
      read->bind(":folder", folder).run();
    }
  } catch (const index::SqliteError&) { // whoever needs it will tell
  }
}

} // namespace homespool::spool
