// STORE, COPY, MOVE, EXPUNGE.
#include "server/imap/grammar/families.hpp"

namespace homespool::server::imap::grammar {
namespace {

constexpr std::uint64_t kMostModSeq = 0x7fffffffffffffff;

bool unchanged_since(Scanner& in, command::Store& store) {
  return in.list(false, [&] {
    std::string word;
    std::uint64_t number = 0;
    if (!in.upper_atom(word)) return false;
    if (word != "UNCHANGEDSINCE") return in.fail("there is no such modifier");
    if (!in.space() || !in.number(number, kMostModSeq, "a mod-sequence is missing or too large"))
      return false;
    store.unchanged_since = spool::ModSeq{number};
    return true;
  });
}

bool change(Scanner& in, command::Store& store) {
  if (in.take('+'))
    store.change = spool::FlagChange::add;
  else if (in.take('-'))
    store.change = spool::FlagChange::remove;
  std::string word;
  if (!in.upper_atom(word)) return false;
  store.silent = word == "FLAGS.SILENT";
  return store.silent || word == "FLAGS" || in.fail("only FLAGS can be stored");
}

bool flags(Scanner& in, command::Store& store) {
  bool recent = false;
  if (in.peek() == '(') return in.flag_list(store.flags, recent);
  do {
    if (!in.flag(store.flags, recent)) return false;
    in.skip_spaces();
  } while (!in.at_end());
  return true;
}

template <class CopyOrMove>
bool copy(Scanner& in, bool uid, Command& out) {
  CopyOrMove copy;
  copy.uid = uid;
  if (!in.space() || !in.sequence_set(copy.set) || !in.space() || !in.mailbox(copy.mailbox)) return false;
  out = std::move(copy);
  return true;
}

} // namespace

bool parse_store(Scanner& in, bool uid, Command& out) {
  command::Store store;
  store.uid = uid;
  if (!in.space() || !in.sequence_set(store.set) || !in.space()) return false;
  if (in.peek() == '(' && !(unchanged_since(in, store) && in.space())) return false;
  if (!change(in, store) || !in.space() || !flags(in, store)) return false;
  out = std::move(store);
  return true;
}

bool parse_copy(Scanner& in, bool uid, Command& out) {
  return copy<command::Copy>(in, uid, out);
}
bool parse_move(Scanner& in, bool uid, Command& out) {
  return copy<command::Move>(in, uid, out);
}

bool parse_expunge(Scanner& in, bool uid, Command& out) {
  command::Expunge expunge;
  if (uid && (!in.space() || !in.sequence_set(expunge.uids.emplace()))) return false;
  out = std::move(expunge);
  return true;
}

} // namespace homespool::server::imap::grammar
