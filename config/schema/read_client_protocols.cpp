// pop3: and imap: of a client.
#include "config/schema/read.hpp"

namespace homespool::config::schema {
namespace {

constexpr std::array<std::string_view, 5> kPop3Keys{"show", "newer_than", "largest", "marks_read",
                                                    "on_delete"};
constexpr std::array<std::string_view, 1> kImapKeys{"on_delete"};
constexpr std::array<Choice<Show>, 2> kShow{{{"all", Show::all}, {"unread", Show::unread}}};
constexpr std::array<Choice<OnDelete>, 2> kOnDelete{{{"hide", OnDelete::hide}, {"refuse", OnDelete::refuse}}};

} // namespace

void read_client_pop3(Section& client, ClientPop3& out) {
  const Element* map = client.map("pop3");
  if (map == nullptr) return;
  Section section(client.context(), *map, "'pop3'", kPop3Keys);
  section.choice("show", out.show, kShow);
  Seconds newer_than{};
  if (section.duration("newer_than", newer_than, Seconds{1})) out.newer_than = newer_than;
  Bytes largest = 0;
  if (section.size("largest", largest, 1)) out.largest = largest;
  section.boolean("marks_read", out.marks_read);
  section.choice("on_delete", out.on_delete, kOnDelete);
}

void read_client_imap(Section& client, ClientImap& out) {
  const Element* map = client.map("imap");
  if (map == nullptr) return;
  Section section(client.context(), *map, "'imap'", kImapKeys);
  if (section.choice("on_delete", out.on_delete, kOnDelete) && out.on_delete == OnDelete::hide)
    section.fault(*section.find("on_delete"), "with the value hide is not available yet");
}

} // namespace homespool::config::schema
