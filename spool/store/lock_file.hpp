// The exclusive lock of a spool: one daemon at a time.
//
// Threads: one owner. The lock goes with the process, however it ends.
#pragma once

#include "spool/open_failure.hpp"

#include <boost/system/result.hpp>
#include <filesystem>
#include <memory>
#include <string>

namespace homespool::spool {

class LockFile {
 public:
  // `file` is made at need (mode 0600) and then holds our process id.
  static boost::system::result<std::unique_ptr<LockFile>, OpenFailure>
  take(const std::filesystem::path& file);
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

} // namespace homespool::spool
