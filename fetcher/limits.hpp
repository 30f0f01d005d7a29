// Every limit on what a provider can make the fetcher do, each with its reason.
//
// Threads: constants.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace homespool::fetcher::limits {

using std::chrono::milliseconds;
using std::chrono::seconds;

// RFC 2449 allows 512 bytes for a status line; servers pass that with long explanations, hostile ones never
// end.
inline constexpr std::size_t kStatusLine = 16 * 1024;
// What is kept of a server's words: enough for a sentence and a link, short enough for a log line.
inline constexpr std::size_t kServerText = 500;
// RFC 1939 allows ids of 70 bytes; real ones of 140 and more exist. Longer lines are passed over.
inline constexpr std::size_t kUidl = 4096;
// Of an id in a log line.
inline constexpr std::size_t kLoggedId = 100;
// Capabilities: real lists have some 20 lines.
inline constexpr std::size_t kCapabilityLines = 200;
inline constexpr std::size_t kCapabilityBytes = 16 * 1024;
// A mailbox of a million messages is past every provider's; more is an attack on memory.
inline constexpr std::size_t kListedMessages = 1'000'000;
// All ids of a listing: a million of usual length.
inline constexpr std::size_t kListedBytes = 96U << 20;
// Bytes of a LIST or UIDL answer, lines that are passed over included.
inline constexpr std::size_t kListingAnswer = 256U << 20;
// The header that TOP answers with, for servers without ids.
inline constexpr std::size_t kTopHeader = 256 * 1024;
// Listed sizes from here on are nonsense (2^63, -1): no message of the spool is as large.
inline constexpr std::uint64_t kSaneSize = std::uint64_t{4} << 30;

// Commands and listed bytes on their way at once: hides a round trip of 30 ms at 200 MB/s. The commands of a
// window (some 3 KiB) fit into any server's input buffer and the smallest socket buffer, so a write never
// waits for a read.
inline constexpr std::size_t kWindowCommands = 256;
inline constexpr std::uint64_t kWindowBytes = std::uint64_t{8} << 20;

// A batch is committed at whichever comes first. Two are on their way to the disk while a third fills.
inline constexpr std::size_t kBatchMessages = 256;
inline constexpr std::uint64_t kBatchBytes = std::uint64_t{8} << 20;
inline constexpr milliseconds kBatchAge{500};
inline constexpr std::size_t kBatchesInFlight = 2;

// Three tries of a message within a day, then it is set aside.
inline constexpr std::uint32_t kTries = 3;
inline constexpr std::chrono::hours kTriesWithin{24};
// Messages without an id that are told apart by their headers, a poll: bounds the work for a broken listing.
inline constexpr std::size_t kNamedByHeader = 100'000;

// Refusals of UIDL in a row, by a server that gave ids before, until it is taken for one without.
inline constexpr std::uint32_t kUidlRefusals = 5;
// First listings that are not whole, where old mail is left alone: then it is the server's way to count.
inline constexpr std::uint32_t kPartialListings = 3;

// Time. A server that is silent is given up after one of these; all are below the 100 s that are promised.
inline constexpr seconds kResolve{10};
inline constexpr seconds kConnect{40};
inline constexpr seconds kTls{60};
inline constexpr seconds kAnswer{75};      // one status line, from its command (or the answer before it) on
inline constexpr seconds kStandstill{90};  // between two bytes of a body or listing
inline constexpr seconds kQuit{30};        // nothing hangs on it but deletions, and those are settled later
inline constexpr seconds kDripWindow{150}; // two of them are below the 330 s that are promised
inline constexpr std::uint64_t kDripBytes = 100 * 150; // fewer in a window: it would go on for weeks
// When lines break inside messages: enough for some bad ones, not enough to look like an attack.
inline constexpr std::size_t kConnectionsOfAPoll = 5;
// One conversation; what is left comes with the next.
inline constexpr std::chrono::hours kPoll{12};

} // namespace homespool::fetcher::limits
