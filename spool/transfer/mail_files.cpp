#include "spool/transfer/mail_files.hpp"

#include "mail/ascii.hpp"
#include "mail/header.hpp"
#include "mail/maildir/file_name.hpp"
#include "mail/maildir/folder_name.hpp"
#include "mail/mbox/from_line.hpp"
#include "spool/transfer/file_source.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 40;
constexpr std::size_t kLook = 2000;              // bytes of a file
constexpr std::size_t kKeywordsFile = 64 * 1024; // bytes read of it
constexpr const char* kNoFolder = "lies so deep that no folder can be called so";

enum class Nature { file, directory, other, missing };

Nature nature_of(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::is_regular_file(status)) return Nature::file;
  if (fs::is_directory(status)) return Nature::directory;
  return fs::exists(status) ? Nature::other : Nature::missing;
}

bool is_maildir(const fs::path& path) {
  const auto has = [&path](const char* part) { return nature_of(path / part) == Nature::directory; };
  return has("cur") || (has("new") && has("tmp"));
}

// The top of what Dovecot or Courier keep for a user, not one folder of it.
bool is_top(const fs::path& path, const std::string& name) {
  for (const char* usual : {"maildir", ".maildir", "mail", "mdir"})
    if (mail::equals_ignoring_case(name, usual)) return true;
  for (const char* file : {"subscriptions", "courierimapsubscribed"})
    if (nature_of(path / file) == Nature::file) return true;
  std::error_code error;
  for (auto entry = fs::directory_iterator(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with('.') && is_maildir(entry->path())) return true;
  }
  return false;
}

std::string name_of(const fs::path& path) {
  std::error_code error;
  fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") name = fs::canonical(path, error).filename();
  return name.string();
}

bool ends_in(std::string_view name, std::string_view extension) {
  return name.size() > extension.size() &&
         mail::equals_ignoring_case(name.substr(name.size() - extension.size()), extension);
}

std::string without_extension(std::string_view name) {
  for (const std::string_view extension : {".mbox", ".mbx", ".sbd"})
    if (ends_in(name, extension)) return std::string(name.substr(0, name.size() - extension.size()));
  return std::string(name);
}

// Of an mbox file or a folder of the disk.
std::string level_of(const std::string& name) {
  return mail::as_folder_level(without_extension(name));
}

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

// INBOX is one folder, however it is written.
std::string with_inbox(std::string folder) {
  const std::size_t end = std::min(folder.find('/'), folder.size());
  if (mail::equals_ignoring_case(std::string_view(folder).substr(0, end), "INBOX"))
    folder.replace(0, end, "INBOX");
  return folder;
}

std::optional<MailKind> kind_of(const std::string& name, std::string_view start, bool named) {
  const std::string_view line = start.substr(0, start.find_first_of("\r\n"));
  const bool number = !name.empty() && std::all_of(name.begin(), name.end(), mail::is_digit);
  if (ends_in(name, ".eml")) return MailKind::message;
  if (mail::parse_from_line(line) || ends_in(name, ".mbox") || ends_in(name, ".mbx")) return MailKind::mbox;
  if ((number || named) && mail::field_of_lines(line)) return MailKind::message;
  return std::nullopt;
}

std::string start_of(const fs::path& file, std::size_t bytes) {
  const auto source = FileSource::open(file);
  std::string start(source ? std::min<std::uint64_t>((*source)->size(), bytes) : 0, '\0');
  const auto got = source ? (*source)->read(0, start) : boost::system::result<std::size_t>(0);
  return got ? start.substr(0, *got) : std::string();
}

std::string words(std::error_code error) {
  return "cannot be read: " + error.message();
}

std::string why_missing(const fs::path& path) {
  std::error_code error;
  (void)fs::status(path, error);
  return words(error ? error : std::make_error_code(std::errc::no_such_file_or_directory));
}

} // namespace

void MailFiles::visit(const fs::path& path) {
  const Nature nature = nature_of(path);
  const std::string name = name_of(path);
  Place place{path, "", name.starts_with('.') ? mail::from_maildir_folder(name) : level_of(name), 0};
  if (nature == Nature::missing) return visitor_.unreadable(path, why_missing(path));
  if (nature == Nature::other) return visitor_.unreadable(path, "is neither a file nor a folder");
  if (nature == Nature::file) return file(place, path, true);
  if ((name == "cur" || name == "new") && is_maildir(path.parent_path())) {
    place.path = path.parent_path(); // a part of a Maildir by itself
    place.own = place.folder = level_of(name_of(place.path));
    if (is_top(place.path, name_of(place.path))) place.folder.clear();
    return messages(place, {name});
  }
  if (!is_maildir(path)) return directory(place);
  const bool top = is_top(path, name);
  if (!top) place.folder = place.own;
  maildir(place);
}

bool can_be_folder(const std::string& name) {
  constexpr std::size_t kLongest = 1000, kLevels = 50;
  if (name.size() > kLongest) return false;
  std::size_t levels = 0;
  for (std::size_t begin = 0; begin <= name.size(); ++levels) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string level = name.substr(begin, end - begin);
    if (mail::as_folder_level(level) != level) return false;
    begin = end + 1;
  }
  return levels <= kLevels;
}

bool MailFiles::seen(const fs::path& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 && !seen_.emplace(facts.st_dev, facts.st_ino).second;
}

std::vector<fs::path> MailFiles::entries(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (auto entry = fs::directory_iterator(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    paths.push_back(entry->path());
  if (error) visitor_.unreadable(directory, words(error));
  std::sort(paths.begin(), paths.end());
  return paths;
}

void MailFiles::subdirectory(const Place& parent, const fs::path& path) {
  const std::string name = path.filename().string();
  const bool maildir_too = is_maildir(path);
  const bool dotted = maildir_too && name.starts_with('.');
  Place place{path, "", parent.own, parent.depth + 1};
  place.folder = below(parent.folder, dotted ? mail::from_maildir_folder(name) : level_of(name));
  if (place.depth > kDeepest) return visitor_.unreadable(path, "lies too deep");
  maildir_too ? maildir(place) : directory(place);
}

void MailFiles::directory(const Place& place) {
  if (seen(place.path)) return;
  for (const fs::path& path : entries(place.path)) {
    const Nature nature = nature_of(path);
    if (nature == Nature::directory) subdirectory(place, path);
    if (nature == Nature::file) file(place, path, false);
    if (nature == Nature::other) visitor_.unreadable(path, "is neither a file nor a folder");
    if (nature == Nature::missing) visitor_.unreadable(path, why_missing(path));
  }
}

void MailFiles::maildir(const Place& place) {
  if (seen(place.path)) return;
  messages(place, {"cur", "new"});
  for (const fs::path& path : entries(place.path)) {
    const std::string name = path.filename().string();
    if (name == "cur" || name == "new" || name == "tmp" || nature_of(path) != Nature::directory) continue;
    subdirectory(place, path);
  }
}

void MailFiles::messages(const Place& place, const std::vector<std::string>& parts) {
  const std::string folder = folder_.value_or(with_inbox(place.folder.empty() ? "INBOX" : place.folder));
  if (!can_be_folder(folder)) return visitor_.unreadable(place.path, kNoFolder);
  visitor_.maildir(folder);
  const auto keywords =
      mail::parse_maildir_keywords(start_of(place.path / mail::kMaildirKeywordsFile, kKeywordsFile));
  std::vector<fs::path> messages;
  for (const std::string& part : parts) {
    if (nature_of(place.path / part) != Nature::directory) continue;
    for (fs::path& path : entries(place.path / part)) messages.push_back(std::move(path));
  }
  const auto time = [](const fs::path& path) {
    return mail::delivery_time(path.filename().string()).value_or(0);
  };
  std::stable_sort(messages.begin(), messages.end(),
                   [&time](const fs::path& a, const fs::path& b) { return time(a) < time(b); });
  for (const fs::path& path : messages) {
    const std::string name = path.filename().string();
    if (name.starts_with('.') || nature_of(path) == Nature::directory) continue;
    found({path, MailKind::maildir_message, folder, mail::parse_maildir_name(name, keywords).flags});
  }
}

void MailFiles::file(const Place& place, const fs::path& path, bool named) {
  const std::string name = path.filename().string();
  if (const auto opened = FileSource::open(path); !opened)
    return visitor_.unreadable(path, "cannot be read: " + opened.error().message());
  const auto kind = kind_of(name, start_of(path, kLook), named);
  if (!kind) return visitor_.no_mail(path);
  if ((named || *kind == MailKind::mbox) && seen(path)) return;
  std::string folder = place.folder.empty() ? place.own : place.folder;
  if (named && *kind == MailKind::message) folder = "INBOX";
  // Apple Mail keeps NAME.mbox/mbox.
  const bool of_its_folder = name == "mbox" && ends_in(path.parent_path().filename().string(), ".mbox");
  if (!named && *kind == MailKind::mbox && !of_its_folder) folder = below(place.folder, level_of(name));
  found({path, *kind, folder, {}});
}

void MailFiles::found(MailFile file) {
  file.folder = folder_ ? *folder_ : with_inbox(std::move(file.folder));
  if (!can_be_folder(file.folder)) return visitor_.unreadable(file.path, kNoFolder);
  visitor_.file(file);
}

} // namespace homespool::spool
