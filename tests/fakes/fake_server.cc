#include "tests/fakes/fake_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/http/url.h"

namespace jangwon::fakes {

namespace {

std::string lower_case(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Bytes in and out, with or without TLS.
class Connection : public FakeConnection {
 public:
  Connection(int fd, SSL_CTX* tls) : fd_(fd) {
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, fd);
    if (SSL_accept(ssl_) != 1) open_ = false;
  }
  ~Connection() override {
    if (ssl_ != nullptr) SSL_free(ssl_);
  }

  void send(std::string_view bytes) override {
    while (open_ && !bytes.empty()) {
      const ssize_t sent = ssl_ != nullptr
                               ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) open_ = false;
      if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void close() override {
    if (open_) shutdown(fd_, SHUT_RDWR);
    open_ = false;
  }
  void reset() override {
    const linger now{1, 0};
    // the closing of the descriptor sends RST
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    open_ = false;
  }
  bool is_open() const override { return open_; }

  ssize_t receive(char* buffer, size_t size) {
    return ssl_ != nullptr ? SSL_read(ssl_, buffer, static_cast<int>(size))
                           : ::recv(fd_, buffer, size, 0);
  }

 private:
  int fd_;
  SSL* ssl_ = nullptr;
  bool open_ = true;
};

// Reads requests off one connection.
class RequestReader {
 public:
  explicit RequestReader(Connection& connection) : connection_(connection) {}

  std::optional<FakeRequest> next() {
    size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return std::nullopt;
    }
    FakeRequest request = parse_head(buffer_.substr(0, end));
    buffer_.erase(0, end + 4);
    const size_t length = std::strtoul(request.header("content-length").c_str(), nullptr, 10);
    while (buffer_.size() < length) {
      if (!fill()) return std::nullopt;
    }
    request.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return request;
  }

 private:
  bool fill() {
    char bytes[1 << 14];
    const ssize_t got = connection_.receive(bytes, sizeof bytes);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  static FakeRequest parse_head(const std::string& head) {
    FakeRequest request;
    const size_t line_end = std::min(head.find("\r\n"), head.size());
    const std::string first = head.substr(0, line_end);
    const size_t blank = first.find(' '), second = first.find(' ', blank + 1);
    request.method = first.substr(0, blank);
    request.target = first.substr(blank + 1, second - blank - 1);
    for (size_t at = line_end + 2; at < head.size();) {
      const size_t end = std::min(head.find("\r\n", at), head.size());
      const std::string line = head.substr(at, end - at);
      const size_t colon = line.find(':');
      const size_t value = line.find_first_not_of(' ', colon + 1);
      request.headers[lower_case(line.substr(0, colon))] =
          value == std::string::npos ? "" : line.substr(value);
      at = end + 2;
    }
    return request;
  }

  Connection& connection_;
  std::string buffer_;
};

// A key pair and a certificate for `host`, signed by itself: whoever trusts it as an authority
// accepts it, for that host.
SSL_CTX* make_tls(const std::string& host, std::string& pem) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
  const std::string alternative = (is_address ? "IP:" : "DNS:") + host;
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  JANGWON_CHECK(X509_sign(certificate, key, EVP_sha256()) != 0);
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  pem.assign(text, static_cast<size_t>(size));
  BIO_free(memory);
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  JANGWON_CHECK(SSL_CTX_use_certificate(context, certificate) == 1 &&
                SSL_CTX_use_PrivateKey(context, key) == 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return context;
}

}  // namespace

std::string FakeRequest::path() const {
  return target.substr(0, target.find('?'));
}

std::string FakeRequest::query(const std::string& name) const {
  const size_t question = target.find('?');
  std::string rest = question == std::string::npos ? "" : "&" + target.substr(question + 1);
  const size_t at = rest.find("&" + name + "=");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  const Result<std::string> value =
      percent_decode(rest.substr(begin, rest.find('&', begin) - begin));
  return value.ok() ? *value : "";
}

std::string FakeRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

void FakeConnection::reply(int status, std::string_view body, const Headers& headers) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " Status\r\n";
  for (const auto& [name, value] : headers)
    head += name + ": " + value + "\r\n";
  head += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  send(head + std::string(body));
}

void FakeConnection::begin_chunks(int status, const Headers& headers) {
  std::string head =
      "HTTP/1.1 " + std::to_string(status) + " Status\r\nTransfer-Encoding: chunked\r\n";
  for (const auto& [name, value] : headers)
    head += name + ": " + value + "\r\n";
  send(head + "\r\n");
}

void FakeConnection::chunk(std::string_view bytes) {
  if (bytes.empty()) return;
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  send(size + std::string(bytes) + "\r\n");
}

void FakeConnection::end_chunks() {
  send("0\r\n\r\n");
}

FakeServer::FakeServer(Handler handler, const std::string& certificate_host)
    : handler_(std::move(handler)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (!certificate_host.empty()) tls_ = make_tls(certificate_host, certificate_pem_);
  listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  JANGWON_CHECK(bind(listen_fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  getsockname(listen_fd_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  JANGWON_CHECK(listen(listen_fd_, 512) == 0);
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeServer::~FakeServer() {
  closing_ = true;
  shutdown(listen_fd_, SHUT_RDWR);
  acceptor_.join();
  ::close(listen_fd_);
  {
    std::lock_guard lock(mutex_);
    for (const int fd : open_fds_)
      shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_)
    thread.join();
  if (tls_ != nullptr) SSL_CTX_free(static_cast<SSL_CTX*>(tls_));
}

std::string FakeServer::url() const {
  return std::string(tls_ != nullptr ? "https" : "http") + "://127.0.0.1:" + std::to_string(port_);
}

std::vector<FakeRequest> FakeServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

int FakeServer::num_requests() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(requests_.size());
}

bool FakeServer::wait(std::chrono::milliseconds time) const {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
    if (closing_) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void FakeServer::accept_all() {
  while (!closing_) {
    const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::lock_guard lock(mutex_);
    open_fds_.insert(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void FakeServer::serve(int fd) {
  {
    Connection connection(fd, static_cast<SSL_CTX*>(tls_));
    RequestReader reader(connection);
    while (connection.is_open() && !closing_) {
      std::optional<FakeRequest> request = reader.next();
      if (!request) break;
      {
        std::lock_guard lock(mutex_);
        request->number = static_cast<int>(requests_.size());
        requests_.push_back(*request);
      }
      handler_(*request, connection);
    }
  }
  std::lock_guard lock(mutex_);
  open_fds_.erase(fd);
  ::close(fd);
}

}  // namespace jangwon::fakes
