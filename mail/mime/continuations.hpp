// Parameters that were cut in pieces (RFC 2231 section 3), put together for BODYSTRUCTURE: clients expect
// them whole there. Threads: pure function.
#pragma once

#include "mail/mime/media_type.hpp"

#include <vector>

namespace homespool::mail {

// "n*0*=utf-8''a; n*1=b" becomes "n*=utf-8''ab" where its first piece stood. Pieces without a beginning stay
// as they are.
void join_continuations(std::vector<Parameter>& parameters);

} // namespace homespool::mail
