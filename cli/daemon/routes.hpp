// What HTTP answers, on server.http and on the control socket: health, metrics, status, the page for people;
// over the control socket alone also fetch, reload, undelete, unhide, import and rebuild-index.
//
// Threads: handlers run on the network threads.
#pragma once

#include "server/http/http.hpp"

namespace homespool::cli {

class Daemon;

// `daemon` outlives every connection.
std::shared_ptr<const server::http::Routes> make_routes(Daemon& daemon);

// Only what `import` needs.
void add_import_route(server::http::Routes& routes, Daemon& daemon);

// What answers a reload that had a fault, and back: the exit code goes over HTTP as a status.
unsigned http_status_of(int exit_code);
int exit_code_of(unsigned http_status);

} // namespace homespool::cli
