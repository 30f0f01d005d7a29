// A check of the spool as requests and answers between a command and the daemon, and as lines for a person.
//
// Threads: values.
#pragma once

#include "spool/check/check.hpp"

#include <boost/json/object.hpp>
#include <optional>
#include <string>

namespace homespool::cli {

struct VerifyRequest {
  spool::CheckPlace from;
  bool deep = false;
};
std::string verify_request(const VerifyRequest& request);
std::optional<VerifyRequest> parse_verify_request(std::string_view body);

std::string verify_answer(const spool::CheckStep& step);
std::optional<spool::CheckStep> parse_verify_answer(std::string_view body);

// All findings, those of one cause as one.
class VerifyReport {
 public:
  void add(const spool::CheckStep& step);
  void add(const std::vector<spool::Finding>& findings);

  bool clean() const { return causes_.empty(); }
  // {"deep", "records", "findings": [{"kind", "what", "mend", "affected", "messages": [{"user", "folder",
  // "uid", "uidl", "subject", "deleted"}]}]}; at most kListed messages a finding, "affected" counts all.
  boost::json::object json(bool deep) const;
  std::string lines() const;          // with how many records were looked at
  std::string findings_lines() const; // empty when all is well

 private:
  static constexpr std::size_t kListed = 1000;
  struct Cause {
    spool::Finding finding;
    std::uint64_t affected = 0;
  };
  std::vector<Cause> causes_;
  std::uint64_t records_ = 0;
};

} // namespace homespool::cli
