// A scriptable HTTP/1.1 server on 127.0.0.1, in this process: one thread a connection, so that a
// handler may do to the connection whatever a broken server does. For tests of behaviour;
// instant_server.h is the quick one.

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace jangwon::fakes {

struct FakeRequest {
  std::string method;
  std::string target;                          // path and query
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int number = 0;  // of this server's requests, from 0

  std::string path() const;                           // without the query
  std::string query(const std::string& name) const;   // decoded; empty where it is absent
  std::string header(const std::string& name) const;  // empty where it is absent
};

// One connection as its handler sees it. Once closed or reset nothing more is sent.
class FakeConnection {
 public:
  virtual ~FakeConnection() = default;
  virtual void send(std::string_view bytes) = 0;
  virtual void close() = 0;  // orderly end of the stream
  virtual void reset() = 0;  // RST: the peer sees "connection reset"
  virtual bool is_open() const = 0;

  using Headers = std::vector<std::pair<std::string, std::string>>;
  // A whole response with its Content-Length.
  void reply(int status, std::string_view body,
             const Headers& headers = {{"Content-Type", "application/json"}});
  // A response whose body comes in chunks: begin, chunk…, end_chunks.
  void begin_chunks(int status, const Headers& headers);
  void chunk(std::string_view bytes);
  void end_chunks();
};

class FakeServer {
 public:
  using Handler = std::function<void(const FakeRequest&, FakeConnection&)>;

  // With `certificate_host` the server speaks TLS, with a certificate made for that host and
  // signed by itself.
  explicit FakeServer(Handler handler, const std::string& certificate_host = "");
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  int port() const { return port_; }
  std::string url() const;  // "http://127.0.0.1:PORT", or https
  const std::string& certificate_pem() const { return certificate_pem_; }

  // What came so far, every byte of it that was a request.
  std::vector<FakeRequest> requests() const;
  int num_requests() const;

  // Ends a wait early when the server goes down; true: the time has passed.
  bool wait(std::chrono::milliseconds time) const;

 private:
  void accept_all();
  void serve(int fd);

  Handler handler_;
  int listen_fd_ = -1;
  int port_ = 0;
  void* tls_ = nullptr;  // SSL_CTX
  std::string certificate_pem_;
  std::atomic<bool> closing_ = false;
  mutable std::mutex mutex_;
  std::vector<FakeRequest> requests_;
  std::set<int> open_fds_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace jangwon::fakes
