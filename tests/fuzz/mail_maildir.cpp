// Names in a Maildir may be anything: what is made of them can be written, and read back the same.

#include "mail/keyword_name.hpp"
#include "mail/maildir/file_name.hpp"
#include "mail/maildir/folder_name.hpp"
#include "mail/modified_utf7.hpp"
#include "tests/fuzz/require.hpp"

using namespace homespool::mail;
namespace fuzz = homespool::fuzz;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto end = text.find('\n');
  const auto name = text.substr(0, end);
  const auto keywords = parse_maildir_keywords(end == text.npos ? "" : text.substr(end + 1));
  const MaildirName parsed = parse_maildir_name(name, keywords);
  require(parsed.unique.size() <= name.size());
  const std::string letters = maildir_letters(parsed.flags, keywords);
  require(maildir_letters(parse_maildir_name("1.x:2," + letters, keywords).flags, keywords) == letters);
  (void)delivery_time(name);
  for (const auto& keyword : as_keywords(name)) require(!keyword.empty() && keyword.size() <= 200);
  if (const auto decoded = from_modified_utf7(name)) require(to_modified_utf7(*decoded) == name);
  const std::string level = as_folder_level(name);
  require(!level.empty());
  require(from_maildir_folder(to_maildir_folder(level)) == level);
  require(!from_maildir_folder("." + std::string(name)).empty());
  return 0;
}
