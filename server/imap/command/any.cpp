// Commands about the conversation itself: CAPABILITY, NOOP, LOGOUT, ID, ENABLE, NAMESPACE.
// Threads: the session's.
#include "mail/ascii.hpp"
#include "server/imap/session.hpp"
#include "server/imap/wire/response.hpp"
#include "server/shown_capabilities.hpp"

#include <spdlog/spdlog.h>

namespace homespool::server::imap {

namespace {

// Everything that works once somebody is logged in; `APPENDLIMIT=` is added with its figure.
constexpr std::string_view kAlways[] = {"LITERAL+",    "ID",       "ENABLE",        "IDLE",
                                        "NAMESPACE",   "UIDPLUS",  "MOVE",          "UNSELECT",
                                        "SPECIAL-USE", "CHILDREN", "LIST-EXTENDED", "LIST-STATUS",
                                        "XLIST",       "ACL",      "RIGHTS=texk"};

} // namespace

std::string Session::capabilities() const {
  const auto settings = room_.shared.settings.get();
  std::vector<std::string> all(std::begin(kAlways), std::end(kAlways));
  all.push_back("APPENDLIMIT=" + std::to_string(settings->server.largest_append));
  if (!login_) {
    const bool tls = stream_->is_tls();
    all.emplace_back("SASL-IR");
    if (!tls && room_.shared.imap_tls.get()) all.emplace_back("STARTTLS");
    const bool plaintext = room_.shared.authenticator.plaintext_allowed(stream_->peer(), tls);
    all.emplace_back(plaintext ? "AUTH=PLAIN" : "LOGINDISABLED");
  }
  const config::Client* client = login_ ? login_->client : nullptr;
  std::string out = "IMAP4rev1";
  for (const auto& capability : all) {
    if (is_shown(*settings, client, capability)) out += ' ' + capability;
  }
  return out;
}

Awaitable<Reply> Session::execute(command::Capability) {
  out_.text() += "* CAPABILITY " + capabilities() + "\r\n";
  co_return Reply::ok("That is what this server can do");
}

Awaitable<Reply> Session::execute(command::Noop) {
  co_return Reply::ok("Done");
}

Awaitable<Reply> Session::execute(command::Logout) {
  over_ = true;
  selected_.reset();
  out_.text() += "* BYE Until next time\r\n";
  co_return Reply::ok("Logged out");
}

Awaitable<Reply> Session::execute(command::Id id) {
  std::string name;
  for (const auto& [field, value] : id.fields) {
    const bool wanted =
        mail::equals_ignoring_case(field, "name") || mail::equals_ignoring_case(field, "version");
    if (wanted && value) name += (name.empty() ? "" : " ") + safe_text(*value, 100);
  }
  if (!name.empty() && name != client_name_) {
    client_name_ = name;
    spdlog::info("imap: the client at {} is {}", whoami(), client_name_);
  }
  out_.text() += "* ID (\"name\" \"homespool\" \"version\" \"" HOMESPOOL_VERSION "\")\r\n";
  co_return Reply::ok("Pleased to meet you");
}

// Nothing here is offered yet; clients ask all the same (neomutt for UTF8=ACCEPT) and must hear OK, behind
// the list of what was enabled (RFC 5161 section 3.2).
Awaitable<Reply> Session::execute(command::Enable) {
  out_.text() += "* ENABLED\r\n";
  co_return Reply::ok("Nothing of that was enabled");
}

Awaitable<Reply> Session::execute(command::Namespace) {
  out_.text() += "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
  co_return Reply::ok("One namespace");
}

} // namespace homespool::server::imap
