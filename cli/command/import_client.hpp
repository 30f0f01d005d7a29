// Sends mail out of files to whoever has the spool, in batches, and counts what became of it.
//
// For: import. Throws Fault when the line breaks or a batch is refused; what was counted until then is done.
// Threads: one owner; it blocks.
#pragma once

#include "cli/daemon/import_frames.hpp"
#include "cli/daemon/spool_line.hpp"
#include "spool/transfer/read_mail.hpp"

#include <functional>
#include <set>

namespace homespool::cli {

struct ImportFault {
  std::string file;
  std::uint64_t offset = 0;
  std::string sentence;
};

struct ImportCounts {
  std::uint64_t stored = 0, there = 0; // messages
  std::uint64_t was_deleted = 0;       // deleted where they came from
  std::uint64_t keywords_left_out = 0;
  std::set<std::string> folders;
  std::vector<ImportFault> faults; // the first kMostFaults of them
  std::uint64_t faults_in_all = 0;

  static constexpr std::size_t kMostFaults = 1000;
  void add(ImportFault fault) {
    ++faults_in_all;
    if (faults.size() < kMostFaults) {
      faults.push_back(std::move(fault));
    }
  }
};

class ImportClient final : public spool::MailSink {
 public:
  // `shown` gets the bytes of the current file that are done.
  ImportClient(SpoolLine& line, std::string user, std::function<void(std::uint64_t)> shown)
      : line_(line), user_(std::move(user)), shown_(std::move(shown)) {}

  // From here on a source of its own: what it holds twice stays twice.
  void begin_source();
  // The folder is made even when nothing comes into it.
  void need_folder(const std::string& folder);
  // Sends what is left.
  void finish();
  ImportCounts& counts() { return counts_; }

  void begin(const spool::FoundMessage& message) override;
  void bytes(std::string_view bytes) override;
  void end(bool whole) override;
  void fault(const spool::MailFile& file, std::uint64_t offset, const std::string& sentence) override;
  void was_deleted(const spool::MailFile& /*file*/) override { ++counts_.was_deleted; }
  void progress(std::uint64_t bytes) override { shown_(bytes); }

 private:
  struct Origin {
    std::string file;
    std::uint64_t offset = 0;
  };
  void open_batch(std::string folder);
  void close_batch();
  void take_answer(const BatchAnswer& answer);
  void frame(std::string_view bytes);
  void put(std::string_view bytes);
  void send();
  void write(std::string_view bytes);
  std::string receive();
  [[noreturn]] void lose();

  SpoolLine& line_;
  std::string user_;
  std::function<void(std::uint64_t)> shown_;
  ImportCounts counts_;
  std::optional<std::string> needed_; // a folder without messages so far
  std::optional<std::string> folder_; // of the batch that is open
  std::optional<std::int64_t> before_;
  std::vector<Origin> in_batch_;
  std::uint64_t weight_ = 0; // bytes in the batch
  std::string out_;          // of the request, not sent yet
};

} // namespace homespool::cli
