// A spool behind standard input and output, so that a scenario can be played on it without a daemon around:
// one command a line, one answer a line, each only after the spool said it is done.
//
// spool_on_a_line DIRECTORY MESSAGES: messages are named by number, their bytes are the files
// MESSAGES/NUMBER.
//   user NAME                            create|delete|subscribe FOLDER       rename FOLDER NAME
//   append FOLDER FLAGS NUMBER...        flags FOLDER UIDS FLAGS              (FLAGS: Seen,Flagged,word or -)
//   copy|move FOLDER UIDS TO             expunge FOLDER UIDS                  quit3 SEEN DELETED
//   fetch ACCOUNT FOLDER UIDL=NUMBER...  ledger ACCOUNT UIDL STATE            known ACCOUNT
//   renumber, as fetch: the account lists nothing but these UIDLs any more
//   hide UIDS (of INBOX, from `phone`)   unhide                               undelete FOLDER
//   health ACCOUNT WORD                  free BYTES                           clock SECONDS (ahead of now)
//   rebuild: the next start makes the index again
//   upkeep: expiry and rewriting of packs, until nothing is left              dump
//   check: a deep one of the whole spool
//   together COUNT: the next COUNT commands are handed in at once; each answer begins with its number.
// Answers: `ok …`, `error …`, and `fatal …` before the one that it belongs to. SPOOL_CLOCK: as `clock`, from
// the start. Threads: main, and the spool's.
// spool_on_a_line --check DIRECTORY: the same check, while nobody has the spool open.
// spool_on_a_line --sql DIRECTORY SQL: changes its index, with the sums that belong to it.
#include "spool/check/check.hpp"
#include "spool/rebuild/rebuild.hpp"
#include "spool/store/store.hpp"
#include "tests/crash/line_words.hpp"

#include <atomic>
#include <boost/algorithm/string.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <unistd.h>

using namespace homespool::spool;
using namespace homespool::tests::crash;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

const std::string kUser = "taro", kLogin = "desk", kReader = "phone";
std::atomic<std::int64_t> clock_ahead = 0; // seconds

// At once and whole, also when the process ends the moment after.
void say(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::string bytes = line + "\n";
  if (::write(STDOUT_FILENO, bytes.data(), bytes.size()) < 0) ::_exit(3);
}

std::string error_text(const boost::system::error_code& error) {
  return error ? "error " + error.message() : "ok";
}

// Everything that `verify --deep` finds, in one line; empty when all is well.
std::string check_all(const fs::path& directory) {
  std::string found;
  for (CheckPlace place; place.stage != CheckStage::done;) {
    const CheckStep step = check_some(directory, place, true);
    for (const Finding& finding : step.findings) found += " " + finding.kind + ": " + finding.what + ";";
    place = step.next;
  }
  return found;
}

class Line {
 public:
  Line(Store& spool, fs::path messages) : spool_(spool), messages_(std::move(messages)) {}

  // The answer to one command.
  Awaitable<std::string> answer(Words words) {
    const std::string& verb = words[0];
    if (verb == "user") co_return error_text(co_await spool_.ensure_user(words[1]));
    if (verb == "create" || verb == "delete" || verb == "rename" || verb == "subscribe")
      co_return co_await folders(words);
    if (verb == "append") co_return co_await append(words);
    if (verb == "copy" || verb == "move") co_return co_await transfer(words);
    if (verb == "flags" || verb == "expunge" || verb == "quit3") co_return co_await change(words);
    if (verb == "dump") co_return co_await dump();
    if (verb == "free") co_return limit_space(std::stoull(words[1]));
    if (verb == "clock") co_return move_clock(std::stoll(words[1]));
    if (verb == "hide" || verb == "unhide" || verb == "undelete") co_return co_await bring_back(words);
    if (verb == "upkeep") co_return co_await keep_up();
    if (verb == "rebuild") co_return ask_for_rebuild(spool_.directory()) ? "ok" : "error";
    if (verb == "check") {
      const std::string found = check_all(spool_.directory());
      co_return found.empty() ? "ok" : "error" + found;
    }
    co_return co_await account(words);
  }

 private:
  MailboxId folder(const std::string& name) {
    const auto found = spool_.find_mailbox(kUser, name);
    return found ? found->id : MailboxId{-1};
  }

  boost::system::result<Incoming> incoming(const std::string& number) {
    Incoming message(spool_);
    const std::string bytes = file_bytes(messages_ / number);
    if (auto error = message.append(bytes)) return error;
    if (auto error = message.finish()) return error;
    return message;
  }

  Awaitable<std::string> folders(const Words& words) {
    if (words[0] == "create") {
      const auto made = co_await spool_.create_mailbox(kUser, words[1]);
      co_return made ? "ok" : error_text(made.error());
    }
    if (words[0] == "rename")
      co_return error_text(co_await spool_.rename_mailbox(folder(words[1]), words[2]));
    if (words[0] == "delete") co_return error_text(co_await spool_.delete_mailbox(folder(words[1]), kLogin));
    co_return error_text(co_await spool_.subscribe(kUser, words[1], true));
  }

  Awaitable<std::string> append(const Words& words) {
    std::vector<AppendItem> items;
    for (std::size_t i = 3; i < words.size(); ++i) {
      auto message = incoming(words[i]);
      if (!message) co_return error_text(message.error());
      items.push_back(AppendItem{std::move(*message), flag_set(words[2]), std::nullopt});
    }
    const auto done = co_await spool_.append(folder(words[1]), std::move(items));
    co_return done ? "ok " + done->to.text() : error_text(done.error());
  }

  Awaitable<std::string> transfer(const Words& words) {
    const MailboxId from = folder(words[1]), to = folder(words[3]);
    auto doing = words[0] == "copy" ? spool_.copy(from, uid_set(words[2]), to)
                                    : spool_.move(from, uid_set(words[2]), to);
    const auto done = co_await std::move(doing);
    co_return done ? "ok " + done->to.text() : error_text(done.error());
  }

  Awaitable<std::string> change(const Words& words) {
    if (words[0] == "flags") {
      const auto done = co_await spool_.store_flags(folder(words[1]), uid_set(words[2]), FlagChange::replace,
                                                    flag_set(words[3]), std::nullopt);
      co_return done ? "ok" : error_text(done.error());
    }
    if (words[0] == "expunge") {
      const std::optional<UidSet> only = uid_set(words[2]);
      const auto done = co_await spool_.expunge(folder(words[1]), only, kLogin, Marked::by_anybody);
      co_return done ? "ok " + done->text() : error_text(done.error());
    }
    Pop3Update update{kUser, kLogin, {}, {}, {}};
    update.seen = co_await inbox_ids(words[1]);
    update.deleted = co_await inbox_ids(words[2]);
    co_return error_text(co_await spool_.pop3_quit(update));
  }

  Awaitable<std::vector<MessageId>> inbox_ids(std::string uids) {
    std::vector<MessageId> ids;
    const UidSet wanted = uid_set(uids);
    const auto snapshot = co_await spool_.snapshot(folder("INBOX"));
    if (!snapshot) co_return ids;
    (*snapshot)->for_each(0, (*snapshot)->size(), [&](std::size_t, const Message& message) {
      if (wanted.contains(message.uid)) ids.push_back(message.id);
      return true;
    });
    co_return ids;
  }

  Awaitable<std::string> account(const Words& words) {
    if (words[0] == "fetch" || words[0] == "renumber") co_return co_await fetch(words);
    if (words[0] == "known") co_return co_await known(words[1]);
    if (words[0] == "health") {
      AccountHealth health;
      health.state = words[2];
      co_return error_text(co_await spool_.save_account_health(words[1], health));
    }
    if (words[0] != "ledger") co_return "error unknown command";
    auto entries = co_await spool_.ledger(words[1]);
    if (!entries) co_return error_text(entries.error());
    std::erase_if(*entries, [&](const LedgerEntry& entry) { return entry.uidl != words[2]; });
    for (LedgerEntry& entry : *entries) entry.state = static_cast<LedgerState>(std::stoi(words[3]));
    co_return error_text(co_await spool_.update_ledger(words[1], std::move(*entries)));
  }

  Awaitable<std::string> fetch(const Words& words) {
    std::vector<Fetched> messages;
    for (std::size_t i = 3; i < words.size(); ++i) {
      const auto equals = words[i].find('=');
      auto message = incoming(words[i].substr(equals + 1));
      if (!message) co_return error_text(message.error());
      messages.push_back(Fetched{std::move(*message), words[i].substr(0, equals), 0, 0});
    }
    const auto listed = std::make_shared<const StillListed>([words](std::string_view uidl, std::uint32_t) {
      return words[0] == "fetch" || std::any_of(words.begin(), words.end(), [&](const std::string& word) {
               return word.starts_with(std::string(uidl) + "=");
             });
    });
    const auto done = co_await spool_.store_fetched(words[1], folder(words[2]), std::move(messages), listed);
    if (!done) co_return error_text(done.error());
    std::string text = "ok";
    for (const FetchedOutcome& outcome : *done) text += outcome.duplicate ? " again" : " new";
    co_return text;
  }

  // UIDL=STATE for each entry of the ledger.
  Awaitable<std::string> known(std::string name) {
    const auto entries = co_await spool_.ledger(name);
    if (!entries) co_return error_text(entries.error());
    std::string text = "ok";
    for (const LedgerEntry& entry : *entries)
      text += " " + entry.uidl + "=" + std::to_string(static_cast<int>(entry.state));
    co_return text;
  }

  std::string limit_space(std::uint64_t bytes) {
    homespool::config::SpoolSettings settings;
    settings.minimum_free = bytes;
    spool_.configure(settings);
    return "ok";
  }

  static std::string move_clock(std::int64_t seconds) {
    clock_ahead = seconds;
    return "ok";
  }

  Awaitable<std::string> bring_back(const Words& words) {
    if (words[0] == "hide") {
      Pop3Update update{kUser, kReader, {}, {}, {}};
      update.hidden = co_await inbox_ids(words[1]);
      co_return error_text(co_await spool_.pop3_quit(update));
    }
    PutAwayQuery query;
    query.whose = words[0] == "unhide" ? kReader : kUser;
    if (words[0] == "undelete") query.folders.push_back(words[1]);
    const auto found = words[0] == "unhide" ? spool_.hidden_messages(query) : spool_.deleted_messages(query);
    if (!found) co_return error_text(found.error());
    std::vector<MessageId> ids;
    for (const PutAway& message : *found) ids.push_back(message.id);
    if (words[0] == "unhide") {
      const auto done = co_await spool_.unhide(kReader, ids);
      co_return done ? "ok" : error_text(done.error());
    }
    const auto done = co_await spool_.undelete(kUser, ids);
    co_return done ? "ok" : error_text(done.error());
  }

  Awaitable<std::string> keep_up() {
    for (;;) {
      const auto left = co_await spool_.upkeep();
      if (!left) co_return error_text(left.error());
      if (*left == Left::nothing) co_return "ok";
    }
  }

  // What was deleted and can be brought back, as a folder of its own: its UIDs are numbers of messages.
  std::string dump_deleted(Reader& reader) {
    PutAwayQuery query;
    query.whose = kUser;
    const auto found = spool_.deleted_messages(query);
    if (!found) return error_text(found.error());
    if (found->empty()) return "ok";
    say("folder (deleted) 0 " + std::to_string(INT64_MAX) + " -");
    for (const PutAway& put_away : *found) {
      Message message;
      message.id = put_away.id;
      std::string flags = put_away.folder + ",by-" + put_away.by + "," + put_away.flags;
      boost::erase_all(flags, "\\");
      boost::replace_all(flags, " ", ",");
      say("message " + std::to_string(message.id.value) + " " + spool_.uidl(message.id) + " " +
          contents(reader, message) + " " + flags);
    }
    return "ok";
  }

  // Everything a client could see, one line for each folder and message.
  Awaitable<std::string> dump() {
    const auto reader = spool_.make_reader();
    const auto hidden = co_await spool_.hidden(kReader);
    if (!hidden) co_return error_text(hidden.error());
    for (const Mailbox& mailbox : spool_.mailboxes(kUser)) {
      const auto snapshot = co_await spool_.snapshot(mailbox.id);
      if (!snapshot) co_return error_text(snapshot.error());
      const Snapshot& now = **snapshot;
      say("folder " + mailbox.name + " " + std::to_string(now.uidvalidity) + " " +
          std::to_string(now.uidnext.value) + (mailbox.subscribed ? " subscribed" : " -"));
      now.for_each(0, now.size(), [&](std::size_t, const Message& message) {
        say("message " + std::to_string(message.uid.value) + " " + spool_.uidl(message.id) + " " +
            contents(*reader, message) + " " + flags_of(now, message) +
            (std::count(hidden->begin(), hidden->end(), message.id) > 0 ? ",hidden" : ""));
        return true;
      });
    }
    co_return dump_deleted(*reader);
  }

  static std::string flags_of(const Snapshot& snapshot, const Message& message) {
    std::string names = flag_names(message.flags, *snapshot.keywords);
    boost::erase_all(names, "\\");
    boost::replace_all(names, " ", ",");
    return names.empty() ? "-" : names;
  }

  // The message's number, if its bytes and what is kept of them are those of that number. Looked at once in
  // the life of a process.
  std::string contents(Reader& reader, const Message& message) {
    std::string& known = contents_[message.id.value];
    if (known.empty()) known = look(reader, message);
    return known;
  }

  std::string look(Reader& reader, const Message& message) {
    const auto bytes = reader.bytes(message.id, UINT64_MAX);
    if (!bytes) return "unreadable";
    const auto at = bytes->find("X-Number: ");
    const std::string number =
        at == bytes->npos ? "none" : std::to_string(std::atoi(bytes->c_str() + at + 10));
    if (*bytes != file_bytes(messages_ / number)) return "wrong";
    Wanted wanted;
    wanted.envelope = wanted.body = wanted.bodystructure = wanted.parts = true;
    const auto details = reader.details(message.id, wanted);
    if (!details) return "unreadable";
    const auto parsed = homespool::mail::parse_structure(*bytes);
    const bool same = details->envelope == parsed.envelope && details->size == bytes->size() &&
                      details->bodystructure == parsed.bodystructure && details->parts == parsed.parts;
    return same ? number : "misdescribed";
  }

  Store& spool_;
  fs::path messages_;
  std::map<std::int64_t, std::string> contents_;
};

Words words_of(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

// Hands the commands in at once and says each answer as it comes.
void run(Line& line, const std::vector<Words>& commands, bool numbered) {
  asio::io_context io(1);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto done = [i, numbered](const std::exception_ptr& surprise, const std::string& answer) {
      if (surprise) std::rethrow_exception(surprise);
      say((numbered ? std::to_string(i) + " " : "") + answer);
    };
    asio::co_spawn(io, line.answer(commands[i]), done);
  }
  io.run();
}

} // namespace

int main(int, char** words) {
  if (std::string_view(words[1]) == "--check") {
    std::cout << check_all(words[2]) << "\n";
    return 0;
  }
  if (std::string_view(words[1]) == "--sql") {
    index::Database(fs::path(words[2]) / "index.db", index::Database::Access::write).run(words[3]);
    return 0;
  }
  if (const char* ahead = std::getenv("SPOOL_CLOCK")) clock_ahead = std::atoll(ahead);
  OpenOptions options;
  options.settings.directory = words[1];
  options.settings.minimum_free = 0;
  options.now = [] { return std::chrono::system_clock::now() + std::chrono::seconds(clock_ahead); };
  options.on_fatal = [](std::string_view sentence) { say("fatal " + std::string(sentence)); };
  options.on_finding = [](std::string_view sentence) { std::cerr << sentence << "\n"; };
  auto opened = Spool::open(std::move(options));
  say(opened ? "open" : "refused " + opened.error().sentence);
  if (!opened) return 1;
  Line line(dynamic_cast<Store&>(**opened), words[2]);
  std::string text;
  while (std::getline(std::cin, text) && text != "quit") {
    std::vector<Words> commands{words_of(text)};
    const bool together = commands[0][0] == "together";
    if (together) {
      commands.resize(std::stoul(commands[0][1]));
      for (Words& command : commands) {
        std::getline(std::cin, text);
        command = words_of(text);
      }
    }
    run(line, commands, together);
  }
  opened->reset();
  say("closed");
}
