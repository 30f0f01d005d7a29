#include "server/listeners.hpp"

namespace homespool::server {

std::string_view name_of(ListenerKind kind) {
  switch (kind) {
  case ListenerKind::pop3:
    return "pop3";
  case ListenerKind::pop3s:
    return "pop3s";
  case ListenerKind::imap:
    return "imap";
  case ListenerKind::imaps:
    return "imaps";
  case ListenerKind::http:
    return "http";
  }
  return "";
}

std::set<Endpoint> endpoints_of(const config::ServerSettings& settings) {
  std::set<Endpoint> endpoints;
  const auto add = [&](ListenerKind kind, const std::vector<config::ListenAddress>& addresses) {
    for (const auto& address : addresses) {
      endpoints.insert(Endpoint{kind, address});
    }
  };
  add(ListenerKind::pop3, settings.pop3);
  add(ListenerKind::pop3s, settings.pop3s);
  add(ListenerKind::imap, settings.imap);
  add(ListenerKind::imaps, settings.imaps);
  add(ListenerKind::http, settings.http);
  return endpoints;
}

boost::system::result<Certificates, std::string> load_certificates(const config::Settings& settings) {
  config::ServerTls files;
  if (settings.server.tls) {
    files = *settings.server.tls;
  } else {
    const auto own = net::ensure_own_certificate(settings.spool.directory / "tls", settings.server.name);
    if (own.has_error()) {
      return own.error();
    }
    files = config::ServerTls{own->certificate, own->key};
  }
  const auto pop3 = net::TlsContext::server(files.certificate, files.key, "pop3");
  if (pop3.has_error()) {
    return pop3.error();
  }
  const auto imap = net::TlsContext::server(files.certificate, files.key, "imap");
  if (imap.has_error()) {
    return imap.error();
  }
  return Certificates{*pop3, *imap};
}

std::set<std::string> logins_to_end(const config::Settings& before, const config::Settings& after) {
  std::set<std::string> logins;
  for (const config::User& user : before.users) {
    for (config::Client client : user.clients) {
      const auto now = after.find_login(client.login);
      if (now.client != nullptr) {
        client.may_delete = now.client->may_delete;
      }
      if (now.client == nullptr || now.user->name != user.name || !(*now.client == client)) {
        logins.insert(client.login);
      }
    }
  }
  return logins;
}

std::set<std::string> deleters_changed(const config::Settings& before, const config::Settings& after) {
  std::set<std::string> logins;
  for (const config::User& user : before.users) {
    const config::User* same_user = after.find_user(user.name);
    const config::Client* old_deleter = user.deleter();
    const config::Client* new_deleter = same_user != nullptr ? same_user->deleter() : nullptr;
    const std::string old_login = old_deleter != nullptr ? old_deleter->login : "";
    const std::string new_login = new_deleter != nullptr ? new_deleter->login : "";
    if (old_login == new_login) {
      continue;
    }
    for (const std::string& login : {old_login, new_login}) {
      if (!login.empty()) {
        logins.insert(login);
      }
    }
  }
  return logins;
}

} // namespace homespool::server
