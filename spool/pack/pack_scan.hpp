// Walks the records of a pack without the index. Threads: any.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/pack/pack_disk.hpp"

namespace homespool::spool {

// As PackReader::scan, of an open file that is pack number `pack`, beginning with the record at `from`.
boost::system::result<PackReader::Scan>
scan_pack(const DiskFile& file, std::uint32_t pack, std::uint64_t from,
          const std::function<bool(const RecordInfo&, const Location&)>& visit);

} // namespace homespool::spool
