// oauth2: of an account. Its keys are checked already; the feature itself is refused until it is built.
#include "config/schema/characters.hpp"
#include "config/schema/read.hpp"

namespace homespool::config::schema {
namespace {

constexpr std::array<std::string_view, 8> kKeys{
    "provider", "client_id",      "client_secret_file",     "token_file",
    "scope",    "token_endpoint", "authorization_endpoint", "device_endpoint"};

enum class Provider { google, microsoft, custom };
constexpr std::array<Choice<Provider>, 3> kProviders{
    {{"google", Provider::google}, {"microsoft", Provider::microsoft}, {"custom", Provider::custom}}};

Parsed<std::string> parse_endpoint(std::string_view text) {
  if (!text.starts_with("https://") || text.size() > 2048 || has_control(text))
    return Fault{"must be an address that begins with https://, not " + in_quotes(text)};
  return accepted(std::string(text));
}

} // namespace

void read_oauth2(Section& account) {
  const Section::Entry* entry = account.find("oauth2");
  if (entry == nullptr) return;
  account.context().report.add(entry->place, "'oauth2' is not available yet");
  const Element* map = account.map("oauth2");
  if (map == nullptr) return;
  Section section(account.context(), *map, "'oauth2'", kKeys);
  std::string text;
  std::filesystem::path path;
  Provider provider = Provider::google;
  section.require("provider");
  section.require("client_id");
  section.choice("provider", provider, kProviders);
  section.value("client_id", text, parse_secret);
  section.file("client_secret_file", path, FileKind::secret);
  section.path("token_file", path); // made at the first login
  section.value("scope", text, parse_secret);
  for (const std::string_view key : {"token_endpoint", "authorization_endpoint", "device_endpoint"})
    section.value(key, text, parse_endpoint);
  if (provider == Provider::custom) section.require("token_endpoint");
}

} // namespace homespool::config::schema
