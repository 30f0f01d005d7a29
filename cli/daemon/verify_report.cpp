#include "cli/daemon/verify_report.hpp"

#include "cli/progress.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace homespool::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kShown = 20; // messages of a finding on a screen

json::object place_json(const spool::CheckPlace& place) {
  return {{"stage", static_cast<int>(place.stage)},
          {"first", place.first},
          {"second", place.second},
          {"seen", place.seen},
          {"total", place.total}};
}

spool::CheckPlace place_of(const json::value& value) {
  spool::CheckPlace place;
  const auto stage = value.at("stage").to_number<int>();
  place.stage =
      static_cast<spool::CheckStage>(std::clamp(stage, 0, static_cast<int>(spool::CheckStage::done)));
  place.first = value.at("first").to_number<std::int64_t>();
  place.second = value.at("second").to_number<std::int64_t>();
  place.seen = value.at("seen").to_number<std::uint64_t>();
  place.total = value.at("total").to_number<std::uint64_t>();
  return place;
}

json::object message_json(const spool::AffectedMessage& message) {
  return {{"user", message.user}, {"folder", message.folder},   {"uid", message.uid},
          {"uidl", message.uidl}, {"subject", message.subject}, {"deleted", message.deleted}};
}

spool::AffectedMessage message_of(const json::value& value) {
  const auto text = [&value](const char* name) { return std::string(value.at(name).as_string()); };
  spool::AffectedMessage message;
  message.user = text("user");
  message.folder = text("folder");
  message.uid = value.at("uid").to_number<std::uint32_t>();
  message.uidl = text("uidl");
  message.subject = text("subject");
  message.deleted = value.at("deleted").as_bool();
  return message;
}

json::object finding_json(const spool::Finding& finding) {
  json::array messages;
  for (const auto& message : finding.messages) {
    messages.emplace_back(message_json(message));
  }
  return {{"kind", finding.kind}, {"what", finding.what}, {"mend", finding.mend}, {"messages", messages}};
}

spool::Finding finding_of(const json::value& value) {
  const auto text = [&value](const char* name) { return std::string(value.at(name).as_string()); };
  spool::Finding finding{text("kind"), text("what"), text("mend"), {}};
  for (const json::value& message : value.at("messages").as_array()) {
    finding.messages.push_back(message_of(message));
  }
  return finding;
}

std::string line_of(const spool::AffectedMessage& message) {
  return fmt::format("  {}: {}, UID {}, UIDL {}{}{}\n", message.user, message.folder, message.uid,
                     message.uidl, message.subject.empty() ? "" : ", \"" + message.subject + "\"",
                     message.deleted ? " (deleted)" : "");
}

// A value of another shape than expected is no answer.
template <class Read>
auto read_or_nothing(std::string_view body, Read read) -> std::optional<decltype(read(json::value{}))> {
  try {
    return read(json::parse(body));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace

std::string verify_request(const VerifyRequest& request) {
  return json::serialize(json::object{{"from", place_json(request.from)}, {"deep", request.deep}});
}

std::optional<VerifyRequest> parse_verify_request(std::string_view body) {
  return read_or_nothing(body, [](const json::value& value) {
    return VerifyRequest{place_of(value.at("from")), value.at("deep").as_bool()};
  });
}

std::string verify_answer(const spool::CheckStep& step) {
  json::array findings;
  for (const auto& finding : step.findings) {
    findings.emplace_back(finding_json(finding));
  }
  return json::serialize(json::object{{"next", place_json(step.next)}, {"findings", findings}});
}

std::optional<spool::CheckStep> parse_verify_answer(std::string_view body) {
  return read_or_nothing(body, [](const json::value& value) {
    spool::CheckStep step;
    step.next = place_of(value.at("next"));
    for (const json::value& finding : value.at("findings").as_array()) {
      step.findings.push_back(finding_of(finding));
    }
    return step;
  });
}

void VerifyReport::add(const spool::CheckStep& step) {
  if (step.next.stage == spool::CheckStage::records) {
    records_ = step.next.seen;
  }
  add(step.findings);
}

void VerifyReport::add(const std::vector<spool::Finding>& findings) {
  for (const spool::Finding& finding : findings) {
    const auto known = std::find_if(causes_.begin(), causes_.end(), [&finding](const Cause& cause) {
      return cause.finding.kind == finding.kind && cause.finding.what == finding.what &&
             cause.finding.mend == finding.mend;
    });
    Cause& cause = known != causes_.end() ? *known : causes_.emplace_back();
    if (cause.finding.kind.empty()) {
      cause.finding = {finding.kind, finding.what, finding.mend, {}};
    }
    cause.affected += finding.messages.size();
    for (const auto& message : finding.messages) {
      if (cause.finding.messages.size() < kListed) {
        cause.finding.messages.push_back(message);
      }
    }
  }
}

json::object VerifyReport::json(bool deep) const {
  json::array findings;
  for (const Cause& cause : causes_) {
    json::object finding = finding_json(cause.finding);
    finding["affected"] = cause.affected;
    findings.emplace_back(std::move(finding));
  }
  return {{"deep", deep}, {"records", records_}, {"findings", findings}};
}

std::string VerifyReport::lines() const {
  return findings_lines() +
         (clean() ? fmt::format("{} records: all is well\n", with_commas(records_))
                  : fmt::format("{} records, {} findings\n", with_commas(records_), causes_.size()));
}

std::string VerifyReport::findings_lines() const {
  std::string lines;
  for (const Cause& cause : causes_) {
    lines += cause.finding.what + "\n";
    const auto& messages = cause.finding.messages;
    for (std::size_t i = 0; i < std::min(kShown, messages.size()); ++i) {
      lines += line_of(messages[i]);
    }
    if (cause.affected > kShown) {
      lines += fmt::format("  and {} more messages\n", with_commas(cause.affected - kShown));
    }
    lines += "  to mend it: " + cause.finding.mend + "\n";
  }
  return lines;
}

} // namespace homespool::cli
