#include "spool/check/affected.hpp"

#include "mail/text.hpp"
#include "spool/index/schema.hpp"

#include <charconv>

namespace homespool::spool {
namespace {

constexpr std::size_t kSubject = 200; // bytes, for a line on a screen

// Takes one string of an ENVELOPE off the front: NIL, "quoted" or a literal.
std::string take_string(std::string_view& text) {
  std::string value;
  if (text.starts_with("NIL")) {
    text.remove_prefix(3);
  } else if (text.starts_with('"')) {
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      value.push_back(text[at]);
    }
    text.remove_prefix(std::min(at + 1, text.size()));
  } else if (text.starts_with('{')) {
    const auto close = text.find('}');
    std::size_t size = 0;
    std::from_chars(text.data() + 1, text.data() + std::min(close, text.size()), size);
    const auto begin = text.find('\n', close == text.npos ? 0 : close);
    if (begin == text.npos) return value;
    value = text.substr(begin + 1, size);
    text.remove_prefix(std::min(begin + 1 + value.size(), text.size()));
  }
  return value;
}

// Nothing of it may act on a terminal.
void without_controls(std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) text.replace(i, 2, " ");
    if (byte < 0x20 || byte == 0x7f) text[i] = ' ';
  }
}

constexpr const char* kAlive =
    "SELECT b.user, b.name, m.uid, m.id, coalesce(s.envelope, x''), 0 FROM message m "
    "LEFT JOIN mailbox b ON b.id=m.mailbox LEFT JOIN structure s ON s.record=m.record "
    "WHERE m.record=:record";
constexpr const char* kDeleted =
    "SELECT d.user, d.folder, d.uid, d.id, coalesce(s.envelope, x''), 1 FROM deleted d "
    "LEFT JOIN structure s ON s.record=d.record WHERE d.record=:record";

} // namespace

std::string subject_of(std::string_view envelope) {
  if (!envelope.starts_with('(')) return {};
  envelope.remove_prefix(1);
  take_string(envelope); // the date
  if (!envelope.starts_with(' ')) return {};
  envelope.remove_prefix(1);
  std::string subject = mail::decode_header_text(take_string(envelope));
  without_controls(subject);
  if (subject.size() > kSubject) {
    auto end = kSubject;
    while (end > 0 && (static_cast<unsigned char>(subject[end]) & 0xc0U) == 0x80U) --end;
    subject.resize(end);
  }
  return subject;
}

std::vector<AffectedMessage> messages_of(index::Database& database, RecordId record) {
  std::vector<AffectedMessage> messages;
  const std::string spool_id = index::meta(database, "spool_id").value_or("?");
  for (const char* sql : {kAlive, kDeleted}) {
    index::Use rows(database.prepare(sql));
    rows->bind(":record", record.value);
    while (rows->step()) {
      AffectedMessage message;
      message.user = rows->text(0);
      message.folder = rows->text(1);
      message.uid = static_cast<std::uint32_t>(rows->integer(2));
      message.uidl = spool_id + "." + std::to_string(rows->integer(3));
      message.subject = subject_of(rows->bytes(4));
      message.deleted = rows->integer(5) != 0;
      messages.push_back(std::move(message));
    }
  }
  return messages;
}

} // namespace homespool::spool
