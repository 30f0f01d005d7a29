// Where the sources are, for tests that read files of theirs. The one place that knows, since __FILE__ is
// relative in cached objects.
#pragma once

#include <filesystem>

namespace homespool::tests {

std::filesystem::path repository();

} // namespace homespool::tests
