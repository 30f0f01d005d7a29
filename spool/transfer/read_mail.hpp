// The messages of a file, one after another, in parts: out of an mbox, or the file as a whole.
//
// When a message arrived is told by its From_ line; by the time of its file in a Maildir; by its Date for a
// file by itself; and by the time of the file where these say nothing or lie ahead of now. Memory is bounded.
// Threads: one; it blocks.
#pragma once

#include "spool/transfer/mail_files.hpp"

#include <chrono>
#include <functional>
#include <string_view>

namespace homespool::spool {

struct FoundMessage {
  const MailFile* file = nullptr;
  std::uint64_t offset = 0; // within the file
  std::vector<std::string> flags;
  std::chrono::sys_seconds date;
};

// What it is handed to. Each message: begin, any number of bytes, end.
class MailSink {
 public:
  virtual ~MailSink() = default;
  virtual void begin(const FoundMessage& message) = 0;
  virtual void bytes(std::string_view bytes) = 0;
  // Not `whole`: it could not be read to its end, and must not be kept.
  virtual void end(bool whole) = 0;
  virtual void fault(const MailFile& file, std::uint64_t offset, const std::string& sentence) = 0;
  // Deleted where it was, though its bytes are there still.
  virtual void was_deleted(const MailFile& file) = 0;
  // So many bytes of the file are done.
  virtual void progress(std::uint64_t bytes) = 0;
};

void read_mail(const MailFile& file, std::chrono::sys_seconds now, MailSink& sink);

} // namespace homespool::spool
