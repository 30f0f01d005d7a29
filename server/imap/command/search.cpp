// SEARCH: what the index answers is looked at here, a slice at a time; words in messages on the worker pool,
// where the search index is asked first.
// Threads: the session's; slices of searches in messages run on a pool thread, one at a time.
#include "server/imap/search/search.hpp"
#include "server/imap/search/indexed_words.hpp"
#include "server/imap/session.hpp"
#include "server/imap/wire/response.hpp"

namespace homespool::server::imap {

namespace {

// A worker is given up to others after this long.
constexpr std::chrono::milliseconds kSlice{40};

// Owned by one job at a time.
struct Search {
  Search(Matcher made, std::vector<Candidate> of) : matcher(std::move(made)), candidates(std::move(of)) {}

  Matcher matcher;
  std::vector<Candidate> candidates;
  std::unique_ptr<spool::Reader> reader; // of the worker pool; the session's own is used on its thread
  std::optional<IndexedWords> words;
  std::size_t at = 0;
  std::vector<std::size_t> found;
};

bool read_header(spool::Reader& reader, const spool::MessageDetails& details, spool::MessageId id,
                 std::string& header) {
  const auto file = reader.open(id);
  if (!file) return false;
  header.resize(details.header_size);
  return !(*file)->read(0, {header.data(), header.size()});
}

// Answers for one message, reading what the matcher asks for. Unreadable messages match nothing.
bool matches(const Matcher& matcher, const Candidate& candidate, std::span<const char> found,
             spool::Reader& reader) {
  SearchSubject subject;
  subject.found = found;
  subject.number = candidate.number;
  subject.message = &candidate.message;
  subject.recent = candidate.recent;
  spool::MessageDetails details;
  std::string text;
  for (int step = 0; step < 4; ++step) {
    const auto verdict = matcher.match(subject);
    if (verdict == Verdict::yes || verdict == Verdict::no) return verdict == Verdict::yes;
    spool::Wanted wanted;
    wanted.parts = verdict == Verdict::need_bytes;
    auto read = reader.details(candidate.message.id, wanted);
    if (!read) return false;
    details = std::move(*read);
    subject.details = &details;
    if (verdict == Verdict::need_header) {
      if (!read_header(reader, details, candidate.message.id, text)) return false;
      subject.header = text;
    } else if (verdict == Verdict::need_bytes) {
      auto bytes = reader.bytes(candidate.message.id, spool::search::kSearchedBytes);
      if (!bytes) return false;
      text = std::move(*bytes);
      subject.header.reset();
      subject.bytes = text;
    }
  }
  return false;
}

// Looks at candidates until the slice is over; true when all were looked at.
bool search_slice(Search& search, spool::Reader& reader, net::Steady::time_point until) {
  constexpr std::size_t kBetweenLooks = 64; // at the clock, when nothing is read
  while (search.at < search.candidates.size()) {
    const auto known = search.words ? search.words->found(search.at) : std::span<const char>{};
    if (matches(search.matcher, search.candidates[search.at], known, reader))
      search.found.push_back(search.at);
    ++search.at;
    if ((known.empty() || search.at % kBetweenLooks == 0) && net::Steady::now() >= until) break;
  }
  return search.at == search.candidates.size();
}

// What the snapshot alone excludes is not looked at again.
void look_at(const MailboxView& view, const Matcher& matcher, std::size_t place,
             std::vector<Candidate>& candidates) {
  if (view.gone(place)) return;
  Candidate one;
  one.number = static_cast<std::uint32_t>(place + 1);
  one.message = view.at(place);
  one.recent = view.recent(one.message.uid);
  SearchSubject subject;
  subject.number = one.number;
  subject.message = &one.message;
  subject.recent = one.recent;
  if (matcher.match(subject) != Verdict::no) candidates.push_back(one);
}

// Places of the messages that can match, as ranges [first, second).
std::vector<std::pair<std::size_t, std::size_t>> places_of(const MailboxView& view, const Matcher& matcher) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  if (!matcher.only_uids()) {
    places.emplace_back(0, view.size());
    return places;
  }
  const auto& numbers = view.numbers();
  for (const auto& range : *matcher.only_uids()) {
    const auto first = numbers.lower_bound({range.first});
    auto end = first;
    while (end < numbers.size() && numbers[end].uid.value <= range.last) ++end;
    places.emplace_back(first, end);
  }
  return places;
}

Awaitable<std::vector<Candidate>> candidates_of(const MailboxView& view, const Matcher& matcher,
                                                Output& out) {
  constexpr std::size_t kLooksATurn = 16; // a command may have thousands of keys
  std::vector<Candidate> candidates;
  std::size_t looks = 0;
  const auto ranges = places_of(view, matcher);
  for (const auto& range : ranges) {
    for (auto place = range.first; place < range.second; ++place) {
      look_at(view, matcher, place, candidates);
      if (++looks % kLooksATurn == 0) co_await out.yield();
    }
  }
  co_return candidates;
}

// The work, a slice at a time on the worker pool; false when the client has gone.
Awaitable<bool> on_workers(std::function<bool()> slice, Shared& shared, Output& out) {
  for (bool done = false; !done;) {
    if (out.broken()) co_return false;
    std::function<bool()> next = slice;
    done = co_await net::run_on<bool>(shared.workers, std::move(next));
  }
  co_return true;
}

Awaitable<void> run_search(std::shared_ptr<Search> search, Shared& shared, spool::Reader& here, Output& out) {
  if (search->words) {
    std::function<bool()> ask = [search] { return search->words->advance(net::Steady::now() + kSlice); };
    const bool there = co_await on_workers(std::move(ask), shared, out);
    if (!there) co_return;
  }
  const bool told = search->words && search->words->complete();
  if (told || search->matcher.most() != Verdict::need_bytes) {
    constexpr std::chrono::milliseconds kInline{5};
    while (!search_slice(*search, here, net::Steady::now() + kInline)) co_await out.yield();
    co_return;
  }
  search->reader = shared.spool.make_reader();
  std::function<bool()> look = [search] {
    return search_slice(*search, *search->reader, net::Steady::now() + kSlice);
  };
  co_await on_workers(std::move(look), shared, out);
}

} // namespace

Awaitable<Reply> Session::execute(command::Search command) {
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  auto& view = selected_->view;
  Matcher::Mailbox mailbox;
  mailbox.messages = static_cast<std::uint32_t>(view.size());
  if (view.size() > 0) mailbox.last_uid = view.numbers()[view.size() - 1].uid.value;
  mailbox.keywords = view.newest()->keywords.get();
  const auto now = std::chrono::floor<std::chrono::seconds>(room_.shared.clock.wall());
  auto matcher = Matcher::prepare(command, mailbox, now);
  if (!matcher) co_return Reply::no("[BADCHARSET (US-ASCII UTF-8)] " + safe_text(matcher.error(), 200));

  auto candidates = co_await candidates_of(view, *matcher, out_);
  const auto search = std::make_shared<Search>(std::move(*matcher), std::move(candidates));
  if (!search->matcher.words().empty())
    search->words.emplace(spool().search_index(), view.mailbox(), view.newest()->uidnext,
                          search->matcher.words(), search->candidates);
  co_await run_search(search, room_.shared, room_.reader, out_);
  out_.text() += "* SEARCH";
  for (const auto at : search->found) {
    const auto& one = search->candidates[at];
    out_.text() += ' ';
    append_number(out_.text(), command.uid ? one.message.uid.value : one.number);
    if (out_.full()) co_await out_.breathe();
  }
  out_.text() += "\r\n";
  co_return Reply::ok("Searched");
}

} // namespace homespool::server::imap
