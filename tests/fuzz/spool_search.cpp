// Blocks of search.db, whatever bytes they have: read or refused, never more than they can hold.
#include "spool/search/field_values.hpp"
#include "spool/search/gram_block.hpp"
#include "spool/search/text_block.hpp"

using namespace homespool::spool::search;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr std::uint32_t kUniverse = 1000;

  GramBlockReader grams(bytes, kUniverse);
  std::vector<std::uint32_t> members;
  while (grams.next() == GramBlockReader::Step::entry) {
    members.clear();
    if (grams.gram() % 2 == 0 && (!grams.members(members) || members.size() > kUniverse)) break;
  }
  RecordSet found;
  (void)find_in_values(pack_whole(bytes), "word", {1}, {kUniverse}, found);
  (void)unpack_whole(bytes);

  if (const auto block = read_text_block(bytes)) {
    const Dictionary none(0, "");
    Unpacker unpacker;
    for (const auto& message : block->messages) {
      (void)unpacker.contains(message.body, none, "word");
      (void)unpacker.whole(message.header, none);
    }
  }
  GramCollector collector;
  collector.add(bytes, Zone::body, 0);
  const auto wanted = grams_of_word(bytes.substr(0, 10), Zone::body);
  return wanted.size() > 16 ? 1 : 0;
}
