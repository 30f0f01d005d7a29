// ISO-2022-JP and EUC-JP as mail programs really write them, with the NEC and IBM characters and halfwidth
// kana that the standards leave out (what Windows calls code pages 50220, 50221 and 51932).
//
// Both are brought to Windows code page 932, which ICU has whole. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace homespool::mail {

std::string iso2022jp_to_utf8(std::string_view bytes);
std::string eucjp_to_utf8(std::string_view bytes);
// Escape sequences of ISO-2022-JP, in bytes that do not say what they are.
bool looks_like_iso2022jp(std::string_view bytes);

} // namespace homespool::mail
