#include "cli/command/rebuild_index.hpp"

#include "cli/command/copy_report.hpp"
#include "cli/daemon/control_client.hpp"
#include "cli/daemon/rebuilds.hpp"
#include "cli/daemon/routes.hpp"
#include "cli/settings_or_complain.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/store/lock_file.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <iostream>
#include <random>
#include <thread>

namespace homespool::cli {
namespace {

namespace json = boost::json;
using Base = spool::RebuildReport::Base;

constexpr std::size_t kShown = 20;

std::string time_of(std::chrono::sys_seconds time) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string base_of(const spool::RebuildReport& report) {
  switch (report.base) {
  case Base::index:
    return "index.db";
  case Base::snapshot:
    return "index.snapshot";
  case Base::nothing:
    break;
  }
  return "nothing";
}

json::array messages_json(const std::vector<spool::AffectedMessage>& messages) {
  json::array all;
  for (const auto& message : messages) {
    all.emplace_back(json::object{{"user", message.user},
                                  {"folder", message.folder},
                                  {"uid", message.uid},
                                  {"uidl", message.uidl},
                                  {"subject", message.subject}});
  }
  return all;
}

json::object report_json(const spool::RebuildReport& report) {
  json::array gaps;
  for (const auto& gap : report.gaps) {
    gaps.emplace_back(
        json::object{{"pack", spool::pack_name(gap.pack)}, {"begin", gap.begin}, {"end", gap.end}});
  }
  return {{"base", base_of(report)},
          {"base_made", time_of(report.base_made)},
          {"messages", report.messages},
          {"added", messages_json(report.added)},
          {"unreadable", messages_json(report.unreadable)},
          {"gaps", gaps},
          {"rows_mended", report.rows_mended},
          {"forgotten", report.forgotten},
          {"new_uidvalidity", json::array(report.new_uidvalidity.begin(), report.new_uidvalidity.end())}};
}

std::string message_lines(const std::vector<spool::AffectedMessage>& messages) {
  std::string lines;
  for (std::size_t i = 0; i < std::min(kShown, messages.size()); ++i) {
    const auto& message = messages[i];
    lines +=
        fmt::format("  {}: {}, UID {}, \"{}\"\n", message.user, message.folder, message.uid, message.subject);
  }
  if (messages.size() > kShown) {
    lines += fmt::format("  and {} more\n", with_commas(messages.size() - kShown));
  }
  return lines;
}

// What is not known any more, by what the new index was made of.
std::string losses(const spool::RebuildReport& report) {
  switch (report.base) {
  case Base::index:
    return report.log_damaged
               ? "the index was sound, its log was damaged: the last changes may be lost, but for messages "
                 "stored\n"
           : report.older
               ? "the index was sound, but older than the packs: changes since then are lost, but for "
                 "messages stored\n"
               : "the index was sound: flags, folders, deletions and what is known of the providers are all "
                 "there\n";
  case Base::snapshot:
    return fmt::format(
        "of index.snapshot, made {}: folders, flags, UIDs, deletions and what is known of the providers "
        "are as they were then\n"
        "not recovered: what was changed since then: flags, moves and copies, folders made, renamed or "
        "deleted\n"
        "what was deleted since then is back, where its bytes are still in the packs\n",
        time_of(report.base_made));
  case Base::nothing:
    break;
  }
  return fmt::format(
      "there was no usable index.snapshot: every message is back in the folder in which it arrived\n"
      "not recovered: {}flags that were changed later, moves and copies, folders that no message arrived in, "
      "what was hidden for one client, who deleted what and how often, and what is known of the providers "
      "but "
      "for messages stored\n"
      "what was ever deleted is back, also what 'undelete' no longer offered, where its bytes are still "
      "in the packs\n",
      report.same_uidls ? "" : "UIDLs (POP3 clients fetch everything again), ");
}

std::string report_lines(const spool::RebuildReport& report) {
  std::string lines;
  if (!report.why.empty()) {
    lines += "the old index was not used: " + report.why + "\n";
  }
  lines += losses(report);
  if (!report.added.empty()) {
    lines += fmt::format("{} messages of the packs were added, as they arrived:\n",
                         with_commas(report.added.size()));
    lines += message_lines(report.added);
  }
  for (const std::string& folder : report.new_uidvalidity) {
    lines += folder + " has a new UIDVALIDITY, since a message's UID was not known: clients fetch it again\n";
  }
  for (const auto& gap : report.gaps) {
    lines +=
        fmt::format("packs/{} is damaged from {} to {}\n", spool::pack_name(gap.pack), gap.begin, gap.end);
  }
  if (!report.unreadable.empty()) {
    lines += fmt::format(
        "{} messages cannot be read; 'homespool restore --mend BACKUP' puts them back from a backup:\n",
        with_commas(report.unreadable.size()));
    lines += message_lines(report.unreadable);
  }
  lines +=
      fmt::format("the index was made again: {} messages, {} packs, {} rows mended\n",
                  with_commas(report.messages), with_commas(report.packs), with_commas(report.rows_mended));
  return lines;
}

// What is printed, and the exit code.
json::object answer_of(const boost::system::result<spool::RebuildReport, spool::OpenFailure>& outcome) {
  if (outcome.has_error()) {
    return {{"exit_code", outcome.error().in_use ? kExitTryAgain : kExitFailed},
            {"fault", outcome.error().sentence}};
  }
  const bool whole = outcome->unreadable.empty() && outcome->gaps.empty();
  return {{"exit_code", whole ? kExitDone : kExitFailed},
          {"lines", report_lines(*outcome)},
          {"report", report_json(*outcome)}};
}

int print(const json::object& answer, bool as_json) {
  const int code = static_cast<int>(answer.at("exit_code").as_int64());
  if (const json::value* fault = answer.if_contains("fault")) {
    return complain(Fault{code, std::string(fault->as_string())});
  }
  std::cout << (as_json ? json::serialize(answer.at("report")) + "\n"
                        : std::string(answer.at("lines").as_string()));
  return code;
}

// One word with the daemon. Nothing when none listens; what breaks off is asked again.
std::optional<ControlAnswer> ask(const std::filesystem::path& directory, const std::string& token) {
  try {
    return ask_daemon(directory, "POST", kRebuildPath, token);
  } catch (const boost::system::system_error&) {
    return std::nullopt;
  }
}

std::string new_token() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

bool nobody_has(const std::filesystem::path& directory) {
  return spool::LockFile::take(directory / "lock").has_value();
}

// The daemon drops its control socket while it makes the index again; somebody has the spool all that time.
class Waiting {
 public:
  Waiting(std::filesystem::path directory, Progress& progress)
      : directory_(std::move(directory)), progress_(progress) {}

  // Its answer, or why there is none.
  boost::system::result<json::object, Fault> run() {
    while (true) {
      const auto answer = ask(directory_, token_);
      if (answer && answer->status == 200) {
        return json::parse(answer->body).as_object();
      }
      if (answer && answer->status != 202) {
        return refused(*answer);
      }
      asked_ = asked_ || answer;
      if (auto fault = patience_ends(answer.has_value())) {
        return *std::move(fault);
      }
      progress_.show("the daemon makes its index again", waited().count(), 0, "s");
      std::this_thread::sleep_for(kBetween);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kBetween{200};
  static constexpr std::chrono::seconds kUntilHeard{10}, kUntilGone{20};
  static constexpr std::chrono::hours kLongest{6}; // terabytes take that

  std::chrono::seconds waited() const {
    return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_);
  }

  Fault put_off() const {
    const std::string in_use = "the spool " + directory_.string() + " is in use by another homespool";
    if (!spool::ask_for_rebuild(directory_)) {
      return Fault{kExitTryAgain, in_use};
    }
    return Fault{kExitTryAgain, in_use + ": it makes its index again when it starts next; restart it"};
  }

  Fault refused(const ControlAnswer& answer) const {
    if (answer.status == 404 || answer.status == 405) {
      return put_off(); // another version
    }
    return Fault{exit_code_of(answer.status), answer.body.substr(0, answer.body.find('\n'))};
  }

  std::optional<Fault> patience_ends(bool heard) {
    if (heard || waited() > last_looked_) { // the lock is looked at once a second
      last_looked_ = waited();
      if (heard || !nobody_has(directory_)) somebody_at_ = Clock::now();
    }
    if (!asked_ && waited() > kUntilHeard) {
      return put_off();
    }
    if (asked_ && Clock::now() - somebody_at_ > kUntilGone) {
      return Fault{kExitTryAgain, "the daemon ended before it told what came of it; its log may"};
    }
    if (waited() > kLongest) {
      return Fault{kExitTryAgain, "the daemon still makes its index again; its log will tell"};
    }
    return std::nullopt;
  }

  const std::filesystem::path directory_;
  Progress& progress_;
  const std::string token_ = new_token();
  const Clock::time_point began_ = Clock::now();
  Clock::time_point somebody_at_ = began_;
  std::chrono::seconds last_looked_{0};
  bool asked_ = false;
};

} // namespace

std::string rebuild_answer(const boost::system::result<spool::RebuildReport, spool::OpenFailure>& outcome) {
  return json::serialize(answer_of(outcome));
}

int rebuild_index(const std::filesystem::path& settings_file, bool as_json) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  Progress progress(as_json);
  const auto& directory = settings->spool.directory;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto outcome = spool::rebuild_index(directory, now, shown_on(progress));
  if (outcome.has_value() || !outcome.error().in_use) {
    progress.clear();
    return print(answer_of(outcome), as_json);
  }
  const auto answer = Waiting(directory, progress).run();
  progress.clear();
  return answer.has_error() ? complain(answer.error()) : print(*answer, as_json);
}

} // namespace homespool::cli
