// One HTTP/1.1 request as a server gets it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jangwon {

struct ServerRequest {
  std::string method;
  std::string path;                                          // of the target, as it was sent
  std::string query;                                         // behind the question mark
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool is_http_1_0 = false;
  bool keep_alive = true;

  // The value of the first header of that name (in lower case); empty where there is none.
  std::string_view header(std::string_view name) const;
};

struct HttpLimits {
  size_t max_line_bytes = 8 << 10;  // the request line, and each header
  size_t max_head_bytes = 64 << 10;
  size_t max_headers = 100;
  size_t max_body_bytes = 16 << 20;
};

}  // namespace jangwon
