#include "spool/store/index_reader.hpp"

#include "spool/error.hpp"
#include "spool/index/row_sums.hpp"
#include "spool/pack/pack_record.hpp"

#include <algorithm>
#include <array>

namespace homespool::spool {
namespace {

using boost::system::error_code;
using boost::system::result;
using index::Statement;
using index::Use;

class PackedMessage final : public MessageFile {
 public:
  struct Header {
    std::uint64_t size = 0;
    std::uint64_t sum = 0;
  };
  struct Whose {
    MessageId message;
    RecordId record;
    bool damaged = false; // as far as is known

    std::string name() const {
      return message.value != 0 ? "message " + std::to_string(message.value)
                                : "record " + std::to_string(record.value);
    }
  };
  PackedMessage(std::shared_ptr<const OpenPack> pack, Location at, Header header, Whose whose,
                std::shared_ptr<const ReportDamage> report)
      : pack_(std::move(pack)), at_(at), header_(header), whose_(whose), report_(std::move(report)) {}

  std::uint64_t size() const override { return at_.size; }
  bool damaged() const override { return whose_.damaged; }
  error_code read(std::uint64_t offset, std::span<char> into) const override {
    const bool just_the_header = offset == 0 && into.size() == header_.size && header_.size < at_.size;
    const error_code error =
        just_the_header ? pack_->read_start(at_, into, header_.sum) : pack_->read(at_, offset, into);
    if (error == Error::bad_record && !reported_) {
      reported_ = true;
      (*report_)(whose_.name() + " in pack " + std::to_string(at_.pack) +
                     " is damaged: its checksum does not match",
                 whose_.record);
    }
    return error;
  }

 private:
  std::shared_ptr<const OpenPack> pack_; // stays open, whatever becomes of the file
  Location at_;
  Header header_;
  Whose whose_;
  std::shared_ptr<const ReportDamage> report_;
  mutable bool reported_ = false;
};

// A message that is alive, or else one that was deleted. Columns: record, internal_date, what `record` says
// and its sum, the size as the message has it, then what `structure` says and its sum.
constexpr const char* kPlain =
    "SELECT m.record, m.internal_date, r.size, r.header_size, r.has_nul, r.header_sum, r.sum, m.size "
    "FROM message m JOIN record r ON r.id=m.record WHERE m.id=:id";
constexpr const char* kPlainDeleted =
    "SELECT m.record, m.internal_date, r.size, r.header_size, r.has_nul, r.header_sum, r.sum, r.size "
    "FROM deleted m JOIN record r ON r.id=m.record WHERE m.id=:id";
constexpr const char* kFull =
    "SELECT m.record, m.internal_date, r.size, r.header_size, r.has_nul, r.header_sum, r.sum, m.size, "
    "s.envelope, s.body, s.bodystructure, s.parts, s.sum FROM message m JOIN record r ON r.id=m.record "
    "JOIN structure s ON s.record=m.record WHERE m.id=:id";
constexpr const char* kFullDeleted =
    "SELECT m.record, m.internal_date, r.size, r.header_size, r.has_nul, r.header_sum, r.sum, r.size, "
    "s.envelope, s.body, s.bodystructure, s.parts, s.sum FROM deleted m JOIN record r ON r.id=m.record "
    "JOIN structure s ON s.record=m.record WHERE m.id=:id";
constexpr const char* kPlace =
    "SELECT r.pack, r.offset, r.body, r.size, r.header_size, r.header_sum, m.size, r.id, "
    "EXISTS(SELECT 1 FROM damaged d WHERE d.record=r.id) FROM message m "
    "JOIN record r ON r.id=m.record WHERE m.id=:id";
constexpr const char* kPlaceDeleted =
    "SELECT r.pack, r.offset, r.body, r.size, r.header_size, r.header_sum, r.size, r.id, "
    "EXISTS(SELECT 1 FROM damaged d WHERE d.record=r.id) FROM deleted m "
    "JOIN record r ON r.id=m.record WHERE m.id=:id";
constexpr const char* kPlaceOfRecord =
    "SELECT r.pack, r.offset, r.body, r.size, r.header_size, r.header_sum, r.size, r.id, "
    "EXISTS(SELECT 1 FROM damaged d WHERE d.record=r.id) FROM record r WHERE r.id=:id";

// Both at once, of what is alive: the columns of kFull (of kPlain and five that are nothing), then pack,
// offset, body, damaged, the message's id and UID.
constexpr const char* kNeighbours =
    "SELECT m.record, m.internal_date, r.size, r.header_size, r.has_nul, r.header_sum, r.sum, m.size, "
    "NULL, NULL, NULL, NULL, NULL, r.pack, r.offset, r.body, "
    "EXISTS(SELECT 1 FROM damaged d WHERE d.record=r.id), m.id, m.uid "
    "FROM message m JOIN record r ON r.id=m.record "
    "WHERE m.mailbox=:mailbox AND m.uid BETWEEN :first AND :last ORDER BY m.uid";
constexpr const char* kFullNeighbours =
    "SELECT m.record, m.internal_date, r.size, r.header_size, r.has_nul, r.header_sum, r.sum, m.size, "
    "s.envelope, s.body, s.bodystructure, s.parts, s.sum, r.pack, r.offset, r.body, "
    "EXISTS(SELECT 1 FROM damaged d WHERE d.record=r.id), m.id, m.uid "
    "FROM message m JOIN record r ON r.id=m.record JOIN structure s ON s.record=m.record "
    "WHERE m.mailbox=:mailbox AND m.uid BETWEEN :first AND :last ORDER BY m.uid";

// A look-up of neighbours ends where it has so much of their structures.
constexpr std::size_t kMostStructure = 256 << 10;

struct Described {
  MessageDetails details;
  bool sound = true;
};

Described described_row(const Statement& row, Wanted wanted, bool structure) {
  Described described;
  MessageDetails& details = described.details;
  index::RecordFacts facts;
  details.record = facts.record = RecordId{row.integer(0)};
  details.internal_date = std::chrono::sys_seconds{std::chrono::seconds{row.integer(1)}};
  facts.size = static_cast<std::uint64_t>(row.integer(2));
  details.size = static_cast<std::uint32_t>(facts.size);
  facts.header_size = static_cast<std::uint64_t>(row.integer(3));
  details.header_size = static_cast<std::uint32_t>(facts.header_size);
  details.has_nul = facts.has_nul = row.integer(4) != 0;
  facts.header_sum = static_cast<std::uint64_t>(row.integer(5));
  described.sound =
      index::sum_holds(row.integer(6), index::row_sum(facts)) && row.integer(7) == row.integer(2);
  if (!structure) return described;
  const index::StructureColumns columns{row.bytes(8), row.bytes(9), row.bytes(10), row.bytes(11)};
  if (!index::sum_holds(row.integer(12), index::row_sum(details.record, columns))) described.sound = false;
  if (wanted.envelope) details.envelope = columns.envelope;
  if (wanted.body) details.body = columns.body;
  if (wanted.bodystructure) details.bodystructure = columns.bodystructure;
  if (wanted.parts && described.sound) {
    auto parts = mail::unpack_parts(columns.parts);
    described.sound = parts.has_value();
    if (parts) details.parts = std::move(*parts);
  }
  return described;
}

struct Place {
  Location at;
  PackedMessage::Header header;
  PackedMessage::Whose whose;
  bool one_size = true; // the message and its record agree
};

Place place_row(const Statement& row) {
  Place place;
  place.at.pack = static_cast<std::uint32_t>(row.integer(0));
  place.at.offset = static_cast<std::uint64_t>(row.integer(1));
  place.at.body = static_cast<std::uint64_t>(row.integer(2));
  place.at.size = static_cast<std::uint64_t>(row.integer(3));
  place.header.size = static_cast<std::uint64_t>(row.integer(4));
  place.header.sum = static_cast<std::uint64_t>(row.integer(5));
  place.one_size = row.integer(3) == row.integer(6);
  place.whose.record = RecordId{row.integer(7)};
  place.whose.damaged = row.integer(8) != 0;
  return place;
}

Place place_of_neighbour(const Statement& row) {
  Place place;
  place.at.pack = static_cast<std::uint32_t>(row.integer(13));
  place.at.offset = static_cast<std::uint64_t>(row.integer(14));
  place.at.body = static_cast<std::uint64_t>(row.integer(15));
  place.at.size = static_cast<std::uint64_t>(row.integer(2));
  place.header.size = static_cast<std::uint64_t>(row.integer(3));
  place.header.sum = static_cast<std::uint64_t>(row.integer(5));
  place.whose.message = MessageId{row.integer(17)};
  place.whose.record = RecordId{row.integer(0)};
  place.whose.damaged = row.integer(16) != 0;
  return place;
}

bool needs_structure(Wanted wanted) {
  return wanted.envelope || wanted.body || wanted.bodystructure || wanted.parts;
}

class IndexReader final : public Reader {
 public:
  IndexReader(const std::filesystem::path& index, std::shared_ptr<PackReader> packs,
              std::shared_ptr<const ReportDamage> report)
      : database_(index, index::Database::Access::read), packs_(std::move(packs)),
        report_(std::move(report)) {}

  result<MessageDetails> details(MessageId id, Wanted wanted) override {
    const bool structure = needs_structure(wanted);
    auto found = find<Described>(
        id, structure ? kFull : kPlain, structure ? kFullDeleted : kPlainDeleted,
        [wanted, structure](const Statement& row) { return described_row(row, wanted, structure); });
    if (!found && structure && found.error() != Error::no_such_message) {
      found = find<Described>(id, kPlain, kPlainDeleted,
                              [wanted](const Statement& row) { return described_row(row, wanted, false); });
      if (found) found->sound = false; // only what it kept of the parse was on a damaged page
    }
    if (!found) return found.error();
    if (!found->sound) return describe_again(id, std::move(found->details), wanted);
    return std::move(found->details);
  }

  result<std::shared_ptr<const MessageFile>> open(MessageId id) override {
    return open_place(id, [this, id] { return find<Place>(id, kPlace, kPlaceDeleted, place_row); });
  }

  error_code check(RecordId record) override {
    const auto file = open_place({}, [this, record] {
      return find<Place>(MessageId{record.value}, kPlaceOfRecord, kPlaceOfRecord, place_row);
    });
    if (!file) return file.error();
    std::array<char, 64 << 10> piece;
    for (std::uint64_t done = 0; done < (*file)->size();) {
      const std::size_t step = std::min<std::uint64_t>(piece.size(), (*file)->size() - done);
      if (const auto error = (*file)->read(done, {piece.data(), step})) return error;
      done += step;
    }
    return {};
  }

  std::vector<LookedUp> look_up(MailboxId mailbox, std::span<const Message> messages, Wanted wanted,
                                bool files) override {
    auto found = look_up_neighbours(mailbox, messages, wanted, files);
    // What is not as it should be is looked up by itself: deleted meanwhile, moved, damaged.
    return found.empty() ? Reader::look_up(mailbox, messages, wanted, files) : found;
  }

  result<std::vector<MessageId>> arrived_before(MailboxId mailbox, Uid first, Uid last,
                                                std::chrono::sys_seconds date) override {
    std::vector<MessageId> ids;
    try {
      Use rows(database_.prepare("SELECT id FROM message WHERE mailbox=:mailbox AND uid BETWEEN :first AND "
                                 ":last AND internal_date<:date"));
      rows->bind(":mailbox", mailbox.value)
          .bind(":first", first.value)
          .bind(":last", last.value)
          .bind(":date", date.time_since_epoch().count());
      while (rows->step()) ids.push_back(MessageId{rows->integer(0)});
    } catch (const index::SqliteError& error) {
      return unreadable(error);
    }
    return ids;
  }

  result<std::string> bytes(MessageId id, std::uint64_t limit) override {
    const auto file = open(id);
    if (!file) return file.error();
    std::string bytes(std::min((*file)->size(), limit), '\0');
    if (const auto error = (*file)->read(0, bytes)) return error;
    return bytes;
  }

 private:
  template <class Look>
  result<std::shared_ptr<const MessageFile>> open_place(MessageId id, Look look) {
    std::uint32_t missing = 0;
    for (;;) {
      result<Place> place = look();
      if (!place) return place.error();
      place->whose.message = id;
      if (!place->one_size) return damaged(place->whose, "and its record do not go together in the index");
      auto pack = packs_->open_pack(place->at.pack);
      if (pack)
        return std::make_shared<PackedMessage>(*std::move(pack), place->at, place->header, place->whose,
                                               report_);
      const std::string how =
          "cannot be read: pack " + std::to_string(place->at.pack) + ": " + pack.error().message();
      if (pack.error() != boost::system::errc::no_such_file_or_directory) { // no descriptor left, say
        tell(place->whose.name() + " " + how);
        return pack.error();
      }
      // Moved while we looked? Then it has another place now.
      if (place->at.pack == missing) return damaged(place->whose, how);
      missing = place->at.pack;
    }
  }

  // Those that stand in the index as they should, up to the first that does not.
  std::vector<LookedUp> look_up_neighbours(MailboxId mailbox, std::span<const Message> messages,
                                           Wanted wanted, bool files) {
    std::vector<LookedUp> found;
    const bool structure = needs_structure(wanted);
    std::size_t size = 0;
    std::pair<std::uint32_t, std::shared_ptr<const OpenPack>> pack;
    try {
      Use rows(database_.prepare(structure ? kFullNeighbours : kNeighbours));
      rows->bind(":mailbox", mailbox.value)
          .bind(":first", messages.front().uid.value)
          .bind(":last", last_of_run(messages).value);
      for (; found.size() < messages.size() && size < kMostStructure && rows->step();) {
        const Message& wanted_now = messages[found.size()];
        const auto uid = static_cast<std::uint64_t>(rows->integer(18));
        if (uid < wanted_now.uid.value) continue; // nobody asked for it
        if (uid != wanted_now.uid.value || rows->integer(17) != wanted_now.id.value) break;
        auto described = described_row(*rows, wanted, structure);
        if (!described.sound) break;
        LookedUp one;
        one.details = std::move(described.details);
        size += one.details.envelope.size() + one.details.body.size() + one.details.bodystructure.size();
        if (files) {
          const Place place = place_of_neighbour(*rows);
          if (place.at.pack > kFirstSingle && !found.empty()) break; // each keeps a file of its own open
          if (!pack.second || pack.first != place.at.pack) {
            auto opened = packs_->open_pack(place.at.pack);
            if (!opened) break;
            pack = {place.at.pack, *std::move(opened)};
          }
          one.file =
              std::make_shared<PackedMessage>(pack.second, place.at, place.header, place.whose, report_);
        }
        found.push_back(std::move(one));
        if (pack.first > kFirstSingle) break;
      }
    } catch (const index::SqliteError&) {
      found.clear(); // who looks one up tells
    }
    return found;
  }

  // The last that is not far behind the one before it: what lies between is read too.
  static Uid last_of_run(std::span<const Message> messages) {
    constexpr std::uint32_t kFar = 16;
    std::size_t last = 0;
    while (last + 1 < messages.size() && messages[last + 1].uid.value - messages[last].uid.value <= kFar)
      ++last;
    return messages[last].uid;
  }

  // From the message itself, when what the index says of it is damaged.
  result<MessageDetails> describe_again(MessageId id, MessageDetails details, Wanted wanted) {
    tell("what the index says of message " + std::to_string(id.value) + " is damaged: it was parsed again");
    const auto message = bytes(id, kMaxBody);
    if (!message) return message.error();
    mail::Structure structure = mail::parse_structure(*message);
    details.size = static_cast<std::uint32_t>(message->size());
    details.header_size =
        structure.parts.empty() ? 0 : static_cast<std::uint32_t>(structure.parts.front().body_begin);
    details.has_nul = structure.has_nul;
    if (wanted.envelope) details.envelope = std::move(structure.envelope);
    if (wanted.body) details.body = std::move(structure.body);
    if (wanted.bodystructure) details.bodystructure = std::move(structure.bodystructure);
    if (wanted.parts) details.parts = std::move(structure.parts);
    return details;
  }

  error_code damaged(const PackedMessage::Whose& whose, const std::string& how) {
    (*report_)(whose.name() + " " + how, whose.record);
    return Error::bad_record;
  }

  void tell(const std::string& sentence) { (*report_)(sentence, std::nullopt); }

  template <class T, class Row>
  result<T> find(MessageId id, const char* alive, const char* deleted, Row row) {
    try {
      for (const char* sql : {alive, deleted}) {
        Use rows(database_.prepare(sql));
        rows->bind(":id", id.value);
        if (rows->step()) return row(*rows);
      }
    } catch (const index::SqliteError& error) {
      return unreadable(error);
    }
    return Error::no_such_message;
  }

  error_code unreadable(const index::SqliteError& error) {
    tell(std::string("the index cannot be read: ") + error.what());
    return make_error_code(boost::system::errc::io_error);
  }

  index::Database database_;
  std::shared_ptr<PackReader> packs_;
  std::shared_ptr<const ReportDamage> report_;
};

} // namespace

std::unique_ptr<Reader> open_index_reader(const std::filesystem::path& index,
                                          std::shared_ptr<PackReader> packs,
                                          std::shared_ptr<const ReportDamage> report) {
  return std::make_unique<IndexReader>(index, std::move(packs), std::move(report));
}

} // namespace homespool::spool
