#include "spool/index/spool_name.hpp"

#include "spool/index/by_day.hpp"
#include "spool/index/schema.hpp"

#include <array>
#include <cstdlib>
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

void ensure_spool_name(Database& database, std::optional<std::uint32_t> known) {
  if (meta(database, "spool_id")) return;
  database.run("BEGIN IMMEDIATE");
  set_meta(database, "spool_id", hexadecimal(known.value_or(static_cast<std::uint32_t>(random_number()))));
  set_meta(database, "hash_seed", std::to_string(random_number()));
  set_meta(database, kHashesKey, kHashesByDay);
  database.run("COMMIT");
}

std::uint32_t spool_number(Database& database) {
  return static_cast<std::uint32_t>(
      std::strtoul(meta(database, "spool_id").value_or("0").c_str(), nullptr, 16));
}

} // namespace homespool::spool::index
