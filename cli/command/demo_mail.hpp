// The sample messages of tests/mail, compiled in for `demo`. demo_mail.cpp is made by CMake
// (cmake/embed_mail.cmake). Threads: constants.
#pragma once

#include <span>
#include <string_view>

namespace homespool::cli {

struct DemoMessage {
  std::string_view name;  // of the file
  std::string_view bytes; // as it stands there, LF or CRLF
};
std::span<const DemoMessage> demo_mail();

} // namespace homespool::cli
