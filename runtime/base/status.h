// Status and Result: how bad input and a bad environment travel up to main.
//
// Three kinds of failure, three mechanisms (see the root README): a programmer's error is a
// JANGWON_CHECK and ends the program; bad input or a bad environment is a Status; a model or a
// program under test that did badly is data in a record. A message is one sentence that names the
// thing, the place and the way out (runtime/base/message.h); main prints it in the reader's
// language and exits with exit_code().

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "runtime/base/check.h"
#include "runtime/base/message.h"

namespace jangwon {

enum class StatusCode {
  kOk,
  kInvalidArgument,  // usage, configuration, malformed or contradictory input
  kNotFound,         // a file, a model, a task, a key that should be there
  kUnsupported,      // well-formed, but a kind we do not handle
  kUnavailable,      // the machine or a server refuses: permissions, kernel features, network, disk
  kNotComparable,    // results that must not be compared, or no baseline
  kIncomplete,       // work ended with errors of ours; it can be resumed
  kCheckFailed,      // what was to be shown does not hold, and nothing went wrong
  kUndecided,        // … or the data do not say
};

// Exit codes of the program (design: 0 ok, 1 check failed, 2 usage or configuration, 3 undecided,
// 4 not comparable or no baseline, 5 incomplete).
int exit_code(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, Message sentence) : code_(code), sentence_(std::move(sentence)) {}
  Status(StatusCode code, MessageTemplate text, Message::Arguments arguments = {})
      : Status(code, Message(text, arguments)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const Message& sentence() const { return sentence_; }
  // The sentence in English, for records and other programs.
  std::string message() const { return sentence_.english(); }

  // The same failure with the place put in front: "FILE: message".
  Status at(std::string place) const;
  Status at(Message place) const;

 private:
  StatusCode code_ = StatusCode::kOk;
  Message sentence_;
};

inline Status ok_status() {
  return {};
}
Status invalid_argument(MessageTemplate text, Message::Arguments arguments = {});
Status not_found(MessageTemplate text, Message::Arguments arguments = {});
Status unsupported(MessageTemplate text, Message::Arguments arguments = {});
Status unavailable(MessageTemplate text, Message::Arguments arguments = {});
Status invalid_argument(Message sentence);
Status not_found(Message sentence);
Status unsupported(Message sentence);
Status unavailable(Message sentence);

// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Status status) : state_(std::move(status)) {
    JANGWON_CHECK(!std::get<Status>(state_).ok());
  }  // NOLINT

  bool ok() const { return std::holds_alternative<T>(state_); }
  Status status() const { return ok() ? Status() : std::get<Status>(state_); }

  // REQUIRES: ok().
  T& value() & {
    check_ok();
    return std::get<T>(state_);
  }
  const T& value() const& {
    check_ok();
    return std::get<T>(state_);
  }
  T&& value() && {
    check_ok();
    return std::get<T>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void check_ok() const {
    if (!ok())
      check_failed(__FILE__, __LINE__, "Result::value() of a failure",
                   std::get<Status>(state_).message());
  }
  std::variant<T, Status> state_;
};

#define JANGWON_CONCAT_INNER(a, b) a##b
#define JANGWON_CONCAT(a, b) JANGWON_CONCAT_INNER(a, b)

#define JANGWON_RETURN_IF_ERROR(expression)                                      \
  do {                                                                           \
    if (::jangwon::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

// JANGWON_ASSIGN_OR_RETURN(auto file, open(path));
#define JANGWON_ASSIGN_OR_RETURN(declaration, expression)                                         \
  auto JANGWON_CONCAT(result_, __LINE__) = (expression);                                          \
  if (!JANGWON_CONCAT(result_, __LINE__).ok()) return JANGWON_CONCAT(result_, __LINE__).status(); \
  declaration = std::move(JANGWON_CONCAT(result_, __LINE__)).value()

}  // namespace jangwon
