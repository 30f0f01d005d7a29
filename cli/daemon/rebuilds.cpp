#include "cli/daemon/rebuilds.hpp"

#include <algorithm>

namespace homespool::cli {
namespace {

constexpr std::size_t kMostWanted = 16;
constexpr std::size_t kAnswersKept = 16;
constexpr std::size_t kLongestToken = 64;

} // namespace

Rebuilds::Reply Rebuilds::ask(const std::string& token) {
  {
    const std::lock_guard lock(mutex_);
    const auto done = std::find_if(answers_.begin(), answers_.end(),
                                   [&token](const auto& answer) { return answer.first == token; });
    if (done != answers_.end()) {
      return {Asked::now_or_before, done->second};
    }
    if (wanted_.contains(token)) {
      return {};
    }
    if (token.empty() || token.size() > kLongestToken || wanted_.size() >= kMostWanted) {
      return {Asked::too_many, std::nullopt};
    }
    wanted_.insert(token);
  }
  wake_();
  return {};
}

bool Rebuilds::wanted() const {
  const std::lock_guard lock(mutex_);
  return !wanted_.empty();
}

void Rebuilds::answer(const std::string& text) {
  const std::lock_guard lock(mutex_);
  for (const std::string& token : wanted_) {
    answers_.emplace_back(token, text);
  }
  wanted_.clear();
  while (answers_.size() > kAnswersKept) {
    answers_.pop_front();
  }
}

} // namespace homespool::cli
