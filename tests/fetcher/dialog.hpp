// Plays a POP3 server from a dialog: lines "S: …" are sent, lines "C: …" are waited for, "X" closes.
//
// Threads: one; runs on the io_context of the test.
#pragma once

#include "net/line_reader.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/support/run.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace homespool::test {

struct DialogLine {
  enum class Kind { send, expect, close };
  Kind kind = Kind::close;
  std::string text;
};

inline std::vector<DialogLine> parse_dialog(const std::string& text) {
  std::vector<DialogLine> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    line.erase(0, line.find_first_not_of(' '));
    DialogLine parsed;
    if (line.starts_with("S: ")) parsed.kind = DialogLine::Kind::send;
    if (line.starts_with("C: ")) parsed.kind = DialogLine::Kind::expect;
    if (line.empty()) continue;
    parsed.text = line.size() > 3 ? line.substr(3) : "";
    lines.push_back(std::move(parsed));
  }
  return lines;
}

// Ends when the dialog does; what went otherwise than written is in `fault`.
class DialogServer {
 public:
  DialogServer(std::unique_ptr<net::Stream> stream, std::vector<DialogLine> lines,
               std::string line_end = "\r\n")
      : stream_(std::move(stream)), reader_(*stream_), lines_(std::move(lines)),
        line_end_(std::move(line_end)) {}

  net::Awaitable<void> play() {
    for (const DialogLine& line : lines_) {
      if (line.kind == DialogLine::Kind::close) break;
      if (line.kind == DialogLine::Kind::send) {
        const std::string bytes = line.text + line_end_;
        co_await stream_->write(bytes);
        continue;
      }
      const auto got = co_await reader_.read_line(1 << 20);
      if (!got)
        fault = "the client left before: " + line.text;
      else if (*got != line.text)
        fault = "expected " + line.text + ", got " + std::string(*got);
      if (!fault.empty()) break;
    }
    if (closes_) stream_->close();
  }
  void stay_silent() { closes_ = false; }

  std::string fault;

 private:
  std::unique_ptr<net::Stream> stream_;
  net::LineReader reader_;
  std::vector<DialogLine> lines_;
  std::string line_end_;
  bool closes_ = true;
};

} // namespace homespool::test
