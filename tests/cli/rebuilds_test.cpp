// What is asked of a daemon that makes its index again, and who hears what came of it.
#include "cli/daemon/rebuilds.hpp"

#include <catch2/catch.hpp>

using homespool::cli::Rebuilds;

TEST_CASE("A rebuild is begun once for an asker, however often it asks, and its answer stays for it") {
  int woken = 0;
  Rebuilds rebuilds([&woken] { ++woken; });
  CHECK_FALSE(rebuilds.wanted());
  for (int again = 0; again < 3; ++again) CHECK_FALSE(rebuilds.ask("a").answer);
  CHECK(woken == 1);
  CHECK(rebuilds.wanted());
  rebuilds.answer("done");
  CHECK_FALSE(rebuilds.wanted());
  for (int again = 0; again < 2; ++again) CHECK(rebuilds.ask("a").answer == "done");
  CHECK(woken == 1);
}

TEST_CASE("Who asks after a rebuild wants another one; who asked before it shares it") {
  Rebuilds rebuilds([] {});
  static_cast<void>(rebuilds.ask("a"));
  static_cast<void>(rebuilds.ask("b"));
  rebuilds.answer("first");
  CHECK_FALSE(rebuilds.ask("c").answer);
  rebuilds.answer("second");
  CHECK(rebuilds.ask("a").answer == "first");
  CHECK(rebuilds.ask("b").answer == "first");
  CHECK(rebuilds.ask("c").answer == "second");
}

TEST_CASE("What is asked and what is kept is bounded") {
  Rebuilds rebuilds([] {});
  CHECK(rebuilds.ask("").asked == Rebuilds::Asked::too_many);
  CHECK(rebuilds.ask(std::string(65, 'x')).asked == Rebuilds::Asked::too_many);
  for (int i = 0; i < 16; ++i) CHECK(rebuilds.ask(std::to_string(i)).asked == Rebuilds::Asked::now_or_before);
  CHECK(rebuilds.ask("one more").asked == Rebuilds::Asked::too_many);
  rebuilds.answer("done");
  static_cast<void>(rebuilds.ask("one more"));
  rebuilds.answer("again");
  CHECK_FALSE(rebuilds.ask("0").answer); // the oldest went
  CHECK(rebuilds.ask("15").answer == "done");
}
