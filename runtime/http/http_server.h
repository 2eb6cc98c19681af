// An HTTP/1.1 server on one thread over epoll: thousands of connections, each with bounded buffers
// and deadlines. Who answers (HttpHandler) never blocks: it hands work to threads of its own, which
// come back by post().
//
// What a connection may cost is bounded whatever its client does: a head within its limits and
// its time, a body within its limit, its time and the bytes that all bodies together may take;
// a reply leaves as fast as the client reads, and a client that stops reading is dropped. How
// much of a reply waits in memory is the handler's to bound: it looks at pending_bytes() and
// goes on at drained().

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/http/http_request.h"

namespace jangwon {

using ExchangeId = uint64_t;  // one request and its reply

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // an address or a name
  int port = 0;                    // 0: a free one
  HttpLimits limits = {};
  int max_connections = 4096;
  // of requests that are being received or were not let go yet
  size_t max_bodies_bytes = size_t{256} << 20;
  // from the first byte of a request to the end of its head
  std::chrono::milliseconds head_time{10'000};
  std::chrono::milliseconds body_time{60'000};
  std::chrono::milliseconds idle_time{60'000};  // between two requests
  // in which a client must have read something of its reply
  std::chrono::milliseconds write_time{60'000};
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct ServerReply {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  HttpHeaders headers = {};
};

enum class Departure { kLeft, kTooSlow };

// Called by the server's thread.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual void handle(ExchangeId id, ServerRequest request) = 0;
  // The client will not get its reply; the exchange is over.
  virtual void leave(ExchangeId id, Departure departure) = 0;
  // Everything that was written has left for the client.
  virtual void drained(ExchangeId id) = 0;
  virtual void tick() = 0;  // a few times a second
  // The reply to a request that the server refuses by itself.
  virtual ServerReply refuse(int status, const std::string& why) = 0;
};

class HttpServer {
 public:
  // Listens from here on. Errors: an address that is unknown, taken or forbidden.
  static Result<std::unique_ptr<HttpServer>> listen(const HttpServerOptions& options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  std::string url() const;  // "http://127.0.0.1:8000"

  void run(HttpHandler& handler);  // until stop()

  // --- from any thread --------------------------------------------------------------------------
  void post(std::function<void()> work);  // is run by the server's thread
  void wake();                            // an early tick(); may be called by a signal handler

  // --- from the server's thread; an exchange that is over is passed over ------------------------
  void reply(ExchangeId id, const ServerReply& reply);
  // A reply that comes in pieces: begin, write …, end. cut() breaks it off so that the
  // client can tell.
  void begin(ExchangeId id, const ServerReply& head);
  void write(ExchangeId id, std::string_view bytes);
  void end(ExchangeId id);
  void cut(ExchangeId id);
  size_t pending_bytes(ExchangeId id) const;
  void release_body(ExchangeId id);  // the handler keeps the request's body no longer

  void stop_listening();  // open connections end with the reply that is under way
  void stop();            // run() returns once what was written has left, or after a moment
  int num_connections() const { return static_cast<int>(connections_.size()); }
  size_t bodies_bytes() const { return bodies_bytes_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection;

  HttpServer() = default;
  Status open(const HttpServerOptions& options);
  void accept_all();
  void add(int fd);
  void on_ready(Connection& connection, uint32_t events);
  void receive(Connection& connection);
  void advance(Connection& connection);
  void begin_exchange(Connection& connection);
  void refuse(Connection& connection, int status, const std::string& why);
  bool reserve_body(Connection& connection);
  void let_body_go(Connection& connection);
  void send_head(Connection& connection, const ServerReply& reply, const HttpHeaders& more);
  void end_reply(Connection& connection);
  void flush(Connection& connection);
  void on_flushed(Connection& connection);
  void linger(Connection& connection);
  void drop(Connection& connection, Departure departure);
  void close(Connection& connection);
  void want(Connection& connection);
  void check_time(Connection& connection, Clock::time_point now);
  std::vector<Connection*> all_connections() const;
  void sweep();
  void run_posted();
  bool is_flushed() const;
  Connection* find(ExchangeId id) const;

  HttpServerOptions options_;
  HttpHandler* handler_ = nullptr;
  int listen_fd_ = -1;
  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  int port_ = 0;
  bool accepts_ = false;  // the listening socket is watched
  bool stopping_ = false;
  Clock::time_point stop_by_;

  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // by descriptor
  std::unordered_map<ExchangeId, Connection*> exchanges_;
  std::vector<Connection*> dirty_;                   // have something to send
  std::vector<std::unique_ptr<Connection>> closed_;  // may still be looked at in this round
  ExchangeId next_exchange_ = 1;
  size_t bodies_bytes_ = 0;

  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace jangwon
