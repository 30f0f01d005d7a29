#include "cli/progress.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iostream>
#include <unistd.h>

namespace homespool::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr unsigned kWidth = 30;               // of the bar
constexpr std::uint64_t kWorthALine = 10'000; // below this a stage is told of once, without a terminal
constexpr std::uint64_t kWorthBytes = std::uint64_t{16} << 20;

std::string amount(std::uint64_t number, std::string_view unit) {
  if (unit == "bytes") {
    return as_mebibytes(number);
  }
  return unit.empty() ? with_commas(number) : with_commas(number) + " " + std::string(unit);
}

} // namespace

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string as_mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  clear();
}

void Progress::clear() {
  if (drawn_) {
    std::cerr << "\r\033[K" << std::flush;
  }
  drawn_ = false;
}

void Progress::show(std::string_view what, std::uint64_t done, std::uint64_t total, std::string_view unit) {
  if (quiet_) {
    return;
  }
  if (what != what_) {
    what_ = what;
    quarters_ = 0;
    last_drawn_ = {};
  }
  terminal_ ? draw(done, total, unit) : tell(done, total, unit);
}

void Progress::draw(std::uint64_t done, std::uint64_t total, std::string_view unit) {
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && now - last_drawn_ < kRedraw) {
    return;
  }
  last_drawn_ = now;
  drawn_ = true;
  if (total == 0) {
    std::cerr << fmt::format("\r\033[K{}  {}", what_, amount(done, unit)) << std::flush;
    return;
  }
  const auto part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto full = static_cast<unsigned>(part * kWidth);
  std::cerr << fmt::format("\r\033[K{}  [{}{}] {:3.0f} %  {}", what_, std::string(full, '='),
                           std::string(kWidth - full, ' '), part * 100, amount(done, unit))
            << std::flush;
}

// Once at the end of each quarter; short stages only at their end.
void Progress::tell(std::uint64_t done, std::uint64_t total, std::string_view unit) {
  if (total == 0) {
    return;
  }
  const auto quarters =
      static_cast<unsigned>(std::min<std::uint64_t>(4, done / std::max<std::uint64_t>(1, total / 4)));
  const bool at_end = done >= total;
  if ((at_end ? 4U : quarters) <= quarters_ ||
      (!at_end && total < (unit == "bytes" ? kWorthBytes : kWorthALine))) {
    return;
  }
  quarters_ = at_end ? 4U : quarters;
  std::cerr << fmt::format("{}: {} of {}\n", what_, amount(done, unit), amount(total, unit)) << std::flush;
}

} // namespace homespool::cli
