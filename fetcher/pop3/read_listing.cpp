// STAT, LIST, UIDL, and TOP for messages without ids.
#include "fetcher/classify.hpp"
#include "fetcher/pop3/conversation.hpp"
#include "fetcher/pop3/header_identity.hpp"

#include <utility>

namespace homespool::fetcher {
namespace {

using net::Awaitable;

constexpr Connection::LinesLimit kListLimit{limits::kUidl + 32, limits::kListingAnswer};

Awaitable<Outcome> read_stat(Connection& connection, Listing& listing) {
  const auto answer = co_await connection.reply(Step::listing);
  if (!answer) co_return answer.error();
  if (answer->kind == Reply::Kind::ok) {
    const std::optional<Stat> stat = parse_stat(answer->text);
    if (stat) listing.stat_count = stat->messages;
    co_return std::nullopt;
  }
  if (answer->kind == Reply::Kind::err) co_return std::nullopt;
  co_return refused(Step::listing, *answer);
}

// `refusal` is set when the server says no.
Awaitable<Outcome> read_list(Connection& connection, Listing& listing, bool ids, Outcome& refusal) {
  const auto answer = co_await connection.reply(Step::listing);
  if (!answer) co_return answer.error();
  if (answer->kind == Reply::Kind::err) refusal = refused(Step::listing, *answer);
  if (refusal && ids && !answer->code.empty() && refusal->kind != FailureClass::permanent) {
    const Outcome failed = std::exchange(refusal, std::nullopt);
    co_return failed;
  }
  if (refusal) co_return std::nullopt;
  if (answer->kind != Reply::Kind::ok) co_return refused(Step::listing, *answer);
  const Connection::TakeLine take = [&listing, ids](std::string_view line, bool cut) {
    if (cut && ids) {
      listing.pass_over();
      return true;
    }
    const Listing::Taken taken = ids ? listing.add_id_line(line) : listing.add_size_line(line);
    return taken != Listing::Taken::full;
  };
  co_return co_await connection.lines(Step::listing, kListLimit, take);
}

// The messages of a server without UIDL.
void add_without_ids(Listing& listing) {
  std::uint32_t last = 0;
  for (const std::uint32_t number : listing.sized_numbers()) {
    if (listing.add_number(number) == Listing::Taken::full) return;
    last = number;
  }
  if (last > 0) return;
  const std::uint64_t count =
      std::min<std::uint64_t>(listing.stat_count.value_or(0), limits::kListedMessages);
  for (std::uint32_t number = 1; number <= count; ++number) listing.add_number(number);
}

Awaitable<Outcome> read_all(Connection& connection, bool pipelining, Listing& listing, Outcome& no_ids) {
  Outcome failed =
      co_await connection.send(Step::listing, pipelining ? "STAT\r\nLIST\r\nUIDL\r\n" : "STAT\r\n");
  if (failed) co_return failed;
  failed = co_await read_stat(connection, listing);
  if (failed) co_return failed;
  if (!pipelining) failed = co_await connection.send(Step::listing, "LIST\r\n");
  if (failed) co_return failed;
  Outcome no_sizes;
  failed = co_await read_list(connection, listing, false, no_sizes);
  if (failed) co_return failed;
  if (!pipelining) failed = co_await connection.send(Step::listing, "UIDL\r\n");
  if (failed) co_return failed;
  failed = co_await read_list(connection, listing, true, no_ids);
  // With no list and no count an empty mailbox would be an invention.
  if (!failed && no_sizes && no_ids && !listing.stat_count) failed = no_sizes;
  co_return failed;
}

// The answer to one TOP; nothing in `id` when it was refused.
Awaitable<Outcome> read_top(Connection& connection, std::string& id) {
  const auto answer = co_await connection.reply(Step::listing);
  if (!answer) co_return answer.error();
  if (answer->kind == Reply::Kind::err) co_return std::nullopt;
  if (answer->kind != Reply::Kind::ok) co_return refused(Step::listing, *answer);
  std::string header;
  const Connection::TakeLine take = [&header](std::string_view line, bool) {
    if (header.size() < limits::kTopHeader) header.append(line).append("\r\n");
    return true;
  };
  const Connection::LinesLimit limit{limits::kTopHeader, limits::kListingAnswer};
  const Outcome failed = co_await connection.lines(Step::listing, limit, take);
  if (!failed) id = header_identity(header);
  co_return failed;
}

} // namespace

Awaitable<Outcome> read_listing(Connection& connection, const Capabilities& capabilities, bool ids_expected,
                                Listing& listing) {
  Outcome no_ids;
  const Outcome failed = co_await read_all(connection, capabilities.pipelining, listing, no_ids);
  listing.ids_refused = no_ids.has_value();
  if (failed) co_return failed;
  if (no_ids && ids_expected) co_return no_ids;
  if (no_ids) add_without_ids(listing);
  listing.settle();
  co_return std::nullopt;
}

Awaitable<Outcome> name_by_headers(Connection& connection, const Capabilities& capabilities,
                                   Listing& listing) {
  std::vector<std::size_t> nameless;
  for (std::size_t i = 0; i < listing.size() && nameless.size() < limits::kNamedByHeader; ++i) {
    if (!listing.has_id(i)) nameless.push_back(i);
  }
  const std::size_t window = capabilities.pipelining ? limits::kWindowCommands : 1;
  bool refused_once = false;
  for (std::size_t from = 0; from < nameless.size() && !refused_once; from += window) {
    const std::size_t to = std::min(nameless.size(), from + window);
    std::string commands;
    for (std::size_t i = from; i < to; ++i)
      commands += "TOP " + std::to_string(listing[nameless[i]].number) + " 0\r\n";
    Outcome failed = co_await connection.send(Step::listing, std::move(commands));
    for (std::size_t i = from; i < to && !failed; ++i) {
      std::string id;
      failed = co_await read_top(connection, id);
      if (id.empty()) refused_once = true;
      if (!id.empty()) listing.set_id(nameless[i], id);
    }
    if (failed) co_return failed;
  }
  if (!nameless.empty()) listing.settle();
  co_return std::nullopt;
}

} // namespace homespool::fetcher
