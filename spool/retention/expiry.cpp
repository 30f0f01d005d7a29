#include "spool/retention/expiry.hpp"

namespace homespool::spool {

std::chrono::sys_seconds over_since(Books& books) {
  return books.now() - books.settings().undelete_for;
}

} // namespace homespool::spool
