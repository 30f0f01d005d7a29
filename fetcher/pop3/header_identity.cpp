#include "fetcher/pop3/header_identity.hpp"

#include "mail/ascii.hpp"
#include "mail/header.hpp"

#include <array>
#include <sodium.h>

namespace homespool::fetcher {
namespace {

bool is_rewritten(std::string_view name) {
  const std::string lower = mail::to_ascii_lower(name);
  return lower == "status" || lower == "x-status" || lower == "x-uidl" ||
         lower.starts_with("x-mozilla-status");
}

std::string hexadecimal(const std::array<unsigned char, 16>& bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  out.pop_back();
  return out;
}

} // namespace

std::string header_identity(std::string_view header) {
  std::string kept;
  mail::HeaderReader reader(header);
  for (mail::HeaderField field; reader.next(field);) {
    if (is_rewritten(field.name)) continue;
    kept += field.name;
    kept += ':';
    kept += mail::unfold(field.value);
    kept += '\n';
  }
  if (kept.empty()) kept = header;
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(kept.data()),
                     kept.size(), nullptr, 0);
  return std::string(kHeaderIdentity) + hexadecimal(hash);
}

} // namespace homespool::fetcher
