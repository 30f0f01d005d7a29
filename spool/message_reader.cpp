#include "spool/message_reader.hpp"

namespace homespool::spool {

// One by one, where nothing better is known.
std::vector<LookedUp> Reader::look_up(MailboxId /*mailbox*/, std::span<const Message> messages, Wanted wanted,
                                      bool files) {
  std::vector<LookedUp> found(1);
  const MessageId id = messages.front().id;
  auto details = this->details(id, wanted);
  if (!details) {
    found[0].error = details.error();
    return found;
  }
  found[0].details = std::move(*details);
  if (!files) return found;
  auto file = open(id);
  if (file)
    found[0].file = std::move(*file);
  else
    found[0].error = file.error();
  return found;
}

} // namespace homespool::spool
