#include "net/local_path.hpp"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

namespace homespool::net {

LocalPath::LocalPath(const std::filesystem::path& path) : name_(path.string()) {
  if (name_.size() < sizeof(sockaddr_un::sun_path)) return;
  folder_ = ::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder_ >= 0) name_ = "/proc/self/fd/" + std::to_string(folder_) + "/" + path.filename().string();
}

LocalPath::~LocalPath() {
  if (folder_ >= 0) ::close(folder_);
}

} // namespace homespool::net
