#include "tests/crash/faulty_disk/plan.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace faulty_disk {
namespace {

std::string word(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const std::string text = word(name);
  return text.empty() ? otherwise : std::strtoull(text.c_str(), nullptr, 10);
}

Deed deed(const std::string& name) {
  constexpr std::array known = {
      std::pair{"kill", Deed::kill},         std::pair{"half", Deed::half}, std::pair{"drop", Deed::drop},
      std::pair{"tear", Deed::tear},         std::pair{"bad", Deed::bad},   std::pair{"brief", Deed::brief},
      std::pair{"no_space", Deed::no_space},
  };
  for (const auto& [text, value] : known)
    if (name == text) return value;
  return Deed::nothing;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

const Plan& plan() {
  // Never destroyed: calls come until the very end of the process.
  static const Plan& made = *[] {
    auto* plan = new Plan;
    plan->root = word("FAULTY_DISK_ROOT");
    plan->trace = word("FAULTY_DISK_TRACE");
    plan->only = word("FAULTY_DISK_ONLY");
    plan->free = word("FAULTY_DISK_FREE");
    plan->at = number("FAULTY_DISK_AT", 0);
    plan->span = number("FAULTY_DISK_SPAN", 1);
    plan->seed = number("FAULTY_DISK_SEED", 1);
    plan->deed = deed(word("FAULTY_DISK_DO"));
    return plan;
  }();
  return made;
}

bool counts(const char* call, const std::string& path) {
  if (plan().only.empty()) return true;
  const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, plan().only.c_str(), O_RDONLY, 0));
  if (fd < 0) return false;
  std::array<char, 256> text{};
  const ssize_t length = ::read(fd, text.data(), text.size());
  ::syscall(SYS_close, fd);
  return length > 0 && std::string(text.data(), static_cast<std::size_t>(length)) == call + (" " + path);
}

std::string inside(const std::string& path) {
  const std::string& root = plan().root;
  if (root.empty() || path.compare(0, root.size(), root) != 0) return {};
  if (path.size() == root.size()) return ".";
  if (path[root.size()] != '/') return {};
  std::string rest = path.substr(root.size() + 1);
  // Can be made again, and is written when its own thread comes to it: the count would differ from run to
  // run.
  if (rest.compare(rest.rfind('/') + 1, 9, "search.db") == 0) return {};
  while (ends_with(rest, "/")) rest.pop_back();
  if (rest.empty()) return ".";
  if (rest == "lock" || rest == "control.sock" || rest.compare(0, 3, "tls") == 0 || ends_with(rest, "-shm"))
    return {};
  return rest;
}

} // namespace faulty_disk
