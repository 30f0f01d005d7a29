// The blocks that search.db is made of: what goes in comes out, and broken ones are refused.
#include "spool/search/field_values.hpp"
#include "spool/search/gram_block.hpp"
#include "spool/search/posting.hpp"
#include "spool/search/text_block.hpp"
#include "spool/search/wire.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace homespool::spool;
using namespace homespool::spool::search;

namespace {

std::shared_ptr<const FoldedRecord> record(std::int64_t number, std::string header, std::string body) {
  return std::make_shared<const FoldedRecord>(
      FoldedRecord{RecordId{number}, {std::move(header), std::move(body)}});
}

std::string words(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += std::to_string(random() % 5000) + (i % 9 == 0 ? "\n" : " ");
  return out + kBorder;
}

} // namespace

TEST_CASE("Postings of every density come out as they went in") {
  std::mt19937 random(3);
  for (const std::uint32_t universe : {1U, 2U, 63U, 64U, 1000U, 70'000U}) {
    for (const unsigned percent : {0U, 1U, 10U, 50U, 90U, 100U}) {
      std::vector<std::uint32_t> members;
      for (std::uint32_t i = 0; i < universe; ++i)
        if (random() % 100 < percent) members.push_back(i);
      std::string bytes;
      put_postings(bytes, members, universe);
      const std::string whole = bytes + "rest";
      std::string_view in = whole;
      std::vector<std::uint32_t> out;
      REQUIRE(take_postings(in, universe, out));
      CHECK(out == members);
      CHECK(in == "rest");
      in = whole;
      CHECK(skip_postings(in));
      CHECK(in == "rest");
    }
  }
}

TEST_CASE("Postings that are cut off are refused") {
  std::vector<std::uint32_t> members;
  for (std::uint32_t i = 0; i < 50; ++i) members.push_back(i * 17);
  std::string bytes;
  put_postings(bytes, members, 1000);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view in = std::string_view(bytes).substr(0, size);
    std::vector<std::uint32_t> out;
    CHECK_FALSE(take_postings(in, 1000, out));
  }
}

TEST_CASE("A word of up to three characters is one n-gram, in any script") {
  CHECK(is_one_gram("e"));
  CHECK(is_one_gram("東京都"));
  CHECK_FALSE(is_one_gram("東京都庁"));
  CHECK_FALSE(is_one_gram(""));
  CHECK(grams_of_word("東京", Zone::body) != grams_of_word("東京", Zone::header));
  CHECK(grams_of_word("abcd", Zone::body).size() == 2);
}

TEST_CASE("n-grams of a text are those of every word in it, and reach across no border") {
  GramCollector collector;
  const std::string text = std::string("ab東京") + kBorder + "cd\xc3(";
  collector.add(text, Zone::body, 4);
  collector.add("zz", Zone::body, 9);
  std::vector<Gram> grams;
  collector.for_each([&](Gram gram, std::span<const std::uint32_t> places) {
    CHECK(places.size() == 1);
    grams.push_back(gram);
  });
  CHECK(std::is_sorted(grams.begin(), grams.end()));
  const auto has = [&](std::string_view word) {
    return std::binary_search(grams.begin(), grams.end(), grams_of_word(word, Zone::body).front());
  };
  for (const char* word : {"a", "ab", "ab東", "b東京", "京", "cd", "z", "zz"}) CHECK(has(word));
  for (const char* word : {"京c", "東京c", "zzz", "ba", "é"}) CHECK_FALSE(has(word));
}

TEST_CASE("A block of n-grams gives back each with its members") {
  std::vector<std::pair<Gram, std::string>> blocks;
  GramBlockWriter writer(500, [&](Gram first, std::string block) { blocks.emplace_back(first, block); });
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const std::vector<std::uint32_t> members = {i % 400, i % 400 + 7};
    writer.add(Gram{i} * 3 + 5, members);
  }
  writer.finish();
  CHECK(blocks.size() > 3);
  std::uint32_t i = 0;
  for (const auto& [first, bytes] : blocks) {
    GramBlockReader reader(bytes, 500);
    for (bool at_first = true; reader.next() == GramBlockReader::Step::entry; at_first = false, ++i) {
      if (at_first) CHECK(reader.gram() == first);
      REQUIRE(reader.gram() == Gram{i} * 3 + 5);
      std::vector<std::uint32_t> members;
      if (i % 3 == 0) continue; // passed over
      REQUIRE(reader.members(members));
      REQUIRE(members == std::vector<std::uint32_t>{i % 400, i % 400 + 7});
    }
  }
  CHECK(i == 20'000);
}

TEST_CASE("Packed texts are found in, with and without a dictionary, also across their pieces") {
  std::vector<std::shared_ptr<const FoldedRecord>> messages;
  for (unsigned i = 0; i < 300; ++i)
    messages.push_back(record(i + 1, "subject: " + words(20, i), words(900, i + 1000)));
  const std::string learned = Dictionary::train(messages);
  REQUIRE(!learned.empty());
  const Dictionary none(0, ""), with(1, learned);
  Packer packer;
  Unpacker unpacker;
  std::size_t sizes[2] = {}; // NOLINT(modernize-avoid-c-arrays)
  for (const Dictionary* dictionary : {&none, &with}) {
    const std::string bytes = packer.pack(std::span(messages).first(10), *dictionary);
    sizes[dictionary->id()] = bytes.size();
    const auto block = read_text_block(bytes);
    REQUIRE(block);
    REQUIRE(block->messages.size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
      const std::string& body = messages[i]->text.body;
      CHECK(unpacker.whole(block->messages[i].body, *dictionary) == body);
      for (const std::size_t at : {std::size_t{0}, std::size_t{2040}, std::size_t{2047}, body.size() - 12})
        CHECK(unpacker.contains(block->messages[i].body, *dictionary, body.substr(at, 10)) ==
              Unpacker::Outcome::yes);
      CHECK(unpacker.contains(block->messages[i].body, *dictionary, "nowhere") == Unpacker::Outcome::no);
    }
    const std::vector<RecordId> gone = {{1}, {5}};
    const std::string fewer = without(*block, gone);
    const auto left = read_text_block(fewer);
    REQUIRE(left);
    CHECK(left->messages.size() == 8);
    CHECK(unpacker.whole(left->messages[0].body, *dictionary) == messages[1]->text.body);
  }
  CHECK(sizes[1] < sizes[0]);
}

TEST_CASE("A block of texts that is cut off is refused, or its messages are found broken") {
  const std::vector messages = {record(1, "a: b\xff", words(50, 1)), record(2, "c: d\xff", words(50, 2))};
  const Dictionary none(0, "");
  const std::string bytes = Packer().pack(messages, none);
  REQUIRE(read_text_block(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(read_text_block(std::string_view(bytes).substr(0, size)));
}

TEST_CASE("Short fields of many messages are kept apart, and found by their values") {
  std::vector<std::shared_ptr<const FoldedRecord>> messages;
  const std::string b(1, kBorder);
  for (int i = 0; i < 100; ++i)
    messages.push_back(
        record(i + 10,
               "subject: letter " + std::to_string(i) + b + "received: " + std::string(500, 'r') + b +
                   (i % 2 == 0 ? "to: even" + b + "to: twice" + b : "") + (i == 7 ? "x-rare: once" + b : ""),
               ""));
  const auto fields = field_values(messages);
  REQUIRE(fields.size() == 2);
  const auto find = [&](const std::string& bytes, std::string_view word) {
    RecordSet found;
    REQUIRE(find_in_values(bytes, word, {10}, {109}, found));
    return found.size();
  };
  CHECK(find(fields.at("subject"), "letter 1") == 11);
  CHECK(find(fields.at("subject"), "0letter") == 0);
  CHECK(find(fields.at("to"), "twice") == 50);
  CHECK(find(fields.at("to"), "") == 50);
  const std::vector<RecordId> gone = {{10}, {12}};
  CHECK(find(*values_without(fields.at("to"), gone), "even") == 48);
  RecordSet found;
  CHECK_FALSE(find_in_values(fields.at("to"), "even", {10}, {20}, found));
  CHECK_FALSE(find_in_values("nonsense", "even", {10}, {20}, found));
}

TEST_CASE("A set of records holds what was put in, near and far, and computes with it") {
  std::mt19937 random(5);
  const auto roll = [&] {
    const std::int64_t regions[] = {0, 32'700, 3L << 20, 1L << 40, (1L << 40) + 32'760}; // NOLINT
    return RecordId{regions[random() % 5] + static_cast<std::int64_t>(random() % 100)};
  };
  using Plain = std::set<RecordId>;
  const auto make = [&](std::size_t count) {
    std::pair<RecordSet, Plain> both;
    while (count-- > 0) {
      const RecordId record = roll();
      both.first.add(record);
      both.second.insert(record);
    }
    return both;
  };
  const auto same = [](const RecordSet& set, const Plain& plain, RecordId first, RecordId last) {
    std::vector<RecordId> members;
    set.for_each(first, last, [&](RecordId record) { members.push_back(record); });
    return std::equal(members.begin(), members.end(), plain.lower_bound(first), plain.upper_bound(last));
  };
  for (int round = 0; round < 300; ++round) {
    auto [set, plain] = make(random() % 60);
    const auto both = make(random() % 60);
    const RecordSet& other = both.first;
    const Plain& other_plain = both.second;
    const RecordId one = roll(), two = roll(), first = std::min(one, two), last = std::max(one, two);
    switch (random() % 4) {
    case 0:
      set.keep(other);
      std::erase_if(plain, [&](RecordId record) { return !other_plain.contains(record); });
      break;
    case 1:
      set.add(other);
      plain.insert(other_plain.begin(), other_plain.end());
      break;
    case 2:
      set.remove(first, last);
      plain.erase(plain.lower_bound(first), plain.upper_bound(last));
      break;
    default:
      set.remove(one);
      plain.erase(one);
    }
    REQUIRE(same(set, plain, {0}, {1L << 50}));
    REQUIRE(same(set, plain, first, last));
    CHECK(set.size() == plain.size());
    CHECK(set.empty() == plain.empty());
    CHECK(set.contains(one) == plain.contains(one));
    CHECK(set.any(first, last) == (plain.lower_bound(first) != plain.upper_bound(last)));
  }
}

TEST_CASE("A sealed block is known by its bytes and its place") {
  std::string block = "some bytes";
  seal(block, 5);
  CHECK(unseal(block, 5) == "some bytes");
  CHECK_FALSE(unseal(block, 6));
  for (std::size_t i = 0; i < block.size(); ++i) {
    std::string changed = block;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(unseal(changed, 5));
  }
}
