// Lets a few costly checks of one address run at once; the others of that address wait behind them, and those
// of other addresses do not.
//
// For: the authenticator, whose password hashes take a worker for a while. Threads: any; whoever waits is
// woken on its own executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace homespool::server {

class AddressGate {
 public:
  explicit AddressGate(unsigned at_once) : at_once_(at_once) {}
  AddressGate(const AddressGate&) = delete;
  AddressGate& operator=(const AddressGate&) = delete;

  // Returns once there is a place, in the order of asking; leave() gives it back. Throws
  // system_error(operation_aborted) when cancelled: then there is nothing to give back.
  boost::asio::awaitable<void> enter(std::string address);
  void leave(const std::string& address);
  // Inside or waiting, for one address.
  std::size_t size(const std::string& address) const;

 private:
  struct Waiter {
    explicit Waiter(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer; // cancelled to wake; used by the waiter's thread alone
    bool called = false;
  };
  struct Queue {
    unsigned inside = 0;
    std::list<std::shared_ptr<Waiter>> waiting;
  };
  bool goes_in(const std::string& address, const std::shared_ptr<Waiter>& waiter);
  bool called(const Waiter& waiter) const;
  void give_up(const std::string& address, const std::shared_ptr<Waiter>& waiter);
  void leave_locked(const std::string& address);

  const unsigned at_once_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Queue> queues_;
};

// A place inside, given back at the end.
class InsideGate {
 public:
  InsideGate(AddressGate& gate, std::string address) : gate_(gate), address_(std::move(address)) {}
  ~InsideGate() { gate_.leave(address_); }
  InsideGate(const InsideGate&) = delete;
  InsideGate& operator=(const InsideGate&) = delete;

 private:
  AddressGate& gate_;
  std::string address_;
};

} // namespace homespool::server
