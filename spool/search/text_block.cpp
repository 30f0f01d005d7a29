#include "spool/search/text_block.hpp"

#include "spool/search/wire.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <zdict.h>
#include <zstd.h>

namespace homespool::spool::search {
namespace {

constexpr int kLevel = 6;
constexpr std::size_t kDictionary = 100 << 10;
constexpr std::size_t kMostExamples = 8 << 20; // bytes that a dictionary is learned from
constexpr std::size_t kFewestExamples = 1 << 20;
constexpr std::size_t kLongestExample = 8 << 10;
constexpr std::size_t kLargestWhole = 64 << 20;
constexpr std::size_t kLargestPiece = 64 << 10;

// The pieces of a text: 2 KiB, 8 KiB, then 64 KiB each.
std::size_t piece_size(std::size_t number) {
  constexpr std::size_t kFirst = 2 << 10, kSecond = 8 << 10;
  return number == 0 ? kFirst : number == 1 ? kSecond : kLargestPiece;
}

void put_text(std::string& head, std::string& pieces, const PackedText& text) {
  put_number(head, text.pieces.size());
  for (const PackedText::Piece& piece : text.pieces) {
    put_number(head, piece.size);
    put_number(head, piece.packed.size());
    pieces += piece.packed;
  }
}

// The sizes only.
bool take_text(std::string_view& in, std::vector<std::size_t>& packed, PackedText& text) {
  const auto count = take_number(in);
  if (!count || *count > in.size()) return false;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto size = take_number(in);
    const auto bytes = take_number(in);
    if (!size || !bytes || *size > kLargestPiece) return false;
    text.pieces.push_back({static_cast<std::uint32_t>(*size), {}});
    packed.push_back(*bytes);
  }
  return true;
}

} // namespace

struct Dictionary::Digested {
  std::string bytes;
  ZSTD_CDict* pack = nullptr;
  ZSTD_DDict* unpack = nullptr;
};

Dictionary::Dictionary(std::int64_t id, std::string bytes)
    : id_(id), digested_(std::make_unique<Digested>()) {
  digested_->bytes = std::move(bytes);
  if (digested_->bytes.empty()) return;
  digested_->pack = ZSTD_createCDict(digested_->bytes.data(), digested_->bytes.size(), kLevel);
  digested_->unpack = ZSTD_createDDict(digested_->bytes.data(), digested_->bytes.size());
}

Dictionary::~Dictionary() {
  ZSTD_freeCDict(digested_->pack);
  ZSTD_freeDDict(digested_->unpack);
}

std::string Dictionary::train(std::span<const std::shared_ptr<const FoldedRecord>> examples) {
  std::string all;
  std::vector<std::size_t> sizes;
  const auto add = [&](std::string_view text) {
    text = text.substr(0, kLongestExample);
    if (text.empty() || all.size() + text.size() > kMostExamples) return;
    all += text;
    sizes.push_back(text.size());
  };
  for (const auto& example : examples) {
    add(example->text.header);
    add(example->text.body);
  }
  if (all.size() < kFewestExamples) return {};
  std::string bytes(kDictionary, '\0');
  const std::size_t size = ZDICT_trainFromBuffer(bytes.data(), bytes.size(), all.data(), sizes.data(),
                                                 static_cast<unsigned>(sizes.size()));
  if (ZDICT_isError(size) != 0) return {};
  bytes.resize(size);
  return bytes;
}

Packer::Packer() : context_(ZSTD_createCCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_dictIDFlag, 0);
}

Packer::~Packer() {
  ZSTD_freeCCtx(context_);
}

std::string Packer::pack(std::span<const std::shared_ptr<const FoldedRecord>> messages,
                         const Dictionary& with) {
  ZSTD_CCtx_refCDict(context_, with.digested_->pack);
  std::string head, pieces, buffer;
  const auto put = [&](std::string_view text) {
    std::string sizes;
    std::size_t count = 0;
    for (; !text.empty(); ++count) {
      const std::string_view piece = text.substr(0, piece_size(count));
      text.remove_prefix(piece.size());
      buffer.resize(ZSTD_compressBound(piece.size()));
      const std::size_t size =
          ZSTD_compress2(context_, buffer.data(), buffer.size(), piece.data(), piece.size());
      if (ZSTD_isError(size) != 0) throw std::bad_alloc(); // nothing else can fail here
      put_number(sizes, piece.size());
      put_number(sizes, size);
      pieces.append(buffer, 0, size);
    }
    put_number(head, count);
    head += sizes;
  };
  put_number(head, static_cast<std::uint64_t>(with.id()));
  put_number(head, messages.size());
  for (const auto& message : messages) {
    put_number(head, static_cast<std::uint64_t>(message->record.value));
    put(message->text.header);
    put(message->text.body);
  }
  return head + pieces;
}

std::optional<TextBlock> read_text_block(std::string_view bytes) {
  TextBlock block;
  const auto dictionary = take_number(bytes);
  const auto count = take_number(bytes);
  if (!dictionary || !count || *count > bytes.size()) return std::nullopt;
  block.dictionary = static_cast<std::int64_t>(*dictionary);
  block.messages.resize(*count);
  std::vector<std::size_t> packed;
  for (PackedMessage& message : block.messages) {
    const auto record = take_number(bytes);
    if (!record) return std::nullopt;
    message.record = RecordId{static_cast<std::int64_t>(*record)};
    if (!take_text(bytes, packed, message.header) || !take_text(bytes, packed, message.body))
      return std::nullopt;
  }
  auto size = packed.begin();
  for (PackedMessage& message : block.messages) {
    for (PackedText* text : {&message.header, &message.body}) {
      for (PackedText::Piece& piece : text->pieces) {
        const auto taken = take_bytes(bytes, *size++);
        if (!taken) return std::nullopt;
        piece.packed = *taken;
      }
    }
  }
  return block;
}

std::string without(const TextBlock& block, std::span<const RecordId> gone) {
  std::vector<const PackedMessage*> left;
  for (const PackedMessage& message : block.messages)
    if (std::find(gone.begin(), gone.end(), message.record) == gone.end()) left.push_back(&message);
  if (left.empty()) return {};
  std::string head, pieces;
  put_number(head, static_cast<std::uint64_t>(block.dictionary));
  put_number(head, left.size());
  for (const PackedMessage* message : left) {
    put_number(head, static_cast<std::uint64_t>(message->record.value));
    put_text(head, pieces, message->header);
    put_text(head, pieces, message->body);
  }
  return head + pieces;
}

Unpacker::Unpacker() : context_(ZSTD_createDCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
}

Unpacker::~Unpacker() {
  ZSTD_freeDCtx(context_);
}

bool Unpacker::unpack(const PackedText::Piece& piece, const Dictionary& with, std::size_t at) {
  if (buffer_.size() < at + piece.size) buffer_.resize(at + piece.size + kLargestPiece);
  const ZSTD_DDict* dictionary = with.digested_->unpack;
  const std::size_t size =
      dictionary != nullptr ? ZSTD_decompress_usingDDict(context_, buffer_.data() + at, piece.size,
                                                         piece.packed.data(), piece.packed.size(), dictionary)
                            : ZSTD_decompressDCtx(context_, buffer_.data() + at, piece.size,
                                                  piece.packed.data(), piece.packed.size());
  return size == piece.size;
}

Unpacker::Outcome Unpacker::contains(const PackedText& text, const Dictionary& with,
                                     std::string_view folded) {
  std::size_t size = 0;
  for (const PackedText::Piece& piece : text.pieces) {
    if (!unpack(piece, with, size)) return Outcome::broken;
    const std::size_t from = size - std::min(size, folded.size() - 1);
    size += piece.size;
    if (find_bytes({buffer_.data(), size}, folded, from) != std::string_view::npos) return Outcome::yes;
  }
  return Outcome::no;
}

std::optional<std::string_view> Unpacker::whole(const PackedText& text, const Dictionary& with) {
  std::size_t size = 0;
  for (const PackedText::Piece& piece : text.pieces) {
    if (!unpack(piece, with, size)) return std::nullopt;
    size += piece.size;
  }
  return std::string_view(buffer_.data(), size);
}

std::string pack_whole(std::string_view bytes) {
  std::string out;
  put_number(out, bytes.size());
  const std::size_t head = out.size();
  out.resize(head + ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress(out.data() + head, out.size() - head, bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size) != 0) throw std::bad_alloc(); // nothing else can fail here
  out.resize(head + size);
  return out;
}

std::optional<std::string> unpack_whole(std::string_view packed) {
  const auto size = take_number(packed);
  if (!size || *size > kLargestWhole) return std::nullopt;
  std::string out(*size, '\0');
  if (ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size()) != out.size())
    return std::nullopt;
  return out;
}

std::size_t find_bytes(std::string_view text, std::string_view word, std::size_t from) {
  if (word.empty()) return from <= text.size() ? from : std::string_view::npos;
  if (from >= text.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, word.data(), word.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

} // namespace homespool::spool::search
