// The reader of requests: in one piece and byte by byte it reads the same, and never more
// than its limits.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "runtime/http/http_request_reader.h"

namespace {

constexpr jangwon::HttpLimits kLimits = {
    .max_line_bytes = 200, .max_head_bytes = 600, .max_headers = 8, .max_body_bytes = 500};

std::string read_all(std::string_view bytes, size_t piece) {
  jangwon::HttpRequestReader reader(kLimits);
  std::string read;
  for (size_t at = 0; at < bytes.size();) {
    at += reader.feed(bytes.substr(at, piece));
    if (reader.is_refused()) return read + std::to_string(reader.refused_status());
    if (!reader.is_whole()) continue;
    const jangwon::ServerRequest request = reader.take();
    if (request.body.size() > kLimits.max_body_bytes ||
        request.headers.size() > kLimits.max_headers)
      std::abort();
    read += request.method + request.path + request.query + request.body + "\n";
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (read_all(bytes, size + 1) != read_all(bytes, 1)) std::abort();
  return 0;
}
