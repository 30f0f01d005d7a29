// The readers of the schema: each turns one part of the tree into its settings and reports what is wrong with
// it.
//
// For: load_text.cpp, which calls them in turn. Adding a key: its name in the list of the reader, its line
// below it, its member in config/settings.hpp. Threads: one loading owns what it passes.
#pragma once

#include "config/schema/section.hpp"

namespace homespool::config::schema {

void read_spool(Section& file, SpoolSettings& out);
void read_users(Section& file, std::vector<User>& out);
void read_client_pop3(Section& client, ClientPop3& out);
void read_client_imap(Section& client, ClientImap& out);
void read_accounts(Section& file, std::vector<Account>& out); // after the users
void read_oauth2(Section& account);
void read_server(Section& file, ServerSettings& out);
void read_log(Section& file, LogSettings& out);

// Reads whichever of the given ways to say a password is there, into `out`. Reports none and more than one.
struct PasswordKey {
  std::string_view key;
  PasswordSource::Kind kind; // none: another key gives it, read elsewhere
};
void read_password_source(Section& section, std::span<const PasswordKey> keys, PasswordSource& out);

// Each item of a list of maps, read with `read(const Element&)`; others are reported.
template <class Read>
void read_each(Section& section, std::string_view key, Read read) {
  const auto items = section.list(key);
  if (!items) return;
  for (const Element* item : *items) {
    if (item->kind == Element::Kind::map) {
      read(*item);
    } else {
      section.context().report.add(item->place,
                                   "'" + std::string(key) + "' must have groups of keys as its items");
    }
  }
}

} // namespace homespool::config::schema
