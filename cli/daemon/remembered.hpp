// What the index remembers of the accounts, for `status` when no loop runs.
//
// Threads: the caller's, none of the network threads; it blocks.
#pragma once

#include "config/settings.hpp"
#include "fetcher/fetcher.hpp"
#include "net/threads.hpp"
#include "spool/spool.hpp"

namespace homespool::cli {

std::vector<fetcher::AccountStatus> remembered_accounts(const config::Settings& settings, spool::Spool& spool,
                                                        net::NetworkThreads& threads);

} // namespace homespool::cli
