// The command line: one subcommand per file of this folder.
#include "cli/ask.hpp"
#include "cli/check_config.hpp"
#include "cli/demo.hpp"
#include "cli/exit_codes.hpp"
#include "cli/hash_password.hpp"
#include "cli/run.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

namespace {

using homespool::cli::kExitFailed;
using homespool::cli::kExitUsage;

struct Arguments {
  std::string settings = "/etc/homespool/homespool.yaml";
  bool json = false;
  bool scram = false;
  bool once = false;
  std::vector<std::string> accounts;
};

// Adds a subcommand that takes -c; `act` runs after parsing.
CLI::App* add(CLI::App& app, Arguments& arguments, const char* name, const char* what,
              std::function<int()>& chosen, std::function<int()> act) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("-c,--config", arguments.settings, "The settings file")->capture_default_str();
  command->callback([&chosen, act = std::move(act)] { chosen = act; });
  return command;
}

void add_json(CLI::App* command, Arguments& arguments) {
  command->add_flag("--json", arguments.json, "Answer in JSON");
}

int run_command(int count, char** words) {
  namespace cli = homespool::cli;
  CLI::App app{"homespool: collects mail from many POP3 accounts and serves it at home over POP3 and IMAP"};
  app.require_subcommand(1);
  app.set_version_flag("--version", HOMESPOOL_VERSION);
  Arguments arguments;
  std::function<int()> chosen;
  app.add_option("-c,--config", arguments.settings, "The settings file")->capture_default_str();

  add(app, arguments, "run", "The daemon, in the foreground", chosen,
      [&] { return cli::run(arguments.settings); });
  add_json(add(app, arguments, "check-config", "All faults of the settings file", chosen,
               [&] { return cli::check_config(arguments.settings, arguments.json); }),
           arguments);
  add_json(add(app, arguments, "status", "How every account, the spool and the clients fare", chosen,
               [&] { return cli::status(arguments.settings, arguments.json); }),
           arguments);
  CLI::App* fetch = add(app, arguments, "fetch", "Polls now, waits, and says what came", chosen,
                        [&] { return cli::fetch(arguments.settings, arguments.accounts, arguments.json); });
  fetch->add_option("ACCOUNT", arguments.accounts, "Accounts to poll; none: all");
  add_json(fetch, arguments);
  add(app, arguments, "reload", "Has the running daemon read its settings again", chosen,
      [&] { return cli::reload(arguments.settings); });
  add(app, arguments, "hash-password", "Asks for a password and prints its hash", chosen, [&] {
    return cli::hash_password(arguments.scram);
  })->add_flag("--scram", arguments.scram, "A SCRAM-SHA-256 verifier instead of Argon2id");

  CLI::App* demo = app.add_subcommand("demo", "Sample mail in one process, with no settings");
  demo->add_flag("--once", arguments.once, "Fetch, show what came, and end");
  demo->callback([&] { chosen = [&] { return cli::demo(arguments.once); }; });

  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  return chosen();
}

} // namespace

int main(int count, char** words) {
  try {
    return run_command(count, words);
  } catch (const std::exception& error) {
    std::cerr << "homespool: " << error.what() << "\n";
    return kExitFailed;
  }
}
