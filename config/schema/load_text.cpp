// Goes through the parts of the file.
#include "config/schema/load_text.hpp"

#include "config/schema/read.hpp"

namespace homespool::config::schema {
namespace {

constexpr std::array<std::string_view, 5> kFileKeys{"spool", "users", "accounts", "server", "log"};

void read_file(Context& context, Settings& out) {
  const auto& nodes = context.document.nodes;
  if (nodes.empty() || nodes.front().kind == Element::Kind::null)
    return context.report.add({}, "the file is empty; it needs at least spool: with its directory:");
  const Element& root = nodes.front();
  if (root.kind != Element::Kind::map)
    return context.report.add(root.place,
                              "the file must consist of keys such as spool:, users: and accounts:");
  Section file(context, root, "the file", kFileKeys);
  read_spool(file, out.spool);
  read_users(file, out.users);
  read_accounts(file, out.accounts);
  read_server(file, out.server);
  read_log(file, out.log);
}

} // namespace

std::filesystem::path spool_directory(std::string_view text, const std::filesystem::path& file) {
  const auto document = parse_document(text, DocumentLimits{});
  if (document.has_error() || document->nodes.empty()) return {};
  const Element* at = &document->nodes.front();
  for (const std::string_view key : {"spool", "directory"}) {
    const Element* value = nullptr;
    const auto& children = at->children;
    for (std::size_t i = 0; at->kind == Element::Kind::map && i + 1 < children.size(); i += 2) {
      if (document->nodes[children[i]].text == key) value = &document->nodes[children[i + 1]];
    }
    if (value == nullptr) return {};
    at = value;
  }
  if (at->kind != Element::Kind::scalar || at->text.empty()) return {};
  return (file.parent_path() / at->text).lexically_normal();
}

Loaded load_text(std::string_view text, const std::filesystem::path& file, const FileCheck& check_file,
                 std::vector<Problem> known) {
  auto document = parse_document(text, DocumentLimits{});
  if (document.has_error()) {
    const SyntaxFault& fault = document.error();
    known.push_back({file, fault.place.line, fault.place.column, fault.sentence});
    return known;
  }
  Context context(*document, file, check_file);
  for (const Problem& problem : known) context.report.add({problem.line, problem.column}, problem.sentence);
  auto settings = std::make_shared<Settings>();
  settings->file = file;
  read_file(context, *settings);
  if (!context.report.empty()) return context.report.take();
  return std::shared_ptr<const Settings>(std::move(settings));
}

} // namespace homespool::config::schema
