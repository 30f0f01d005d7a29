// The transaction and update states: STAT, LIST, UIDL, RETR, TOP, DELE, QUIT.
#include "net/peer_text.hpp"
#include "server/pop3/dot_stuffing.hpp"
#include "server/pop3/limits.hpp"
#include "server/pop3/session.hpp"

#include <spdlog/spdlog.h>

namespace homespool::server::pop3 {
namespace {

constexpr std::string_view kNoSuchMessage = "no such message";

// A message that is damaged or gone stays so; what else goes wrong is the machine's, and may pass.
std::string unreadable(boost::system::error_code why) {
  if (why == spool::Error::bad_record || why == spool::Error::no_such_message) {
    return "[SYS/PERM] this message cannot be read: " + why.message();
  }
  spdlog::error("pop3: a message cannot be read: {}", why.message());
  return "[SYS/TEMP] this message cannot be read now: " + why.message();
}

} // namespace

void Session::do_stat() {
  ok(std::to_string(maildrop_->count()) + " " + std::to_string(maildrop_->bytes()));
}

Awaitable<void> Session::do_list(std::optional<std::uint32_t> number) {
  if (number) {
    const Item* item = maildrop_->find(*number);
    if (item == nullptr) {
      error(kNoSuchMessage);
    } else {
      ok(std::to_string(*number) + " " + std::to_string(item->size));
    }
    co_return;
  }
  ok(std::to_string(maildrop_->count()) + " messages (" + std::to_string(maildrop_->bytes()) + " octets)");
  for (std::uint32_t i = 1; i <= maildrop_->highest() && !ended_; ++i) {
    const Item& item = maildrop_->at(i);
    if (item.marked) {
      continue;
    }
    out_.append(std::to_string(i)).append(" ").append(std::to_string(item.size)).append("\r\n");
    co_await flush_if_large();
  }
  out_ += ".\r\n";
}

Awaitable<void> Session::do_uidl(std::optional<std::uint32_t> number) {
  spool::Spool& spool = room_.shared.spool;
  if (number) {
    const Item* item = maildrop_->find(*number);
    if (item == nullptr) {
      error(kNoSuchMessage);
    } else {
      ok(std::to_string(*number) + " " + spool.uidl(item->id));
    }
    co_return;
  }
  ok("unique ids follow");
  for (std::uint32_t i = 1; i <= maildrop_->highest() && !ended_; ++i) {
    const Item& item = maildrop_->at(i);
    if (item.marked) {
      continue;
    }
    out_.append(std::to_string(i)).append(" ").append(spool.uidl(item.id)).append("\r\n");
    co_await flush_if_large();
  }
  out_ += ".\r\n";
}

Awaitable<void> Session::do_retr(std::uint32_t number) {
  Item* item = maildrop_->find(number);
  if (item == nullptr) {
    error(kNoSuchMessage);
    co_return;
  }
  const auto file = room_.reader.open(item->id);
  if (!file) {
    error(unreadable(file.error()));
    co_return;
  }
  if ((*file)->damaged()) { // else the line would break in the middle of it, time and again
    error(unreadable(spool::Error::bad_record));
    co_return;
  }
  const bool whole = co_await send_body(**file, std::nullopt);
  if (whole) {
    item->retrieved = true;
  }
}

Awaitable<void> Session::do_top(std::uint32_t number, std::uint32_t lines) {
  const Item* item = maildrop_->find(number);
  if (item == nullptr) {
    error(kNoSuchMessage);
    co_return;
  }
  const auto file = room_.reader.open(item->id);
  const auto details = room_.reader.details(item->id, {});
  if (!file || !details) {
    error(unreadable(file ? details.error() : file.error()));
    co_return;
  }
  const TopCut cut{details->header_size, lines};
  co_await send_body(**file, cut);
}

// The response to RETR, or (with `cut`) to TOP. A damaged block in the middle ends the connection: what was
// sent cannot be taken back, and a final dot would call it whole.
Awaitable<bool> Session::send_body(const spool::MessageFile& file, std::optional<TopCut> cut) {
  const std::uint64_t size = file.size();
  DotStuffer stuffer;
  LineCutter cutter(cut ? cut->lines : 0);
  std::string piece;
  std::uint64_t offset = 0;
  const std::uint64_t header = cut ? std::min(cut->header, size) : size;
  while (offset < size && (offset < header || !cutter.done())) {
    const std::uint64_t stop = offset < header ? header : size;
    piece.resize(std::min<std::uint64_t>(kRead, stop - offset));
    if (const auto failed = file.read(offset, piece)) {
      const std::string sentence = unreadable(failed);
      if (offset == 0) {
        error(sentence);
      } else {
        end();
      }
      co_return false;
    }
    if (offset == 0) {
      ok(std::to_string(size) + " octets");
    }
    stuffer.add(offset < header ? std::string_view(piece) : cutter.take(piece), out_);
    offset += piece.size();
    co_await flush_if_large();
    if (ended_) {
      co_return false;
    }
  }
  if (size == 0) {
    ok("0 octets");
  }
  stuffer.finish(out_);
  co_return true;
}

void Session::do_dele(std::uint32_t number) {
  Item* item = maildrop_->find(number);
  if (item == nullptr) {
    error(kNoSuchMessage);
    return;
  }
  const auto settings = room_.shared.settings.get(); // of now: the session may have begun under others
  const auto now = settings->find_login(login_->client->login);
  if (now.client == nullptr || delete_rule(*now.client) == DeleteRule::refuse) {
    room_.shared.spool.count_delete(login_->client->login, true, 1);
    const auto* may = now.user != nullptr ? now.user->deleter() : nullptr;
    const std::string deleter = may != nullptr ? net::peer_text(may->login) : std::string();
    error(deleter.empty()
              ? "[SYS/PERM] nobody may delete this mail; set your client to leave it on the server"
              : "[SYS/PERM] only " + deleter + " may delete; set your client to leave mail on the server");
    return;
  }
  maildrop_->mark(*item);
  ok("marked");
}

Awaitable<void> Session::do_quit() {
  end();
  if (!login_) {
    ok("goodbye");
    co_return;
  }
  const auto settings = room_.shared.settings.get();
  const auto now = settings->find_login(login_->client->login);
  if (now.client == nullptr) {
    error("[SYS/TEMP] this login is not in the settings any more; nothing was changed");
    co_return;
  }
  QuitPlan plan = plan_quit(*maildrop_, *now.user, *now.client);
  const std::size_t hidden = plan.update.hidden.size();
  const bool anything = hidden + plan.update.seen.size() + plan.update.deleted.size() != 0;
  boost::system::error_code failed;
  if (anything) {
    failed = co_await room_.shared.spool.pop3_quit(std::move(plan.update));
  }
  if (failed) {
    error("[SYS/TEMP] nothing was changed: " + failed.message());
    co_return;
  }
  if (hidden != 0) {
    room_.shared.spool.count_delete(now.client->login, false, hidden);
  }
  if (plan.refused != 0) {
    room_.shared.spool.count_delete(now.client->login, true, plan.refused);
    error("[SYS/PERM] some messages were not deleted: this login may not delete any more");
  } else {
    ok("goodbye");
  }
  spdlog::info("pop3: {} logged out", net::peer_text(now.client->login));
}

} // namespace homespool::server::pop3
