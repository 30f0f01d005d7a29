// A provider that gives messages to a spool, and the ledger as text.
//
// Threads: the test's own.
#pragma once

#include "tests/spool/spool_fixture.hpp"

#include <algorithm>
#include <set>

namespace homespool::spool::test {

using Duplicates = std::vector<bool>;

// A provider's side of an account: what it lists now, and a way to store what it gives.
class Provider {
 public:
  Provider(SpoolFixture& spool, std::string account, std::string user = "taro")
      : spool_(spool), account_(std::move(account)), user_(std::move(user)) {}

  std::set<std::string> lists;

  // True: a duplicate.
  std::vector<bool> give(std::vector<std::pair<std::string, std::string>> uidl_and_text) {
    std::vector<Fetched> messages;
    for (const auto& [uidl, text] : uidl_and_text) {
      const auto same = [&uidl = uidl](const Fetched& other) { return other.uidl == uidl; };
      const auto occurrence = std::count_if(messages.begin(), messages.end(), same);
      Fetched fetched{spool_.incoming(text), uidl, static_cast<std::uint32_t>(occurrence), text.size()};
      messages.push_back(std::move(fetched));
    }
    auto listed = std::make_shared<const StillListed>(
        [lists = lists](std::string_view uidl, std::uint32_t) { return lists.contains(std::string(uidl)); });
    const MailboxId inbox = spool_.folder("INBOX", user_);
    const auto outcomes =
        spool_.run(spool_.spool().store_fetched(account_, inbox, std::move(messages), std::move(listed)));
    std::vector<bool> duplicates;
    for (const FetchedOutcome& outcome : outcomes.value()) duplicates.push_back(outcome.duplicate);
    return duplicates;
  }
  std::string ledger() {
    std::string text;
    for (const LedgerEntry& entry : spool_.run(spool_.spool().ledger(account_)).value()) {
      static constexpr const char* kStates[] = {"listed",      "stored", "sent",   "gone",
                                                "quarantined", "large",  "skipped"};
      if (!text.empty()) text += ' ';
      text += entry.uidl + "=" + kStates[static_cast<int>(entry.state)];
      if (entry.record) text += std::to_string(entry.record->value);
      if (entry.deleted_here) text += "!";
    }
    return text;
  }

 private:
  SpoolFixture& spool_;
  std::string account_, user_;
};

} // namespace homespool::spool::test
