// The bytes of an Incoming while they gather: in memory up to 1 MiB, then in a file. Threads: as Incoming.
#pragma once

#include "spool/incoming/incoming_file.hpp"
#include "spool/incoming/incoming_state.hpp"
#include "spool/incoming/incoming_wire.hpp"

#include <optional>

namespace homespool::spool {

class IncomingBuffer final : public Incoming::State {
 public:
  static constexpr std::size_t kInMemory = 1 << 20;
  static constexpr std::size_t kWritten = 256 << 10; // bytes per write to the file

  IncomingBuffer(std::shared_ptr<PackDisk> disk, IncomingPlace place)
      : disk_(std::move(disk)), place_(std::move(place)) {}

  void expect(std::uint64_t bytes);
  boost::system::error_code append(std::string_view bytes);
  boost::system::error_code finish();
  boost::system::error_code read(std::uint64_t offset, std::span<char> into) const override;

 private:
  boost::system::error_code gather(std::string_view bytes);
  boost::system::error_code spill();
  boost::system::error_code finish_file();
  void examine(std::string_view message);

  std::shared_ptr<PackDisk> disk_;
  IncomingPlace place_;
  WireForm wire_;
  std::optional<IncomingFile> spilled_;
  boost::system::error_code failed_;
};

} // namespace homespool::spool
