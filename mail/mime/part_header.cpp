#include "mail/mime/part_header.hpp"

#include "mail/ascii.hpp"
#include "mail/header.hpp"

namespace homespool::mail {

namespace {

void take_first(std::optional<std::string_view>& slot, std::string_view value) {
  if (!slot) slot = value;
}

std::optional<std::string_view>* content_slot(ContentFields& fields, std::string_view name) {
  name.remove_prefix(std::string_view("content-").size());
  switch (name.size()) {
  case 2:
    return equals_ignoring_case(name, "id") ? &fields.id : nullptr;
  case 3:
    return equals_ignoring_case(name, "md5") ? &fields.md5 : nullptr;
  case 4:
    return equals_ignoring_case(name, "type") ? &fields.type : nullptr;
  case 8:
    if (equals_ignoring_case(name, "language")) return &fields.language;
    return equals_ignoring_case(name, "location") ? &fields.location : nullptr;
  case 11:
    if (equals_ignoring_case(name, "disposition")) return &fields.disposition;
    return equals_ignoring_case(name, "description") ? &fields.description : nullptr;
  case 17:
    return equals_ignoring_case(name, "transfer-encoding") ? &fields.encoding : nullptr;
  default:
    return nullptr;
  }
}

// Cheap look at the first letter, so that most lines are never taken apart.
bool may_be_envelope(char first) {
  return std::string_view("dsfrtcbim").find(ascii_lower(first)) != std::string_view::npos;
}

} // namespace

void take_content_field(ContentFields& fields, std::string_view raw) {
  constexpr std::string_view kPrefix = "content-";
  if (raw.size() <= kPrefix.size() || !equals_ignoring_case(raw.substr(0, kPrefix.size()), kPrefix)) return;
  const auto field = field_of_lines(raw);
  if (!field || field->name.size() <= kPrefix.size()) return;
  if (auto* slot = content_slot(fields, field->name)) take_first(*slot, field->value);
}

void take_envelope_field(EnvelopeFields& fields, std::string_view raw) {
  if (raw.empty() || !may_be_envelope(raw.front())) return;
  const auto field = field_of_lines(raw);
  if (!field) return;
  const auto is = [&](std::string_view name) { return equals_ignoring_case(field->name, name); };
  switch (field->name.size()) {
  case 2:
    if (is("to"))
      fields.to.push_back(field->value);
    else if (is("cc"))
      fields.cc.push_back(field->value);
    break;
  case 3:
    if (is("bcc")) fields.bcc.push_back(field->value);
    break;
  case 4:
    if (is("from"))
      fields.from.push_back(field->value);
    else if (is("date"))
      take_first(fields.date, field->value);
    break;
  case 6:
    if (is("sender")) fields.sender.push_back(field->value);
    break;
  case 7:
    if (is("subject")) take_first(fields.subject, field->value);
    break;
  case 8:
    if (is("reply-to")) fields.reply_to.push_back(field->value);
    break;
  case 10:
    if (is("message-id")) take_first(fields.message_id, field->value);
    break;
  case 11:
    if (is("in-reply-to")) take_first(fields.in_reply_to, field->value);
    break;
  default:
    break;
  }
}

} // namespace homespool::mail
