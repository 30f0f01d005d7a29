#include "spool/store/read_ahead.hpp"

#include "spool/store/load_mailbox.hpp"

#include <algorithm>
#include <vector>

namespace homespool::spool {
namespace {

using index::Use;

struct Folder {
  MailboxId id;
  std::uint64_t most = 0; // messages
};

std::vector<Folder> folders(index::Database& database) {
  std::vector<Folder> found;
  Use rows(database.prepare("SELECT id, uidnext - 1 FROM mailbox ORDER BY name<>'INBOX', uidnext DESC"));
  while (rows->step())
    found.push_back({MailboxId{rows->integer(0)}, static_cast<std::uint64_t>(rows->integer(1))});
  return found;
}

} // namespace

void read_folders_ahead(const std::filesystem::path& index, const std::atomic<bool>& stop,
                        const std::function<void(std::unique_ptr<OpenMailbox>)>& adopt,
                        std::uint64_t messages) {
  try {
    index::Database database(index, index::Database::Access::read);
    for (const Folder& folder : folders(database)) {
      if (stop) return;
      if (folder.most > messages) {
        Use read(database.prepare("SELECT sum(modseq) FROM message WHERE mailbox=:folder"));
        read->bind(":folder", folder.id.value).run();
        continue;
      }
      auto loaded = load_mailbox(database, folder.id);
      if (!loaded) continue;
      messages -= std::min<std::uint64_t>(messages, loaded->size());
      adopt(std::move(loaded));
    }
  } catch (const index::SqliteError&) { // whoever needs it will tell
  }
}

} // namespace homespool::spool
