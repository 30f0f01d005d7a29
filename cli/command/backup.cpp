#include "cli/command/backup.hpp"

#include "cli/command/copy_report.hpp"
#include "cli/settings_or_complain.hpp"

namespace homespool::cli {

int backup(const std::filesystem::path& settings_file, const CopyOptions& options) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  Progress progress(options.json);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto check = options.deep ? spool::BackupCheck::every_byte : spool::BackupCheck::new_bytes;
  const auto outcome =
      spool::back_up(settings->spool.directory, options.folder, check, now, shown_on(progress));
  progress.clear();
  return print_copy(outcome, "backed up", options.json);
}

int restore(const std::filesystem::path& settings_file, const CopyOptions& options) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  Progress progress(options.json);
  const auto& directory = settings->spool.directory;
  const auto outcome = options.mend ? spool::mend(options.folder, directory, shown_on(progress))
                                    : spool::restore(options.folder, directory, shown_on(progress));
  progress.clear();
  return print_copy(outcome, options.mend ? "mended" : "put back", options.json);
}

} // namespace homespool::cli
