// The deleter rule as a table.
#include "server/deleter_rule.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::server;

namespace {

config::Settings settings() {
  config::Settings out;
  config::User taro;
  taro.name = "taro";
  config::Client desk;
  desk.login = "taro-desk";
  desk.may_delete = true;
  config::Client phone;
  phone.login = "taro-phone";
  phone.pop3.on_delete = config::OnDelete::hide;
  taro.clients = {desk, phone};
  config::User hana;
  hana.name = "hana";
  config::Client archive;
  archive.login = "hana-archive";
  archive.pop3.on_delete = config::OnDelete::refuse;
  hana.clients = {archive};
  out.users = {taro, hana};
  return out;
}

Ruling reader(Act act, FolderKind folder) {
  return decide(actor_imap(settings(), "taro-phone", "taro"), act, folder);
}

constexpr FolderKind kFolders[] = {FolderKind::ordinary, FolderKind::drafts, FolderKind::trash};
constexpr Act kActs[] = {Act::pop3_delete,   Act::mark_deleted, Act::unmark_deleted, Act::expunge,
                         Act::close,         Act::move_out,     Act::file_into,      Act::create_folder,
                         Act::delete_folder, Act::rename_folder};

} // namespace

TEST_CASE("the deleter may do everything but give rights away") {
  const auto desk = actor_imap(settings(), "taro-desk", "taro");
  for (const auto folder : kFolders) {
    for (const auto act : kActs) CHECK(decide(desk, act, folder) == Ruling::allowed);
    CHECK(decide(desk, Act::set_rights, folder) == Ruling::refused);
  }
}

TEST_CASE("a reader deletes nothing, and is refused only where an answer OK would mislead it") {
  for (const auto folder : {FolderKind::ordinary, FolderKind::trash}) {
    for (const auto act : {Act::mark_deleted, Act::unmark_deleted, Act::expunge, Act::close})
      CHECK(reader(act, folder) == Ruling::ignored);
  }
  for (const auto folder : kFolders) {
    for (const auto act : {Act::move_out, Act::create_folder, Act::delete_folder, Act::rename_folder})
      CHECK(reader(act, folder) == Ruling::refused);
  }
}

TEST_CASE("a reader files into every folder but the trash") {
  CHECK(reader(Act::file_into, FolderKind::ordinary) == Ruling::allowed);
  CHECK(reader(Act::file_into, FolderKind::drafts) == Ruling::allowed);
  CHECK(reader(Act::file_into, FolderKind::trash) == Ruling::refused);
}

TEST_CASE("a reader replaces its own drafts") {
  for (const auto act : {Act::mark_deleted, Act::unmark_deleted, Act::expunge, Act::close})
    CHECK(reader(act, FolderKind::drafts) == Ruling::own_only);
}

TEST_CASE("the drafts of a user with no deleter are a folder like any other: nobody removes") {
  const auto phone = actor_imap(settings(), "taro-phone", "taro");
  const auto archive = actor_imap(settings(), "hana-archive", "hana");
  CHECK(folder_kind(phone, "\\Drafts") == FolderKind::drafts);
  CHECK(folder_kind(archive, "\\Drafts") == FolderKind::ordinary);
  for (const auto& who : {phone, archive}) {
    CHECK(folder_kind(who, "\\Trash") == FolderKind::trash);
    CHECK(folder_kind(who, "\\Sent") == FolderKind::ordinary);
  }
}

TEST_CASE("POP3 readers hide or are refused, as they are set") {
  const auto hides = actor_pop3(settings(), "taro-phone", "taro");
  const auto refused = actor_pop3(settings(), "hana-archive", "hana");
  CHECK(decide(hides, Act::pop3_delete, FolderKind::ordinary) == Ruling::hidden);
  CHECK(decide(refused, Act::pop3_delete, FolderKind::ordinary) == Ruling::refused);
}

TEST_CASE("a login that left the settings, or another user's, is a reader who is refused") {
  for (const auto* login : {"taro-gone", "hana-archive"}) {
    const auto who = actor_pop3(settings(), login, "taro");
    CHECK(who.role == Role::reader);
    CHECK(decide(who, Act::pop3_delete, FolderKind::ordinary) == Ruling::refused);
  }
}

TEST_CASE("a refusal names the deleter, or says that nobody may delete") {
  const auto phone = actor_imap(settings(), "taro-phone", "taro");
  const auto archive = actor_imap(settings(), "hana-archive", "hana");
  for (const auto act : kActs) {
    CHECK(refusal(phone, act).find("taro-desk") != std::string::npos);
    CHECK(refusal(archive, act).find("Nobody") == 0);
  }
}

TEST_CASE("a refusal never carries control characters of a login") {
  Actor who;
  who.login = "a\r\nb";
  who.deleter = "c\x1b[31m\xff";
  const auto text = refusal(who, Act::move_out);
  for (const char c : text) CHECK((c >= ' ' && c < 0x7f));
}

TEST_CASE("a refusal names a deleter whole, whatever its letters and however long it is") {
  Actor who;
  who.login = "phone";
  for (const auto& login : {std::string("\u673a-desk"), std::string(255, 'x')}) {
    who.deleter = login;
    CHECK(refusal(who, Act::move_out).find("Only " + login + " may ") == 0);
  }
}

TEST_CASE("rights of readers are those of the agreement, folder by folder") {
  CHECK(rights(Role::reader, FolderKind::ordinary) == "lrswi");
  CHECK(rights(Role::reader, FolderKind::trash) == "lrs");
  CHECK(rights(Role::reader, FolderKind::drafts) == "lrswite");
  for (const char right : std::string("lrswipkxtea"))
    CHECK(rights(Role::deleter, FolderKind::trash).find(right) != std::string_view::npos);
}

TEST_CASE("without the w right only \\Seen can be set") {
  CHECK(settable_flags(Role::reader, FolderKind::trash).system == spool::Flags::kSeen);
  CHECK_FALSE(settable_flags(Role::reader, FolderKind::trash).keywords);
  for (const auto folder : kFolders) {
    CHECK((settable_flags(Role::reader, folder).system & spool::Flags::kDeleted) == 0);
    CHECK((settable_flags(Role::deleter, folder).system & spool::Flags::kDeleted) != 0);
  }
}
