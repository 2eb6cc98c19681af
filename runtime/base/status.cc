#include "runtime/base/status.h"

#include <cstdio>
#include <cstdlib>

namespace jangwon {

void check_failed(const char* file, int line, const char* condition, std::string_view detail) {
  std::fprintf(stderr, "jangwon: internal error at %s:%d: %s %.*s\n", file, line, condition,
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

int exit_code(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return 0;
    case StatusCode::kGateFailed:
      return 1;
    case StatusCode::kInconclusive:
      return 3;
    case StatusCode::kNotComparable:
      return 4;
    case StatusCode::kIncomplete:
      return 5;
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
    case StatusCode::kUnsupported:
    case StatusCode::kUnavailable:
      return 2;
  }
  return 2;
}

Status Status::at(const std::string& place) const {
  return ok() ? *this : Status(code_, place + ": " + message_);
}

Status invalid_argument(std::string message) {
  return {StatusCode::kInvalidArgument, std::move(message)};
}
Status not_found(std::string message) {
  return {StatusCode::kNotFound, std::move(message)};
}
Status unsupported(std::string message) {
  return {StatusCode::kUnsupported, std::move(message)};
}
Status unavailable(std::string message) {
  return {StatusCode::kUnavailable, std::move(message)};
}

}  // namespace jangwon
