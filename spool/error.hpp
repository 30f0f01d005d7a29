// What can go wrong in the spool, as error codes. Threads: values.
#pragma once

#include <boost/system/error_code.hpp>

namespace homespool::spool {

enum class Error {
  no_such_mailbox = 1, // it is not there, or not any more
  mailbox_exists,
  no_such_message,
  too_many_keywords, // the mailbox has its 56
  bad_record,        // a checksum did not match; the record is set aside
  no_space,          // below minimum_free, or ENOSPC
  not_allowed,       // INBOX cannot be deleted, and the like
  stopped,           // the spool is stopping: nothing was done
  index_is_old,      // the packs hold what was committed and the index does not know
};

const boost::system::error_category& error_category();
inline boost::system::error_code make_error_code(Error error) {
  return {static_cast<int>(error), error_category()};
}

} // namespace homespool::spool

template <>
struct boost::system::is_error_code_enum<homespool::spool::Error> : std::true_type {};
