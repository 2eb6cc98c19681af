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
    case StatusCode::kCheckFailed:
      return 1;
    case StatusCode::kUndecided:
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

Status Status::at(std::string place) const {
  return ok() ? *this : Status(code_, sentence_.at(std::move(place)));
}

Status Status::at(Message place) const {
  return ok() ? *this : Status(code_, sentence_.at(std::move(place)));
}

Status invalid_argument(MessageTemplate text, Message::Arguments arguments) {
  return {StatusCode::kInvalidArgument, text, arguments};
}
Status not_found(MessageTemplate text, Message::Arguments arguments) {
  return {StatusCode::kNotFound, text, arguments};
}
Status unsupported(MessageTemplate text, Message::Arguments arguments) {
  return {StatusCode::kUnsupported, text, arguments};
}
Status unavailable(MessageTemplate text, Message::Arguments arguments) {
  return {StatusCode::kUnavailable, text, arguments};
}

Status invalid_argument(Message sentence) {
  return {StatusCode::kInvalidArgument, std::move(sentence)};
}
Status not_found(Message sentence) {
  return {StatusCode::kNotFound, std::move(sentence)};
}
Status unsupported(Message sentence) {
  return {StatusCode::kUnsupported, std::move(sentence)};
}
Status unavailable(Message sentence) {
  return {StatusCode::kUnavailable, std::move(sentence)};
}

}  // namespace jangwon
