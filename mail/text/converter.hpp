// ICU's converters, opened once per thread and name. Threads: thread-local state; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace homespool::mail {

// Nothing when ICU has no such character set. What it cannot map becomes U+FFFD.
std::optional<std::string> convert_to_utf8(std::string_view bytes, const std::string& icu_name);
bool has_converter(const std::string& icu_name);

} // namespace homespool::mail
