#include "mail/text/converter.hpp"

#include <array>
#include <map>
#include <memory>
#include <unicode/ucnv.h>

namespace homespool::mail {

namespace {

constexpr std::size_t kMostCached =
    32; // names come from messages: a hostile mailbox must not fill the memory

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using ConverterPtr = std::unique_ptr<UConverter, CloseConverter>;

ConverterPtr open_converter(const std::string& name) {
  UErrorCode error = U_ZERO_ERROR;
  ConverterPtr converter(ucnv_open(name.c_str(), &error));
  if (U_FAILURE(error)) return nullptr;
  return converter;
}

// nullptr when there is none.
UConverter* converter_of(const std::string& name) {
  thread_local std::map<std::string, ConverterPtr> cache;
  const auto found = cache.find(name);
  if (found != cache.end()) return found->second.get();
  ConverterPtr opened = open_converter(name);
  if (!opened) return nullptr;
  if (cache.size() >= kMostCached) cache.clear();
  return cache.emplace(name, std::move(opened)).first->second.get();
}

UConverter* utf8_converter() {
  thread_local const ConverterPtr converter = open_converter("UTF-8");
  return converter.get();
}

} // namespace

std::optional<std::string> convert_to_utf8(std::string_view bytes, const std::string& icu_name) {
  UConverter* from = converter_of(icu_name);
  UConverter* to = utf8_converter();
  if (from == nullptr || to == nullptr) return std::nullopt;
  ucnv_resetToUnicode(from);
  ucnv_resetFromUnicode(to);
  std::string out;
  std::array<char, 4096> chunk{};
  std::array<UChar, 1024> pivot{};
  UChar* pivot_source = pivot.data();
  UChar* pivot_target = pivot.data();
  const char* source = bytes.data();
  UErrorCode error = U_BUFFER_OVERFLOW_ERROR;
  for (bool first = true; error == U_BUFFER_OVERFLOW_ERROR; first = false) {
    error = U_ZERO_ERROR;
    char* target = chunk.data();
    ucnv_convertEx(to, from, &target, chunk.data() + chunk.size(), &source, bytes.data() + bytes.size(),
                   pivot.data(), &pivot_source, &pivot_target, pivot.data() + pivot.size(), first ? 1 : 0, 1,
                   &error);
    out.append(chunk.data(), target);
  }
  if (U_FAILURE(error)) out.append("\xef\xbf\xbd");
  return out;
}

bool has_converter(const std::string& icu_name) {
  return converter_of(icu_name) != nullptr;
}

} // namespace homespool::mail
