// A user's mail as a Maildir++, as Dovecot lays it out: INBOX at the top, a folder ".Level.Level" for each
// other, flags in the names of files, keywords in dovecot-keywords, times of arrival as the files' times, and
// the file of subscriptions.
//
// Reads the spool beside whoever uses it. Again into the same folder: only what is not there is added, and
// nothing that is there is touched. Not for: what was deleted; what one client hid from itself is there.
// Threads: one; it blocks.
#pragma once

#include "spool/copy/backup.hpp"

#include <string>
#include <vector>

namespace homespool::spool {

struct ExportReport {
  std::uint64_t written = 0, there = 0; // messages
  std::uint64_t folders = 0;
  std::vector<std::string> faults; // sentences: messages that cannot be read, keywords that do not fit
};
using ExportOutcome = boost::system::result<ExportReport, OpenFailure>;

// `to` is empty, missing, or holds an export of this user's mail.
ExportOutcome export_mail(const std::filesystem::path& spool, const std::string& user,
                          const std::filesystem::path& to, const CopyProgress& progress);

} // namespace homespool::spool
