// The words of spool_on_a_line's commands, as values of the spool.
//
// Not for input from outside: what is wrong throws. Threads: pure functions.
#pragma once

#include "spool/flags.hpp"
#include "spool/uid_set.hpp"

#include <boost/algorithm/string.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace homespool::tests::crash {

using Words = std::vector<std::string>;

inline Words split(const std::string& text) {
  Words words;
  boost::split(words, text, boost::is_any_of(","));
  return words;
}

inline spool::UidSet uid_set(const std::string& text) {
  spool::UidSet set;
  if (text == "-") return set;
  for (const auto& range : split(text)) {
    const auto colon = range.find(':');
    const auto first = static_cast<std::uint32_t>(std::stoul(range));
    const auto last =
        colon == range.npos ? first : static_cast<std::uint32_t>(std::stoul(range.substr(colon + 1)));
    set.add(spool::Uid{first}, spool::Uid{last});
  }
  return set;
}

inline spool::FlagNames flag_set(const std::string& text) {
  spool::FlagNames flags;
  if (text == "-") return flags;
  for (const auto& name : split(text)) {
    if (const auto bit = spool::system_flag("\\" + name)) {
      flags.system |= *bit;
    } else {
      flags.keywords.push_back(name);
    }
  }
  return flags;
}

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace homespool::tests::crash
