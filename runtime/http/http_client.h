// HttpClient: many HTTP requests at once on one thread (libcurl's multi interface over epoll).
// Connections are kept and used again; redirects are never followed (the caller decides who may see
// what); nothing is logged.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string url;
  std::vector<HttpHeader> headers;
  std::optional<std::string> body;  // present: POST with Content-Type application/json; absent: GET
  std::string bearer_token;         // sent as Authorization; stands in no message; empty: none
  uint64_t max_body_bytes = uint64_t{64} << 20;
  std::chrono::milliseconds connect_timeout{15000};
  std::chrono::milliseconds idle_timeout{600000};  // without one byte in either direction
};

enum class HttpFailure {
  kNone,      // a whole response came, whatever its status
  kUrl,       // the URL cannot be requested
  kConnect,   // no address, nobody listens, a handshake that ended early
  kTls,       // the certificate does not hold: asking again changes nothing
  kIdle,      // nothing came for longer than allowed
  kBroken,    // the connection ended in the middle of the response
  kTooLarge,  // the body is larger than allowed
  kAborted,   // on_data said so
};

struct HttpReply {
  HttpFailure failure = HttpFailure::kNone;
  // a clause for a message; holds nothing of the request but its host
  Message failure_text;
  int status = 0;                   // 0: no status line came
  std::vector<HttpHeader> headers;  // names in lower case
  std::string body;                 // what on_data did not take

  const std::string* header(std::string_view lower_case_name) const;
};

class HttpClient {
 public:
  using RequestId = uint64_t;
  // Takes the bytes of the body as they come, of the statuses 200 and 206 (bodies of others are
  // collected in the reply); `head` has status and headers. False ends the transfer. Must not
  // call the client.
  using OnData = std::function<bool(const HttpReply& head, std::string_view bytes)>;
  // Called from poll, exactly once a request that was not cancelled; may start further requests.
  using OnDone = std::function<void(HttpReply reply)>;

  struct Options {
    int max_connections = 1024;  // kept open at once
    std::string ca_file;         // PEM; empty: $CURL_CA_BUNDLE, $SSL_CERT_FILE, else the system's
    std::string user_agent = "jangwon";
  };

  // Error: libcurl is not installed.
  static Result<std::unique_ptr<HttpClient>> create(const Options& options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `on_data` may be empty: the body is then collected.
  RequestId start(HttpRequest request, OnData on_data, OnDone on_done);
  void cancel(RequestId id);
  int num_in_flight() const;

  // Moves bytes and calls the callbacks; returns after one round of events or after
  // `max_wait` at the latest.
  void poll(std::chrono::milliseconds max_wait);

  // One request from start to end; `stop` is asked a few times a second and ends it with kAborted.
  HttpReply fetch(HttpRequest request, OnData on_data = {}, const std::function<bool()>& stop = {});

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jangwon
