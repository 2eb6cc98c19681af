// A server that answers every generation at once with the same bytes, as quickly as one thread can:
// what it measures is the client. One process may serve hundreds of connections (epoll); requests
// are found by their Content-Length and not looked into.

#pragma once

#include <string>

namespace jangwon::fakes {

// A socket listening on 127.0.0.1; `port` is set.
int listen_on_loopback(int& port);

// Serves until the process ends. Every POST gets a streamed chat completion whose text is `text`,
// every GET a 404.
[[noreturn]] void run_instant_server(int listen_fd, const std::string& text);

}  // namespace jangwon::fakes
