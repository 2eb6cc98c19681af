// libcurl moves the bytes; this file owns the event loop around it. curl_multi_socket_action with
// epoll is used instead of curl_multi_perform, because the latter walks over every transfer at
// every call: with hundreds in flight the walking would cost more than the requests. Finished
// transfers are collected first and reported afterwards, so that a callback may start the next
// request. Tests: tests/runtime/base and tests/harness/backends, against tests/fakes.

#include "runtime/http/http_client.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <unordered_map>

#include "runtime/http/curl_library.h"
#include "runtime/http/url.h"

namespace jangwon {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kMaxHeaderBytes = 256 << 10;

struct Transfer {
  HttpClient::RequestId id = 0;
  HttpRequest request;
  HttpReply reply;
  HttpClient::OnData on_data;
  HttpClient::OnDone on_done;
  CURL* easy = nullptr;
  curl_slist* header_list = nullptr;
  Clock::time_point last_activity;
  uint64_t body_bytes = 0;
  size_t header_bytes = 0;
  HttpFailure early_end = HttpFailure::kNone;  // why a callback of ours ended the transfer
};

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

size_t on_header(char* bytes, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(bytes, size * count);
  transfer.last_activity = Clock::now();
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.early_end = HttpFailure::kTooLarge;
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // of the last of several responses (100 Continue before 200)
    transfer.reply.headers.clear();
    const size_t blank = line.find(' ');
    transfer.reply.status = blank == std::string_view::npos
                                ? 0
                                : std::atoi(std::string(line.substr(blank + 1)).c_str());
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  HttpHeader header{std::string(trim(line.substr(0, colon))),
                    std::string(trim(line.substr(colon + 1)))};
  for (char& c : header.name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  transfer.reply.headers.push_back(std::move(header));
  return line.size();
}

size_t on_body(char* bytes, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view part(bytes, size * count);
  transfer.last_activity = Clock::now();
  transfer.body_bytes += part.size();
  if (transfer.body_bytes > transfer.request.max_body_bytes) {
    transfer.early_end = HttpFailure::kTooLarge;
    return 0;
  }
  if (!transfer.on_data || (transfer.reply.status != 200 && transfer.reply.status != 206)) {
    transfer.reply.body += part;
  } else if (!transfer.on_data(transfer.reply, part)) {
    transfer.early_end = HttpFailure::kAborted;
    return 0;
  }
  return part.size();
}

HttpFailure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return HttpFailure::kNone;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return HttpFailure::kUrl;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // only the connection has a limit in libcurl's hands
    case CURLE_SSL_CONNECT_ERROR:
      return HttpFailure::kConnect;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return HttpFailure::kTls;
    default:
      return HttpFailure::kBroken;
  }
}

Message text_of(HttpFailure failure, const Message& host, const Message& detail) {
  switch (failure) {
    case HttpFailure::kNone:
      return {};
    case HttpFailure::kUrl:
      return Message("the URL cannot be requested: {detail}", {{"detail", detail}});
    case HttpFailure::kConnect:
      return Message("no connection to {host}: {detail}", {{"host", host}, {"detail", detail}});
    case HttpFailure::kTls:
      return Message("the certificate of {host} does not hold: {detail}",
                     {{"host", host}, {"detail", detail}});
    case HttpFailure::kIdle:
      return Message("{host} sent nothing for too long", {{"host", host}});
    case HttpFailure::kBroken:
      return Message("the reply of {host} broke off: {detail}",
                     {{"host", host}, {"detail", detail}});
    case HttpFailure::kTooLarge:
      return Message("the reply of {host} is larger than allowed", {{"host", host}});
    case HttpFailure::kAborted:
      return Message("the transfer from {host} was given up", {{"host", host}});
  }
  return {};
}

}  // namespace

const std::string* HttpReply::header(std::string_view lower_case_name) const {
  for (const HttpHeader& header : headers) {
    if (header.name == lower_case_name) return &header.value;
  }
  return nullptr;
}

struct HttpClient::State {
  const CurlLibrary* curl = nullptr;
  Options options;
  CURLM* multi = nullptr;
  int epoll_fd = -1;
  std::optional<Clock::time_point> timer;  // when libcurl wants to be called
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers;
  std::map<RequestId, CURL*> by_id;
  std::vector<CURL*> idle_handles;
  // could not even be started; reported by the next poll
  std::vector<std::unique_ptr<Transfer>> refused;
  RequestId next_id = 1;
  Clock::time_point last_idle_check = Clock::now();

  ~State() {
    for (auto& [easy, transfer] : transfers) {
      curl->multi_remove_handle(multi, easy);
      curl->slist_free_all(transfer->header_list);
      curl->easy_cleanup(easy);
    }
    for (CURL* easy : idle_handles)
      curl->easy_cleanup(easy);
    if (multi != nullptr) curl->multi_cleanup(multi);
    if (epoll_fd >= 0) ::close(epoll_fd);
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void*) {
    auto& state = *static_cast<State*>(user);
    epoll_event event{};
    event.data.fd = fd;
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    if (what == CURL_POLL_REMOVE) {
      // may be gone already: a closed socket leaves by itself
      epoll_ctl(state.epoll_fd, EPOLL_CTL_DEL, fd, nullptr);
    } else if (epoll_ctl(state.epoll_fd, EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT) {
      epoll_ctl(state.epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* user) {
    auto& state = *static_cast<State*>(user);
    if (timeout_ms < 0) {
      state.timer.reset();
    } else {
      state.timer = Clock::now() + milliseconds(timeout_ms);
    }
    return 0;
  }

  template <typename Value>
  void set(Transfer& transfer, CURLoption option, Value value) const {
    JANGWON_CHECK(curl->easy_setopt(transfer.easy, option, value) == CURLE_OK);
  }

  void add_header(Transfer& transfer, const std::string& line) const {
    transfer.header_list = curl->slist_append(transfer.header_list, line.c_str());
  }

  // Everything that a request says, on a handle that was reset.
  void configure(Transfer& transfer, const Url& url) const {
    const HttpRequest& request = transfer.request;
    set(transfer, CURLOPT_URL, request.url.c_str());
    set(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
    // a reset concerns one request only
    set(transfer, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(transfer, CURLOPT_FOLLOWLOCATION, 0L);
    set(transfer, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    // A cancelled transfer does not wait for the name server; older libraries do not know the
    // option and wait.
    curl->easy_setopt(transfer.easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    set(transfer, CURLOPT_TCP_NODELAY, 1L);
    set(transfer, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(transfer, CURLOPT_USERAGENT, options.user_agent.c_str());
    set(transfer, CURLOPT_PRIVATE, &transfer);
    set(transfer, CURLOPT_HEADERFUNCTION, &on_header);
    set(transfer, CURLOPT_HEADERDATA, &transfer);
    set(transfer, CURLOPT_WRITEFUNCTION, &on_body);
    set(transfer, CURLOPT_WRITEDATA, &transfer);
    if (!options.ca_file.empty()) set(transfer, CURLOPT_CAINFO, options.ca_file.c_str());
    if (url.is_loopback()) set(transfer, CURLOPT_NOPROXY, "*");
    for (const HttpHeader& header : request.headers)
      add_header(transfer, header.name + ": " + header.value);
    if (!request.bearer_token.empty())
      add_header(transfer, "Authorization: Bearer " + request.bearer_token);
    if (request.body) {
      set(transfer, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
      set(transfer, CURLOPT_POSTFIELDS, request.body->c_str());
      add_header(transfer, "Content-Type: application/json");
      // a large body is not announced first: that costs a second where it is ignored
      add_header(transfer, "Expect:");
    }
    set(transfer, CURLOPT_HTTPHEADER, transfer.header_list);
  }

  RequestId begin(std::unique_ptr<Transfer> transfer) {
    transfer->id = next_id++;
    transfer->last_activity = Clock::now();
    const RequestId id = transfer->id;
    const Result<Url> url = parse_url(transfer->request.url);
    if (!url.ok()) {
      transfer->reply.failure = HttpFailure::kUrl;
      transfer->reply.failure_text = text_of(HttpFailure::kUrl, {}, url.status().sentence());
      refused.push_back(std::move(transfer));
      return id;
    }
    if (idle_handles.empty()) {
      transfer->easy = curl->easy_init();
      JANGWON_CHECK(transfer->easy != nullptr);
    } else {
      transfer->easy = idle_handles.back();
      idle_handles.pop_back();
      curl->easy_reset(transfer->easy);
    }
    configure(*transfer, *url);
    CURL* easy = transfer->easy;
    by_id[id] = easy;
    transfers[easy] = std::move(transfer);
    JANGWON_CHECK(curl->multi_add_handle(multi, easy) == CURLM_OK);
    return id;
  }

  // Takes a transfer out; its handle waits for the next request.
  std::unique_ptr<Transfer> take(CURL* easy) {
    const auto found = transfers.find(easy);
    std::unique_ptr<Transfer> transfer = std::move(found->second);
    transfers.erase(found);
    by_id.erase(transfer->id);
    curl->multi_remove_handle(multi, easy);
    curl->slist_free_all(transfer->header_list);
    transfer->header_list = nullptr;
    idle_handles.push_back(easy);
    return transfer;
  }

  void fail(Transfer& transfer, HttpFailure failure, const std::string& detail) const {
    const Result<Url> url = parse_url(transfer.request.url);
    transfer.reply.failure = failure;
    transfer.reply.failure_text =
        text_of(failure, url.ok() ? Message::value(url->host) : Message("the server"),
                Message::value(detail));
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl->multi_socket_action(multi, fd, events, &running);
  }

  std::vector<std::unique_ptr<Transfer>> collect_finished() {
    std::vector<std::unique_ptr<Transfer>> finished = std::move(refused);
    refused.clear();
    int left = 0;
    while (CURLMsg* message = curl->multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      std::unique_ptr<Transfer> transfer = take(message->easy_handle);
      if (transfer->early_end != HttpFailure::kNone) {
        fail(*transfer, transfer->early_end, "");
      } else if (code != CURLE_OK) {
        // A connection that was made and then gave nothing is broken, whatever libcurl calls it; a
        // reply that does not begin as one of HTTP it calls an unsupported protocol.
        const bool foreign =
            code == CURLE_UNSUPPORTED_PROTOCOL && transfer->request.url.starts_with("http");
        fail(*transfer, foreign ? HttpFailure::kBroken : failure_of(code),
             foreign ? "what came is not HTTP" : curl->easy_strerror(code));
      }
      finished.push_back(std::move(transfer));
    }
    return finished;
  }

  void collect_idle(std::vector<std::unique_ptr<Transfer>>& finished) {
    const Clock::time_point now = Clock::now();
    if (now - last_idle_check < milliseconds(50)) return;
    last_idle_check = now;
    std::vector<CURL*> expired;
    for (const auto& [easy, transfer] : transfers) {
      if (now - transfer->last_activity > transfer->request.idle_timeout) expired.push_back(easy);
    }
    for (CURL* easy : expired) {
      std::unique_ptr<Transfer> transfer = take(easy);
      fail(*transfer, HttpFailure::kIdle, "");
      finished.push_back(std::move(transfer));
    }
  }
};

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const CurlLibrary* curl, load_curl());
  auto state = std::make_unique<State>();
  state->curl = curl;
  state->options = options;
  for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* value = std::getenv(variable);
    if (state->options.ca_file.empty() && value != nullptr) state->options.ca_file = value;
  }
  state->multi = curl->multi_init();
  state->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (state->multi == nullptr || state->epoll_fd < 0)
    return unavailable("cannot set up libcurl and epoll");
  State* raw = state.get();
  curl->multi_setopt(raw->multi, CURLMOPT_SOCKETFUNCTION, &State::on_socket);
  curl->multi_setopt(raw->multi, CURLMOPT_SOCKETDATA, raw);
  curl->multi_setopt(raw->multi, CURLMOPT_TIMERFUNCTION, &State::on_timer);
  curl->multi_setopt(raw->multi, CURLMOPT_TIMERDATA, raw);
  curl->multi_setopt(raw->multi, CURLMOPT_MAXCONNECTS, static_cast<long>(options.max_connections));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

HttpClient::RequestId HttpClient::start(HttpRequest request, OnData on_data, OnDone on_done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->on_data = std::move(on_data);
  transfer->on_done = std::move(on_done);
  return state_->begin(std::move(transfer));
}

void HttpClient::cancel(RequestId id) {
  std::erase_if(state_->refused, [&](const auto& transfer) { return transfer->id == id; });
  const auto found = state_->by_id.find(id);
  if (found != state_->by_id.end()) state_->take(found->second);
}

int HttpClient::num_in_flight() const {
  return static_cast<int>(state_->transfers.size() + state_->refused.size());
}

void HttpClient::poll(milliseconds max_wait) {
  State& state = *state_;
  milliseconds wait = state.refused.empty() ? max_wait : milliseconds(0);
  if (state.timer) {
    const auto until = std::chrono::ceil<milliseconds>(*state.timer - Clock::now());
    wait = std::clamp(until, milliseconds(0), wait);
  }
  epoll_event events[256];
  const int count = epoll_wait(state.epoll_fd, events, 256, static_cast<int>(wait.count()));
  for (int i = 0; i < count; ++i) {
    int mask = 0;
    if ((events[i].events & EPOLLIN) != 0) mask |= CURL_CSELECT_IN;
    if ((events[i].events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
    if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0) mask |= CURL_CSELECT_ERR;
    state.act(events[i].data.fd, mask);
  }
  if (state.timer && Clock::now() >= *state.timer) {
    state.timer.reset();
    state.act(CURL_SOCKET_TIMEOUT, 0);
  }
  std::vector<std::unique_ptr<Transfer>> finished = state.collect_finished();
  state.collect_idle(finished);
  for (const auto& transfer : finished) {
    if (transfer->on_done) transfer->on_done(std::move(transfer->reply));
  }
}

HttpReply HttpClient::fetch(HttpRequest request, OnData on_data,
                            const std::function<bool()>& stop) {
  HttpReply reply;
  bool done = false;
  const RequestId id = start(std::move(request), std::move(on_data), [&](HttpReply got) {
    reply = std::move(got);
    done = true;
  });
  while (!done) {
    if (stop && stop()) {
      cancel(id);
      reply.failure = HttpFailure::kAborted;
      reply.failure_text = Message("the transfer was given up");
      return reply;
    }
    poll(milliseconds(100));
  }
  return reply;
}

}  // namespace jangwon
