// Whatever is called an mbox is read to its end; its messages lie behind one another and within it.

#include "mail/mbox/reader.hpp"
#include "tests/fuzz/require.hpp"

using namespace homespool::mail;
namespace fuzz = homespool::fuzz;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  BytesOfText source(fuzz::text_of(data, size));
  MboxReader reader(source, survey_mbox(source));
  std::size_t taken = 0;
  std::uint64_t last = 0;
  bool first = true;
  for (MboxMessage message; reader.next(message);) {
    require(first || message.offset > last);
    require(message.offset < size);
    last = message.offset;
    first = false;
    taken += message.header.size();
    for (std::string body; reader.read(body); body.clear()) taken += body.size();
  }
  require(taken <= size && reader.offset() == size && !reader.broken());
  for (const MboxFault& fault : reader.take_faults())
    require(fault.offset <= size && !fault.sentence.empty());
  return 0;
}
