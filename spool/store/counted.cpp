#include "spool/store/counted.hpp"

#include "spool/checksum.hpp"
#include "spool/index/schema.hpp"

#include <sstream>

namespace homespool::spool {
namespace {

using index::Use;

constexpr std::string_view kKey = "counted";

Counted count_all(index::Database& database) {
  Counted counted;
  Use sums(database.prepare("SELECT count(*), coalesce(sum(size), 0) FROM message"));
  if (sums->step()) {
    counted.totals.messages = static_cast<std::uint64_t>(sums->integer(0));
    counted.totals.bytes = static_cast<std::uint64_t>(sums->integer(1));
  }
  Use stored(database.prepare("SELECT account, count(*) FROM origin GROUP BY account"));
  while (stored->step())
    counted.accounts[stored->text(0)].stored = static_cast<std::uint64_t>(stored->integer(1));
  Use states(database.prepare("SELECT account, state, count(*) FROM ledger GROUP BY account, state"));
  while (states->step()) {
    LedgerCounts& counts = counted.accounts[states->text(0)];
    const auto number = static_cast<std::uint64_t>(states->integer(2));
    switch (static_cast<LedgerState>(states->integer(1))) {
    case LedgerState::listed:
      counts.waiting = number;
      break;
    case LedgerState::quarantined:
      counts.quarantined = number;
      break;
    case LedgerState::too_large:
      counts.too_large = number;
      break;
    default:
      break;
    }
  }
  return counted;
}

} // namespace

// A line for the sums, one for each account, its name last; before them their checksum.
std::string pack_counted(const Counted& counted, NextIds ids) {
  std::ostringstream text;
  text << ids.message << ' ' << ids.record << ' ' << counted.totals.messages << ' ' << counted.totals.bytes
       << '\n';
  for (const auto& [name, counts] : counted.accounts)
    text << counts.stored << ' ' << counts.waiting << ' ' << counts.quarantined << ' ' << counts.too_large
         << ' ' << name << '\n';
  const std::string lines = text.str();
  return std::to_string(checksum(lines, 0)) + '\n' + lines;
}

std::optional<Counted> unpack_counted(std::string_view kept, NextIds ids) {
  const auto end = kept.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view lines = kept.substr(end + 1);
  if (std::to_string(checksum(lines, 0)) != kept.substr(0, end)) return std::nullopt;
  std::istringstream text{std::string(lines)};
  Counted counted;
  NextIds then;
  text >> then.message >> then.record >> counted.totals.messages >> counted.totals.bytes;
  if (!text || then.message != ids.message || then.record != ids.record) return std::nullopt;
  for (LedgerCounts counts;
       text >> counts.stored >> counts.waiting >> counts.quarantined >> counts.too_large;) {
    std::string name;
    text.get();
    std::getline(text, name);
    counted.accounts[name] = counts;
  }
  return counted;
}

Counted load_counted(index::Database& database, NextIds ids) {
  auto counted = unpack_counted(index::meta(database, kKey).value_or(""), ids);
  if (!counted) counted = count_all(database);
  Use damaged(database.prepare("SELECT count(*) FROM damaged"));
  if (damaged->step()) counted->totals.damaged = static_cast<std::uint64_t>(damaged->integer(0));
  return *counted;
}

void keep_counted(index::Database& database, std::string_view packed) {
  index::set_meta(database, kKey, packed);
}

void forget_counted(index::Database& database) {
  Use drop(database.prepare("DELETE FROM meta WHERE key=:key"));
  drop->bind(":key", kKey).run();
}

} // namespace homespool::spool
