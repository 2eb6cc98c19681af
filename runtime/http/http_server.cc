// Life of a connection:
//
//   reading ── a whole request ──▶ answering ── the reply is written ──▶ flushing ──▶ reading
//   (keep-alive) or lingering
//      └─── refused ───────────────────────────────────────────────────────┘
//
// Lingering: our side is shut, what the client still sends is thrown away for a moment. Closing at
// once would reset the connection, and the client might never see the reply that told it why.
//
// A client that has shut its sending side may have left or may wait for its reply with half a
// connection; TCP does not say which. So it is sent something harmless (an interim response, which
// every HTTP/1.1 client passes over): where it has left, its machine answers with a reset.
//
// Tests: tests/runtime/http/http_server_test.cc.

#include "runtime/http/http_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/http/http_request_reader.h"

namespace jangwon {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{250};
constexpr milliseconds kLingerTime{2000};
constexpr milliseconds kProbeTime{5000};
constexpr milliseconds kStopTime{2000};
// The kernel's buffer of a connection: without a bound it grows to megabytes for each client
// that does not read.
constexpr int kSendBufferBytes = 64 << 10;
// A client that reads less than this in write_time is as good as one that does not read.
constexpr size_t kLeastProgress = 4 << 10;
// Clients beyond max_connections are told so, as long as they are not too many themselves.
constexpr int kMaxTurnedAway = 256;
constexpr std::string_view kProbe = "HTTP/1.1 100 Continue\r\n\r\n";

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

Status no_listener(const HttpServerOptions& options, const std::string& why) {
  return unavailable("cannot listen on {host} port {port}: {why}",
                     {{"host", options.host}, {"port", options.port}, {"why", why}});
}

struct AddressList {
  addrinfo* first = nullptr;
  ~AddressList() {
    if (first != nullptr) freeaddrinfo(first);
  }
};

}  // namespace

struct HttpServer::Connection {
  explicit Connection(int socket, const HttpLimits& limits) : fd(socket), reader(limits) {}

  int fd;
  enum class Phase { kReading, kAnswering, kFlushing, kLingering } phase = Phase::kReading;
  HttpRequestReader reader;
  std::string in;  // came behind the request that is being answered
  std::string out;
  size_t out_begin = 0;
  uint32_t wanted = 0;  // events

  ExchangeId exchange = 0;
  size_t reserved_bytes = 0;
  bool is_http_1_0 = false;
  bool keep_alive = true;
  bool hides_body = false;  // HEAD
  bool has_begun = false;   // the head of the reply is written
  bool is_chunked = false;
  bool peer_has_shut = false;
  bool is_blocked = false;  // the kernel takes no more for now
  bool is_dirty = false;
  bool is_closed = false;

  Clock::time_point deadline;  // of what the phase waits for
  Clock::time_point probe_at;
  // from the first time that the kernel took no more until everything has left
  bool is_timed = false;
  Clock::time_point write_by;  // while timed
  size_t sent_in_time = 0;

  size_t pending() const { return out.size() - out_begin; }
};

// --- listening ---

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HttpServerOptions& options) {
  std::unique_ptr<HttpServer> server(new HttpServer());
  JANGWON_RETURN_IF_ERROR(server->open(options));
  return server;
}

Status HttpServer::open(const HttpServerOptions& options) {
  options_ = options;
  AddressList addresses;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const int error = getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints,
                                &addresses.first);
  if (error != 0) return no_listener(options, gai_strerror(error));
  const addrinfo& address = *addresses.first;
  listen_fd_ = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listen_fd_ < 0) return no_listener(options, std::strerror(errno));
  const int on = 1;
  setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // inherited
  setsockopt(listen_fd_, SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  if (bind(listen_fd_, address.ai_addr, address.ai_addrlen) != 0 || ::listen(listen_fd_, 4096) != 0)
    return no_listener(options, std::strerror(errno));
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(listen_fd_, reinterpret_cast<sockaddr*>(&bound), &size);
  port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                            : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_fd_ < 0 || wake_fd_ < 0) return no_listener(options, std::strerror(errno));
  for (const int fd : {wake_fd_, listen_fd_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    JANGWON_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0);
  }
  accepts_ = true;
  return ok_status();
}

HttpServer::~HttpServer() {
  for (const auto& [fd, connection] : connections_)
    ::close(fd);
  for (const int fd : {listen_fd_, epoll_fd_, wake_fd_}) {
    if (fd >= 0) ::close(fd);
  }
}

std::string HttpServer::url() const {
  const bool is_v6 = options_.host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + options_.host + "]" : options_.host) + ":" +
         std::to_string(port_);
}

void HttpServer::stop_listening() {
  if (listen_fd_ < 0) return;
  ::close(listen_fd_);
  listen_fd_ = -1;
  for (Connection* connection : all_connections()) {
    connection->keep_alive = false;
    if (connection->phase == Connection::Phase::kReading && connection->reader.is_idle())
      close(*connection);
  }
}

void HttpServer::stop() {
  stop_listening();
  stopping_ = true;
  stop_by_ = Clock::now() + kStopTime;
}

void HttpServer::accept_all() {
  while (listen_fd_ >= 0) {
    const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      add(fd);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // No descriptors or no memory: the waiting clients would make every round end here until
    // some are free again.
    epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, listen_fd_, nullptr);
    accepts_ = false;
    return;
  }
}

void HttpServer::add(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  auto owned = std::make_unique<Connection>(fd, options_.limits);
  Connection& connection = *owned;
  connection.deadline = Clock::now() + options_.head_time;
  connection.wanted = EPOLLIN | EPOLLRDHUP;
  epoll_event event{};
  event.events = connection.wanted;
  event.data.fd = fd;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
    ::close(fd);
    return;
  }
  connections_.emplace(fd, std::move(owned));
  if (num_connections() > options_.max_connections + kMaxTurnedAway) return close(connection);
  if (num_connections() > options_.max_connections)
    refuse(connection, 503, "this server has as many connections as it serves; try again later");
}

// --- the loop ---

void HttpServer::run(HttpHandler& handler) {
  handler_ = &handler;
  std::vector<epoll_event> events(512);
  Clock::time_point next_sweep = Clock::now() + kTick;
  while (!stopping_ || (!is_flushed() && Clock::now() < stop_by_)) {
    const auto wait = std::chrono::ceil<milliseconds>(next_sweep - Clock::now());
    const int count =
        epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()),
                   static_cast<int>(std::clamp<int64_t>(wait.count(), 0, kTick.count())));
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == wake_fd_) {
        uint64_t ignored = 0;
        (void)!::read(wake_fd_, &ignored, sizeof ignored);
        run_posted();
        handler_->tick();
      } else if (fd == listen_fd_) {
        accept_all();
      } else if (const auto found = connections_.find(fd); found != connections_.end()) {
        on_ready(*found->second, events[static_cast<size_t>(i)].events);
      }
    }
    if (Clock::now() >= next_sweep) {
      sweep();
      handler_->tick();
      next_sweep = Clock::now() + kTick;
    }
    while (!dirty_.empty()) {
      for (Connection* connection : std::exchange(dirty_, {})) {
        connection->is_dirty = false;
        if (!connection->is_closed) flush(*connection);
      }
    }
    closed_.clear();
  }
}

bool HttpServer::is_flushed() const {
  return std::all_of(connections_.begin(), connections_.end(),
                     [](const auto& entry) { return entry.second->pending() == 0; });
}

void HttpServer::post(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
  }
  wake();
}

void HttpServer::wake() {
  const uint64_t one = 1;
  const int error = errno;  // of the code that a signal interrupts
  (void)!::write(wake_fd_, &one, sizeof one);
  errno = error;
}

void HttpServer::run_posted() {
  std::vector<std::function<void()>> work;
  {
    std::lock_guard lock(mutex_);
    work.swap(posted_);
  }
  for (const std::function<void()>& one : work)
    one();
}

void HttpServer::on_ready(Connection& connection, uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return drop(connection, Departure::kLeft);
  if ((events & EPOLLOUT) != 0) {
    connection.is_blocked = false;
    flush(connection);
  }
  if (!connection.is_closed && (events & EPOLLIN) != 0) receive(connection);
  if (!connection.is_closed && (events & EPOLLRDHUP) != 0 && (events & EPOLLIN) == 0) {
    connection.peer_has_shut = true;
    connection.probe_at = Clock::now();
    check_time(connection, connection.probe_at);
  }
  if (!connection.is_closed) want(connection);
}

void HttpServer::receive(Connection& connection) {
  char bytes[64 << 10];
  const ssize_t size = recv(connection.fd, bytes, sizeof bytes, 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
      drop(connection, Departure::kLeft);
    return;
  }
  if (size == 0) {
    connection.peer_has_shut = true;
    // Nobody is owed a reply: the rest of a request will not come, or there is none.
    if (connection.phase != Connection::Phase::kAnswering) drop(connection, Departure::kLeft);
    return;
  }
  if (connection.phase == Connection::Phase::kLingering) return;
  connection.in.append(bytes, static_cast<size_t>(size));
  advance(connection);
}

// Feeds the reader with what came, as long as no request is being answered.
void HttpServer::advance(Connection& connection) {
  while (!connection.is_closed && connection.phase == Connection::Phase::kReading &&
         !connection.in.empty()) {
    HttpRequestReader& reader = connection.reader;
    const bool was_idle = reader.is_idle();
    const bool was_in_body = reader.is_in_body();
    const size_t used = reader.feed(connection.in);
    connection.in.erase(0, used);
    if (reader.is_refused()) return refuse(connection, reader.refused_status(), reader.refusal());
    if (!reserve_body(connection)) {
      return refuse(
          connection, 503,
          "this server is reading as many requests as it has memory for; try again later");
    }
    if (reader.is_whole()) {
      begin_exchange(connection);
      continue;
    }
    if (was_idle && !reader.is_idle()) connection.deadline = Clock::now() + options_.head_time;
    if (!was_in_body && reader.is_in_body())
      connection.deadline = Clock::now() + options_.body_time;
    if (reader.take_continue_wish()) {
      connection.out += kProbe;
      flush(connection);
    }
  }
}

bool HttpServer::reserve_body(Connection& connection) {
  const size_t bytes = connection.reader.body_bytes();
  if (bytes <= connection.reserved_bytes) return true;
  const size_t more = bytes - connection.reserved_bytes;
  if (more > options_.max_bodies_bytes - std::min(options_.max_bodies_bytes, bodies_bytes_))
    return false;
  bodies_bytes_ += more;
  connection.reserved_bytes = bytes;
  return true;
}

void HttpServer::let_body_go(Connection& connection) {
  bodies_bytes_ -= std::exchange(connection.reserved_bytes, 0);
}

void HttpServer::release_body(ExchangeId id) {
  if (Connection* connection = find(id)) let_body_go(*connection);
}

void HttpServer::begin_exchange(Connection& connection) {
  ServerRequest request = connection.reader.take();
  connection.phase = Connection::Phase::kAnswering;
  connection.exchange = next_exchange_++;
  connection.is_http_1_0 = request.is_http_1_0;
  connection.keep_alive = request.keep_alive && listen_fd_ >= 0;
  connection.hides_body = request.method == "HEAD";
  connection.has_begun = false;
  connection.probe_at = Clock::now() + kProbeTime;
  exchanges_[connection.exchange] = &connection;
  handler_->handle(connection.exchange, std::move(request));
}

HttpServer::Connection* HttpServer::find(ExchangeId id) const {
  const auto found = exchanges_.find(id);
  return found == exchanges_.end() ? nullptr : found->second;
}

// --- replies ---

void HttpServer::send_head(Connection& connection, const ServerReply& reply,
                           const HttpHeaders& more) {
  std::string head =
      "HTTP/1.1 " + std::to_string(reply.status) + " " + reason_of(reply.status) + "\r\n";
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  add("Content-Type", reply.content_type);
  for (const HttpHeaders* headers : {&reply.headers, &more}) {
    for (const auto& [name, value] : *headers)
      add(name, value);
  }
  add("Connection", connection.keep_alive ? "keep-alive" : "close");
  connection.out += head + "\r\n";
  connection.has_begun = true;
}

void HttpServer::reply(ExchangeId id, const ServerReply& reply) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  send_head(*connection, reply, {{"Content-Length", std::to_string(reply.body.size())}});
  if (!connection->hides_body) connection->out += reply.body;
  end_reply(*connection);
}

void HttpServer::begin(ExchangeId id, const ServerReply& head) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->is_chunked = !connection->is_http_1_0;
  // the end of the connection ends the reply
  if (!connection->is_chunked) connection->keep_alive = false;
  send_head(*connection, head,
            connection->is_chunked ? HttpHeaders{{"Transfer-Encoding", "chunked"}} : HttpHeaders{});
}

void HttpServer::write(ExchangeId id, std::string_view bytes) {
  Connection* connection = find(id);
  if (connection == nullptr || bytes.empty()) return;
  if (connection->is_chunked) {
    char size[24];
    connection->out.append(
        size, static_cast<size_t>(std::snprintf(size, sizeof size, "%zx\r\n", bytes.size())));
    connection->out.append(bytes).append("\r\n");
  } else {
    connection->out.append(bytes);
  }
  if (!connection->is_dirty) dirty_.push_back(connection);
  connection->is_dirty = true;
}

void HttpServer::end(ExchangeId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (connection->is_chunked) connection->out += "0\r\n\r\n";
  end_reply(*connection);
}

void HttpServer::cut(ExchangeId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->keep_alive = false;
  end_reply(*connection);
}

size_t HttpServer::pending_bytes(ExchangeId id) const {
  const Connection* connection = find(id);
  return connection == nullptr ? 0 : connection->pending();
}

void HttpServer::end_reply(Connection& connection) {
  exchanges_.erase(connection.exchange);
  connection.exchange = 0;
  let_body_go(connection);
  connection.phase = Connection::Phase::kFlushing;
  if (!connection.is_dirty) dirty_.push_back(&connection);
  connection.is_dirty = true;
}

// Of a request that is not handed on; what follows it on the connection cannot be
// told apart from it.
void HttpServer::refuse(Connection& connection, int status, const std::string& why) {
  ServerReply reply = handler_->refuse(status, why);
  connection.keep_alive = false;
  connection.in = {};
  send_head(connection, reply, {{"Content-Length", std::to_string(reply.body.size())}});
  connection.out += reply.body;
  end_reply(connection);
}

void HttpServer::flush(Connection& connection) {
  if (connection.is_blocked) return;
  while (connection.pending() > 0) {
    const ssize_t sent = send(connection.fd, connection.out.data() + connection.out_begin,
                              connection.pending(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return drop(connection, Departure::kLeft);
      connection.is_blocked = true;
      if (!std::exchange(connection.is_timed, true)) {
        connection.write_by = Clock::now() + options_.write_time;
        connection.sent_in_time = 0;
      }
      return want(connection);
    }
    connection.out_begin += static_cast<size_t>(sent);
    connection.sent_in_time += static_cast<size_t>(sent);
    // What was sent is cut off now and then, so that a long reply does not stay whole.
    if (connection.out_begin >= (256 << 10)) {
      connection.out.erase(0, connection.out_begin);
      connection.out_begin = 0;
    }
  }
  if (connection.out.capacity() > (64 << 10)) {
    connection.out = {};
  } else {
    connection.out.clear();
  }
  connection.out_begin = 0;
  connection.is_timed = false;
  on_flushed(connection);
}

void HttpServer::on_flushed(Connection& connection) {
  if (connection.phase == Connection::Phase::kAnswering) {
    if (connection.has_begun) handler_->drained(connection.exchange);
  } else if (connection.phase == Connection::Phase::kFlushing) {
    if (!connection.keep_alive || connection.peer_has_shut) return linger(connection);
    connection.phase = Connection::Phase::kReading;
    connection.deadline = Clock::now() + options_.idle_time;
    advance(connection);
  }
  if (!connection.is_closed) want(connection);
}

void HttpServer::linger(Connection& connection) {
  if (connection.peer_has_shut) return close(connection);
  shutdown(connection.fd, SHUT_WR);
  connection.phase = Connection::Phase::kLingering;
  connection.deadline = Clock::now() + kLingerTime;
  want(connection);
}

// --- ends ---

void HttpServer::drop(Connection& connection, Departure departure) {
  if (connection.is_closed) return;
  const ExchangeId exchange = connection.exchange;
  const ::linger at_once = {1, 0};
  if (departure == Departure::kTooSlow)
    // what waits is of no use any more
    setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(connection);
  if (exchange != 0) handler_->leave(exchange, departure);
}

void HttpServer::close(Connection& connection) {
  if (connection.is_closed) return;
  connection.is_closed = true;
  let_body_go(connection);
  if (connection.exchange != 0) exchanges_.erase(connection.exchange);
  const auto found = connections_.find(connection.fd);
  closed_.push_back(std::move(found->second));
  connections_.erase(found);
  ::close(connection.fd);
}

// Level-triggered: what is not wanted now must not be asked for, or it would come back every round.
void HttpServer::want(Connection& connection) {
  using Phase = Connection::Phase;
  const bool reads = connection.phase == Phase::kReading || connection.phase == Phase::kLingering;
  uint32_t wanted = 0;
  if (reads && !connection.peer_has_shut) wanted |= EPOLLIN;
  if (!connection.peer_has_shut) wanted |= EPOLLRDHUP;
  if (connection.is_blocked) wanted |= EPOLLOUT;
  if (wanted == connection.wanted) return;
  connection.wanted = wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.fd = connection.fd;
  epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, connection.fd, &event);
}

void HttpServer::check_time(Connection& connection, Clock::time_point now) {
  using Phase = Connection::Phase;
  if (connection.is_timed && now >= connection.write_by) {
    if (connection.sent_in_time < kLeastProgress) return drop(connection, Departure::kTooSlow);
    connection.sent_in_time = 0;
    connection.write_by = now + options_.write_time;
  }
  if (connection.phase == Phase::kReading && now >= connection.deadline) {
    if (connection.reader.is_idle()) return close(connection);
    return refuse(connection, 408,
                  "the request did not come whole in the time that this server waits for one");
  }
  if (connection.phase == Phase::kLingering && now >= connection.deadline) return close(connection);
  if (connection.phase != Phase::kAnswering || !connection.peer_has_shut ||
      now < connection.probe_at)
    return;
  if (connection.is_http_1_0 && !connection.has_begun) return drop(connection, Departure::kLeft);
  if (!connection.has_begun && connection.pending() == 0) {
    connection.out += kProbe;
    flush(connection);
  }
  connection.probe_at = now + kProbeTime;
}

// Taken before a loop that may close some of them.
std::vector<HttpServer::Connection*> HttpServer::all_connections() const {
  std::vector<Connection*> all;
  for (const auto& [fd, connection] : connections_)
    all.push_back(connection.get());
  return all;
}

void HttpServer::sweep() {
  const Clock::time_point now = Clock::now();
  for (Connection* connection : all_connections()) {
    if (!connection->is_closed) check_time(*connection, now);
  }
  if (!accepts_ && listen_fd_ >= 0) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listen_fd_;
    accepts_ = epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, listen_fd_, &event) == 0;
  }
}

}  // namespace jangwon
