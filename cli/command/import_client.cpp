#include "cli/command/import_client.hpp"

#include "cli/daemon/routes.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

namespace homespool::cli {
namespace {

namespace http = boost::beast::http;

constexpr std::uint64_t kHeaviest = 4 * 1024 * 1024; // a batch is closed when it holds so much
constexpr std::size_t kChunk = 128 * 1024;

} // namespace

void ImportClient::begin_source() {
  finish();
  before_.reset();
}

void ImportClient::need_folder(const std::string& folder) {
  finish();
  needed_ = folder;
}

void ImportClient::finish() {
  if (needed_) {
    open_batch(*std::exchange(needed_, std::nullopt));
  }
  close_batch();
}

void ImportClient::open_batch(std::string folder) {
  if (folder_ != folder) {
    close_batch();
  }
  if (folder_) {
    return;
  }
  if (needed_ && *needed_ != folder) {
    std::string empty = *std::exchange(needed_, std::nullopt);
    open_batch(std::move(empty));
    close_batch();
  }
  needed_.reset();
  folder_ = folder;
  write(
      fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", kImportPath));
  frame(to_json(BatchHead{user_, std::move(folder), before_}));
}

void ImportClient::begin(const spool::FoundMessage& message) {
  open_batch(message.file->folder);
  in_batch_.push_back({message.file->path.string(), message.offset});
  frame(to_json(MessageHead{message.flags, message.date}));
}

void ImportClient::bytes(std::string_view bytes) {
  if (!bytes.empty()) {
    frame(bytes);
  }
}

void ImportClient::end(bool whole) {
  put(frame_length(whole ? 0 : kDropped));
  if (in_batch_.size() >= kMostInBatch || weight_ >= kHeaviest) {
    close_batch();
  }
}

void ImportClient::fault(const spool::MailFile& file, std::uint64_t offset, const std::string& sentence) {
  counts_.add({file.path.string(), offset, sentence});
}

void ImportClient::close_batch() {
  if (!folder_) {
    return;
  }
  send();
  write("0\r\n\r\n");
  const auto answer = parse_batch_answer(receive());
  if (!answer || answer->outcomes.size() != in_batch_.size()) {
    throw Fault{kExitFailed, "the daemon's answer cannot be read; is it of another version?"};
  }
  take_answer(*answer);
  counts_.folders.insert(*folder_);
  folder_.reset();
  in_batch_.clear();
  weight_ = 0;
}

void ImportClient::take_answer(const BatchAnswer& answer) {
  before_ = answer.before;
  counts_.keywords_left_out += answer.keywords_left_out;
  for (std::size_t i = 0; i < in_batch_.size(); ++i) {
    counts_.stored += answer.outcomes[i] == '+' ? 1 : 0;
    counts_.there += answer.outcomes[i] == '=' ? 1 : 0;
    if (answer.outcomes[i] == '!') {
      counts_.add({in_batch_[i].file, in_batch_[i].offset, "the message is too large: 4 GiB or more"});
    }
  }
}

void ImportClient::frame(std::string_view bytes) {
  put(frame_length(static_cast<std::uint32_t>(bytes.size())));
  put(bytes);
}

void ImportClient::put(std::string_view bytes) {
  out_ += bytes;
  weight_ += bytes.size();
  if (out_.size() >= kChunk) {
    send();
  }
}

// As one chunk of the request.
void ImportClient::send() {
  if (out_.empty()) {
    return;
  }
  write(fmt::format("{:x}\r\n", out_.size()));
  out_ += "\r\n";
  write(out_);
  out_.clear();
}

void ImportClient::write(std::string_view bytes) {
  boost::system::error_code error;
  boost::asio::write(line_.socket(), boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error) {
    lose();
  }
}

std::string ImportClient::receive() {
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  boost::system::error_code error;
  http::read(line_.socket(), buffer, response, error);
  if (error) {
    lose();
  }
  if (response.result_int() == 404) {
    throw Fault{kExitTryAgain, "the daemon that runs is of an earlier version: restart it"};
  }
  if (response.result_int() != 200) {
    std::string sentence = response.body();
    sentence.erase(sentence.find_last_not_of('\n') + 1);
    throw Fault{exit_code_of(response.result_int()), sentence};
  }
  return response.body();
}

void ImportClient::lose() {
  throw line_.lost();
}

} // namespace homespool::cli
