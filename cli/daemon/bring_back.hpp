// `undelete` and `unhide`: the request and the answer as JSON and as lines, and the work itself, done by the
// daemon or by a command that runs alone.
//
// Threads: bring_back() on a network thread; the rest is pure.
#pragma once

#include "cli/daemon/daemon.hpp"

#include <boost/json/array.hpp>

namespace homespool::cli {

struct BringBackRequest {
  enum class What { deleted, hidden };
  What what = What::deleted;
  std::string whose;                                      // deleted: the user; hidden: the login
  std::optional<std::chrono::seconds> since;              // ago
  std::vector<std::string> folders, by, ids, message_ids; // empty: any
  bool only_list = false;
};

std::string bring_back_request(const BringBackRequest& request);
std::optional<BringBackRequest> parse_bring_back_request(std::string_view body);

// One object {"id", "folder", "subject", "from", "message_id", "size", "date", "flags", "deleted_at" or
// "hidden_at", "by", "restored", "uid"} per message; the fault when a name is not known.
net::Awaitable<boost::system::result<boost::json::array, Fault>> bring_back(Daemon& daemon,
                                                                            BringBackRequest request);

// Through the daemon if one runs, else alone.
boost::system::result<boost::json::array, Fault>
bring_back_somehow(std::shared_ptr<const config::Settings> settings, const BringBackRequest& request);

std::string bring_back_lines(const boost::json::array& messages, const BringBackRequest& request);
// Ids that were asked for and are not among the messages.
std::vector<std::string> not_found(const boost::json::array& messages, const BringBackRequest& request);

} // namespace homespool::cli
