// The commands of IMAP as values: RFC 3501, and the extensions that are announced or asked for unannounced.
//
// Mailbox names are UTF-8 with '/' between levels, modified UTF-7 undone, "INBOX" (alone or as the first
// level) spelt so. Strings are unquoted, literals taken in. Threads: values.
#pragma once

#include "config/secret.hpp"
#include "server/imap/fetch/fetch_items.hpp"
#include "server/imap/grammar/sequence_set.hpp"
#include "server/imap/search/search_key.hpp"
#include "spool/flags.hpp"
#include "spool/uid_set.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace homespool::server::imap {

namespace command {

// Any state.
struct Capability {};
struct Noop {};
struct Logout {};
struct Id { // RFC 2971; empty for NIL
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};

// Not logged in.
struct StartTls {};
struct Login {
  std::string login;
  config::Secret password;
};
struct Authenticate {
  std::string mechanism;              // upper case
  std::optional<std::string> initial; // base64 as sent; "=" is an empty response (RFC 4959)
};

// Logged in.
struct Enable {
  std::vector<std::string> capabilities; // upper case
};
struct Namespace {};
struct Idle {};
struct Select {
  std::string mailbox;
  bool examine = false;
  bool condstore = false;
};
struct Create {
  std::string mailbox;     // a trailing '/' is removed
  std::string special_use; // RFC 6154: the first attribute of USE, or empty
};
struct Delete {
  std::string mailbox;
};
struct Rename {
  std::string from, to;
};
struct Subscribe {
  std::string mailbox;
};
struct Unsubscribe {
  std::string mailbox;
};

enum class StatusItem : std::uint8_t {
  messages,
  recent,
  uidnext,
  uidvalidity,
  unseen, // RFC 3501
  size,
  deleted,       // RFC 8438, RFC 9051
  highestmodseq, // RFC 7162
  appendlimit,   // RFC 7889
};
struct Status {
  std::string mailbox;
  std::vector<StatusItem> items;
};

// LIST of RFC 3501, 5258, 5819, 6154; LSUB and XLIST.
struct List {
  enum class Kind : std::uint8_t { list, lsub, xlist };
  Kind kind = Kind::list;
  std::string reference;
  std::vector<std::string> patterns; // with % and *; reference is not yet in front of them
  bool extended = false;             // selection options, several patterns, or RETURN was used
  // Selection options. LSUB is kind lsub, not select_subscribed.
  bool select_subscribed = false, select_remote = false, select_recursivematch = false,
       select_special_use = false;
  // Return options.
  bool return_subscribed = false, return_children = false, return_special_use = false,
       return_myrights = false;
  std::vector<StatusItem> return_status;
};

// What stands before APPEND's message; the message itself is streamed.
struct Append {
  std::string mailbox;
  spool::FlagNames flags;
  bool recent = false; // \Recent was among the flags: ignored
  std::optional<std::chrono::sys_seconds> date;
  std::uint64_t size = 0;
  bool utf8 = false; // APPEND … UTF8 (~{n}: a ")" follows the message
};

// RFC 4314. Rights as written.
struct GetAcl {
  std::string mailbox;
};
struct MyRights {
  std::string mailbox;
};
struct ListRights {
  std::string mailbox, identifier;
};
struct SetAcl {
  std::string mailbox, identifier, rights;
};
struct DeleteAcl {
  std::string mailbox, identifier;
};

// Selected.
struct Check {};
struct Close {};
struct Unselect {};
struct Expunge {
  std::optional<SequenceSet> uids; // UID EXPUNGE
};
struct Search {
  bool uid = false;
  std::string charset; // as written; empty: none given
  SearchKey key;
};
struct Fetch {
  bool uid = false;
  SequenceSet set;
  FetchItems items; // with UID in it for UID FETCH
  std::optional<spool::ModSeq> changed_since;
};
struct Store {
  bool uid = false;
  SequenceSet set;
  spool::FlagChange change = spool::FlagChange::replace;
  bool silent = false;
  spool::FlagNames flags; // \Recent is left out; other unknown \-flags are an error of the parser
  std::optional<spool::ModSeq> unchanged_since;
};
struct Copy {
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
};
struct Move {
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
};

// RFC 8508. What stands before the message, as in APPEND.
struct Replace {
  bool uid = false;
  SequenceSet set; // of one message
  Append append;
};

} // namespace command

using Command =
    std::variant<command::Capability, command::Noop, command::Logout, command::Id, command::StartTls,
                 command::Login, command::Authenticate, command::Enable, command::Namespace, command::Idle,
                 command::Select, command::Create, command::Delete, command::Rename, command::Subscribe,
                 command::Unsubscribe, command::Status, command::List, command::Append, command::GetAcl,
                 command::MyRights, command::ListRights, command::SetAcl, command::DeleteAcl, command::Check,
                 command::Close, command::Unselect, command::Expunge, command::Search, command::Fetch,
                 command::Store, command::Copy, command::Move, command::Replace>;

} // namespace homespool::server::imap
