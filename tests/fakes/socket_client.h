// The client's end of a connection to 127.0.0.1, byte by byte: for clients that do what
// no library would.

#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace jangwon::fakes {

struct SocketReply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // of chunks, put together
  bool is_whole = false;                       // false: the connection ended before it
};

class SocketClient {
 public:
  // `receive_buffer_bytes`: of the kernel; 0: its own choice.
  explicit SocketClient(int port, int receive_buffer_bytes = 0);
  ~SocketClient();
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  void send(std::string_view bytes);
  void shut_writing();  // a half-closed connection
  void close();

  // Whatever comes until the text is there, or the connection has ended; everything
  // since the last call.
  std::string read_until(std::string_view text);
  // The next reply, interim ones passed over.
  SocketReply read_reply();

 private:
  bool fill();

  int fd_ = -1;
  std::string buffer_;
};

// METHOD PATH with a JSON body (none where it is empty).
std::string http_request(const std::string& method, const std::string& path,
                         const std::string& body, const std::string& more_headers = "");

}  // namespace jangwon::fakes
