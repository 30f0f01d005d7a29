// server: its name, listeners and certificate.
#include "config/schema/read.hpp"

#include <unistd.h>

namespace homespool::config::schema {
namespace {

constexpr std::array<std::string_view, 9> kServerKeys{
    "name", "pop3", "pop3s", "imap", "imaps", "http", "tls", "plaintext_login", "largest_append"};
constexpr std::array<std::string_view, 2> kTlsKeys{"certificate", "key"};
constexpr std::array<Choice<PlaintextLogin>, 3> kPlaintext{{{"never", PlaintextLogin::never},
                                                            {"loopback", PlaintextLogin::loopback},
                                                            {"anywhere", PlaintextLogin::anywhere}}};

std::string machine_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "localhost";
  const auto name = parse_host(buffer.data());
  return name.has_value() ? *name : "localhost";
}

std::string text_of(const ListenAddress& address) {
  const bool v6 = address.address.find(':') != address.address.npos;
  return (v6 ? "[" + address.address + "]" : address.address) + ":" + std::to_string(address.port);
}

void read_listeners(Section& section, std::string_view key, std::vector<ListenAddress>& out) {
  const auto items = section.list(key);
  if (!items || !section.values(key, out, parse_listen_address)) return;
  if (out.size() != items->size()) return; // faults among them: no telling which is which
  Context& context = section.context();
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i].port != 0)
      context.take_name(context.listeners, "listener", text_of(out[i]), (*items)[i]->place);
}

void read_server_tls(Section& server, std::optional<ServerTls>& out) {
  const Element* map = server.map("tls");
  if (map == nullptr) return;
  Section section(server.context(), *map, "'tls'", kTlsKeys);
  ServerTls tls;
  section.require("certificate");
  section.require("key");
  section.file("certificate", tls.certificate, FileKind::open);
  section.file("key", tls.key, FileKind::secret);
  out = std::move(tls);
}

} // namespace

void read_server(Section& file, ServerSettings& out) {
  out.name = machine_name();
  const Element* map = file.map("server");
  if (map == nullptr) return;
  Section section(file.context(), *map, "'server'", kServerKeys);
  section.value("name", out.name, parse_host);
  read_listeners(section, "pop3", out.pop3);
  read_listeners(section, "pop3s", out.pop3s);
  read_listeners(section, "imap", out.imap);
  read_listeners(section, "imaps", out.imaps);
  read_listeners(section, "http", out.http);
  read_server_tls(section, out.tls);
  section.choice("plaintext_login", out.plaintext_login, kPlaintext);
  section.size("largest_append", out.largest_append, 1);
}

} // namespace homespool::config::schema
