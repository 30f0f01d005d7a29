// Blocks of search.db that hold the folded texts of some messages, packed by zstd with a dictionary made of
// such texts; and looking for words in them.
//
// A text is packed in pieces, the first ones small: a word that is common is found early, and the rest is not
// unpacked. Reading is total. Threads: a Dictionary is shared; Packer and Unpacker belong to one thread.
#pragma once

#include "spool/ids.hpp"
#include "spool/search/folded_message.hpp"

#include <memory>
#include <span>
#include <vector>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace homespool::spool::search {

struct FoldedRecord {
  RecordId record;
  FoldedMessage text;
};

class Dictionary {
 public:
  // From texts of the kind that will be packed; nothing when they are too few to learn from.
  static std::string train(std::span<const std::shared_ptr<const FoldedRecord>> examples);

  // `bytes` may be empty: no dictionary.
  Dictionary(std::int64_t id, std::string bytes);
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary();
  std::int64_t id() const { return id_; }

 private:
  friend class Packer;
  friend class Unpacker;
  struct Digested;
  std::int64_t id_;
  std::unique_ptr<Digested> digested_;
};

class Packer {
 public:
  Packer();
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  // Records rise.
  std::string pack(std::span<const std::shared_ptr<const FoldedRecord>> messages, const Dictionary& with);

 private:
  ZSTD_CCtx_s* context_;
};

// One text of a block.
struct PackedText {
  struct Piece {
    std::uint32_t size = 0; // unpacked
    std::string_view packed;
  };
  std::vector<Piece> pieces;
};
struct PackedMessage {
  RecordId record;
  PackedText header, body;
};
struct TextBlock {
  std::int64_t dictionary = 0;
  std::vector<PackedMessage> messages; // views into the block's bytes
};
std::optional<TextBlock> read_text_block(std::string_view bytes);
// The same block without some of its messages; empty when none is left.
std::string without(const TextBlock& block, std::span<const RecordId> gone);

class Unpacker {
 public:
  Unpacker();
  ~Unpacker();
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  enum class Outcome { yes, no, broken };
  // Unpacks no more than it takes to tell.
  Outcome contains(const PackedText& text, const Dictionary& with, std::string_view folded);
  // The whole text, until the next call; nothing when it is broken.
  std::optional<std::string_view> whole(const PackedText& text, const Dictionary& with);

 private:
  bool unpack(const PackedText::Piece& piece, const Dictionary& with, std::size_t at);
  ZSTD_DCtx_s* context_;
  std::vector<char> buffer_;
};

// Any bytes, packed without a dictionary.
std::string pack_whole(std::string_view bytes);
std::optional<std::string> unpack_whole(std::string_view packed);

// As string_view::find, only quicker.
std::size_t find_bytes(std::string_view text, std::string_view word, std::size_t from = 0);

} // namespace homespool::spool::search
