// Changes that the spool hands to its writer by itself, which nobody waits for.
//
// Threads: the writer's.
#pragma once

#include "spool/retention/damage.hpp"
#include "spool/store/writer.hpp"

namespace homespool::spool {

class NoteDamage final : public Change {
 public:
  NoteDamage(RecordId record, std::string sentence) : record_(record), sentence_(std::move(sentence)) {}
  boost::system::error_code run(Books& books) override {
    note_damage(books, record_, sentence_);
    return {};
  }
  void answer(boost::system::error_code /*error*/) override {} // the next read tells again

 private:
  RecordId record_;
  std::string sentence_;
};

class Adopt final : public Change {
 public:
  explicit Adopt(std::unique_ptr<OpenMailbox> loaded) : loaded_(std::move(loaded)) {}
  boost::system::error_code run(Books& books) override {
    if (loaded_) books.adopt(std::move(loaded_)); // it may run twice
    return {};
  }
  void answer(boost::system::error_code /*error*/) override {} // whoever asks for the folder loads it

 private:
  std::unique_ptr<OpenMailbox> loaded_;
};

class UpkeepStep final : public Change {
 public:
  explicit UpkeepStep(Upkeep& upkeep) : upkeep_(upkeep) {}
  boost::system::error_code run(Books& books) override {
    const auto more = upkeep_.step(books);
    more_ = more && *more == Left::more;
    return more ? boost::system::error_code{} : more.error();
  }
  void answer(boost::system::error_code error) override { upkeep_.done(!error && more_); }

 private:
  Upkeep& upkeep_;
  bool more_ = false;
};

} // namespace homespool::spool
