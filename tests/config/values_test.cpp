// The small languages of the settings, one table for each.
#include "config/schema/characters.hpp"
#include "config/schema/suggestion.hpp"
#include "config/schema/values.hpp"

#include <catch2/catch.hpp>

using namespace homespool::config;
using namespace homespool::config::schema;
using namespace std::chrono_literals;

TEST_CASE("sizes are digits and a binary unit") {
  CHECK(*parse_size("0", 0) == 0);
  CHECK(*parse_size("4096", 1) == 4096);
  CHECK(*parse_size("300KiB", 1) == 307200);
  CHECK(*parse_size("20MiB", 1) == 20971520);
  CHECK(*parse_size("1GiB", 1) == 1073741824);
  CHECK(*parse_size("1TiB", 1) == 1099511627776);
  for (const char* bad : {"", "1KB", "1kib", "-1", "+1", "1.5GiB", "1 GiB", "GiB", "8388608TiB",
                          "99999999999999999999", "0x10", "1GiB "}) {
    INFO(bad);
    CHECK(parse_size(bad, 0).has_error());
  }
  CHECK(parse_size("0", 1).error().sentence == "must be at least 1 bytes, not '0'");
}

TEST_CASE("durations are digits and a unit, and bounded on both sides") {
  CHECK(*parse_duration("30s", 1s) == 30s);
  CHECK(*parse_duration("5m", 1s) == 300s);
  CHECK(*parse_duration("12h", 1s) == 12h);
  CHECK(*parse_duration("14d", 1s) == 336h);
  CHECK(*parse_duration("1w", 1s) == 168h);
  CHECK(*parse_duration("0s", 0s) == 0s);
  CHECK(*parse_duration("36500d", 0s) == 876000h);
  for (const char* bad :
       {"", "5", "5 m", "5min", "-5m", "1.5h", "36501d", "9223372036854775807w", "s", "1h30m"}) {
    INFO(bad);
    CHECK(parse_duration(bad, 0s).has_error());
  }
  CHECK(parse_duration("0d", 1s).error().sentence == "must be at least 1s, not '0d'");
}

TEST_CASE("keep_upstream is a word or a duration") {
  CHECK(*parse_keep_upstream("forever") == KeepUpstream{});
  CHECK(parse_keep_upstream("until_deleted")->kind == KeepUpstream::Kind::until_deleted);
  CHECK(*parse_keep_upstream("0s") == KeepUpstream{KeepUpstream::Kind::after, 0s});
  CHECK(*parse_keep_upstream("14d") == KeepUpstream{KeepUpstream::Kind::after, 336h});
  CHECK(parse_keep_upstream("Forever").has_error());
}

TEST_CASE("address ranges are kept as 128 bits, and lose what lies after the prefix") {
  const auto bytes_from = [](const AddressRange& range, std::size_t at) {
    return std::vector<int>(range.address.begin() + static_cast<long>(at), range.address.end());
  };
  CHECK(parse_address_range("192.168.7.9/16")->prefix == 112);
  CHECK(bytes_from(*parse_address_range("192.168.7.9/16"), 10) == std::vector<int>{255, 255, 192, 168, 0, 0});
  CHECK(bytes_from(*parse_address_range("10.1.2.255/31"), 12) == std::vector<int>{10, 1, 2, 254});
  CHECK(parse_address_range("0.0.0.0/0")->prefix == 96);
  CHECK(parse_address_range("::/0")->prefix == 0);
  CHECK(parse_address_range("fd00::1")->prefix == 128);
  CHECK(bytes_from(*parse_address_range("::ffff:1.2.3.4/120"), 10) ==
        bytes_from(*parse_address_range("1.2.3.4/24"), 10));
  for (const char* bad : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1",
                          "10.0.0.0/8/8", "host/8", "10.0.0.0/8 "}) {
    INFO(bad);
    CHECK(parse_address_range(bad).has_error());
  }
}

TEST_CASE("listeners are an address and a port, written one way") {
  CHECK(*parse_listen_address("0.0.0.0:993") == ListenAddress{"0.0.0.0", 993});
  CHECK(*parse_listen_address("[::]:993") == ListenAddress{"::", 993});
  CHECK(*parse_listen_address("[0:0::1]:0") == ListenAddress{"::1", 0});
  for (const char* bad :
       {"", ":143", "143", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:143", "[127.0.0.1]:143",
        "[::1]", "[::1]143", "*:143", "localhost:143", "127.0.0.1:-1", "127.0.0.1:143 "}) {
    INFO(bad);
    CHECK(parse_listen_address(bad).has_error());
  }
}

TEST_CASE("fingerprints are 32 bytes in hexadecimal, with or without prefix and colons") {
  std::string plain;
  std::string colons;
  for (int i = 0; i < 32; ++i) {
    plain += "aB";
    colons += i == 0 ? "Ab" : ":Ab";
  }
  const std::string raw(32, '\xab');
  CHECK(*parse_fingerprint(plain) == raw);
  CHECK(*parse_fingerprint(colons) == raw);
  CHECK(*parse_fingerprint("sha256:" + plain) == raw);
  CHECK(*parse_fingerprint("SHA256:" + colons) == raw);
  for (const std::string& bad : {std::string(), std::string("sha256:"), plain + "ab", plain.substr(2),
                                 colons + ":", ":" + colons, "sha1:" + plain, "zz" + plain.substr(2)}) {
    INFO(bad);
    CHECK(parse_fingerprint(bad).has_error());
  }
}

TEST_CASE("folders have no empty level, and INBOX is written one way") {
  CHECK(*parse_folder("inbox") == "INBOX");
  CHECK(*parse_folder("InBox/Shop") == "INBOX/Shop");
  CHECK(*parse_folder("Shop/inbox") == "Shop/inbox");
  CHECK(*parse_folder("\xE4\xBB\x95\xE4\xBA\x8B/2024") == "\xE4\xBB\x95\xE4\xBA\x8B/2024");
  for (const std::string& bad :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("/"),
        std::string("a\nb"), std::string("\xC2\x85"), std::string("\xFF"), std::string("a*"),
        std::string("50%"), std::string(256, 'x'), std::string(1, '\0')}) {
    INFO(bad);
    CHECK(parse_folder(bad).has_error());
  }
}

TEST_CASE("hosts are ASCII names or addresses") {
  CHECK(*parse_host("pop.isp.example") == "pop.isp.example");
  CHECK(*parse_host("[::1]") == "::1");
  CHECK(*parse_host("fe80::1") == "fe80::1");
  CHECK(*parse_host("127.0.0.1") == "127.0.0.1");
  for (const std::string& bad :
       {std::string(), std::string("a b"), std::string("a..b"), std::string(".a"), std::string("pop:995"),
        std::string("\xC3\xA9.fr"), std::string("a/b"), std::string(254, 'a')}) {
    INFO(bad);
    CHECK(parse_host(bad).has_error());
  }
}

TEST_CASE("a secret that is refused is not repeated") {
  CHECK(*parse_secret("p\xC3\xA4ss word") == "p\xC3\xA4ss word");
  CHECK(parse_secret("").has_error());
  CHECK(parse_secret("geheim\n").error().sentence.find("geheim") == std::string::npos);
  CHECK(parse_secret(std::string_view("a\0b", 3)).has_error());
}

TEST_CASE("the nearest word allows for swapped, missing and wrong letters") {
  const std::array<std::string_view, 3> keys{"password", "password_file", "poll"};
  CHECK(nearest("pasword", keys).word == "password");
  CHECK(nearest("passwrod", keys).close);
  CHECK(nearest("Password-File", keys).word == "password_file");
  CHECK(nearest("pol", keys).word == "poll");
  CHECK_FALSE(nearest("something", keys).close);
  CHECK(nearest(std::string(100'000, 'x'), keys).word == "password");
  CHECK(nearest("x", {}).word.empty());
}

TEST_CASE("UTF-8 is checked to the letter") {
  CHECK(valid_utf8_prefix("a\xC3\xA9\xE3\x81\x82\xF0\x9F\x98\x80") == 10);
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE3\x81", "\xF0\x9F\x98", "\xC3"}) {
    CHECK(valid_utf8_prefix(bad) == 0);
  }
  CHECK(escaped("a\x1b[1m\n") == "a\\x1b[1m\\x0a");
  CHECK(escaped("\xC3\xA9\xC3\xA9\xC3\xA9", 3) == "\xC3\xA9\xC3\xA9…");
}
