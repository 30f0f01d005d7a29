#include "cli/command/verify.hpp"

#include "cli/daemon/control_client.hpp"
#include "cli/daemon/routes.hpp"
#include "cli/daemon/verify_report.hpp"
#include "cli/exit_codes.hpp"
#include "cli/progress.hpp"
#include "cli/settings_or_complain.hpp"

#include <boost/json/serialize.hpp>
#include <iostream>

namespace homespool::cli {
namespace {

namespace fs = std::filesystem;

// By the daemon if one runs: it may start or end meanwhile.
boost::system::result<spool::CheckStep, Fault> one_step(const fs::path& directory,
                                                        const VerifyRequest& request) {
  const auto answer = ask_daemon(directory, "POST", "/api/verify", verify_request(request));
  if (!answer) {
    return spool::check_some(directory, request.from, request.deep);
  }
  if (answer->status != 200) {
    return Fault{exit_code_of(answer->status), answer->body};
  }
  auto step = parse_verify_answer(answer->body);
  if (!step) {
    return Fault{kExitFailed, "the daemon's answer cannot be read; is it of another version?"};
  }
  return *std::move(step);
}

boost::system::result<VerifyReport, Fault> check_all(const fs::path& directory, bool deep,
                                                     Progress& progress) {
  VerifyReport report;
  VerifyRequest request;
  request.deep = deep;
  while (request.from.stage != spool::CheckStage::done) {
    auto step = one_step(directory, request);
    if (step.has_error()) {
      return step.error();
    }
    report.add(*step);
    request.from = step->next;
    progress.show(std::string("checking ") + name_of(request.from.stage), request.from.seen,
                  request.from.total, "");
  }
  return report;
}

} // namespace

int verify(const fs::path& settings_file, const VerifyOptions& options) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  const fs::path& directory = settings->spool.directory;
  std::error_code error;
  if (!fs::exists(directory / "packs", error) && !fs::exists(directory / "index.db", error)) {
    return complain(Fault{kExitFailed, "there is no spool in " + directory.string()});
  }
  Progress progress(options.json);
  const auto report = check_all(directory, options.deep, progress);
  progress.clear();
  if (report.has_error()) {
    return complain(report.error());
  }
  std::cout << (options.json ? boost::json::serialize(report->json(options.deep)) + "\n" : report->lines());
  return report->clean() ? kExitDone : kExitFailed;
}

} // namespace homespool::cli
