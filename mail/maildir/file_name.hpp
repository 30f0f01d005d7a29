// Names of messages in a Maildir: "1700000000.M1P2.host,S=4242:2,FS" and its relatives.
//
// Threads: pure functions.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::mail {

// What the letters a to z of a folder stand for (Dovecot's file dovecot-keywords).
using MaildirKeywords = std::array<std::string, 26>;
inline constexpr const char* kMaildirKeywordsFile = "dovecot-keywords";

// "0 NonJunk" and so on, a line each. What is no such line is passed over.
MaildirKeywords parse_maildir_keywords(std::string_view text);

struct MaildirName {
  std::string_view unique;        // before the flags
  std::vector<std::string> flags; // as IMAP names them
};

// The separator before "2," is ':', or on disks that cannot have it ';', '!', or U+F03A.
MaildirName parse_maildir_name(std::string_view name, const MaildirKeywords& keywords);

// When it was delivered, as the beginning of the name has it: what a folder is sorted by.
std::optional<std::int64_t> delivery_time(std::string_view name);

// The letters for the system flags and $Forwarded, in ASCII order as they must be; keywords that `keywords`
// has (whatever their case) as small letters behind them.
std::string maildir_letters(const std::vector<std::string>& flags, const MaildirKeywords& keywords);

} // namespace homespool::mail
