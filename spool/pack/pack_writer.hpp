// The PackWriter on a given disk, so that tests can make the disk fail. Not for: the spool, which calls
// PackWriter::open. Threads: as PackWriter.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/pack/pack_disk.hpp"

#include <memory>

namespace homespool::spool {

boost::system::result<std::unique_ptr<PackWriter>> open_pack_writer(std::shared_ptr<PackDisk> disk,
                                                                    const std::filesystem::path& directory,
                                                                    PackWriter::End end,
                                                                    const PackWriter::Finding& finding);

} // namespace homespool::spool
