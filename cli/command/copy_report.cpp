#include "cli/command/copy_report.hpp"

#include "cli/daemon/verify_report.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <iostream>

namespace homespool::cli {

spool::CopyProgress shown_on(Progress& progress) {
  return [&progress](std::string_view what, std::uint64_t done, std::uint64_t total, std::string_view unit) {
    progress.show(what, done, total, unit);
  };
}

int print_copy(const spool::CopyOutcome& outcome, std::string_view done, bool json) {
  if (outcome.has_error()) {
    return complain(Fault{outcome.error().in_use ? kExitTryAgain : kExitFailed, outcome.error().sentence});
  }
  const spool::CopyReport& report = *outcome;
  VerifyReport findings;
  findings.add(report.findings);
  if (json) {
    boost::json::object answer = findings.json(true);
    answer.erase("deep");
    answer["records"] = report.records;
    answer["packs_copied"] = report.packs_copied;
    answer["packs_kept"] = report.packs_kept;
    answer["bytes_copied"] = report.bytes_copied;
    answer["records_mended"] = report.records_mended;
    std::cout << boost::json::serialize(answer) << "\n";
  } else {
    std::cout << findings.findings_lines()
              << fmt::format("{}: {} records; {} packs copied or continued ({}), {} were there\n", done,
                             with_commas(report.records), with_commas(report.packs_copied),
                             as_mebibytes(report.bytes_copied), with_commas(report.packs_kept));
  }
  return findings.clean() ? kExitDone : kExitFailed;
}

} // namespace homespool::cli
