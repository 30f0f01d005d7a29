// LIST with the options of RFC 5258, 5819, 6154 and 8440; LSUB; XLIST.
#include "server/imap/grammar/families.hpp"

namespace homespool::server::imap::grammar {
namespace {

bool selection_option(Scanner& in, command::List& list) {
  std::string word;
  if (!in.upper_atom(word)) return false;
  if (word == "SUBSCRIBED") return list.select_subscribed = true;
  if (word == "REMOTE") return list.select_remote = true;
  if (word == "RECURSIVEMATCH") return list.select_recursivematch = true;
  if (word == "SPECIAL-USE") return list.select_special_use = true;
  return in.fail("there is no such selection option");
}

bool return_option(Scanner& in, command::List& list) {
  std::string word;
  if (!in.upper_atom(word)) return false;
  if (word == "SUBSCRIBED") return list.return_subscribed = true;
  if (word == "CHILDREN") return list.return_children = true;
  if (word == "SPECIAL-USE") return list.return_special_use = true;
  if (word == "MYRIGHTS") return list.return_myrights = true;
  if (word == "STATUS") return in.space() && parse_status_items(in, list.return_status);
  return in.fail("there is no such return option");
}

bool pattern(Scanner& in, command::List& list) {
  return in.list_mailbox(list.patterns.emplace_back());
}

bool patterns(Scanner& in, command::List& list) {
  if (in.peek() != '(') return pattern(in, list);
  list.extended = true;
  return in.list(false, [&] { return pattern(in, list); });
}

bool returns(Scanner& in, command::List& list) {
  in.skip_spaces();
  if (in.at_end()) return true;
  list.extended = true;
  std::string word;
  if (!in.upper_atom(word)) return false;
  if (word != "RETURN") return in.fail("only RETURN may follow the patterns");
  return in.space() && in.list(true, [&] { return return_option(in, list); });
}

bool plain(Scanner& in, command::List::Kind kind, Command& out) {
  command::List list;
  list.kind = kind;
  if (!in.space() || !in.mailbox(list.reference) || !in.space() || !pattern(in, list)) return false;
  out = std::move(list);
  return true;
}

} // namespace

bool parse_list(Scanner& in, Command& out) {
  command::List list;
  if (!in.space()) return false;
  if (in.peek() == '(') {
    list.extended = true;
    if (!in.list(true, [&] { return selection_option(in, list); }) || !in.space()) return false;
    if (list.select_recursivematch && !list.select_subscribed && !list.select_special_use)
      return in.fail("RECURSIVEMATCH needs another selection option");
  }
  if (!in.mailbox(list.reference) || !in.space() || !patterns(in, list) || !returns(in, list)) return false;
  out = std::move(list);
  return true;
}

bool parse_lsub(Scanner& in, Command& out) {
  return plain(in, command::List::Kind::lsub, out);
}
bool parse_xlist(Scanner& in, Command& out) {
  return plain(in, command::List::Kind::xlist, out);
}

} // namespace homespool::server::imap::grammar
