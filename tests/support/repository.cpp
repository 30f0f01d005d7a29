#include "tests/support/repository.hpp"

namespace homespool::tests {

std::filesystem::path repository() {
  return HOMESPOOL_REPOSITORY;
}

} // namespace homespool::tests
