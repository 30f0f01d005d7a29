#include "cli/exit_codes.hpp"

#include <iostream>

namespace homespool::cli {

int complain(const Fault& fault) {
  std::cerr << "homespool: " << fault.sentence;
  if (!fault.sentence.ends_with('\n')) {
    std::cerr << "\n";
  }
  return fault.exit_code;
}

} // namespace homespool::cli
