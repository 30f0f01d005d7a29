// The renderings of a status for people and for Prometheus.
#include "cli/daemon/status_report.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace homespool::cli {
namespace {

namespace json = boost::json;

std::string label(std::string_view text) { // a label value of the Prometheus text format
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') {
      out += '\\';
    }
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

void metric(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) {
    return "-";
  }
  if (value->is_string()) {
    return std::string(value->get_string());
  }
  if (value->is_int64()) {
    return std::to_string(value->get_int64());
  }
  if (value->is_uint64()) {
    return std::to_string(value->get_uint64());
  }
  return "-";
}

const json::array& list_of(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

std::string account_lines(const json::object& account) {
  std::string out = fmt::format("  {} ({}): {} since {}; last success {}\n", text_of(account, "name"),
                                text_of(account, "user"), text_of(account, "state"),
                                text_of(account, "since"), text_of(account, "last_success"));
  if (const json::value* failure = account.if_contains("failure");
      failure != nullptr && failure->is_object()) {
    const json::object& f = failure->get_object();
    out += fmt::format("    cannot fetch: {} at {} ({}, {} in a row)\n", text_of(f, "text"),
                       text_of(f, "step"), text_of(f, "class"), text_of(f, "count"));
  }
  out += fmt::format("    next try {}; {} stored, {} waiting, {} quarantined, {} too large",
                     text_of(account, "next_try"), text_of(account, "stored"), text_of(account, "waiting"),
                     text_of(account, "quarantined"), text_of(account, "too_large"));
  if (const std::string malformed = text_of(account, "malformed_listed");
      malformed != "-" && malformed != "0") {
    out += fmt::format(", {} malformed lines passed over in its listing", malformed);
  }
  out += '\n';
  if (const json::value* changed = account.if_contains("ids_changed");
      changed != nullptr && changed->is_string()) {
    out += fmt::format("    most ids changed at once at {}; what is known is told by its content\n",
                       text_of(account, "ids_changed"));
  }
  return out;
}

} // namespace

std::string status_lines(const json::object& status) {
  std::string out = fmt::format("homespool {}: {}\n", text_of(status, "version"), text_of(status, "state"));
  out += "accounts\n";
  for (const json::value& account : list_of(status, "accounts")) {
    out += account_lines(account.as_object());
  }
  if (const json::value* spool = status.if_contains("spool"); spool != nullptr && spool->is_object()) {
    const json::object& s = spool->get_object();
    out += fmt::format("spool: {}, {} messages, {} bytes; {} bytes free on the disk\n", text_of(s, "state"),
                       text_of(s, "messages"), text_of(s, "bytes"), text_of(s, "free_bytes"));
    if (const json::value* damaged = s.if_contains("damaged");
        damaged != nullptr && damaged->to_number<std::uint64_t>() != 0) {
      out += fmt::format("  {} messages are damaged on the disk: 'homespool verify --deep' names them\n",
                         text_of(s, "damaged"));
    }
    for (const json::value& finding : list_of(s, "findings")) {
      out += fmt::format("  found: {}\n", finding.is_string() ? std::string_view(finding.get_string()) : "");
    }
  }
  out += "clients\n";
  for (const json::value& value : list_of(status, "clients")) {
    const json::object& client = value.as_object();
    const json::value* deleter = client.if_contains("deleter");
    const bool deletes = deleter != nullptr && deleter->is_bool() && deleter->get_bool();
    out += fmt::format("  {} ({}{}): last seen {} by {}; {} deletes hidden, {} refused\n",
                       text_of(client, "login"), text_of(client, "user"), deletes ? ", deleter" : "",
                       text_of(client, "last_seen"), text_of(client, "protocol"),
                       text_of(client, "hidden_deletes"), text_of(client, "refused_deletes"));
  }
  return out;
}

std::string metrics_text(const StatusReport& report) {
  std::string out;
  metric(out, "homespool_account_up", "gauge", "1 when the last poll of the account went through");
  for (const auto& account : report.accounts) {
    const bool up =
        account.state == "ok" || (account.state == "polling" && !account.failure && account.last_success);
    out += fmt::format("homespool_account_up{{account=\"{}\"}} {}\n", label(account.name), up ? 1 : 0);
  }
  metric(out, "homespool_account_last_success_timestamp_seconds", "gauge",
         "When a poll last went through, 0 for never");
  for (const auto& account : report.accounts) {
    const auto time = account.last_success ? account.last_success->time_since_epoch().count() : 0;
    out += fmt::format("homespool_account_last_success_timestamp_seconds{{account=\"{}\"}} {}\n",
                       label(account.name), time);
  }
  metric(out, "homespool_messages_fetched_total", "counter", "Messages stored from the account");
  for (const auto& account : report.accounts) {
    out += fmt::format("homespool_messages_fetched_total{{account=\"{}\"}} {}\n", label(account.name),
                       account.fetched_total);
  }
  metric(out, "homespool_sessions", "gauge", "Connections of clients now");
  out += fmt::format("homespool_sessions{{protocol=\"pop3\"}} {}\n", report.pop3_sessions);
  out += fmt::format("homespool_sessions{{protocol=\"imap\"}} {}\n", report.imap_sessions);
  const auto single = [&out](std::string_view name, std::string_view help, std::uint64_t value) {
    metric(out, name, "gauge", help);
    out += fmt::format("{} {}\n", name, value);
  };
  single("homespool_spool_messages", "Messages in the spool", report.spool.messages);
  single("homespool_spool_bytes", "Bytes of these messages", report.spool.bytes);
  single("homespool_spool_damaged", "Messages that failed their checksum", report.spool.damaged);
  single("homespool_disk_free_bytes", "Bytes free on the disk of the spool", report.spool.free_bytes);
  return out;
}

std::string status_page(const StatusReport& report) {
  return fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>homespool</title>"
      "<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}"
      "pre{{white-space:pre-wrap}}</style><h1>homespool</h1><pre>{}</pre></html>\n",
      html(status_lines(status_json(report))));
}

} // namespace homespool::cli
