// Writes messages into one folder of a Maildir, so that what has its name there is whole and on stable
// storage.
//
// A file is written in tmp/ and gets its name in cur/ after a sync of many at once. Its name tells the
// message's id, so that the folder knows what it has. Line ends are LF, as programs that read Maildirs
// expect, but for a message that would not come back the same (one with CR CR LF): that keeps its CRLF. Every
// fault throws CopyFailure; one of reading a message is a value. Threads: one owner; it blocks.
#pragma once

#include "mail/maildir/file_name.hpp"
#include "spool/message_reader.hpp"
#include "spool/pack/pack_disk.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace homespool::spool {

struct MaildirMessage {
  MessageId id;
  std::chrono::sys_seconds internal_date;
  std::vector<std::string> flags; // as IMAP names them
};

class MaildirWriter {
 public:
  // Makes the folder when it is missing. `spool_id` tells this spool's messages from others.
  MaildirWriter(std::filesystem::path folder, std::string spool_id);

  // It was written here before, whatever became of its flags since.
  bool has(MessageId id) const;
  // The error is the message's own: it could not be read.
  boost::system::error_code write(const MaildirMessage& message, const MessageFile& file);
  // Gives everything its name.
  void finish();

  // Keywords that have no letter any more: a folder has 26.
  const std::vector<std::string>& keywords_left_out() const { return left_out_; }

 private:
  struct Written {
    std::string temporary, name;
  };
  void find_known();
  void give_letters(const std::vector<std::string>& flags);
  void save_keywords();

  std::filesystem::path folder_;
  std::string spool_id_;
  std::vector<std::int64_t> known_; // rising
  mail::MaildirKeywords keywords_;
  bool keywords_changed_ = false;
  std::vector<std::string> left_out_;
  std::vector<Written> written_;
  std::uint64_t bytes_ = 0; // of them
};

} // namespace homespool::spool
