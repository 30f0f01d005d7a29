// From what happened at a step to a class of failure and a sentence for a person.
//
// Threads: pure functions.
#pragma once

#include "fetcher/failure.hpp"
#include "fetcher/pop3/reply.hpp"

#include <boost/system/error_code.hpp>

namespace homespool::fetcher {

// A refusal (-ERR), or a line that is no answer at all. The text is the server's own. Words of `login`, which
// servers repeat, are not judged.
Failure refused(Step step, const Reply& reply, std::string_view login = {});

// The network, TLS or a deadline. `tls_reason` is what TLS says about itself, if it does.
Failure broken(Step step, const boost::system::error_code& error, std::string_view tls_reason = {});

// A wait that stands in a server's words: "15 minutes", "2 hours"; 0 when there is none. At most a day.
// `bare`: a number at the end means seconds ("[LOGIN-DELAY] 900"); else it may be anything.
std::chrono::seconds suggested_wait(std::string_view text, bool bare = false);

} // namespace homespool::fetcher
