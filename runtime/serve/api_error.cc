#include "runtime/serve/api_error.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/shown_text.h"

namespace jangwon::runtime {

namespace {

const char* type_of(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

}  // namespace

ApiError wrong_value(std::string param, std::string message) {
  return {.status = 400,
          .message = std::move(message),
          .param = std::move(param),
          .code = "invalid_value"};
}

ApiError unknown_parameter(const std::string& name) {
  return {.status = 400,
          .message = "Unknown parameter: '" + shown_value(name) + "'.",
          .param = shown_value(name),
          .code = "unknown_parameter"};
}

ApiError unsupported_value(std::string param, std::string message) {
  return {.status = 400,
          .message = std::move(message),
          .param = std::move(param),
          .code = "unsupported_value"};
}

std::string error_json(const ApiError& error) {
  return to_json_line({{"error",
                        {{"message", error.message},
                         {"type", type_of(error.status)},
                         {"param", text_or_null(error.param)},
                         {"code", text_or_null(error.code)}}}});
}

ServerReply error_reply(const ApiError& error) {
  ServerReply reply{.status = error.status, .body = error_json(error)};
  if (error.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (error.status == 429 || error.status == 503) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

}  // namespace jangwon::runtime
