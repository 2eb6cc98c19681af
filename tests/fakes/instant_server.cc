#include "tests/fakes/instant_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "runtime/base/check.h"

namespace jangwon::fakes {

namespace {

std::string chunk(const std::string& data) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

std::string response_of(const std::string& text) {
  std::string response =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  response += chunk("data: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"" + text +
                    "\"}}]}\n\n");
  response += chunk(
      "data: {\"choices\": [{\"index\": 0, \"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n");
  response += chunk(
      "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": "
      "4}}\n\ndata: [DONE]\n\n");
  return response + "0\r\n\r\n";
}

// The size of the first whole request in `bytes`; 0 when it is not whole.
size_t whole_request(const std::string& bytes, bool& is_post) {
  const size_t head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  is_post = bytes.starts_with("POST");
  const size_t length = bytes.find("Content-Length: ");
  const size_t body = length < head ? std::strtoul(bytes.c_str() + length + 16, nullptr, 10) : 0;
  return bytes.size() >= head + 4 + body ? head + 4 + body : 0;
}

}  // namespace

int listen_on_loopback(int& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  JANGWON_CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                listen(fd, 1024) == 0);
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

void run_instant_server(int listen_fd, const std::string& text) {
  const std::string good = response_of(text);
  const std::string missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listen_fd;
  epoll_ctl(poller, EPOLL_CTL_ADD, listen_fd, &event);
  std::unordered_map<int, std::string> pending;
  epoll_event events[256];
  while (true) {
    const int count = epoll_wait(poller, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listen_fd) {
        const int connection = accept4(listen_fd, nullptr, nullptr, SOCK_CLOEXEC);
        const int on = 1;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.data.fd = connection;
        epoll_ctl(poller, EPOLL_CTL_ADD, connection, &event);
        continue;
      }
      char bytes[1 << 16];
      const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) {
        pending.erase(fd);
        close(fd);
        continue;
      }
      std::string& buffer = pending[fd];
      buffer.append(bytes, static_cast<size_t>(got));
      bool is_post = false;
      while (const size_t size = whole_request(buffer, is_post)) {
        const std::string& response = is_post ? good : missing;
        if (send(fd, response.data(), response.size(), MSG_NOSIGNAL) < 0) break;
        buffer.erase(0, size);
      }
    }
  }
}

}  // namespace jangwon::fakes
