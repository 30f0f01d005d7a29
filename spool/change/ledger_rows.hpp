// The ledger's rows, and the counts of an account that follow them.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool::change {

// In the order of ids; at most `limit`, those behind `after` (nullptr: from the first).
std::vector<LedgerEntry> read_ledger(Books& books, const std::string& account, const LedgerEntry* after,
                                     std::size_t limit);
std::optional<LedgerEntry> find_entry(Books& books, std::string_view account, std::string_view uidl,
                                      std::uint32_t occurrence);
// The account's entries that name this record.
std::vector<LedgerEntry> entries_of(Books& books, std::string_view account, RecordId record);
// Inserts or replaces.
void put_entry(Books& books, const std::string& account, const LedgerEntry& entry);
Result<void> update_ledger(Books& books, const std::string& account, const std::vector<LedgerEntry>& entries);

AccountHealth read_health(Books& books, std::string_view account);
Result<void> save_health(Books& books, std::string_view account, const AccountHealth& health);

} // namespace homespool::spool::change
