// The deleter rule: one client of a user may delete, every other one only reads and files. Decisions alone.
//
// For: POP3 and IMAP sessions, which ask at the moment when an act takes effect, with the settings of that
// moment. Not for: carrying an act out, or counting it. Threads: pure functions of their arguments.
#pragma once

#include "config/settings.hpp"
#include "spool/flags.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace homespool::server {

enum class Role : std::uint8_t { deleter, reader };
enum class FolderKind : std::uint8_t { ordinary, drafts, trash };

enum class Act : std::uint8_t {
  pop3_delete,    // DELE
  mark_deleted,   // \Deleted by STORE
  unmark_deleted, // \Deleted taken away by STORE
  expunge,        // EXPUNGE, UID EXPUNGE
  close,          // CLOSE with what it expunges
  move_out,       // MOVE, judged by the folder that is left
  file_into,      // COPY, APPEND or MOVE, judged by the folder that receives
  create_folder,
  delete_folder,
  rename_folder,
  set_rights, // SETACL, DELETEACL: rights come from the settings
};

enum class Ruling : std::uint8_t {
  allowed,
  own_only, // only what this client marked itself: a draft that it replaces
  ignored,  // answered as done, nothing happens
  hidden,   // hidden for this login alone
  refused,  // NO or -ERR with refusal()
};

// Who acts, as the settings of this moment have it.
struct Actor {
  Role role = Role::reader;
  config::OnDelete on_delete = config::OnDelete::refuse; // of the protocol that is used
  std::string login;
  std::string user;
  std::string deleter; // the login that may delete; empty: nobody may
};

// The actor behind `login`; a login that is not in the settings any more is a reader who is refused.
Actor actor_imap(const config::Settings& settings, std::string_view login, std::string_view user);
Actor actor_pop3(const config::Settings& settings, std::string_view login, std::string_view user);

// `special_use` as the spool has it ("\\Trash"). Folders inside Trash and Drafts count as ordinary, and so do
// the drafts of a user with no deleter: nobody removes anything there, not to replace a draft either.
FolderKind folder_kind(const Actor& actor, std::string_view special_use);

Ruling decide(const Actor& actor, Act act, FolderKind folder);

// A sentence for the person at the refused client: clients show it word for word. Names the deleter's login,
// or says that nobody may delete. One line of UTF-8.
std::string refusal(const Actor& actor, Act act);

// The rights of RFC 4314 that MYRIGHTS tells. The deleter has all of them, the obsolete c and d too (section
// 2.1.1), by which older clients tell who may delete.
std::string_view rights(Role role, FolderKind folder);

// The flags that STORE and APPEND can set, as those rights have it. \Deleted of a reader's drafts is not
// among them: see mark_deleted.
struct SettableFlags {
  std::uint64_t system = 0; // bits of spool::Flags
  bool keywords = false;
};
SettableFlags settable_flags(Role role, FolderKind folder);

} // namespace homespool::server
