#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// Asked for by ThreadSanitizer alone. An exception that crosses threads is counted inside the standard
// library, which it does not see.
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::runtime_error::~runtime_error\n";
}
