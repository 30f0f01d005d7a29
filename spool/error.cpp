#include "spool/error.hpp"

#include <string>

namespace homespool::spool {
namespace {

class Category : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "spool"; }
  std::string message(int code) const override {
    switch (static_cast<Error>(code)) {
    case Error::no_such_mailbox:
      return "there is no such folder";
    case Error::mailbox_exists:
      return "the folder is there already";
    case Error::no_such_message:
      return "there is no such message";
    case Error::too_many_keywords:
      return "the folder has as many keywords as it can hold";
    case Error::bad_record:
      return "the stored bytes are damaged";
    case Error::no_space:
      return "the disk of the spool is full";
    case Error::not_allowed:
      return "that cannot be done with this folder";
    case Error::stopped:
      return "the spool is stopping";
    case Error::index_is_old:
      return "the index is older than the packs";
    }
    return "unknown error of the spool";
  }
};

} // namespace

const boost::system::error_category& error_category() {
  static const Category category;
  return category;
}

} // namespace homespool::spool
