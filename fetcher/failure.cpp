#include "fetcher/failure.hpp"

#include <array>

namespace homespool::fetcher {
namespace {

constexpr std::array<std::string_view, 9> kClasses = {"busy", "rate",      "temporary", "network", "login",
                                                      "tls",  "permanent", "message",   "local"};
constexpr std::array<std::string_view, 10> kSteps = {"resolve",      "connect", "tls",     "greeting",
                                                     "capabilities", "login",   "listing", "retrieve",
                                                     "delete",       "quit"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& words, std::string_view wanted) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == wanted) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

} // namespace

std::string_view word(FailureClass value) {
  return kClasses[static_cast<std::size_t>(value)];
}

std::string_view word(Step value) {
  return kSteps[static_cast<std::size_t>(value)];
}

std::optional<FailureClass> failure_class(std::string_view word) {
  return find<FailureClass>(kClasses, word);
}

std::optional<Step> step(std::string_view word) {
  return find<Step>(kSteps, word);
}

} // namespace homespool::fetcher
