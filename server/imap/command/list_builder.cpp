// Choosing the folders a LIST shows, and their attributes. Threads: pure functions.
#include "server/imap/command/list_builder.hpp"

#include "server/imap/wire/mailbox_name.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace homespool::server::imap {

namespace {

// A folder, or a level above one that exists by name alone.
struct Node {
  const spool::Mailbox* mailbox = nullptr;
  bool subscribed = false;
  bool has_child = false;            // below it is a folder
  bool has_subscribed_child = false; // below it is a subscription
};

struct InboxFirst {
  bool operator()(const std::string& a, const std::string& b) const {
    const bool a_inbox = a == "INBOX";
    const bool b_inbox = b == "INBOX";
    return a_inbox != b_inbox ? a_inbox : a < b;
  }
};
using Tree = std::map<std::string, Node, InboxFirst>;

template <class Mark>
void for_each_parent(Tree& tree, const std::string& name, Mark mark) {
  for (auto at = name.rfind(kSeparator); at != std::string::npos && at > 0;
       at = name.rfind(kSeparator, at - 1))
    mark(tree[name.substr(0, at)]);
}

Tree make_tree(std::span<const spool::Mailbox> mailboxes, std::span<const std::string> subscriptions) {
  Tree tree;
  for (const auto& mailbox : mailboxes) {
    tree[mailbox.name].mailbox = &mailbox;
    for_each_parent(tree, mailbox.name, [](Node& parent) { parent.has_child = true; });
  }
  for (const auto& name : subscriptions) {
    tree[name].subscribed = true;
    for_each_parent(tree, name, [](Node& parent) { parent.has_subscribed_child = true; });
  }
  return tree;
}

std::vector<std::string> full_patterns(const command::List& list) {
  std::vector<std::string> out;
  for (const auto& pattern : list.patterns) {
    const bool absolute = list.reference.empty() || pattern.empty();
    out.push_back(with_inbox(absolute ? pattern : list.reference + pattern));
  }
  return out;
}

bool wanted(const command::List& list, const Node& node, bool& child_info) {
  if (list.select_special_use && (node.mailbox == nullptr || node.mailbox->special_use.empty())) return false;
  if (list.kind == command::List::Kind::lsub) return node.subscribed || node.has_subscribed_child;
  if (!list.select_subscribed) return node.mailbox != nullptr || node.has_child;
  child_info = list.select_recursivematch && node.has_subscribed_child;
  return node.subscribed || child_info;
}

// XLIST is older than RFC 6154 and calls one of them by another name.
std::string_view use_as_told(const command::List& list, std::string_view special_use) {
  return list.kind == command::List::Kind::xlist && special_use == "\\Junk" ? "\\Spam" : special_use;
}

std::vector<std::string_view> attributes_of(const command::List& list, const Node& node,
                                            const std::string& name) {
  std::vector<std::string_view> out;
  const bool lsub = list.kind == command::List::Kind::lsub;
  if (lsub) {
    if (!node.subscribed) out.push_back("\\Noselect");
    return out;
  }
  if (node.mailbox == nullptr) {
    if (list.extended) out.push_back("\\NonExistent");
    out.push_back("\\Noselect");
  }
  out.push_back(node.has_child ? "\\HasChildren" : "\\HasNoChildren");
  if (node.subscribed && (list.select_subscribed || list.return_subscribed)) out.push_back("\\Subscribed");
  if (list.kind == command::List::Kind::xlist && name == "INBOX") out.push_back("\\Inbox");
  if (node.mailbox != nullptr && !node.mailbox->special_use.empty())
    out.push_back(use_as_told(list, node.mailbox->special_use));
  return out;
}

// An LSUB of "%" shows a level that is not subscribed only for what is below it; "*" matches that itself.
bool lsub_level_is_superfluous(const Node& node, const std::vector<std::string>& patterns) {
  return !node.subscribed && std::all_of(patterns.begin(), patterns.end(),
                                         [](const std::string& pattern) { return pattern.ends_with('*'); });
}

} // namespace

std::vector<ListEntry> build_list(const command::List& list, std::span<const spool::Mailbox> mailboxes,
                                  std::span<const std::string> subscriptions) {
  std::vector<ListEntry> out;
  const auto patterns = full_patterns(list);
  for (const auto& [name, node] : make_tree(mailboxes, subscriptions)) {
    bool child_info = false;
    if (!wanted(list, node, child_info)) continue;
    const bool lsub = list.kind == command::List::Kind::lsub;
    if (lsub && lsub_level_is_superfluous(node, patterns)) continue;
    const bool match =
        std::any_of(patterns.begin(), patterns.end(),
                    [&name = name](const std::string& pattern) { return list_matches(pattern, name); });
    if (!match) continue;
    ListEntry entry;
    entry.name = name;
    entry.attributes = attributes_of(list, node, name);
    entry.mailbox = node.mailbox;
    entry.child_info = child_info;
    out.push_back(std::move(entry));
  }
  return out;
}

} // namespace homespool::server::imap
