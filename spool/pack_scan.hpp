// Walks the records of a pack without the index. Threads: any.
#pragma once

#include "spool/pack.hpp"
#include "spool/pack_disk.hpp"

namespace homespool::spool {

// As PackReader::scan, of an open file that is pack number `pack`.
boost::system::result<PackReader::Scan>
scan_pack(const DiskFile& file, std::uint32_t pack,
          const std::function<bool(const RecordInfo&, const Location&)>& visit);

} // namespace homespool::spool
