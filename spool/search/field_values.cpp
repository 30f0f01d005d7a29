#include "spool/search/field_values.hpp"

#include "spool/search/grams.hpp"
#include "spool/search/wire.hpp"

#include <algorithm>
#include <limits>

namespace homespool::spool::search {
namespace {

struct Value {
  RecordId record;
  std::size_t end = 0; // in the text
};

constexpr std::size_t kLongestValue =
    256;                            // bytes, on average; longer ones (Received, signatures) stay in texts
constexpr std::size_t kRarest = 50; // in one of so many messages, at least

// How many, then record and size of each, then all values; packed.
std::string put(std::span<const Value> values, std::string_view text) {
  std::string out;
  put_number(out, values.size());
  std::int64_t before = 0;
  std::size_t begin = 0;
  for (const Value& value : values) {
    put_number(out, static_cast<std::uint64_t>(value.record.value - before));
    put_number(out, value.end - begin);
    before = value.record.value;
    begin = value.end;
  }
  return pack_whole(out.append(text));
}

// `bytes` becomes the text.
std::optional<std::vector<Value>> take(std::string_view& bytes) {
  const auto count = take_number(bytes);
  if (!count || *count > bytes.size()) return std::nullopt;
  std::vector<Value> values(*count);
  Value before;
  for (Value& value : values) {
    const auto gap = take_number(bytes);
    const auto size = take_number(bytes);
    const auto highest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!gap || !size || *size > bytes.size()) return std::nullopt;
    if (*gap > highest - static_cast<std::uint64_t>(before.record.value)) return std::nullopt;
    value.record.value = before.record.value + static_cast<std::int64_t>(*gap);
    value.end = before.end + *size;
    before = value;
  }
  if (before.end != bytes.size()) return std::nullopt;
  return values;
}

} // namespace

std::map<std::string, std::string>
field_values(std::span<const std::shared_ptr<const FoldedRecord>> messages) {
  struct Column {
    std::vector<Value> values;
    std::string text;
  };
  std::map<std::string, Column, std::less<>> columns;
  for (const auto& message : messages) {
    std::string_view header = message->text.header;
    while (const auto field = take_field(header)) {
      auto at = columns.find(field->name);
      if (at == columns.end()) at = columns.emplace(field->name, Column{}).first;
      Column& column = at->second;
      column.text.append(field->value).push_back(kBorder);
      if (column.values.empty() || column.values.back().record != message->record)
        column.values.push_back({message->record, 0});
      column.values.back().end = column.text.size();
    }
  }
  std::map<std::string, std::string> out;
  for (const auto& [name, column] : columns) {
    const std::size_t count = column.values.size();
    if (column.text.size() > count * kLongestValue || count * kRarest < messages.size()) continue;
    if (out.size() < kMostFields) out.emplace(name, put(column.values, column.text));
  }
  return out;
}

bool find_in_values(std::string_view packed, std::string_view folded, RecordId first, RecordId last,
                    RecordSet& found) {
  const auto unpacked = unpack_whole(packed);
  if (!unpacked) return false;
  std::string_view bytes = *unpacked;
  const auto values = take(bytes);
  if (!values) return false;
  const auto within = [&](const Value& value) { return first <= value.record && value.record <= last; };
  if (!std::all_of(values->begin(), values->end(), within)) return false;
  if (folded.empty()) {
    for (const Value& value : *values) found.add(value.record);
    return true;
  }
  auto value = values->begin();
  std::size_t at = 0;
  while ((at = find_bytes(bytes, folded, at)) != std::string_view::npos) {
    while (value->end <= at) ++value; // no word reaches from one value into the next: each ends in a border
    found.add(value->record);
    at = value->end;
  }
  return true;
}

std::optional<std::string> values_without(std::string_view packed, std::span<const RecordId> gone) {
  const auto unpacked = unpack_whole(packed);
  if (!unpacked) return std::nullopt;
  std::string_view bytes = *unpacked;
  const auto values = take(bytes);
  if (!values) return std::nullopt;
  std::vector<Value> left;
  std::string text;
  std::size_t begin = 0;
  for (const Value& value : *values) {
    if (std::find(gone.begin(), gone.end(), value.record) == gone.end()) {
      text += bytes.substr(begin, value.end - begin);
      left.push_back({value.record, text.size()});
    }
    begin = value.end;
  }
  return put(left, text);
}

} // namespace homespool::spool::search
