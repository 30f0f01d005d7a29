// The text of HTML, for search: tags, comments, scripts and styles dropped, references undone, blanks run
// together.
//
// Not for: showing. Linear for any input. Threads: pure function.
#pragma once

#include <string>
#include <string_view>

namespace homespool::mail {

// In and out: UTF-8.
std::string html_to_text(std::string_view html);

} // namespace homespool::mail
