// Wipes clear text wherever it has been: a moved-from short string keeps its bytes otherwise.
#include "config/secret.hpp"

#include <sodium.h>

namespace homespool::config {

void wipe(std::string& text) {
  text.resize(text.capacity()); // never grows, so nothing is copied elsewhere
  sodium_memzero(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::string text) : text_(std::move(text)) {
  wipe(text);
}

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  wipe(other.text_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(text_);
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(text_);
    text_ = std::move(other.text_);
    wipe(other.text_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

} // namespace homespool::config
