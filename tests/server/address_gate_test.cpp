// The queue of one address, and who is held up by it.
#include "server/address_gate.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::test;
using server::AddressGate;

TEST_CASE(
    "Two of an address are inside at once, the others follow in their order, and addresses do not mix") {
  boost::asio::io_context io(1);
  AddressGate gate(2);
  Running<void> first(io, gate.enter("a")), second(io, gate.enter("a")), third(io, gate.enter("a")),
      fourth(io, gate.enter("a")), other(io, gate.enter("b"));
  settle(io);
  CHECK((first.done() && second.done() && other.done()));
  CHECK_FALSE((third.done() || fourth.done()));
  gate.leave("a");
  settle(io);
  CHECK(third.done());
  CHECK_FALSE(fourth.done());
  gate.leave("a");
  settle(io);
  CHECK(fourth.done());
  gate.leave("a");
  gate.leave("a");
  gate.leave("b");
  CHECK(gate.size("a") == 0);
}

TEST_CASE("Who gives up leaves the queue, also when it was called in the same moment") {
  boost::asio::io_context io(1);
  AddressGate gate(1);
  Running<void> inside(io, gate.enter("a"));
  boost::asio::cancellation_signal signal;
  bool aborted = false;
  const auto wait = [&] {
    aborted = false;
    boost::asio::co_spawn(io, gate.enter("a"),
                          boost::asio::bind_cancellation_slot(
                              signal.slot(), [&](const std::exception_ptr& e) { aborted = !!e; }));
    settle(io);
  };
  wait();
  CHECK(gate.size("a") == 2);
  signal.emit(boost::asio::cancellation_type::terminal);
  settle(io);
  CHECK(aborted);
  CHECK(gate.size("a") == 1);
  wait();
  signal.emit(boost::asio::cancellation_type::terminal);
  gate.leave("a"); // calls the one that is giving up
  settle(io);
  CHECK(aborted);
  CHECK(gate.size("a") == 0);
}
