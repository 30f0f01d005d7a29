#include "cli/command/import.hpp"

#include "cli/command/import_client.hpp"
#include "cli/progress.hpp"
#include "cli/settings_or_complain.hpp"
#include "mail/ascii.hpp"
#include "mail/text/utf8.hpp"
#include "net/peer_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <iostream>

namespace homespool::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kNamed = 10; // files without mail

// How much there is to do.
class Measure final : public spool::MailFileVisitor {
 public:
  void file(const spool::MailFile& file) override {
    std::error_code error;
    const auto size = fs::file_size(file.path, error);
    bytes_ += error ? 0 : size;
  }
  void maildir(const std::string& /*folder*/) override {}
  void unreadable(const fs::path& /*path*/, const std::string& /*sentence*/) override {}
  void no_mail(const fs::path& /*path*/) override {}
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

class Import final : public spool::MailFileVisitor {
 public:
  Import(SpoolLine& line, const ImportOptions& options)
      : options_(options), progress_(options.json),
        client_(line, options.user, [this](std::uint64_t done) { show(done); }) {}

  void run() {
    Measure measure;
    spool::MailFiles measured(measure, options_.folder);
    for (const std::string& path : options_.paths) {
      measured.visit(path);
    }
    total_ = measure.bytes();
    spool::MailFiles files(*this, options_.folder);
    bool message_before = false;
    for (const std::string& path : options_.paths) {
      named_ = path;
      const bool message = mail::equals_ignoring_case(named_.extension().string(), ".eml");
      if (!message || !message_before) {
        client_.begin_source(); // messages that are named one after another are one source
      }
      message_before = message;
      files.visit(path);
    }
    client_.finish();
    progress_.clear();
  }
  void clear() { progress_.clear(); }

  int report() const;

  void file(const spool::MailFile& file) override {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    std::error_code error;
    const auto size = fs::file_size(file.path, error);
    spool::read_mail(file, now, client_);
    before_ += error ? 0 : size;
    show(0);
  }
  void maildir(const std::string& folder) override { client_.need_folder(folder); }
  void unreadable(const fs::path& path, const std::string& sentence) override {
    client_.counts().add({path.string(), 0, sentence});
  }
  void no_mail(const fs::path& path) override {
    if (path == named_) {
      unreadable(path, "is neither mbox, Maildir nor a message");
    } else if (++no_mail_in_all_; no_mail_.size() < ImportCounts::kMostFaults) {
      no_mail_.push_back(path.string());
    }
  }

 private:
  void show(std::uint64_t done) { progress_.show("importing", before_ + done, total_, "bytes"); }
  int print_json() const;

  const ImportOptions& options_;
  Progress progress_;
  mutable ImportClient client_;
  fs::path named_;
  std::uint64_t total_ = 0, before_ = 0; // bytes: of all files, and of those that are done
  std::vector<std::string> no_mail_;
  std::uint64_t no_mail_in_all_ = 0;
};

std::string many(std::uint64_t number, const std::string& one) {
  return with_commas(number) + " " + one + (number == 1 ? "" : "s");
}

// Names of files are other people's text.
std::string shown(const std::string& file) {
  return net::peer_text(file, 4096);
}

std::string line_of(const ImportFault& fault) {
  const std::string where = fault.offset > 0 ? fmt::format(", byte {}", fault.offset) : "";
  return fmt::format("{}{}: {}\n", shown(fault.file), where, fault.sentence);
}

int Import::report() const {
  const ImportCounts& counts = client_.counts();
  const int code = counts.faults.empty() ? kExitDone : kExitFailed;
  if (options_.json) {
    return print_json();
  }
  for (const ImportFault& fault : counts.faults) {
    std::cerr << line_of(fault);
  }
  for (std::size_t i = 0; i < std::min(kNamed, no_mail_.size()); ++i) {
    std::cerr << shown(no_mail_[i]) << ": passed over, it is no mail\n";
  }
  if (no_mail_in_all_ > kNamed) {
    std::cerr << "and " << many(no_mail_in_all_ - kNamed, "more file") << " that are no mail\n";
  }
  std::cout << fmt::format("imported: {} in {}; {} there already", many(counts.stored, "message"),
                           many(counts.folders.size(), "folder"), with_commas(counts.there));
  if (counts.was_deleted > 0) {
    std::cout << "; " << with_commas(counts.was_deleted) << " deleted there, passed over";
  }
  if (counts.keywords_left_out > 0) {
    std::cout << "; " << many(counts.keywords_left_out, "keyword") << " left out, a folder holds 56 of them";
  }
  if (!counts.faults.empty()) {
    std::cout << "; " << many(counts.faults_in_all, "thing") << " could not be read";
  }
  std::cout << "\n";
  return code;
}

int Import::print_json() const {
  const ImportCounts& counts = client_.counts();
  json::array faults;
  for (const ImportFault& fault : counts.faults) {
    faults.push_back(json::object{
        {"file", mail::repair_utf8(fault.file)}, {"offset", fault.offset}, {"sentence", fault.sentence}});
  }
  json::array no_mail;
  for (const std::string& file : no_mail_) {
    no_mail.emplace_back(mail::repair_utf8(file));
  }
  const json::object answer{{"imported", counts.stored},
                            {"there_already", counts.there},
                            {"deleted_there", counts.was_deleted},
                            {"keywords_left_out", counts.keywords_left_out},
                            {"folders", json::array(counts.folders.begin(), counts.folders.end())},
                            {"no_mail", no_mail},
                            {"faults", faults},
                            {"faults_in_all", counts.faults_in_all}};
  std::cout << json::serialize(answer) << "\n";
  return counts.faults.empty() ? kExitDone : kExitFailed;
}

} // namespace

int import_mail(const fs::path& settings_file, const ImportOptions& options) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  if (settings->find_user(options.user) == nullptr) {
    return complain({kExitFailed, "there is no user '" + options.user + "' in the settings"});
  }
  if (options.folder && !spool::can_be_folder(*options.folder)) {
    return complain({kExitUsage, "no folder can be called '" + *options.folder + "'"});
  }
  const auto line = SpoolLine::open(settings);
  if (line.has_error()) {
    return complain(line.error());
  }
  Import import(**line, options);
  try {
    import.run();
  } catch (const Fault& fault) {
    import.clear();
    if (!fault.sentence.empty()) {
      complain(fault);
    }
    import.report();
    return fault.exit_code;
  }
  return import.report();
}

} // namespace homespool::cli
