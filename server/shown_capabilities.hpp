// Which capabilities are told to a client (hide_capabilities of the settings).
//
// For: CAPA, CAPABILITY and the greetings. Not for: what a client may do: a hidden capability works all the
// same. Threads: pure functions.
#pragma once

#include "config/settings.hpp"

#include <string_view>

namespace homespool::server {

// `capability` as it would be sent. A client hides it by that text, or by what stands before its '=' or
// blank: APPENDLIMIT hides APPENDLIMIT=67108864, SASL hides SASL PLAIN. Before login (`client` is null)
// nobody knows who it will be: what trips one client is not shown to any. What says how to log in safely
// (STARTTLS, STLS, LOGINDISABLED) is never hidden.
bool is_shown(const config::Settings& settings, const config::Client* client, std::string_view capability);

} // namespace homespool::server
