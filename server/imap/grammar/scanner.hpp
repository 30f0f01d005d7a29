// Walks over the bytes of one command and takes the tokens of RFC 3501 section 9 off them.
//
// For: the parsers of the command families beside it. Each function returns false once something is wrong;
// the first error stays, with its place. One or more blanks stand for SP. Threads: one owner.
#pragma once

#include "server/imap/grammar/parser.hpp"

namespace homespool::server::imap {

bool is_atom_char(char c);

class Scanner {
 public:
  // Both must outlive it and its copies.
  Scanner(std::string_view text, const ParserOptions& options) : text_(text), options_(&options) {}

  // Both return false. fail: BAD; refuse: NO.
  bool fail(const char* sentence) { return stop(sentence, ParseError::Answer::bad); }
  bool refuse(const char* sentence) { return stop(sentence, ParseError::Answer::no); }
  const ParseError& error() const { return error_; }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end() const { return at_ == text_.size(); }
  const Limits& limits() const { return options_->limits; }

  bool space();
  bool skip_spaces(); // none needed; always true
  bool take(char c);  // if it is next
  bool expect(char c, const char* sentence);
  bool end(); // nothing left but blanks

  // Letters, digits, '.' and '-': the words of FETCH and of options. May be empty.
  std::string_view word();
  // Upper-cased atom, at most 100 bytes.
  bool upper_atom(std::string& out);
  bool atom(std::string_view& out);
  bool tag(std::string_view& out);
  bool astring(std::string& out);
  bool string(std::string& out);
  bool nstring(std::optional<std::string>& out);
  bool list_mailbox(std::string& out); // astring with wildcards; modified UTF-7 undone
  bool mailbox(std::string& out);
  bool number(std::uint64_t& out, std::uint64_t most, const char* sentence);
  bool sequence_set(SequenceSet& out);
  bool flag(spool::FlagNames& out, bool& recent);
  bool flag_list(spool::FlagNames& out, bool& recent); // in brackets
  // "{12}" at the very end: APPEND's message.
  bool final_literal(std::uint64_t& size, bool& literal8);

  // "(" element *(SP element) ")"; an empty list if `may_be_empty`.
  template <class Element>
  bool list(bool may_be_empty, Element&& element) {
    if (!expect('(', "a list in brackets is missing")) return false;
    skip_spaces();
    if (may_be_empty && take(')')) return true;
    for (std::size_t count = 0; count < limits().elements; ++count) {
      if (!element()) return false;
      if (take(')')) return true;
      if (!space()) return false;
      if (take(')')) return true;
    }
    return fail("the list is too long");
  }

 private:
  bool stop(const char* sentence, ParseError::Answer answer);
  bool quoted(std::string& out);
  bool literal(std::string& out);
  bool sequence_number(std::uint32_t& out);
  bool decode_name(std::string wire, std::string& out);

  std::string_view text_;
  const ParserOptions* options_;
  std::size_t at_ = 0;
  bool failed_ = false;
  ParseError error_;
};

} // namespace homespool::server::imap
