#include "spool/transfer/maildir_writer.hpp"

#include "mail/ascii.hpp"
#include "spool/copy/files.hpp"
#include "spool/transfer/file_source.hpp"
#include "spool/transfer/line_ends.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStep = std::size_t{256} << 10;
constexpr std::size_t kMostAtOnce = 1000; // files a sync
constexpr std::uint64_t kHeaviest = std::uint64_t{64} << 20;
constexpr std::size_t kKeywordsFile = 64 * 1024;

[[noreturn]] void fail(const fs::path& path, const char* what) {
  throw CopyFailure{path.string() + " " + what + ": " + std::strerror(errno)};
}

class NewFile {
 public:
  explicit NewFile(const fs::path& path)
      : path_(path),
        file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (!file_) fail(path_, "cannot be made");
  }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(file_.fd(), bytes.data(), bytes.size());
      if (put < 0 && errno != EINTR) fail(path_, "cannot be written");
      if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void set_time(std::chrono::sys_seconds time) {
    const timespec moment{time.time_since_epoch().count(), 0};
    const std::array<timespec, 2> times{moment, moment};
    if (::futimens(file_.fd(), times.data()) != 0) fail(path_, "cannot get its time");
  }
  void sync() {
    if (::fsync(file_.fd()) != 0) fail(path_, "cannot be written");
  }

 private:
  const fs::path& path_;
  DiskFile file_;
};

// Each part of it in order.
template <class Use>
boost::system::error_code for_each_part(const MessageFile& file, Use use) {
  std::vector<char> part;
  for (std::uint64_t at = 0; at < file.size(); at += part.size()) {
    part.resize(std::min<std::uint64_t>(kStep, file.size() - at));
    if (const auto error = file.read(at, part)) return error;
    use(std::string_view(part.data(), part.size()));
  }
  return {};
}

// With zeros before it, so that names of one second are in order.
std::string padded(std::int64_t id) {
  const std::string digits = std::to_string(id);
  return std::string(digits.size() < 10 ? 10 - digits.size() : 0, '0') + digits;
}

// "SECONDS.ID.SPOOL,S=…" gives ID.
std::optional<std::int64_t> id_of(std::string_view name, std::string_view spool_id) {
  const std::size_t dot = name.find('.');
  if (dot == name.npos) return std::nullopt;
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(name.data() + dot + 1, name.data() + name.size(), id);
  const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
  if (error != std::errc{} || !rest.starts_with('.')) return std::nullopt;
  const std::string_view spool = rest.substr(1, rest.find_first_of(",:;!") - 1);
  return spool == spool_id ? std::optional(id) : std::nullopt;
}

} // namespace

MaildirWriter::MaildirWriter(fs::path folder, std::string spool_id)
    : folder_(std::move(folder)), spool_id_(std::move(spool_id)) {
  make_private_directory(folder_);
  for (const char* part : {"cur", "new", "tmp"}) make_private_directory(folder_ / part);
  find_known();
  const auto source = FileSource::open(folder_ / mail::kMaildirKeywordsFile);
  if (!source) return;
  std::string text(std::min<std::uint64_t>((*source)->size(), kKeywordsFile), '\0');
  if ((*source)->read(0, text)) keywords_ = mail::parse_maildir_keywords(text);
}

void MaildirWriter::find_known() {
  for (const char* part : {"cur", "new"}) {
    for (const auto& entry : fs::directory_iterator(folder_ / part)) {
      if (const auto id = id_of(entry.path().filename().string(), spool_id_)) known_.push_back(*id);
    }
  }
  std::sort(known_.begin(), known_.end());
}

bool MaildirWriter::has(MessageId id) const {
  return std::binary_search(known_.begin(), known_.end(), id.value);
}

boost::system::error_code MaildirWriter::write(const MaildirMessage& message, const MessageFile& file) {
  LineEnds ends;
  if (const auto error = for_each_part(file, [&ends](std::string_view part) { ends.look(part); }))
    return error;
  const auto time = std::max<std::int64_t>(0, message.internal_date.time_since_epoch().count());
  const std::string unique = std::to_string(time) + "." + padded(message.id.value) + "." + spool_id_;
  const fs::path path = folder_ / "tmp" / unique;
  NewFile out(path);
  ToBareLf to_lf;
  std::string bytes;
  const auto error = for_each_part(file, [&](std::string_view part) {
    if (ends.must_stay()) return out.write(part);
    bytes.clear();
    to_lf.append(part, bytes);
    out.write(bytes);
  });
  if (error) {
    ::unlink(path.c_str());
    return error;
  }
  bytes.clear();
  to_lf.finish(bytes);
  out.write(bytes);
  out.set_time(message.internal_date);
  give_letters(message.flags);
  const std::uint64_t size = file.size() - (ends.must_stay() ? 0 : ends.crlfs());
  written_.push_back({unique, unique + ",S=" + std::to_string(size) + ",W=" + std::to_string(file.size()) +
                                  ":2," + mail::maildir_letters(message.flags, keywords_)});
  bytes_ += size;
  if (written_.size() >= kMostAtOnce || bytes_ >= kHeaviest) finish();
  return {};
}

void MaildirWriter::give_letters(const std::vector<std::string>& flags) {
  for (const std::string& flag : flags) {
    if (flag.starts_with('\\')) continue;
    const auto same = [&flag](const std::string& known) { return mail::equals_ignoring_case(known, flag); };
    if (std::any_of(keywords_.begin(), keywords_.end(), same)) continue;
    const auto free = std::find(keywords_.begin(), keywords_.end(), "");
    if (free == keywords_.end()) {
      if (std::none_of(left_out_.begin(), left_out_.end(), same)) left_out_.push_back(flag);
      continue;
    }
    *free = flag;
    keywords_changed_ = true;
  }
}

void MaildirWriter::save_keywords() {
  if (!std::exchange(keywords_changed_, false)) return;
  const fs::path path = folder_ / "tmp" / mail::kMaildirKeywordsFile;
  NewFile out(path);
  for (std::size_t i = 0; i < keywords_.size(); ++i)
    if (!keywords_[i].empty()) out.write(std::to_string(i) + " " + keywords_[i] + "\n");
  out.sync();
  rename_durably(path, folder_ / mail::kMaildirKeywordsFile);
}

void MaildirWriter::finish() {
  save_keywords();
  if (written_.empty()) return;
  const DiskFile directory(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // One sync of the disk for all of them, rather than one for each.
  if (!directory || ::syncfs(directory.fd()) != 0) fail(folder_, "cannot be written");
  for (const Written& file : written_) {
    const fs::path to = folder_ / "cur" / file.name;
    if (::rename((folder_ / "tmp" / file.temporary).c_str(), to.c_str()) != 0) fail(to, "cannot be made");
  }
  sync_names(folder_ / "cur");
  written_.clear();
  bytes_ = 0;
}

} // namespace homespool::spool
