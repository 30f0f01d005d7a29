#include "spool/change/record_content.hpp"

namespace homespool::spool::change {

using index::Use;

index::Content content_of(const Incoming::State& message) {
  index::Content content;
  content.size = message.size;
  content.header_size = message.header_size;
  content.read = [&message](std::uint64_t offset, std::span<char> into) {
    return message.read(offset, into);
  };
  return content;
}

std::optional<index::Content> content_of(Books& books, RecordId record) {
  Location at;
  index::Content there;
  {
    Use find(books.prepare("SELECT pack, offset, body, size, header_size FROM record WHERE id=:id"));
    find->bind(":id", record.value);
    if (!find->step()) return std::nullopt;
    at.pack = static_cast<std::uint32_t>(find->integer(0));
    at.offset = static_cast<std::uint64_t>(find->integer(1));
    at.body = static_cast<std::uint64_t>(find->integer(2));
    at.size = static_cast<std::uint64_t>(find->integer(3));
    there.header_size = static_cast<std::uint64_t>(find->integer(4));
  }
  there.size = at.size;
  there.read = [&books, at, record](std::uint64_t offset, std::span<char> into) -> boost::system::error_code {
    if (books.is_new(record)) { // not to be read before it is written
      if (const auto error = books.packs().flush()) return error;
    }
    return books.pack_reader().read(at, offset, into);
  };
  return there;
}

} // namespace homespool::spool::change
