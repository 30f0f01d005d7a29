// users: and the clients in them.
#include "config/password.hpp"
#include "config/schema/characters.hpp"
#include "config/schema/read.hpp"

#include <algorithm>

namespace homespool::config::schema {
namespace {

constexpr std::array<std::string_view, 2> kUserKeys{"name", "clients"};
constexpr std::array<std::string_view, 10> kClientKeys{
    "login",     "password_hash", "password_file",     "password", "may_delete",
    "protocols", "allow_from",    "hide_capabilities", "pop3",     "imap"};
constexpr std::array<PasswordKey, 3> kPasswords{{{"password_hash", PasswordSource::Kind::hash},
                                                 {"password_file", PasswordSource::Kind::file},
                                                 {"password", PasswordSource::Kind::clear}}};

enum class Protocol { pop3, imap };

Parsed<Protocol> parse_protocol(std::string_view text) {
  if (text == "pop3") return Protocol::pop3;
  if (text == "imap") return Protocol::imap;
  return Fault{"must have pop3 or imap, not " + in_quotes(text)};
}

// An empty list would read as "nobody" and a reader of it could take it for "everybody": refused.
void refuse_empty(Section& section, std::string_view key, bool empty) {
  const Section::Entry* entry = section.find(key);
  if (entry != nullptr && empty && entry->value->children.empty())
    section.fault(*entry, "must not be an empty list; leave the key out for its default");
}

void read_protocols(Section& client, Client& out) {
  std::vector<Protocol> protocols;
  if (!client.values("protocols", protocols, parse_protocol)) return;
  refuse_empty(client, "protocols", protocols.empty());
  out.pop3_allowed = std::find(protocols.begin(), protocols.end(), Protocol::pop3) != protocols.end();
  out.imap_allowed = std::find(protocols.begin(), protocols.end(), Protocol::imap) != protocols.end();
}

Client read_client(Context& context, const Element& map) {
  Section section(context, map, "this client", kClientKeys);
  Client client;
  section.require("login");
  if (section.value("login", client.login, parse_name))
    context.take_name(context.logins, "login", client.login, section.find("login")->value->place);
  read_password_source(section, kPasswords, client.password);
  section.boolean("may_delete", client.may_delete);
  read_protocols(section, client);
  section.values("allow_from", client.allow_from, parse_address_range);
  refuse_empty(section, "allow_from", client.allow_from.empty());
  section.values("hide_capabilities", client.hide_capabilities, parse_capability);
  read_client_pop3(section, client.pop3);
  read_client_imap(section, client.imap);
  return client;
}

// The place of `may_delete` in a client that was read already.
Place place_of_may_delete(const Context& context, const Element& client) {
  for (std::size_t i = 0; i + 1 < client.children.size(); i += 2) {
    const Element& key = context.document.nodes[client.children[i]];
    if (key.text == "may_delete") return key.place;
  }
  return client.place;
}

User read_user(Context& context, const Element& map) {
  Section section(context, map, "this user", kUserKeys);
  User user;
  section.require("name");
  if (section.value("name", user.name, parse_name))
    context.take_name(context.users, "user", user.name, section.find("name")->value->place);
  std::optional<std::string> deleter;
  read_each(section, "clients", [&](const Element& item) {
    Client client = read_client(context, item);
    if (client.may_delete && deleter) {
      context.report.add(place_of_may_delete(context, item),
                         "a user has at most one client that may delete, and " + in_quotes(*deleter) +
                             " is it already");
    }
    if (client.may_delete && !deleter) deleter = client.login;
    user.clients.push_back(std::move(client));
  });
  return user;
}

} // namespace

void read_users(Section& file, std::vector<User>& out) {
  read_each(file, "users", [&](const Element& item) { out.push_back(read_user(file.context(), item)); });
}

} // namespace homespool::config::schema
