// Makes the packs agree with the index at start: cuts off and removes what no row of the index names.
//
// What a crash leaves is little: the tail of the last shared pack, the next one, a few packs of one message,
// and all their records are of one batch. When there is more than that, or they were committed
// (spool/pack/kept_end.hpp), the index must be older than the packs, and the packs are the only copy of what
// it does not know: then nothing is touched. Threads: before the writer runs.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/pack/pack_disk.hpp"

#include <boost/system/result.hpp>

namespace homespool::spool {

// Where writing goes on; Error::index_is_old.
boost::system::result<PackWriter::Mark> recover_packs(PackDisk& disk, const std::filesystem::path& directory,
                                                      PackWriter::End end,
                                                      const PackWriter::Finding& finding);

// Error::index_is_old, or what kept that from being seen. Nothing is touched.
boost::system::error_code check_age_of_index(const std::filesystem::path& directory, PackWriter::End end);

} // namespace homespool::spool
