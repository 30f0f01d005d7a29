// The header fields of a part that its structure and envelope are made of, as views of the message.
//
// Not for: the fields' meaning; Content-Type and its kin are taken apart by mail/mime/media_type.hpp.
// Threads: values.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace homespool::mail {

struct EnvelopeFields {
  std::optional<std::string_view> date, subject, in_reply_to, message_id;
  // A field that comes twice counts as one with both lists: a reader must not see a sender that another does
  // not.
  std::vector<std::string_view> from, sender, reply_to, to, cc, bcc;
};

struct ContentFields {
  std::optional<std::string_view> type, encoding, id, description, disposition, md5, language, location;
};

// Takes one field (its lines, line ends included) if it is one of these. The first of several counts.
void take_content_field(ContentFields& fields, std::string_view raw);
void take_envelope_field(EnvelopeFields& fields, std::string_view raw);

} // namespace homespool::mail
