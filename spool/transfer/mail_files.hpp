// Where is mail below a path, and what is the folder called that it belongs to?
//
// mbox files are known by their first line (or by .mbox), messages by .eml, by a number for a name (MH), or
// by lying in a Maildir. Names of folders are paths below the one that was given; what lies in that one
// itself goes by its own name. The top of a Maildir++ is INBOX. Symbolic links are followed, each folder and
// each mbox file is visited once; pipes, sockets and devices are never opened. Threads: one; it blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace homespool::spool {

enum class MailKind { mbox, message, maildir_message };

struct MailFile {
  std::filesystem::path path;
  MailKind kind = MailKind::message;
  std::string folder;
  std::vector<std::string> flags; // that the name of the file tells, as IMAP names them
};

class MailFileVisitor {
 public:
  virtual ~MailFileVisitor() = default;
  virtual void file(const MailFile& file) = 0;
  // A Maildir was found; it may be empty.
  virtual void maildir(const std::string& folder) = 0;
  virtual void unreadable(const std::filesystem::path& path, const std::string& sentence) = 0;
  // Passed over: it does not look like mail.
  virtual void no_mail(const std::filesystem::path& path) = 0;
};

// Can a folder be called so? At most 1,000 bytes and 50 levels, each as mail::as_folder_level() leaves it.
bool can_be_folder(const std::string& name);

class MailFiles {
 public:
  // `folder`: where all of it goes, whatever it is called.
  MailFiles(MailFileVisitor& visitor, std::optional<std::string> folder)
      : visitor_(visitor), folder_(std::move(folder)) {}

  void visit(const std::filesystem::path& path);

 private:
  struct Place {
    std::filesystem::path path;
    std::string folder; // empty: of the path that was given
    std::string own;    // what that one is called
    int depth = 0;
  };
  void directory(const Place& place);
  void maildir(const Place& place);
  void messages(const Place& place, const std::vector<std::string>& parts);
  void subdirectory(const Place& parent, const std::filesystem::path& path);
  void file(const Place& place, const std::filesystem::path& path, bool named);
  void found(MailFile file);
  bool seen(const std::filesystem::path& path);
  std::vector<std::filesystem::path> entries(const std::filesystem::path& directory);

  MailFileVisitor& visitor_;
  std::optional<std::string> folder_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_; // device and inode
};

} // namespace homespool::spool
