#include "cli/logging.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace homespool::cli {
namespace {

// The message as a JSON string: whatever it contains, the line stays one JSON object.
class JsonText final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text = boost::json::serialize(
        boost::json::string(std::string_view(message.payload.data(), message.payload.size())));
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonText>(); }
};

spdlog::level::level_enum level_of(config::LogLevel level) {
  switch (level) {
  case config::LogLevel::debug:
    return spdlog::level::debug;
  case config::LogLevel::info:
    return spdlog::level::info;
  case config::LogLevel::warning:
    return spdlog::level::warn;
  case config::LogLevel::error:
    return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger() {
  auto logger =
      std::make_shared<spdlog::logger>("homespool", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(logger);
  return logger;
}

} // namespace

void set_up_logging(const config::LogSettings& settings) {
  // One logger for the life of the process: other threads may be using it.
  static const std::shared_ptr<spdlog::logger> logger = make_logger();
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (settings.format == config::LogFormat::json) {
    formatter->add_flag<JsonText>('J').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","text":%J})");
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l: %v");
  }
  logger->set_formatter(std::move(formatter));
  logger->set_level(level_of(settings.level));
}

} // namespace homespool::cli
