#include "cli/daemon/bring_back.hpp"

#include "cli/daemon/alone.hpp"
#include "cli/daemon/control_client.hpp"
#include "cli/daemon/routes.hpp"
#include "mail/ascii.hpp"
#include "mail/date.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace homespool::cli {
namespace {

namespace json = boost::json;
using What = BringBackRequest::What;
using Listed = std::vector<spool::PutAway>;
using Answer = boost::system::result<json::array, Fault>;

constexpr std::size_t kAtOnce = 200; // one change of the spool each, so that nobody waits for all of them

// "<spool>.<number>", as UIDL tells it; nothing for another spool's.
std::optional<spool::MessageId> message_of(const spool::Spool& spool, std::string_view uidl) {
  const auto dot = uidl.rfind('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  spool::MessageId id;
  std::from_chars(uidl.data() + dot + 1, uidl.data() + uidl.size(), id.value);
  return spool.uidl(id) == uidl ? std::optional(id) : std::nullopt;
}

std::optional<Fault> unknown_name(const config::Settings& settings, const BringBackRequest& request) {
  if (request.what == What::deleted) {
    return settings.find_user(request.whose) != nullptr
               ? std::nullopt
               : std::optional(
                     Fault{kExitFailed, "there is no user '" + request.whose + "' in the settings"});
  }
  return settings.find_login(request.whose).client != nullptr
             ? std::nullopt
             : std::optional(Fault{kExitFailed, "no client has the login '" + request.whose + "'"});
}

std::optional<spool::PutAwayQuery> query_of(Daemon& daemon, const BringBackRequest& request) {
  spool::PutAwayQuery query;
  query.whose = request.whose;
  query.folders = request.folders;
  for (std::string& folder : query.folders) {
    if (mail::equals_ignoring_case(folder, "INBOX")) { // RFC 3501 section 5.1
      folder = "INBOX";
    }
  }
  query.by = request.by;
  query.message_ids = request.message_ids;
  if (request.since) {
    query.since = std::chrono::floor<std::chrono::seconds>(daemon.clock().wall()) - *request.since;
  }
  for (const std::string& uidl : request.ids) {
    if (const auto id = message_of(daemon.spool(), uidl)) {
      query.ids.push_back(*id);
    }
  }
  if (query.ids.empty() && !request.ids.empty()) {
    return std::nullopt; // none of them can be there
  }
  return query;
}

json::object message_json(const spool::Spool& spool, const spool::PutAway& message, What what) {
  json::object object;
  object["id"] = spool.uidl(message.id);
  object["folder"] = message.folder;
  object["subject"] = message.subject;
  object["from"] = message.from;
  object["message_id"] = message.message_id;
  object["size"] = message.size;
  object["date"] = mail::format_rfc3339(message.internal_date);
  if (what == What::deleted) {
    object["flags"] = message.flags;
  }
  json::value when = nullptr;
  if (message.when) {
    when = json::string(mail::format_rfc3339(*message.when));
  }
  object[what == What::deleted ? "deleted_at" : "hidden_at"] = when;
  object["by"] = message.by;
  object["restored"] = false;
  object["uid"] = nullptr;
  return object;
}

void note_restored(json::object& message, const std::optional<spool::BroughtBack>& back) {
  message["restored"] = true;
  if (back) {
    message["folder"] = back->folder;
    message["uid"] = back->uid.value;
  }
}

using Restored = std::map<spool::MessageId, std::optional<spool::BroughtBack>>;

net::Awaitable<boost::system::error_code> restore(spool::Spool& spool, BringBackRequest request,
                                                  std::vector<spool::MessageId> ids, Restored& restored) {
  if (request.what == What::deleted) {
    const auto back = co_await spool.undelete(request.whose, std::move(ids));
    if (!back) {
      co_return back.error();
    }
    for (const spool::BroughtBack& one : *back) {
      restored.emplace(one.id, one);
    }
    co_return boost::system::error_code();
  }
  const auto back = co_await spool.unhide(request.whose, std::move(ids));
  if (!back) {
    co_return back.error();
  }
  for (const spool::MessageId id : *back) {
    restored.emplace(id, std::nullopt);
  }
  co_return boost::system::error_code();
}

// `found` and `restored` are the awaiting caller's.
net::Awaitable<boost::system::error_code> restore_all(spool::Spool& spool, BringBackRequest request,
                                                      const Listed& found, Restored& restored) {
  for (std::size_t from = 0; from < found.size(); from += kAtOnce) {
    std::vector<spool::MessageId> ids;
    for (std::size_t i = from; i < std::min(found.size(), from + kAtOnce); ++i) {
      ids.push_back(found[i].id);
    }
    const auto error = co_await restore(spool, request, std::move(ids), restored);
    if (error) {
      co_return error;
    }
  }
  co_return boost::system::error_code();
}

Fault spool_fault(boost::system::error_code error) {
  return Fault{error == spool::Error::stopped ? kExitTryAgain : kExitFailed,
               "the spool could not do that: " + error.message()};
}

json::array strings_json(const std::vector<std::string>& strings) {
  return json::array(strings.begin(), strings.end());
}

bool take_strings(const json::object& object, std::string_view key, std::vector<std::string>& out) {
  const json::value* list = object.if_contains(key);
  if (list == nullptr || !list->is_array()) {
    return false;
  }
  for (const json::value& one : list->get_array()) {
    if (!one.is_string()) {
      return false;
    }
    out.emplace_back(one.get_string());
  }
  return true;
}

} // namespace

std::string bring_back_request(const BringBackRequest& request) {
  json::object object;
  object["what"] = request.what == What::deleted ? "deleted" : "hidden";
  object["whose"] = request.whose;
  object["since"] = nullptr;
  if (request.since) {
    object["since"] = request.since->count();
  }
  object["folders"] = strings_json(request.folders);
  object["by"] = strings_json(request.by);
  object["ids"] = strings_json(request.ids);
  object["message_ids"] = strings_json(request.message_ids);
  object["only_list"] = request.only_list;
  return json::serialize(object);
}

std::optional<BringBackRequest> parse_bring_back_request(std::string_view body) {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) {
    return std::nullopt;
  }
  const json::object& object = value.get_object();
  BringBackRequest request;
  const json::value* what = object.if_contains("what");
  const json::value* whose = object.if_contains("whose");
  const json::value* since = object.if_contains("since");
  const json::value* only_list = object.if_contains("only_list");
  if (what == nullptr || whose == nullptr || !whose->is_string() || only_list == nullptr ||
      !only_list->is_bool()) {
    return std::nullopt;
  }
  if (*what != "deleted" && *what != "hidden") {
    return std::nullopt;
  }
  request.what = *what == "deleted" ? What::deleted : What::hidden;
  request.whose = whose->get_string();
  if (since != nullptr && since->is_int64()) {
    request.since = std::chrono::seconds{since->get_int64()};
  }
  request.only_list = only_list->get_bool();
  const bool lists = take_strings(object, "folders", request.folders) &&
                     take_strings(object, "by", request.by) && take_strings(object, "ids", request.ids) &&
                     take_strings(object, "message_ids", request.message_ids);
  return lists ? std::optional(std::move(request)) : std::nullopt;
}

net::Awaitable<Answer> bring_back(Daemon& daemon, BringBackRequest request) {
  if (auto fault = unknown_name(*daemon.settings(), request)) {
    co_return *std::move(fault);
  }
  const auto query = query_of(daemon, request);
  Listed found;
  if (query) {
    using Found = spool::Result<Listed>;
    const std::function<Found()> look = [&daemon, query = *query, what = request.what] {
      return what == What::deleted ? daemon.spool().deleted_messages(query)
                                   : daemon.spool().hidden_messages(query);
    };
    auto listed = co_await net::run_on(daemon.workers(), look);
    if (!listed) {
      co_return spool_fault(listed.error());
    }
    found = std::move(*listed);
  }
  Restored restored;
  if (!request.only_list) {
    const auto error = co_await restore_all(daemon.spool(), request, found, restored);
    if (error) {
      co_return spool_fault(error);
    }
  }
  json::array messages;
  for (const spool::PutAway& message : found) {
    json::object object = message_json(daemon.spool(), message, request.what);
    const auto back = restored.find(message.id);
    if (back != restored.end()) {
      note_restored(object, back->second);
    }
    messages.push_back(std::move(object));
  }
  co_return messages;
}

Answer bring_back_somehow(std::shared_ptr<const config::Settings> settings, const BringBackRequest& request) {
  const auto answer =
      ask_daemon(settings->spool.directory, "POST", "/api/bring-back", bring_back_request(request));
  if (!answer) {
    if (!std::filesystem::exists(settings->spool.directory / "index.db")) {
      return Fault{kExitFailed, "there is no spool in " + settings->spool.directory.string()};
    }
    const auto alone = open_alone(settings);
    if (alone.has_error()) {
      return alone.error();
    }
    return wait_for((*alone)->threads(), bring_back(**alone, request));
  }
  if (answer->status != 200) {
    return Fault{exit_code_of(answer->status),
                 answer->body.substr(0, answer->body.find_last_not_of('\n') + 1)};
  }
  return json::parse(answer->body).as_array();
}

std::vector<std::string> not_found(const json::array& messages, const BringBackRequest& request) {
  std::vector<std::string> missing;
  for (const std::string& id : request.ids) {
    const bool there = std::any_of(messages.begin(), messages.end(), [&](const json::value& message) {
      return message.as_object().at("id") == json::value(id);
    });
    if (!there) {
      missing.push_back(id);
    }
  }
  return missing;
}

} // namespace homespool::cli
