// A search index over a spool in a temporary folder, beside the spool's own, with small limits; and the plain
// scan that it must agree with.
//
// Threads: the test's.
#pragma once

#include "mail/header.hpp"
#include "spool/index/schema.hpp"
#include "spool/pack/pack.hpp"
#include "spool/search/search_index.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <fstream>
#include <thread>
#include <unordered_map>

namespace homespool::spool::search::test {

class SearchFixture {
 public:
  SearchFixture() {
    limits.fresh_bytes = 20'000;
    limits.merge_at = 3;
    limits.quiet = {}; // tests wait for it
  }
  ~SearchFixture() { close(); }

  void open() {
    SearchIndex::Options options;
    options.file = file();
    options.index = spool.directory() / "index.db";
    options.seed = 42;
    options.packs = PackReader::open(spool.directory() / "packs");
    options.on_finding = [this](std::string sentence) {
      const std::lock_guard lock(mutex_);
      findings_.push_back(std::move(sentence));
    };
    options.limits = limits;
    index = std::make_shared<SearchIndex>(std::move(options));
  }
  void close() {
    if (index) index->stop();
    index.reset();
  }
  std::filesystem::path file() { return spool.directory() / "other.db"; }
  std::vector<std::string> findings() {
    const std::lock_guard lock(mutex_);
    return findings_;
  }

  // Stores a message and returns its record.
  RecordId store(const std::string& message) {
    const auto inbox = spool.folder("INBOX");
    if (!spool.append(inbox, message)) throw std::runtime_error("not stored");
    messages.push_back(message);
    records.push_back(RecordId{next_++});
    return records.back();
  }
  // The spool's next record gets an id so much higher. Not while the index is open.
  void skip(std::int64_t ids) {
    next_ += ids;
    spool.close();
    index::Database database(spool.directory() / "index.db", index::Database::Access::write);
    index::set_meta(database, "next_record", std::to_string(next_));
    spool.open();
  }
  // Until all is indexed that was stored.
  void catch_up() {
    index->wake();
    const RecordId last = records.empty() ? RecordId{} : records.back();
    for (int i = 0; i < 10'000 && index->reached() < last; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (index->reached() < last) throw std::runtime_error("the index does not catch up");
  }
  // Nothing when the index cannot be asked, or found damage while it was.
  std::optional<std::vector<RecordId>> find(const Word& word) {
    const auto inquiry = index->inquire();
    if (!inquiry) return std::nullopt;
    RecordSet all;
    for (const RecordId record : records) all.add(record);
    std::vector<RecordId> out;
    try {
      const auto query = inquiry->query(word, all);
      while (!query->advance(std::chrono::steady_clock::now())) {
      }
      query->found().for_each(RecordId{0}, RecordId{next_}, [&](RecordId record) { out.push_back(record); });
    } catch (const Damaged& damage) {
      inquiry->distrust(damage.what());
      return std::nullopt;
    }
    return out;
  }
  // As a plain scan finds it.
  std::vector<RecordId> scan(const Word& word) {
    std::vector<RecordId> out;
    for (std::size_t i = 0; i < messages.size(); ++i)
      if (has(messages[i], word)) out.push_back(records[i]);
    return out;
  }
  bool has(const std::string& message, const Word& word) {
    auto& text = folded_[message];
    if (!text) {
      const auto structure = mail::parse_structure(message);
      text = fold_message(message, mail::header_block(message).size(), structure.parts, 1 << 30);
    }
    if (word.in == Word::In::field) return field_has(text->header, word.field, word.folded);
    const bool in_body = text->body.find(word.folded) != std::string::npos;
    return in_body || (word.in == Word::In::text && text->header.find(word.folded) != std::string::npos);
  }

  spool::test::SpoolFixture spool;
  std::shared_ptr<SearchIndex> index;
  SearchIndex::Limits limits;
  std::vector<std::string> messages;
  std::vector<RecordId> records; // of these

 private:
  std::unordered_map<std::string, std::optional<FoldedMessage>> folded_; // each message that was asked for
  std::int64_t next_ = 1;
  std::mutex mutex_;
  std::vector<std::string> findings_;
};

} // namespace homespool::spool::search::test
