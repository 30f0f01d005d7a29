// Checks travel between command and daemon unchanged; what one cause affects is told once.
#include "cli/daemon/verify_report.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::cli;

namespace {

spool::CheckStep step_with(int messages) {
  spool::CheckStep step;
  step.next.stage = spool::CheckStage::records;
  step.next.first = -5;
  step.next.second = std::int64_t{1} << 60;
  step.next.seen = 7;
  spool::Finding finding{
      "pack-missing", "packs/000002.pack is missing", "homespool restore --mend BACKUP", {}};
  for (int i = 0; i < messages; ++i) {
    finding.messages.push_back({"taro", "INBOX", 3, "ab.4", "caf\xc3\xa9", i == 0});
  }
  step.findings.push_back(finding);
  return step;
}

} // namespace

TEST_CASE("A step of a check travels unchanged") {
  const auto read = parse_verify_answer(verify_answer(step_with(2)));
  REQUIRE(read);
  CHECK(read->next.second == std::int64_t{1} << 60);
  CHECK(read->next.first == -5);
  REQUIRE(read->findings.size() == 1);
  CHECK(read->findings[0].messages == step_with(2).findings[0].messages);
  const auto request = parse_verify_request(verify_request({read->next, true}));
  REQUIRE(request);
  CHECK(request->deep);
  CHECK(request->from.seen == 7);
  for (const char* bad : {"", "{}", "[]", "{\"next\":1}"}) {
    CHECK(!parse_verify_answer(bad));
    CHECK(!parse_verify_request(bad));
  }
}

TEST_CASE("What one cause affects is told once, with all its messages counted") {
  VerifyReport report;
  CHECK(report.clean());
  for (int i = 0; i < 15; ++i) {
    report.add(step_with(2));
  }
  CHECK(!report.clean());
  const auto json = report.json(false);
  REQUIRE(json.at("findings").as_array().size() == 1);
  CHECK(json.at("findings").at(0).at("affected") == 30);
  const std::string lines = report.lines();
  CHECK(lines.find(
            "packs/000002.pack is missing\n  taro: INBOX, UID 3, UIDL ab.4, \"caf\xc3\xa9\" (deleted)\n") ==
        0);
  CHECK(lines.find("and 10 more messages\n  to mend it: homespool restore --mend BACKUP\n") !=
        std::string::npos);
}
