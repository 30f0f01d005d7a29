// How a batch of mail goes from `import` to whoever has the spool: the body of one POST to /api/import.
//
// Frames of four bytes of length (most significant first) and so many bytes. The first is the batch's head,
// as JSON; then for each message its head, as JSON, its bytes in any number of frames, and an empty frame. A
// frame of length kDropped ends a message that could not be read to its end. All messages are for one folder.
// Threads: ImportFrames belongs to one coroutine; the rest is pure.
#pragma once

#include "server/http/http.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace homespool::cli {

inline constexpr const char* kImportPath = "/api/import";
inline constexpr std::uint32_t kDropped = 0xffffffff;
inline constexpr std::uint32_t kLongestHead = 32 * 1024;
inline constexpr std::size_t kMostInBatch = 1000; // messages

struct BatchHead {
  std::string user, folder;
  std::optional<std::int64_t> before; // see spool::ImportBatch
};
struct MessageHead {
  std::vector<std::string> flags; // as IMAP names them
  std::optional<std::chrono::sys_seconds> date;
};
struct BatchAnswer {
  std::int64_t before = 0;
  std::string outcomes; // by message: '+' stored, '=' there already, '-' dropped, '!' too large
  std::uint64_t keywords_left_out = 0;
};

std::string frame_length(std::uint32_t length);
std::string to_json(const BatchHead& head);
std::string to_json(const MessageHead& head);
std::string to_json(const BatchAnswer& answer);
std::optional<BatchHead> parse_batch_head(std::string_view json);
std::optional<MessageHead> parse_message_head(std::string_view json);
std::optional<BatchAnswer> parse_batch_answer(std::string_view json);

// Takes the frames out of a body.
class ImportFrames {
 public:
  explicit ImportFrames(server::http::BodyStream& body) : body_(body) {}

  // Of the next frame; nothing at the end of the body.
  net::Awaitable<net::Result<std::optional<std::uint32_t>>> length();
  // All of a frame of this length.
  net::Awaitable<net::Result<std::string>> text(std::uint32_t length);
  // Some of the `left` bytes of a frame, which it counts down. Holds until the next call.
  net::Awaitable<net::Result<std::string_view>> part(std::uint32_t& left);

 private:
  net::Awaitable<net::ErrorCode> fill();

  server::http::BodyStream& body_;
  std::string_view have_;
};

} // namespace homespool::cli
