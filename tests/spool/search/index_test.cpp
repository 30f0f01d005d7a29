// The search index gives the answers of a plain scan, whatever lies where, and survives what is done to its
// file.
#include "mail/text.hpp"
#include "tests/spool/search/search_fixture.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace homespool;
using namespace homespool::spool;
using namespace homespool::spool::search;
using homespool::spool::search::test::SearchFixture;

namespace {

class Dice {
 public:
  std::size_t roll(std::size_t sides) { return random_() % sides; }
  std::string text(std::size_t words) {
    static const std::vector<std::string> kWords = {
        "mail", "House", "garden ", "re",     "x",  " ",    "1234",        "テスト", "東京",     "会議",
        "の",   "ﾊﾝｶｸ",  "が",      "Straße", "=?", "\r\n", "information", "御中",   "株式会社", "e"};
    std::string out;
    while (words-- > 0) out += kWords[roll(kWords.size())];
    return out;
  }
  std::string line(std::size_t words) {
    std::string out = text(words);
    std::erase_if(out, [](char c) { return c == '\r' || c == '\n'; });
    return out;
  }
  std::string message() {
    std::string out = "From: " + line(3) + " <a@example.org>\r\nSubject: " + line(roll(6)) + "\r\n";
    if (roll(2) == 0) out += "To: " + line(2) + "\r\nto: second " + line(1) + "\r\n";
    if (roll(3) == 0) out += "X-Note: " + line(4) + "\r\n";
    return out + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text(roll(40) * roll(20));
  }
  Word word() {
    Word word;
    static const std::vector<std::string> kFields = {"subject", "from", "to", "cc", "x-note", "content-type"};
    word.in = static_cast<Word::In>(roll(3));
    if (word.in == Word::In::field) word.field = kFields[roll(kFields.size())];
    const std::string text = mail::fold_for_search(line(4));
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < text.size(); ++i)
      if ((text[i] & 0xc0) != 0x80) starts.push_back(i);
    const std::size_t first = starts.empty() ? 0 : starts[roll(starts.size())];
    std::size_t end = first;
    for (std::size_t i = roll(11); i > 0 && end < text.size(); --i) do
        ++end;
      while (end < text.size() && (text[end] & 0xc0) == 0x80);
    word.folded = text.substr(first, end - first);
    return word;
  }

 private:
  std::mt19937 random_{7};
};

void compare(SearchFixture& fixture, Dice& dice, int words) {
  for (int i = 0; i < words; ++i) {
    const Word word = dice.word();
    CAPTURE(static_cast<int>(word.in), word.field, word.folded);
    const auto found = fixture.find(word);
    REQUIRE(found);
    REQUIRE(*found == fixture.scan(word));
  }
}

// Overwrites the middle of the file with something else.
void damage(const std::filesystem::path& file) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file));
  for (std::streamoff at = 8192; at < size; at += 512) {
    stream.seekp(at);
    stream.put('\x55');
  }
}

} // namespace

TEST_CASE("The search index answers as a plain scan does, at every stage of its runs") {
  SearchFixture fixture;
  Dice dice;
  fixture.open();
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 60; ++i) fixture.store(dice.message());
    fixture.catch_up();
    compare(fixture, dice, 60);
  }
  fixture.close();
  fixture.open(); // what was written is used again
  fixture.catch_up();
  compare(fixture, dice, 100);
  CHECK(fixture.findings().empty());
}

TEST_CASE("Records whose ids lie far apart are found, and cost no more than others") {
  SearchFixture fixture;
  Dice dice;
  fixture.open();
  for (const std::int64_t far : {3L << 20, 3L << 31, 1L << 38, 1L << 45}) {
    for (int i = 0; i < 40; ++i) fixture.store(dice.message());
    fixture.catch_up();
    fixture.close();
    fixture.skip(far);
    for (int i = 0; i < 20; ++i) fixture.store(dice.message());
    fixture.open();
    for (int i = 0; i < 20; ++i) fixture.store(dice.message());
    fixture.catch_up();
    compare(fixture, dice, 60);
  }
  fixture.close();
  const auto written = std::filesystem::file_size(fixture.file());
  fixture.open();
  fixture.catch_up();
  compare(fixture, dice, 100);
  fixture.close();
  std::filesystem::remove(fixture.file()); // and all at once
  fixture.open();
  fixture.catch_up();
  compare(fixture, dice, 100);
  CHECK(std::filesystem::file_size(fixture.file()) < written * 2);
  CHECK(fixture.findings().empty());
}

TEST_CASE("A search index that is damaged is found out and made anew") {
  SearchFixture fixture;
  Dice dice;
  fixture.open();
  for (int i = 0; i < 150; ++i) fixture.store(dice.message());
  fixture.catch_up();
  fixture.close();
  damage(fixture.file());
  fixture.open();
  for (int i = 0; i < 500; ++i) {
    const Word word = dice.word();
    if (const auto found = fixture.find(word)) {
      // Either answer is right: from what is indexed by now.
      const auto all = fixture.scan(word);
      REQUIRE(std::includes(all.begin(), all.end(), found->begin(), found->end()));
    }
  }
  fixture.catch_up();
  compare(fixture, dice, 50);
  REQUIRE_FALSE(fixture.findings().empty());
  CHECK(fixture.findings().front().find("thrown away") != std::string::npos);
}

TEST_CASE("What is no database of ours is thrown away") {
  SearchFixture fixture;
  Dice dice;
  for (int i = 0; i < 30; ++i) fixture.store(dice.message());
  SECTION("a text") {
    std::ofstream(fixture.file()) << "no database at all, but long enough to be one: .....";
  }
  SECTION("a directory") {
    std::filesystem::create_directory(fixture.file());
  }
  SECTION("a symbolic link") {
    std::filesystem::create_symlink("/dev/null", fixture.file());
  }
  SECTION("a database with a trigger") {
    fixture.open();
    fixture.catch_up();
    fixture.close();
    index::Database database(fixture.file(), index::Database::Access::write);
    database.run("CREATE TRIGGER t AFTER INSERT ON text BEGIN DELETE FROM text; END");
  }
  SECTION("a database of another spool") {
    {
      SearchFile other(fixture.file(), SearchFile::Access::write, 43);
      other.put_batch(RecordId{1}, {{}, {{RecordId{1}, 1}}});
    }
  }
  SECTION("a newer version") {
    index::Database database(fixture.file(), index::Database::Access::write);
    database.run("PRAGMA user_version=99");
  }
  const std::size_t before = fixture.findings().size();
  fixture.open();
  fixture.catch_up();
  compare(fixture, dice, 50);
  REQUIRE(fixture.findings().size() == before + 1);
  CHECK(fixture.findings().back().find("made anew") != std::string::npos);
}

TEST_CASE("Records that are forgotten leave no text behind") {
  SearchFixture fixture;
  fixture.limits.fresh_bytes = 3000;
  fixture.open();
  const std::string secret = "geheimnisvoll";
  std::vector<RecordId> gone;
  for (int i = 0; i < 40; ++i) {
    const bool with = i % 3 == 0;
    const auto record = fixture.store("Subject: " + (with ? secret : std::string("other")) + "\r\n\r\n" +
                                      std::string(400, 'a') + (with ? secret : "") + "\r\n");
    if (with) gone.push_back(record);
  }
  fixture.catch_up();
  Word word;
  word.folded = secret;
  REQUIRE(fixture.find(word) == gone);
  fixture.index->forget(gone);
  for (int i = 0; i < 5000 && !fixture.find(word)->empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(fixture.find(word)->empty());
  word.folded = "other";
  CHECK(fixture.find(word)->size() == 40 - gone.size());
  fixture.close();
  fixture.open();
  CAPTURE(fixture.findings());
  CHECK(fixture.findings().empty());
}

TEST_CASE("A search index that is missing is made anew") {
  SearchFixture fixture;
  Dice dice;
  for (int i = 0; i < 30; ++i) fixture.store(dice.message());
  fixture.open();
  fixture.catch_up();
  compare(fixture, dice, 20);
  CHECK(fixture.findings().empty());
}

TEST_CASE("Of a large message the text is indexed, whatever is attached") {
  SearchFixture fixture;
  const auto large = [](const std::string& type, const std::string& word, std::size_t size) {
    std::string body;
    while (body.size() < size) body += "filling that fills a line of its own\r\n";
    return "Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
           "Content-Type: text/plain\r\n\r\nbefore " +
           word + "\r\n--b\r\nContent-Type: " + type + "\r\n\r\n" + body +
           "\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>behind " + word + "</p>\r\n--b--\r\n";
  };
  const auto attached = fixture.store(large("application/octet-stream", "attached", 3 << 20));
  const auto text = fixture.store(large("text/plain", "written", 1 << 20));
  const auto endless = fixture.store(large("text/plain", "endless", 10 << 20));
  fixture.open();
  fixture.catch_up();
  const auto find = [&](const std::string& folded) {
    Word word;
    word.folded = folded;
    return fixture.find(word).value();
  };
  CHECK(find("before attached") == std::vector{attached});
  CHECK(find("behind attached") == std::vector{attached});
  CHECK(find("behind written") == std::vector{text});
  CHECK(find("filling that") == std::vector{text});
  const auto inquiry = fixture.index->inquire();
  CHECK(inquiry->indexed().contains(attached));
  CHECK_FALSE(inquiry->indexed().contains(endless)); // looked through at each search
}
