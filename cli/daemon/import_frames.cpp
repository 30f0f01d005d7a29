#include "cli/daemon/import_frames.hpp"

#include <boost/asio/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace homespool::cli {
namespace {

namespace json = boost::json;

// A value of another shape than expected is no head.
template <class Read>
auto read_or_nothing(std::string_view text, Read read) -> std::optional<decltype(read(json::value{}))> {
  try {
    return read(json::parse(text));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<std::int64_t> maybe_number(const json::value& value) {
  return value.is_null() ? std::nullopt : std::optional(value.to_number<std::int64_t>());
}

json::value maybe_json(std::optional<std::int64_t> number) {
  return number ? json::value(*number) : json::value(nullptr);
}

} // namespace

std::string frame_length(std::uint32_t length) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(length >> shift));
  return bytes;
}

std::string to_json(const BatchHead& head) {
  return json::serialize(
      json::object{{"user", head.user}, {"folder", head.folder}, {"before", maybe_json(head.before)}});
}

std::string to_json(const MessageHead& head) {
  std::optional<std::int64_t> date;
  if (head.date) date = head.date->time_since_epoch().count();
  return json::serialize(
      json::object{{"flags", json::array(head.flags.begin(), head.flags.end())}, {"date", maybe_json(date)}});
}

std::string to_json(const BatchAnswer& answer) {
  return json::serialize(json::object{{"before", answer.before},
                                      {"outcomes", answer.outcomes},
                                      {"keywords_left_out", answer.keywords_left_out}});
}

std::optional<BatchHead> parse_batch_head(std::string_view text) {
  return read_or_nothing(text, [](const json::value& value) {
    BatchHead head;
    head.user = value.at("user").as_string();
    head.folder = value.at("folder").as_string();
    head.before = maybe_number(value.at("before"));
    return head;
  });
}

std::optional<MessageHead> parse_message_head(std::string_view text) {
  return read_or_nothing(text, [](const json::value& value) {
    MessageHead head;
    for (const json::value& flag : value.at("flags").as_array()) head.flags.emplace_back(flag.as_string());
    if (const auto date = maybe_number(value.at("date")))
      head.date = std::chrono::sys_seconds{std::chrono::seconds{*date}};
    return head;
  });
}

std::optional<BatchAnswer> parse_batch_answer(std::string_view text) {
  return read_or_nothing(text, [](const json::value& value) {
    BatchAnswer answer;
    answer.before = value.at("before").to_number<std::int64_t>();
    answer.outcomes = value.at("outcomes").as_string();
    answer.keywords_left_out = value.at("keywords_left_out").to_number<std::uint64_t>();
    return answer;
  });
}

net::Awaitable<net::ErrorCode> ImportFrames::fill() {
  if (have_.empty()) {
    const auto more = co_await body_.next();
    if (!more) co_return more.error();
    have_ = *more;
  }
  co_return net::ErrorCode();
}

net::Awaitable<net::Result<std::optional<std::uint32_t>>> ImportFrames::length() {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto error = co_await fill();
    if (error) co_return error;
    if (have_.empty() && i == 0) co_return std::optional<std::uint32_t>();
    if (have_.empty()) co_return net::ErrorCode(boost::asio::error::eof);
    value = (value << 8U) | static_cast<unsigned char>(have_.front());
    have_.remove_prefix(1);
  }
  co_return std::optional(value);
}

net::Awaitable<net::Result<std::string_view>> ImportFrames::part(std::uint32_t& left) {
  const auto error = co_await fill();
  if (error) co_return error;
  if (have_.empty()) co_return net::ErrorCode(boost::asio::error::eof);
  const std::string_view some = have_.substr(0, left);
  have_.remove_prefix(some.size());
  left -= static_cast<std::uint32_t>(some.size());
  co_return some;
}

net::Awaitable<net::Result<std::string>> ImportFrames::text(std::uint32_t length) {
  std::string text;
  if (length > kLongestHead) co_return net::ErrorCode(boost::asio::error::message_size);
  while (length > 0) {
    const auto some = co_await part(length);
    if (!some) co_return some.error();
    text += *some;
  }
  co_return text;
}

} // namespace homespool::cli
