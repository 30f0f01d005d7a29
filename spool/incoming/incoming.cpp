#include "spool/incoming/incoming.hpp"

#include "spool/incoming/incoming_buffer.hpp"
#include "spool/spool.hpp"

namespace homespool::spool {

Incoming::Incoming(Spool& spool) : Incoming(spool.incoming_place()) {}
Incoming::Incoming(IncomingPlace place)
    : state_(std::make_unique<IncomingBuffer>(std::make_shared<PackDisk>(), std::move(place))) {}
Incoming::Incoming(Incoming&&) noexcept = default;
Incoming& Incoming::operator=(Incoming&&) noexcept = default;
Incoming::~Incoming() = default;

void Incoming::expect(std::uint64_t bytes) {
  static_cast<IncomingBuffer&>(*state_).expect(bytes);
}
boost::system::error_code Incoming::append(std::string_view bytes) {
  return static_cast<IncomingBuffer&>(*state_).append(bytes);
}
std::uint64_t Incoming::size() const {
  return state_->size;
}
boost::system::error_code Incoming::finish() {
  return static_cast<IncomingBuffer&>(*state_).finish();
}

} // namespace homespool::spool
