#include "spool/transfer/read_mail.hpp"

#include "mail/date.hpp"
#include "mail/header.hpp"
#include "mail/mbox/reader.hpp"
#include "spool/transfer/file_source.hpp"

namespace homespool::spool {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kPart = std::size_t{64} << 10;
constexpr std::chrono::hours kClocksDiffer{24};

class Reading {
 public:
  Reading(const MailFile& file, FileSource& source, sys_seconds now, MailSink& sink)
      : file_(file), source_(source), now_(now), sink_(sink) {}

  void message();
  void mbox();

 private:
  bool credible(std::optional<sys_seconds> date) const {
    return date && date->time_since_epoch().count() > 0 && *date - kClocksDiffer < now_;
  }
  sys_seconds arrival(std::optional<sys_seconds> told, std::string_view header) const {
    if (credible(told)) return *told;
    const auto value = mail::header_value(header, "Date");
    const auto date = value ? mail::parse_date(*value) : std::nullopt;
    return date && credible(date->time) ? date->time : source_.modified();
  }
  void take_out(mail::MboxReader& reader, mail::MboxMessage& message);
  void tell_faults(mail::MboxReader& reader) {
    for (const auto& fault : reader.take_faults()) sink_.fault(file_, fault.offset, fault.sentence);
  }

  const MailFile& file_;
  FileSource& source_;
  sys_seconds now_;
  MailSink& sink_;
};

void Reading::message() {
  if (source_.size() == 0) return sink_.fault(file_, 0, "is empty");
  std::string part;
  std::uint64_t done = 0;
  while (done < source_.size()) {
    part.resize(kPart);
    const auto got = source_.read(done, part);
    const std::size_t size = got ? *got : 0;
    part.resize(size);
    if (done == 0 && size > 0) {
      const bool dated = file_.kind == MailKind::maildir_message;
      const auto told = dated ? std::optional(source_.modified()) : std::nullopt;
      sink_.begin({&file_, 0, file_.flags, arrival(told, mail::header_block(part))});
    }
    if (size == 0) break;
    sink_.bytes(part);
    done += size;
    sink_.progress(done);
  }
  if (done > 0) sink_.end(done == source_.size());
  if (done < source_.size()) sink_.fault(file_, done, "the file cannot be read on from here");
}

void Reading::take_out(mail::MboxReader& reader, mail::MboxMessage& message) {
  if (message.marks.expunged) return sink_.was_deleted(file_);
  sink_.begin({&file_, message.offset, message.marks.flags, arrival(message.date, message.header)});
  sink_.bytes(message.header);
  for (std::string part; reader.read(part); part.clear()) {
    sink_.bytes(part);
    sink_.progress(reader.offset());
  }
  sink_.end(!reader.broken());
}

void Reading::mbox() {
  mail::MboxReader reader(source_, mail::survey_mbox(source_));
  for (mail::MboxMessage message; reader.next(message);) {
    tell_faults(reader);
    take_out(reader, message);
    sink_.progress(reader.offset());
  }
  tell_faults(reader);
}

} // namespace

void read_mail(const MailFile& file, sys_seconds now, MailSink& sink) {
  const auto source = FileSource::open(file.path);
  if (!source) return sink.fault(file, 0, "cannot be read: " + source.error().message());
  Reading reading(file, **source, now, sink);
  file.kind == MailKind::mbox ? reading.mbox() : reading.message();
}

} // namespace homespool::spool
