// The command line: one file of cli/command for each command.
#include "cli/command/backup.hpp"
#include "cli/command/check_config.hpp"
#include "cli/command/demo.hpp"
#include "cli/command/export.hpp"
#include "cli/command/fetch.hpp"
#include "cli/command/hash_password.hpp"
#include "cli/command/import.hpp"
#include "cli/command/not_yet.hpp"
#include "cli/command/rebuild_index.hpp"
#include "cli/command/reload.hpp"
#include "cli/command/run.hpp"
#include "cli/command/status.hpp"
#include "cli/command/undelete.hpp"
#include "cli/command/verify.hpp"
#include "cli/exit_codes.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

namespace {

namespace cli = homespool::cli;

struct Arguments {
  std::string settings = "/etc/homespool/homespool.yaml";
  bool json = false;
  bool probe = false;
  bool scram = false;
  bool once = false;
  bool deep = false;
  bool mend = false;
  std::string folder;
  std::vector<std::string> accounts;
  cli::BringBackOptions bring_back;
  cli::ImportOptions import;
  cli::ExportOptions export_to;
};

class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(0, 1);
    app_.set_version_flag("--version", HOMESPOOL_VERSION);
    add_settings(app_);
    add_commands();
    add_spool_commands();
    add_bringing_back();
    add_moving();
    add_later_commands();
    app_.allow_extras(); // an unknown command gets a sentence of ours; those made above do not inherit it
  }

  // Returns the exit code.
  int run(int count, char** words) {
    try {
      app_.parse(count, words);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? cli::kExitDone : cli::kExitUsage;
    }
    const std::vector<std::string> unknown = app_.remaining();
    if (!unknown.empty()) {
      return wrong_usage("there is no command or option '" + unknown.front() + "'");
    }
    return chosen_ ? chosen_() : wrong_usage("a command is needed");
  }

 private:
  using Act = std::function<int()>;

  static int wrong_usage(const std::string& what) {
    return cli::complain({cli::kExitUsage, what + "; homespool --help lists what there is"});
  }

  void add_settings(CLI::App& app) {
    app.add_option("-c,--config", arguments_.settings, "The settings file")->capture_default_str();
  }

  CLI::App& add(const char* name, const char* what, Act act) {
    CLI::App& command = *app_.add_subcommand(name, what);
    add_settings(command);
    command.callback([this, act = std::move(act)] { chosen_ = act; });
    return command;
  }

  void add_json(CLI::App& command) { command.add_flag("--json", arguments_.json, "Answer in JSON"); }

  void add_commands() {
    const Arguments& a = arguments_;
    add("run", "The daemon, in the foreground", [&a] { return cli::run(a.settings); });
    CLI::App& check = add("check-config", "All faults of the settings file", [&a] {
      return cli::check_config(a.settings, cli::CheckOptions{a.json, a.probe});
    });
    check.add_flag("--probe", arguments_.probe, "Also log in to every enabled account");
    add_json(check);
    add_json(add("status", "How every account, the spool and the clients fare",
                 [&a] { return cli::status(a.settings, a.json); }));
    CLI::App& fetch = add("fetch", "Polls now, waits, and says what came",
                          [&a] { return cli::fetch(a.settings, a.accounts, a.json); });
    fetch.add_option("ACCOUNT", arguments_.accounts, "Accounts to poll; none: all that are enabled");
    add_json(fetch);
    add("reload", "Has the running daemon read its settings again", [&a] { return cli::reload(a.settings); });
    add("hash-password", "Asks for a password and prints its hash", [&a] {
      return cli::hash_password(a.scram);
    }).add_flag("--scram", arguments_.scram, "A SCRAM-SHA-256 verifier instead of Argon2id");
    add("demo", "Sample mail in one process, with no settings", [&a] {
      return cli::demo(a.once);
    }).add_flag("--once", arguments_.once, "Fetch, show what came, and end");
  }

  void add_spool_commands() {
    const Arguments& a = arguments_;
    CLI::App& verify =
        add("verify", "Checks the index and the packs, and says what mends what is wrong", [&a] {
          return cli::verify(a.settings, cli::VerifyOptions{a.deep, a.json});
        });
    verify.add_flag("--deep", arguments_.deep, "Every byte, and every message parsed again");
    add_json(verify);
    CLI::App& backup =
        add("backup", "Copies the spool, also while it is in use; again: only what is new", [&a] {
          return cli::backup(a.settings, {a.folder, a.json, false, a.deep});
        });
    add_folder(backup);
    backup.add_flag("--deep", arguments_.deep,
                    "Reads every byte the backup holds, and copies again what has been damaged there");
    CLI::App& restore = add("restore", "Puts a backup back where no spool is", [&a] {
      return cli::restore(a.settings, {a.folder, a.json, a.mend});
    });
    add_json(add("rebuild-index",
                 "Makes the index again from the packs and the newest copy of it; a running daemon "
                 "ends its sessions for that and serves on",
                 [&a] { return cli::rebuild_index(a.settings, a.json); }));
    add_folder(restore);
    restore.add_flag("--mend", arguments_.mend,
                     "Into the spool that is there: only messages that are damaged or missing");
  }

  void add_folder(CLI::App& command) {
    command.add_option("DIR", arguments_.folder, "The folder of the backup")->required();
    add_json(command);
  }

  CLI::App& add_bring_back(const char* name, const char* what, const char* whose, const char* describe,
                           Act act) {
    CLI::App& command = add(name, what, std::move(act));
    cli::BringBackOptions& options = arguments_.bring_back;
    command.add_option(whose, options.whose, describe)->required();
    command.add_option("--since", options.since, "Only what was put away in this time, such as 12h or 2d");
    command.add_option("--folder", options.folders, "Only from this folder; may be repeated");
    command.add_option("--id", options.ids,
                       "Only the message of this id, as --list shows it; may be repeated");
    command.add_option("--message-id", options.message_ids,
                       "Only messages of this Message-ID; may be repeated");
    command.add_flag("--list", options.only_list, "Show what there is, change nothing");
    command.add_flag("--json", options.json, "Answer in JSON");
    return command;
  }

  void add_bringing_back() {
    const Arguments& a = arguments_;
    CLI::App& undelete =
        add_bring_back("undelete", "Brings back what the deleter deleted", "--user", "Whose mail",
                       [&a] { return cli::undelete(a.settings, a.bring_back); });
    undelete.add_option("--by", arguments_.bring_back.by, "Only what this login deleted; may be repeated");
    add_bring_back("unhide", "Brings back what a client hid from itself", "--login", "The client's login",
                   [&a] { return cli::unhide(a.settings, a.bring_back); });
  }

  void add_moving() {
    const Arguments& a = arguments_;
    CLI::App& import = add(
        "import", "Takes in mbox files, Maildirs, .eml files, or folders of these; again: only what is new",
        [&a] { return cli::import_mail(a.settings, a.import); });
    import.add_option("--user", arguments_.import.user, "Whose mail it becomes")->required();
    import.add_option("--folder", arguments_.import.folder,
                      "The folder for all of it; else folders go by the names of files");
    import.add_option("PATH", arguments_.import.paths, "Files and folders to read")->required();
    import.add_flag("--json", arguments_.import.json, "Answer in JSON");
    CLI::App& out =
        add("export", "Writes a user's mail as a Maildir; again: only what is new, nothing is changed",
            [&a] { return cli::export_mail(a.settings, a.export_to); });
    out.add_option("--user", arguments_.export_to.user, "Whose mail")->required();
    out.add_option("DIR", arguments_.export_to.folder, "The folder of the Maildir, made when it is missing")
        ->required();
    out.add_flag("--json", arguments_.export_to.json, "Answer in JSON");
  }

  void add_later_commands() {
    for (const cli::LaterCommand& later : cli::later_commands()) {
      add(later.name, later.what, [&later] { return cli::not_yet(later.name); }).allow_extras();
    }
  }

  CLI::App app_{"homespool: collects mail from many POP3 accounts and serves it at home over POP3 and IMAP"};
  Arguments arguments_;
  Act chosen_;
};

} // namespace

int main(int count, char** words) {
  try {
    return CommandLine().run(count, words);
  } catch (const std::exception& error) {
    return cli::complain({cli::kExitFailed, error.what()});
  }
}
