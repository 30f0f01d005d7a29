#include "spool/retention/put_away_list.hpp"

#include "mail/header.hpp"
#include "mail/text.hpp"
#include "spool/index/sqlite.hpp"

#include <algorithm>

namespace homespool::spool {
namespace {

using index::Database;
using index::Statement;
using std::chrono::sys_seconds;

constexpr std::uint64_t kHeaderRead = 64 << 10;
constexpr std::size_t kShown = 1000;

// Columns: id, folder, flags, internal_date, when (0: not known), by, size, pack, offset, body, header_size,
// header_sum.
constexpr const char* kDeleted =
    "SELECT d.id, coalesce(b.name, d.folder), d.flags, d.internal_date, d.deleted_at, d.deleted_by, r.size, "
    "r.pack, r.offset, r.body, r.header_size, r.header_sum FROM deleted d JOIN record r ON r.id=d.record "
    "LEFT JOIN mailbox b ON b.id=d.mailbox AND b.user=d.user "
    "WHERE d.user=:whose AND d.deleted_at>:over AND d.deleted_at>=:since "
    "ORDER BY d.deleted_at DESC, d.id DESC";
constexpr const char* kHidden =
    "SELECT m.id, b.name, '', m.internal_date, h.hidden_at, h.login, r.size, "
    "r.pack, r.offset, r.body, r.header_size, r.header_sum FROM hidden h JOIN message m ON m.id=h.message "
    "JOIN mailbox b ON b.id=m.mailbox JOIN record r ON r.id=m.record "
    "WHERE h.login=:whose AND h.hidden_at>:over AND h.hidden_at>=:since ORDER BY m.id DESC";

struct Found {
  PutAway message;
  Location at;
  std::uint64_t header_size = 0, header_sum = 0;
};

sys_seconds time(std::int64_t unix) {
  return sys_seconds{std::chrono::seconds{unix}};
}

Found found_row(const Statement& row) {
  Found found;
  found.message.id = MessageId{row.integer(0)};
  found.message.folder = row.text(1);
  found.message.flags = row.text(2);
  found.message.internal_date = time(row.integer(3));
  if (row.integer(4) != 0) found.message.when = time(row.integer(4));
  found.message.by = row.text(5);
  found.message.size = static_cast<std::uint64_t>(row.integer(6));
  found.at.pack = static_cast<std::uint32_t>(row.integer(7));
  found.at.offset = static_cast<std::uint64_t>(row.integer(8));
  found.at.body = static_cast<std::uint64_t>(row.integer(9));
  found.at.size = found.message.size;
  found.header_size = static_cast<std::uint64_t>(row.integer(10));
  found.header_sum = static_cast<std::uint64_t>(row.integer(11));
  return found;
}

template <class List, class Value>
bool allows(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

std::string_view without_brackets(std::string_view id) {
  if (id.starts_with('<')) id.remove_prefix(1);
  if (id.ends_with('>')) id.remove_suffix(1);
  return id;
}

// Cut between characters.
std::string shown(std::string text) {
  if (text.size() <= kShown) return text;
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

void read_header(PackReader& packs, Found& found) {
  std::string block(std::min(found.header_size, kHeaderRead), '\0');
  const auto error = block.size() == found.header_size ? packs.read_start(found.at, block, found.header_sum)
                                                       : packs.read(found.at, 0, block);
  if (error) return;
  const auto value = [&block](std::string_view name) {
    return shown(mail::decode_header_text(mail::header_value(block, name).value_or("")));
  };
  found.message.from = value("From");
  found.message.subject = value("Subject");
  found.message.message_id = value("Message-ID");
}

bool has_one_of(const std::vector<std::string>& message_ids, const PutAway& message) {
  if (message_ids.empty()) return true;
  return std::any_of(message_ids.begin(), message_ids.end(), [&](const std::string& wanted) {
    return without_brackets(wanted) == without_brackets(message.message_id);
  });
}

boost::system::result<std::vector<PutAway>> list(const PutAwayPlace& place, const char* sql,
                                                 const PutAwayQuery& query, std::int64_t over) {
  std::vector<Found> all;
  try {
    Database database(place.index, Database::Access::read);
    Statement rows(database.handle(), sql);
    rows.bind(":whose", std::string_view(query.whose))
        .bind(":over", over)
        .bind(":since", query.since ? query.since->time_since_epoch().count() : over);
    while (rows.step()) {
      Found found = found_row(rows);
      if (allows(query.ids, found.message.id) && allows(query.folders, found.message.folder) &&
          allows(query.by, found.message.by))
        all.push_back(std::move(found));
    }
  } catch (const index::SqliteError&) {
    return make_error_code(boost::system::errc::io_error);
  }
  std::vector<PutAway> messages;
  for (Found& found : all) {
    read_header(*place.packs, found);
    if (has_one_of(query.message_ids, found.message)) messages.push_back(std::move(found.message));
  }
  return messages;
}

} // namespace

boost::system::result<std::vector<PutAway>> list_deleted(const PutAwayPlace& place, const PutAwayQuery& query,
                                                         sys_seconds over) {
  return list(place, kDeleted, query, over.time_since_epoch().count());
}

boost::system::result<std::vector<PutAway>> list_hidden(const PutAwayPlace& place,
                                                        const PutAwayQuery& query) {
  return list(place, kHidden, query, -1);
}

} // namespace homespool::spool
