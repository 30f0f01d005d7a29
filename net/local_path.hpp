// The name of a local socket as the kernel takes it: at most 107 bytes, however deep its folder lies.
//
// A longer path is named through a descriptor of its folder, which must stay open while the name is used to
// bind or connect. Linux only. Threads: a value of one thread.
#pragma once

#include <filesystem>
#include <string>

namespace homespool::net {

class LocalPath {
 public:
  explicit LocalPath(const std::filesystem::path& path);
  ~LocalPath();
  LocalPath(const LocalPath&) = delete;
  LocalPath& operator=(const LocalPath&) = delete;

  // At most 107 bytes, if the file's own name leaves room for that.
  const std::string& name() const { return name_; }

 private:
  int folder_ = -1;
  std::string name_;
};

} // namespace homespool::net
