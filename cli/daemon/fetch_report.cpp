#include "cli/daemon/fetch_report.hpp"

#include "cli/daemon/status_report.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace homespool::cli {

namespace json = boost::json;

std::string fetch_request(const std::vector<std::string>& accounts) {
  json::array names;
  for (const std::string& name : accounts) {
    names.emplace_back(name);
  }
  return json::serialize(json::object{{"accounts", names}});
}

std::optional<std::vector<std::string>> parse_fetch_request(std::string_view body) {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) {
    return std::nullopt;
  }
  const json::value* accounts = value.get_object().if_contains("accounts");
  if (accounts == nullptr || !accounts->is_array()) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const json::value& name : accounts->get_array()) {
    if (!name.is_string()) {
      return std::nullopt;
    }
    names.emplace_back(name.get_string());
  }
  return names;
}

json::array fetch_json(const std::vector<fetcher::PollReport>& reports) {
  json::array list;
  for (const auto& report : reports) {
    json::object object;
    object["name"] = report.name;
    object["state"] = report.state;
    object["new"] = report.new_messages;
    object["duplicates"] = report.duplicates;
    object["deleted"] = report.deleted;
    object["failure"] = failure_json(report.failure);
    list.push_back(std::move(object));
  }
  return list;
}

std::string fetch_lines(const json::array& reports) {
  std::string out;
  for (const json::value& value : reports) {
    const json::object& report = value.as_object();
    const auto number = [&](const char* key) { return report.at(key).to_number<std::uint64_t>(); };
    out += fmt::format("{}: {} new, {} known already, {} deleted upstream",
                       std::string(report.at("name").as_string()), number("new"), number("duplicates"),
                       number("deleted"));
    if (const json::value& failure = report.at("failure"); failure.is_object()) {
      const json::object& f = failure.get_object();
      out += fmt::format("; cannot fetch: {} ({} at {})", std::string(f.at("text").as_string()),
                         std::string(f.at("class").as_string()), std::string(f.at("step").as_string()));
    }
    out += "\n";
  }
  return out;
}

bool any_failed(const json::array& reports) {
  return std::any_of(reports.begin(), reports.end(),
                     [](const json::value& report) { return !report.as_object().at("failure").is_null(); });
}

} // namespace homespool::cli
