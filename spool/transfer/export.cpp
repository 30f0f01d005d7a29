#include "spool/transfer/export.hpp"

#include "mail/maildir/folder_name.hpp"
#include "mail/modified_utf7.hpp"
#include "spool/copy/check_copy.hpp"
#include "spool/copy/pack_pin.hpp"
#include "spool/error.hpp"
#include "spool/flags.hpp"
#include "spool/index/schema.hpp"
#include "spool/store/index_reader.hpp"
#include "spool/transfer/maildir_writer.hpp"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;
using index::Use;

// Tells whose mail it is; the folder's first file.
constexpr const char* kMark = "homespool-export";
constexpr std::int64_t kRowsAtOnce = 1000;

struct Folder {
  std::int64_t id = 0;
  std::string name;
  std::vector<std::string> keywords;
};
struct Row {
  Uid uid;
  Flags flags;
  MaildirMessage message;
};

std::vector<std::string> names_of(Flags flags, const std::vector<std::string>& keywords) {
  std::istringstream words(flag_names(flags, keywords));
  return {std::istream_iterator<std::string>(words), {}};
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void write_text(const fs::path& file, const std::string& text) {
  const fs::path temporary = file.string() + ".new";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    if (!(out << text << std::flush)) throw CopyFailure{temporary.string() + " cannot be written"};
  }
  PackDisk disk;
  auto opened = open_file(disk, temporary, O_RDWR);
  if (!opened || sync_file(disk, *opened)) throw CopyFailure{temporary.string() + " cannot be written"};
  rename_durably(temporary, file);
}

class Export {
 public:
  Export(const fs::path& spool, std::string user, fs::path to, const CopyProgress& progress)
      : pin_(PackPin::hold(spool / "packs")), index_(open_sound_index(spool, IndexOf::spool)), spool_(spool),
        user_(std::move(user)), to_(std::move(to)), progress_(progress),
        spool_id_(index::meta(*index_, "spool_id").value_or("")) {
    auto report = std::make_shared<const ReportDamage>([](const std::string&, std::optional<RecordId>) {});
    reader_ = open_index_reader(spool / "index.db", PackReader::open(spool / "packs"), std::move(report));
  }

  ExportReport run() {
    prepare();
    count();
    for (const Folder& folder : folders()) {
      ++report_.folders;
      export_folder(folder);
    }
    write_subscriptions();
    sync_names(to_);
    return report_;
  }

 private:
  void prepare();
  void count();
  std::vector<Folder> folders();
  std::vector<Row> rows_after(const Folder& folder, Uid last);
  void export_folder(const Folder& folder);
  void export_message(MaildirWriter& writer, const Folder& folder, const Row& row);
  void write_subscriptions();

  std::optional<PackPin> pin_; // before the index is looked at
  std::unique_ptr<index::Database> index_;
  fs::path spool_;
  std::string user_;
  fs::path to_;
  const CopyProgress& progress_;
  std::string spool_id_;
  std::unique_ptr<Reader> reader_;
  std::uint64_t total_ = 0;
  ExportReport report_;
};

void Export::prepare() {
  if (!to_.has_filename()) to_ = to_.parent_path(); // "DIR/"
  const auto inside = fs::weakly_canonical(to_).lexically_relative(fs::weakly_canonical(spool_));
  if (!inside.empty() && *inside.begin() != "..")
    throw CopyFailure{"mail cannot be exported into the spool itself: " + to_.string()};
  const std::string mark = spool_id_ + " " + user_ + "\n";
  if (fs::exists(to_) && !fs::is_directory(to_)) throw CopyFailure{to_.string() + " is no folder"};
  if (fs::exists(to_) && !fs::is_empty(to_)) {
    if (text_of(to_ / kMark) == mark) return;
    throw CopyFailure{to_.string() + " holds other things than an export of " + user_ +
                      "'s mail; choose an empty folder"};
  }
  if (!to_.parent_path().empty()) fs::create_directories(to_.parent_path());
  make_private_directory(to_);
  write_text(to_ / kMark, mark);
}

void Export::count() {
  Use all(
      index_->prepare("SELECT count(*) FROM message m JOIN mailbox b ON b.id=m.mailbox WHERE b.user=:user"));
  all->bind(":user", std::string_view(user_));
  if (all->step()) total_ = static_cast<std::uint64_t>(all->integer(0));
}

std::vector<Folder> Export::folders() {
  std::vector<Folder> found;
  {
    Use rows(index_->prepare("SELECT id, name FROM mailbox WHERE user=:user ORDER BY name"));
    rows->bind(":user", std::string_view(user_));
    while (rows->step()) found.push_back({rows->integer(0), rows->text(1), {}});
  }
  for (Folder& folder : found) {
    Use rows(index_->prepare("SELECT place, name FROM keyword WHERE mailbox=:id ORDER BY place"));
    rows->bind(":id", folder.id);
    while (rows->step()) {
      const auto place = static_cast<std::size_t>(rows->integer(0));
      if (place >= Flags::kMaxKeywords) continue;
      folder.keywords.resize(std::max(folder.keywords.size(), place + 1));
      folder.keywords[place] = rows->text(1);
    }
  }
  return found;
}

// In steps, so that no state of the index is held for long.
std::vector<Row> Export::rows_after(const Folder& folder, Uid last) {
  std::vector<Row> found;
  Use rows(index_->prepare("SELECT uid, id, flags, internal_date FROM message WHERE mailbox=:mailbox AND "
                           "uid>:last ORDER BY uid LIMIT :limit"));
  rows->bind(":mailbox", folder.id).bind(":last", last.value).bind(":limit", kRowsAtOnce);
  while (rows->step()) {
    Row& row = found.emplace_back();
    row.uid = Uid{static_cast<std::uint32_t>(rows->integer(0))};
    row.flags.bits = static_cast<std::uint64_t>(rows->integer(2));
    row.message.id = MessageId{rows->integer(1)};
    row.message.internal_date = std::chrono::sys_seconds{std::chrono::seconds{rows->integer(3)}};
    row.message.flags = names_of(row.flags, folder.keywords);
  }
  return found;
}

void Export::export_folder(const Folder& folder) {
  const bool inbox = folder.name == "INBOX";
  const fs::path directory = inbox ? to_ : to_ / mail::to_maildir_folder(folder.name);
  MaildirWriter writer(directory, spool_id_);
  if (!inbox && !fs::exists(directory / "maildirfolder")) write_text(directory / "maildirfolder", "");
  Uid last;
  for (auto rows = rows_after(folder, last); !rows.empty(); rows = rows_after(folder, last)) {
    last = rows.back().uid;
    for (const Row& row : rows) export_message(writer, folder, row);
  }
  writer.finish();
  for (const std::string& keyword : writer.keywords_left_out())
    report_.faults.push_back("the keyword " + keyword + " of folder " + folder.name +
                             " is left out: a Maildir holds 26");
}

void Export::export_message(MaildirWriter& writer, const Folder& folder, const Row& row) {
  progress_("exporting", report_.written + report_.there, total_, "messages");
  if (writer.has(row.message.id)) {
    ++report_.there;
    return;
  }
  const auto file = reader_->open(row.message.id);
  const auto error = file ? writer.write(row.message, **file) : file.error();
  if (!error)
    ++report_.written;
  else if (error != Error::no_such_message) // it was deleted for good meanwhile
    report_.faults.push_back("message " + spool_id_ + "." + std::to_string(row.message.id.value) +
                             " in folder " + folder.name + " cannot be read: " + error.message());
}

void Export::write_subscriptions() {
  if (fs::exists(to_ / "subscriptions")) return;
  std::string text;
  Use rows(index_->prepare("SELECT name FROM subscription WHERE user=:user ORDER BY name"));
  rows->bind(":user", std::string_view(user_));
  while (rows->step()) {
    const std::string name = rows->text(0);
    text += (name == "INBOX" ? name : mail::to_maildir_folder(name).substr(1)) + "\n";
  }
  write_text(to_ / "subscriptions", text);
}

} // namespace

ExportOutcome export_mail(const fs::path& spool, const std::string& user, const fs::path& to,
                          const CopyProgress& progress) {
  return without_throwing<ExportOutcome>([&] { return Export(spool, user, to, progress).run(); });
}

} // namespace homespool::spool
