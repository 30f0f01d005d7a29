// Tells a person how far something long has come: a bar on a terminal, else plain lines, few of them.
//
// For: commands. Goes to standard error, so that answers on standard output stay readable by programs.
// Threads: one owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace homespool::cli {

class Progress {
 public:
  // `quiet`: nothing is ever shown.
  explicit Progress(bool quiet = false);
  // Ends the line of a bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `what` is being done ("copying packs"): so much of `total` (0: unknown) of `unit` ("messages", "bytes";
  // bytes are shown as MiB). As often as you like.
  void show(std::string_view what, std::uint64_t done, std::uint64_t total, std::string_view unit);
  // Wipes the bar, so that other lines can be printed; it comes back with the next show().
  void clear();

 private:
  void draw(std::uint64_t done, std::uint64_t total, std::string_view unit);
  void tell(std::uint64_t done, std::uint64_t total, std::string_view unit);

  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::string what_;
  unsigned quarters_ = 0; // told of `what_`
  std::chrono::steady_clock::time_point last_drawn_{};
};

// "1,204" and "12.3 MiB".
std::string with_commas(std::uint64_t number);
std::string as_mebibytes(std::uint64_t bytes);

} // namespace homespool::cli
