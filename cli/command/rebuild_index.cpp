#include "cli/command/rebuild_index.hpp"

#include "cli/command/copy_report.hpp"
#include "cli/settings_or_complain.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/rebuild/rebuild.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <iostream>

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
    return report.commits_lost
               ? "the index was sound, its log was damaged: the last changes may be lost, but for messages "
                 "stored\n"
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

} // namespace

int rebuild_index(const std::filesystem::path& settings_file, bool as_json) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  Progress progress(as_json);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto outcome = spool::rebuild_index(settings->spool.directory, now, shown_on(progress));
  progress.clear();
  if (outcome.has_error() && outcome.error().in_use && spool::ask_for_rebuild(settings->spool.directory)) {
    return complain(Fault{kExitTryAgain, outcome.error().sentence +
                                             ": it makes its index again when it starts next; "
                                             "restart it"});
  }
  if (outcome.has_error()) {
    return complain(Fault{outcome.error().in_use ? kExitTryAgain : kExitFailed, outcome.error().sentence});
  }
  std::cout << (as_json ? json::serialize(report_json(*outcome)) + "\n" : report_lines(*outcome));
  return outcome->unreadable.empty() && outcome->gaps.empty() ? kExitDone : kExitFailed;
}

} // namespace homespool::cli
