// Rebuilds of the index that `homespool rebuild-index` asks of a running daemon, and what came of them.
//
// For: the control route that is asked, and run, which ends the daemon, has the index made again, and starts
// a new daemon in the same process. Not for: the rebuilding. Threads: any.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace homespool::cli {

inline constexpr const char* kRebuildPath = "/api/rebuild-index";

class Rebuilds {
 public:
  // `wake` tells main that something is wanted; called on any thread.
  explicit Rebuilds(std::function<void()> wake) : wake_(std::move(wake)) {}

  enum class Asked { now_or_before, too_many };
  struct Reply {
    Asked asked = Asked::now_or_before;
    std::optional<std::string> answer; // once it is done
  };
  // `token` is the asker's own word for one rebuild: asked again under it, nothing new begins.
  Reply ask(const std::string& token);

  bool wanted() const;
  // The answer to all that is wanted. The newest answers are kept until their askers come for them.
  void answer(const std::string& text);

 private:
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::set<std::string> wanted_;
  std::deque<std::pair<std::string, std::string>> answers_; // token, text
};

} // namespace homespool::cli
