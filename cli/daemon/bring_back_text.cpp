// What `undelete` and `unhide` print for people.
#include "cli/daemon/bring_back.hpp"
#include "net/peer_text.hpp"

#include <fmt/format.h>

namespace homespool::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kColumn = 70; // bytes of what a message says about itself

std::string text(const json::object& message, std::string_view key) {
  const json::value& value = message.at(key);
  return value.is_string() ? net::peer_text(std::string_view(value.get_string()), kColumn) : "-";
}

std::string count_of(std::size_t count) {
  return count == 1 ? "1 message" : fmt::format("{} messages", count);
}

std::string summary(std::size_t count, const BringBackRequest& request) {
  const bool deleted = request.what == BringBackRequest::What::deleted;
  if (request.only_list) {
    return fmt::format("{} can be brought back\n", count_of(count));
  }
  return fmt::format("{} brought back{}\n", count_of(count),
                     deleted ? "" : "; the client sees them from its next session on");
}

} // namespace

std::string bring_back_lines(const json::array& messages, const BringBackRequest& request) {
  const bool deleted = request.what == BringBackRequest::What::deleted;
  std::string out;
  std::size_t count = 0;
  for (const json::value& value : messages) {
    const json::object& message = value.as_object();
    if (!request.only_list && !message.at("restored").as_bool()) {
      continue;
    }
    ++count;
    out += fmt::format(
        "{}  {} by {}  {}  {}  {} bytes  {} | {}\n", text(message, "id"), deleted ? "deleted" : "hidden",
        text(message, "by"), text(message, deleted ? "deleted_at" : "hidden_at"), text(message, "folder"),
        message.at("size").to_number<std::uint64_t>(), text(message, "from"), text(message, "subject"));
  }
  return out + summary(count, request);
}

} // namespace homespool::cli
