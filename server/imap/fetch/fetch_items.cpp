// What a FETCH needs of each message. See fetch_items.hpp.
#include "server/imap/fetch/fetch_items.hpp"

namespace homespool::server::imap {
namespace {

// BODY[] is the whole file: nothing need be known of the message's structure.
bool is_whole_message(const FetchSection& section) {
  return section.path.empty() && section.kind == mail::SectionKind::whole;
}

} // namespace

bool FetchItems::sets_seen() const {
  return std::any_of(sections.begin(), sections.end(), [](const auto& section) { return !section.peek; });
}

bool FetchItems::needs_details() const {
  if (has(FetchItem::internal_date) || has(FetchItem::envelope) || has(FetchItem::body) ||
      has(FetchItem::bodystructure))
    return true;
  return !std::all_of(sections.begin(), sections.end(), is_whole_message);
}

bool FetchItems::needs_file() const {
  return !sections.empty();
}

spool::Wanted FetchItems::wanted() const {
  spool::Wanted wanted;
  wanted.envelope = has(FetchItem::envelope);
  wanted.body = has(FetchItem::body);
  wanted.bodystructure = has(FetchItem::bodystructure);
  wanted.parts = std::any_of(sections.begin(), sections.end(),
                             [](const auto& section) { return !section.path.empty(); });
  return wanted;
}

} // namespace homespool::server::imap
