#include "spool/search/folded_message.hpp"

#include "mail/ascii.hpp"
#include "mail/header.hpp"
#include "mail/text.hpp"
#include "spool/search/grams.hpp"

namespace homespool::spool::search {
namespace {

void fold_header(std::string_view header, FoldedMessage& into) {
  mail::HeaderReader reader(header.substr(0, mail::Limits{}.header_bytes));
  for (mail::HeaderField field; reader.next(field);) {
    const std::string name = mail::to_ascii_lower(field.name);
    const std::string value = mail::fold_for_search(mail::decode_header_text(mail::unfold_text(field.value)));
    into.header.append(name).append(": ").append(value).push_back(kBorder);
  }
}

} // namespace

std::optional<FoldedMessage> fold_message(std::string_view message, std::size_t header_size,
                                          std::span<const mail::Part> parts, std::size_t limit) {
  FoldedMessage folded;
  fold_header(message.substr(0, header_size), folded);
  bool fits = folded.header.size() <= limit;
  if (!fits) return std::nullopt;
  mail::for_each_text(message, parts, [&](std::string_view text) {
    folded.body.append(mail::fold_for_search(text)).push_back(kBorder);
    fits = folded.header.size() + folded.body.size() <= limit;
    return fits;
  });
  if (!fits) return std::nullopt;
  return folded;
}

std::optional<FoldedField> take_field(std::string_view& header) {
  if (header.empty()) return std::nullopt;
  const std::string_view line = header.substr(0, header.find(kBorder));
  header.remove_prefix(std::min(line.size() + 1, header.size()));
  const std::size_t colon = std::min(line.find(':'), line.size());
  return FoldedField{line.substr(0, colon), line.substr(std::min(colon + 2, line.size()))};
}

bool field_has(std::string_view header, std::string_view lower_name, std::string_view folded) {
  while (const auto field = take_field(header)) {
    if (field->name == lower_name && field->value.find(folded) != std::string_view::npos) return true;
  }
  return false;
}

} // namespace homespool::spool::search
