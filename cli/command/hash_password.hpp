// `homespool hash-password`: a password in, its verifier for `password_hash` out.
//
// Threads: the caller's; it blocks on the terminal.
#pragma once

namespace homespool::cli {

// Asks twice on a terminal, without echo; else takes the first line of standard input. Prints an Argon2id
// string, or with `scram` a SCRAM-SHA-256 verifier. Returns the exit code.
int hash_password(bool scram);

} // namespace homespool::cli
