// Builds the tree from yaml-cpp's events; its node graph loses duplicate keys and the places of empty values.
#include "config/schema/document.hpp"

#include "config/schema/characters.hpp"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace homespool::config::schema {
namespace {

// Reads the text where it lies.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data()); // NOLINT: a get area is never written
    setg(begin, begin, begin + text.size());
  }
};

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t at = 0; at < text.size(); ++at)
      if (text[at] == '\n') starts_.push_back(at + 1);
  }

  // yaml-cpp counts lines from 0 and columns in bytes from 0. Counting goes on from the last place asked for,
  // or a long line of many values would take quadratic time.
  Place place(const YAML::Mark& mark) {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= starts_.size()) return {};
    const auto bytes = static_cast<std::size_t>(std::max(mark.column, 0));
    if (mark.line != line_ || bytes < bytes_) {
      line_ = mark.line;
      bytes_ = characters_ = 0;
    }
    const std::size_t start = std::min(starts_[static_cast<std::size_t>(mark.line)] + bytes_, text_.size());
    characters_ += count_characters(text_.substr(start, bytes - bytes_));
    bytes_ = bytes;
    return {mark.line + 1, 1 + static_cast<int>(characters_)};
  }

  Place place_of(std::size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<std::size_t>(next - starts_.begin()) - 1;
    const std::size_t start = starts_[line];
    return {static_cast<int>(line) + 1,
            1 + static_cast<int>(count_characters(text_.substr(start, offset - start)))};
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
  int line_ = 0;
  std::size_t bytes_ = 0;
  std::size_t characters_ = 0;
};

struct TooManyNodes {};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(Lines& lines, std::size_t limit) : lines_(lines), limit_(limit) {}

  Document take() { return std::move(document_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(Element::Kind::null, mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchor < anchors_.size() ? anchors_[anchor] : kNoNode;
    if (known == kNoNode) {
      add(Element::Kind::null, mark, 0);
    } else {
      link(known);
    }
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Element& node = document_.nodes[add(Element::Kind::scalar, mark, anchor)];
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    node.text = value;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back(add(Element::Kind::list, mark, anchor));
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back(add(Element::Kind::map, mark, anchor));
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  static constexpr std::size_t kNoNode = ~std::size_t{0};

  std::size_t add(Element::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    const std::size_t index = document_.nodes.size();
    link(index);
    Element& node = document_.nodes.emplace_back();
    node.kind = kind;
    node.place = lines_.place(mark);
    if (anchor != 0) {
      if (anchors_.size() <= anchor) anchors_.resize(anchor + 1, kNoNode);
      anchors_[anchor] = index;
    }
    return index;
  }

  void link(std::size_t index) {
    if (++links_ > limit_) throw TooManyNodes{};
    if (!open_.empty()) document_.nodes[open_.back()].children.push_back(index);
  }

  Lines& lines_;
  std::size_t limit_;
  std::size_t links_ = 0;
  Document document_;
  std::vector<std::size_t> open_;
  std::vector<std::size_t> anchors_;
};

// Refuses what YAML forbids and what yaml-cpp would take for the end of the text.
std::optional<SyntaxFault> fault_of_characters(std::string_view text, const Lines& lines) {
  const std::size_t valid = valid_utf8_prefix(text);
  if (valid < text.size()) return SyntaxFault{lines.place_of(valid), "this is not valid UTF-8"};
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_control(c) && c != '\n' && c != '\r' && c != '\t')
      return SyntaxFault{lines.place_of(at), "control characters are not allowed here"};
  }
  return std::nullopt;
}

Document parse_events(std::string_view text, Lines& lines, const DocumentLimits& limits,
                      std::optional<SyntaxFault>& fault) {
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  TreeBuilder builder(lines, limits.nodes);
  if (!parser.HandleNextDocument(builder)) return {};
  Document document = builder.take();
  TreeBuilder second(lines, limits.nodes);
  if (parser.HandleNextDocument(second)) {
    const Document extra = second.take();
    const Place place = extra.nodes.empty() ? Place{} : extra.nodes.front().place;
    fault = SyntaxFault{place, "a settings file is one YAML document; a second one begins here"};
  }
  return document;
}

} // namespace

boost::system::result<Document, SyntaxFault> parse_document(std::string_view text,
                                                            const DocumentLimits& limits) {
  if (text.size() > limits.bytes)
    return SyntaxFault{{}, "the file is larger than " + std::to_string(limits.bytes) + " bytes"};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  // yaml-cpp notices a quote that is never closed only when no line end comes after it.
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  Lines lines(text);
  if (auto fault = fault_of_characters(text, lines)) return *std::move(fault);
  std::optional<SyntaxFault> fault;
  try {
    Document document = parse_events(text, lines, limits, fault);
    if (fault) return *std::move(fault);
    return document;
  } catch (const TooManyNodes&) {
    return SyntaxFault{{}, "the file has more than " + std::to_string(limits.nodes) + " values"};
  } catch (const YAML::DeepRecursion& e) {
    return SyntaxFault{lines.place(e.mark), "lists and groups are nested too deeply here"};
  } catch (const YAML::Exception& e) {
    return SyntaxFault{lines.place(e.mark), "not valid YAML: " + escaped(e.msg, 200)};
  }
}

} // namespace homespool::config::schema
