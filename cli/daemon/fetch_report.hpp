// The request and the answer of `fetch` as JSON and as lines. Threads: pure.
#pragma once

#include "fetcher/fetcher.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

namespace homespool::cli {

std::string fetch_request(const std::vector<std::string>& accounts);
std::optional<std::vector<std::string>> parse_fetch_request(std::string_view body);

// One object {"name", "state", "new", "duplicates", "deleted", "failure"} per account.
boost::json::array fetch_json(const std::vector<fetcher::PollReport>& reports);
std::string fetch_lines(const boost::json::array& reports);
// True when an account could not be polled.
bool any_failed(const boost::json::array& reports);

} // namespace homespool::cli
