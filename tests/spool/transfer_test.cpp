// Mail in from files and out again.

#include "spool/transfer/export.hpp"
#include "spool/transfer/line_ends.hpp"
#include "spool/transfer/read_mail.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sys/stat.h>

using namespace homespool::spool;
using namespace homespool::spool::test;

namespace {

namespace fs = std::filesystem;

const std::string kOne = "Message-ID: <1@x>\r\nSubject: one\r\n\r\nbody\r\n";
const std::string kTwo = "Message-ID: <2@x>\r\nSubject: two\r\n\r\nbody\r\n";

class Moving : public SpoolFixture {
 public:
  Moving() { folder("INBOX"); }
  Result<ImportOutcome> take(const std::string& folder, std::vector<std::string> texts,
                             std::optional<MessageId> before = std::nullopt) {
    ImportBatch batch;
    batch.user = "taro";
    batch.folder = folder;
    batch.before = before;
    for (const std::string& text : texts) batch.items.push_back(item(text));
    return run(spool().take_in(std::move(batch)));
  }
  std::vector<bool> stored(const std::string& folder, std::vector<std::string> texts) {
    return take(folder, std::move(texts)).value().stored;
  }
  std::size_t count(const std::string& name) { return snapshot(folder(name))->size(); }
};

using Stored = std::vector<bool>;

} // namespace

TEST_CASE_METHOD(Moving, "What is brought in again is there already") {
  CHECK(stored("Old/Mail", {kOne, kTwo}) == Stored{true, true});
  CHECK(stored("Old/Mail", {kTwo, kOne}) == Stored{false, false});
  CHECK(count("Old/Mail") == 2);
  reopen();
  CHECK(stored("Old/Mail", {kOne}) == Stored{false});
}

TEST_CASE_METHOD(Moving, "Another folder and another body are other messages") {
  CHECK(stored("Old", {kOne}) == Stored{true});
  CHECK(stored("New", {kOne}) == Stored{true});
  CHECK(stored("Old", {kOne + "more\r\n"}) == Stored{true});
  CHECK(stored("Old", {"X-Other: line\r\n" + kOne}) == Stored{true});
}

TEST_CASE_METHOD(Moving, "Lines that servers rewrite make no other message") {
  CHECK(stored("Old", {kOne}) == Stored{true});
  CHECK(stored("Old", {"Status: RO\r\n" + kOne}) == Stored{false});
}

TEST_CASE_METHOD(Moving, "What a source holds twice stays twice, in one batch or in two") {
  const auto first = take("Old", {kOne, kOne});
  REQUIRE(first.has_value());
  CHECK(first->stored == Stored{true, true});
  CHECK(take("Old", {kOne}, first->before)->stored == Stored{true});
  CHECK(stored("Old", {kOne, kOne, kOne}) == Stored{false, false, false});
  CHECK(count("Old") == 3);
}

TEST_CASE_METHOD(Moving, "What was moved elsewhere is not brought in again; what was deleted is") {
  REQUIRE(stored("Old", {kOne, kTwo}) == Stored{true, true});
  REQUIRE(run(spool().move(folder("Old"), uids({1}), folder("Archive"))).has_value());
  CHECK(stored("Old", {kOne}) == Stored{false});
  REQUIRE(store(folder("Old"), uids({2}), FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(run(spool().expunge(folder("Old"), std::nullopt, "desk")).has_value());
  CHECK(stored("Old", {kTwo}) == Stored{true});
}

TEST_CASE_METHOD(Moving, "What a client put there is there already, among many of its size") {
  for (char c = 'a'; c < 'k'; ++c) {
    REQUIRE(append(folder("Sent"), std::string("Subject: ") + c + "\r\n\r\nbody\r\n").has_value());
  }
  CHECK(stored("Sent", {"Subject: c\r\n\r\nbody\r\n", "Subject: c\r\n\r\nb0dy\r\n"}) == Stored{false, true});
}

TEST_CASE_METHOD(Moving, "A keyword that a folder has no room for is left out, and counted") {
  std::vector<std::string> keywords;
  for (unsigned i = 0; i <= Flags::kMaxKeywords; ++i) keywords.push_back("k" + std::to_string(i));
  ImportBatch batch;
  batch.user = "taro";
  batch.folder = "Old";
  batch.items.push_back(item(kOne, Flags::kSeen, keywords));
  const auto outcome = run(spool().take_in(std::move(batch)));
  REQUIRE(outcome.has_value());
  CHECK(outcome->keywords_left_out == 1);
  CHECK((*snapshot(folder("Old")))[0].flags.has(Flags::kSeen));
}

TEST_CASE_METHOD(Moving, "A name that no folder can have is refused") {
  CHECK(take("a//b", {kOne}).error() == Error::not_allowed);
}

TEST_CASE("Line ends become LF in any parts, and a CR alone stays") {
  const std::string text = "a\r\nb\rc\n\r\n\r";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::string out;
    ToBareLf to_lf;
    to_lf.append(text.substr(0, cut), out);
    to_lf.append(text.substr(cut), out);
    to_lf.finish(out);
    CHECK(out == "a\nb\rc\n\n\r");
    LineEnds ends;
    ends.look(text.substr(0, cut));
    ends.look(text.substr(cut));
    CHECK(ends.crlfs() == 2);
    CHECK_FALSE(ends.must_stay());
  }
}

TEST_CASE("A line that ends in CR CR LF keeps a message's line ends as they are") {
  const std::string text = "a\r\r\nb";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    LineEnds ends;
    ends.look(text.substr(0, cut));
    ends.look(text.substr(cut));
    CHECK(ends.must_stay());
  }
}

namespace {

void put(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// "FOLDER FLAGS SUBJECT" of each message.
class Gathered final : public MailFileVisitor, public MailSink {
 public:
  explicit Gathered(const fs::path& path, std::optional<std::string> folder = std::nullopt) {
    MailFiles(*this, std::move(folder)).visit(path);
  }
  void file(const MailFile& file) override { read_mail(file, std::chrono::sys_seconds::max(), *this); }
  void maildir(const std::string& folder) override { maildirs.push_back(folder); }
  void unreadable(const fs::path& path, const std::string& sentence) override {
    faults.push_back(path.filename().string() + " " + sentence);
  }
  void no_mail(const fs::path& path) override { others.push_back(path.filename().string()); }
  void begin(const FoundMessage& message) override {
    text_.clear();
    found.push_back(message.file->folder);
    for (const std::string& flag : message.flags) found.back() += " " + flag;
  }
  void bytes(std::string_view bytes) override { text_ += bytes; }
  void end(bool whole) override {
    found.back() += (whole ? " " : " broken ") + text_.substr(0, text_.find('\n'));
  }
  void fault(const MailFile& file, std::uint64_t /*offset*/, const std::string& sentence) override {
    faults.push_back(file.path.filename().string() + " " + sentence);
  }
  void was_deleted(const MailFile& /*file*/) override { faults.emplace_back("deleted"); }
  void progress(std::uint64_t /*bytes*/) override {}

  std::vector<std::string> found, maildirs, faults, others;

 private:
  std::string text_;
};

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("Folders are called as the files are, below the path that is given") {
  const TemporaryFolder place;
  const fs::path top = place.path() / "mail";
  const std::string mbox = "From a@b Thu Jan  1 00:00:01 1970\nS: 1\n\n";
  put(top / "a.eml", "S: 0\n\n");
  put(top / "Old.mbox", mbox);
  put(top / "plain", mbox);
  put(top / "notes.txt", "words\n");
  put(top / "sub/b.EML", "S: 2\n\n");
  put(top / "sub/inner/7", "S: 3\n\n");
  put(top / "Dir/cur/1.a:2,FS", "S: 4\n\n");
  put(top / "Dir/tmp/1.a", "S: no\n\n");
  put(top / "Dir/.Sub.Sub/new/1.a", "S: 5\n\n");
  fs::create_directories(top / "Dir/.Sub.Sub/cur");
  const Gathered gathered(top);
  CHECK(gathered.found == Texts{"Dir \\Flagged \\Seen S: 4", "Dir/Sub/Sub S: 5", "Old S: 1", "mail S: 0",
                                "plain S: 1", "sub S: 2", "sub/inner S: 3"});
  CHECK(gathered.maildirs == Texts{"Dir", "Dir/Sub/Sub"});
  CHECK(gathered.others == Texts{"notes.txt"});
  CHECK(gathered.faults.empty());
  CHECK(Gathered(top / "a.eml").found == Texts{"INBOX S: 0"});
  CHECK(Gathered(top / "Old.mbox").found == Texts{"Old S: 1"});
  CHECK(Gathered(top / "Old.mbox", "x").found == Texts{"x S: 1"});
  CHECK(Gathered(top / "sub").found == Texts{"sub S: 2", "inner S: 3"});
}

TEST_CASE("The top of a Maildir++ is INBOX, another Maildir goes by its name") {
  const TemporaryFolder place;
  put(place.path() / "Mail/cur/1.a:2,", "S: 1\n\n");
  put(place.path() / "Work/cur/1.a:2,", "S: 2\n\n");
  put(place.path() / "Top/cur/1.a:2,", "S: 3\n\n");
  put(place.path() / "Top/.Sent/cur/1.a:2,", "S: 4\n\n");
  CHECK(Gathered(place.path() / "Mail").found == Texts{"INBOX S: 1"});
  CHECK(Gathered(place.path() / "Work").found == Texts{"Work S: 2"});
  CHECK(Gathered(place.path() / "Top").found == Texts{"INBOX S: 3", "Sent S: 4"});
  CHECK(Gathered(place.path() / "Top/.Sent").found == Texts{"Sent S: 4"});
}

TEST_CASE("A part of a Maildir by itself is that folder, without those below it") {
  const TemporaryFolder place;
  put(place.path() / "Work/cur/1.a:2,S", "S: 1\n\n");
  put(place.path() / "Work/new/2.b", "S: 2\n\n");
  put(place.path() / "Work/Sub/cur/3.c:2,", "S: 3\n\n");
  CHECK(Gathered(place.path() / "Work/cur").found == Texts{"Work \\Seen S: 1"});
  CHECK(Gathered(place.path() / "Work/new").found == Texts{"Work S: 2"});
}

TEST_CASE("Folders that lie too deep to be called so are named") {
  const TemporaryFolder place;
  fs::path deep = place.path();
  for (int i = 0; i < 12; ++i) deep /= std::string(100, 'x');
  put(deep / "a.eml", "S: 1\n\n");
  put(place.path() / "b.eml", "S: 2\n\n");
  const Gathered gathered(place.path());
  CHECK(gathered.found.size() == 1);
  CHECK(gathered.faults == Texts{"a.eml lies so deep that no folder can be called so"});
  CHECK(can_be_folder("a/b.c"));
  for (const char* name : {"", "/a", "a/", "a//b", "a*", "\xff", "..", "a\nb"})
    CHECK_FALSE(can_be_folder(name));
}

TEST_CASE("What cannot be read is named, and nothing waits for it") {
  const TemporaryFolder place;
  put(place.path() / "box/cur/1.a:2,", "");
  put(place.path() / "box/cur/2.b:2,", "S: 1\n\n");
  ::mkfifo((place.path() / "box/cur/3.c:2,").c_str(), 0600);
  ::mkfifo((place.path() / "pipe.eml").c_str(), 0600);
  fs::create_symlink(".", place.path() / "loop");
  fs::create_symlink("missing", place.path() / "nowhere");
  const Gathered gathered(place.path());
  CHECK(gathered.found == Texts{"box S: 1"});
  CHECK(gathered.faults.size() == 4);
}

TEST_CASE_METHOD(Moving, "An export holds what is not deleted, and again adds only what is new") {
  REQUIRE(append(folder("INBOX"), kOne, Flags::kSeen | Flags::kDeleted, {"$Forwarded", "Work"}).has_value());
  REQUIRE(append(folder("a.b/c"), kTwo).has_value());
  const TemporaryFolder place;
  const fs::path out = place.path() / "out";
  const auto silent = [](std::string_view, std::uint64_t, std::uint64_t, std::string_view) {};
  auto report = export_mail(directory(), "taro", out, silent);
  REQUIRE(report.has_value());
  CHECK(report->written == 2);
  REQUIRE(fs::exists(out / ".a\\2eb.c/cur"));
  const fs::path file = fs::directory_iterator(out / "cur")->path();
  CHECK(file.filename().string().ends_with(",S=" + std::to_string(kOne.size() - 4) +
                                           ",W=" + std::to_string(kOne.size()) + ":2,PSTab"));
  fs::rename(file, file.string() + "c"); // another program's change
  REQUIRE(run(spool().expunge(folder("INBOX"), std::nullopt, "desk")).has_value());
  REQUIRE(append(folder("INBOX"), kTwo).has_value());
  report = export_mail(directory(), "taro", out, silent);
  REQUIRE(report.has_value());
  CHECK(report->written == 1);
  CHECK(report->there == 1);
  CHECK(fs::exists(file.string() + "c"));
  CHECK(export_mail(directory(), "hana", out, silent).has_error());
}

TEST_CASE_METHOD(Moving, "Keywords beyond the 26 of a Maildir are told") {
  std::vector<std::string> keywords;
  for (char c = 'a'; c <= 'z' + 1; ++c) keywords.push_back("k" + std::to_string(c));
  REQUIRE(append(folder("INBOX"), kOne, 0, keywords).has_value());
  const TemporaryFolder place;
  const auto report = export_mail(directory(), "taro", place.path() / "out",
                                  [](std::string_view, std::uint64_t, std::uint64_t, std::string_view) {});
  REQUIRE(report.has_value());
  REQUIRE(report->faults.size() == 1);
  CHECK(report->faults[0] == "the keyword k123 of folder INBOX is left out: a Maildir holds 26");
}
