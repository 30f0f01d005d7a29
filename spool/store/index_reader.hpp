// The Reader: a read-only connection of its own and the packs.
//
// Each call is one statement, so no read transaction stays open. Threads: one.
#pragma once

#include "spool/index/sqlite.hpp"
#include "spool/message_reader.hpp"
#include "spool/pack/pack.hpp"

namespace homespool::spool {

// `record`: the one that is damaged; absent when it is something else.
using ReportDamage = std::function<void(std::string sentence, std::optional<RecordId> record)>;

std::unique_ptr<Reader> open_index_reader(const std::filesystem::path& index,
                                          std::shared_ptr<PackReader> packs,
                                          std::shared_ptr<const ReportDamage> report);

} // namespace homespool::spool
