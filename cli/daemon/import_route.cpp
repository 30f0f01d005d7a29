#include "cli/daemon/import_route.hpp"

#include "spool/flags.hpp"

#include <algorithm>

namespace homespool::cli {
namespace {

using Answer = boost::system::result<BatchAnswer, Fault>;
using Items = std::vector<spool::AppendItem>;

spool::FlagNames flag_names(const std::vector<std::string>& names) {
  spool::FlagNames flags;
  for (const std::string& name : names) {
    if (const auto system = spool::system_flag(name)) {
      flags.system |= *system;
      continue;
    }
    const auto same = [&name](const std::string& known) { return spool::same_keyword(known, name); };
    if (!name.starts_with('\\') && std::none_of(flags.keywords.begin(), flags.keywords.end(), same)) {
      flags.keywords.push_back(name);
    }
  }
  return flags;
}

Fault broken_off(const std::string& why) {
  return Fault{kExitFailed, "that is no batch of mail: " + why};
}

Fault spool_fault(boost::system::error_code error) {
  if (error == spool::Error::no_space) {
    return Fault{kExitTryAgain,
                 "there is too little room on the disk of the spool: make room and import again"};
  }
  if (error == spool::Error::not_allowed) {
    return Fault{kExitUsage, "no folder can be called so"};
  }
  return Fault{error == spool::Error::stopped ? kExitTryAgain : kExitFailed,
               "the spool could not take the mail in: " + error.message()};
}

// One batch while it comes in.
class Batch {
 public:
  Batch(Daemon& daemon, server::http::BodyStream& body) : daemon_(daemon), frames_(body) {}

  net::Awaitable<boost::system::result<void, Fault>> read();
  net::Awaitable<Answer> store();

 private:
  using Read = boost::system::result<void, Fault>;
  net::Awaitable<Read> read_head(std::uint32_t length);
  net::Awaitable<Read> read_message(std::uint32_t head_length);
  net::Awaitable<boost::system::error_code> parse_all();

  Daemon& daemon_;
  ImportFrames frames_;
  BatchHead head_;
  std::shared_ptr<Items> items_ = std::make_shared<Items>();
  BatchAnswer answer_; // '+' for each of items_ until it is known better
};

net::Awaitable<Batch::Read> Batch::read() {
  bool first = true;
  for (;;) {
    const auto length = co_await frames_.length();
    if (!length) {
      co_return broken_off(length.error().message());
    }
    if (!*length) {
      co_return first ? Read(broken_off("it is empty")) : Read();
    }
    Read done;
    if (first) {
      done = co_await read_head(**length);
    } else {
      done = co_await read_message(**length);
    }
    if (done.has_error()) {
      co_return done;
    }
    first = false;
    if (items_->size() > kMostInBatch) {
      co_return broken_off("it holds too many messages");
    }
  }
}

net::Awaitable<Batch::Read> Batch::read_head(std::uint32_t length) {
  const auto text = co_await frames_.text(length);
  auto head = text ? parse_batch_head(*text) : std::nullopt;
  if (!head) {
    co_return broken_off("its head cannot be read");
  }
  head_ = std::move(*head);
  if (daemon_.settings()->find_user(head_.user) == nullptr) {
    co_return Fault{kExitFailed, "there is no user '" + head_.user + "' in the settings"};
  }
  co_return Read();
}

net::Awaitable<Batch::Read> Batch::read_message(std::uint32_t head_length) {
  const auto text = co_await frames_.text(head_length);
  const auto head = text ? parse_message_head(*text) : std::nullopt;
  if (!head) {
    co_return broken_off("the head of a message cannot be read");
  }
  spool::AppendItem item{spool::Incoming(daemon_.spool()), flag_names(head->flags), head->date};
  boost::system::error_code refused;
  for (;;) {
    const auto length = co_await frames_.length();
    if (!length || !*length) {
      co_return broken_off("it ends within a message");
    }
    std::uint32_t left = **length;
    if (left == 0 || left == kDropped) {
      const bool keep = left == 0 && !refused;
      answer_.outcomes += keep ? '+' : left == 0 ? '!' : '-';
      if (keep) {
        items_->push_back(std::move(item));
      }
      co_return Read();
    }
    while (left > 0) {
      const auto bytes = co_await frames_.part(left);
      if (!bytes) {
        co_return broken_off("it ends within a message");
      }
      refused = refused ? refused : item.message.append(*bytes);
      if (refused && refused != boost::system::errc::file_too_large) {
        co_return spool_fault(refused);
      }
    }
  }
}

net::Awaitable<boost::system::error_code> Batch::parse_all() {
  const std::function<boost::system::error_code()> parse = [items = items_] {
    boost::system::error_code error;
    for (spool::AppendItem& item : *items) {
      if (!error) {
        error = item.message.finish();
      }
    }
    return error;
  };
  return net::run_on(daemon_.workers(), parse);
}

net::Awaitable<Answer> Batch::store() {
  const auto unparsed = co_await parse_all();
  if (unparsed) {
    co_return spool_fault(unparsed);
  }
  spool::ImportBatch batch;
  batch.user = head_.user;
  batch.folder = head_.folder;
  batch.items = std::move(*items_);
  if (head_.before) {
    batch.before = spool::MessageId{*head_.before};
  }
  const auto outcome = co_await daemon_.spool().take_in(std::move(batch));
  if (!outcome) {
    co_return spool_fault(outcome.error());
  }
  answer_.before = outcome->before.value;
  answer_.keywords_left_out = outcome->keywords_left_out;
  auto stored = outcome->stored.begin();
  for (char& what : answer_.outcomes) {
    if (what == '+' && !*stored++) {
      what = '=';
    }
  }
  co_return answer_;
}

} // namespace

net::Awaitable<Answer> take_batch(Daemon& daemon, server::http::BodyStream& body) {
  Batch batch(daemon, body);
  const auto read = co_await batch.read();
  if (read.has_error()) {
    co_return read.error();
  }
  co_return co_await batch.store();
}

} // namespace homespool::cli
