#include "tests/fakes/socket_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>

#include "runtime/base/check.h"

namespace jangwon::fakes {

SocketClient::SocketClient(int port, int receive_buffer_bytes)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  JANGWON_CHECK(fd_ >= 0);
  if (receive_buffer_bytes > 0)
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) close();
}

SocketClient::~SocketClient() {
  close();
}

void SocketClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void SocketClient::shut_writing() {
  shutdown(fd_, SHUT_WR);
}

void SocketClient::send(std::string_view bytes) {
  while (fd_ >= 0 && !bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

bool SocketClient::fill() {
  char bytes[1 << 14];
  const ssize_t got = fd_ < 0 ? 0 : recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

std::string SocketClient::read_until(std::string_view text) {
  size_t at = std::string::npos;
  while ((at = buffer_.find(text)) == std::string::npos && fill())
    continue;
  const size_t end = at == std::string::npos ? buffer_.size() : at + text.size();
  std::string read = buffer_.substr(0, end);
  buffer_.erase(0, end);
  return read;
}

SocketReply SocketClient::read_reply() {
  SocketReply reply;
  do {
    const std::string head = read_until("\r\n\r\n");
    if (!head.ends_with("\r\n\r\n")) return reply;
    reply.status = std::atoi(head.c_str() + head.find(' '));
    for (size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
      const size_t end = head.find("\r\n", at), colon = head.find(':', at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      reply.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
  } while (reply.status == 100);
  if (reply.headers.count("transfer-encoding") > 0) {
    while (true) {
      const std::string line = read_until("\r\n");
      if (!line.ends_with("\r\n")) return reply;
      const size_t size = std::strtoul(line.c_str(), nullptr, 16);
      while (buffer_.size() < size + 2) {
        if (!fill()) return reply;
      }
      reply.body += buffer_.substr(0, size);
      buffer_.erase(0, size + 2);
      if (size == 0) break;
    }
  } else {
    const size_t length = std::strtoul(reply.headers["content-length"].c_str(), nullptr, 10);
    while (buffer_.size() < length) {
      if (!fill()) return reply;
    }
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
  }
  reply.is_whole = true;
  return reply;
}

std::string http_request(const std::string& method, const std::string& path,
                         const std::string& body, const std::string& more_headers) {
  std::string request = method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + more_headers;
  if (!body.empty())
    request +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return request + "\r\n" + body;
}

}  // namespace jangwon::fakes
