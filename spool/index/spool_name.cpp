#include "spool/index/spool_name.hpp"

#include "spool/index/schema.hpp"

#include <array>
#include <random>

namespace homespool::spool::index {
namespace {

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", number);
  return text.data();
}

} // namespace

void ensure_spool_name(Database& database) {
  if (meta(database, "spool_id")) return;
  database.run("BEGIN IMMEDIATE");
  set_meta(database, "spool_id", hexadecimal(static_cast<std::uint32_t>(random_number())));
  set_meta(database, "hash_seed", std::to_string(random_number()));
  database.run("COMMIT");
}

} // namespace homespool::spool::index
