// A key that is used and never shown: read from where the user named it, taken out of every text that leaves.

#pragma once

#include <string>

#include "runtime/base/status.h"

namespace jangwon {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  // The value of an environment variable; unset or empty gives an empty secret.
  static Result<Secret> from_environment(const std::string& variable);
  // The first line of a file.
  static Result<Secret> from_file(const std::string& path);

  bool empty() const { return value_.empty(); }
  const std::string& value() const { return value_; }  // for the request itself, nothing else

  // `text` with every occurrence of the key replaced, also where a server sent it back. Keys of fewer than 8 characters
  // ("EMPTY") are placeholders, no secrets, and are left: replacing them would damage replies.
  std::string redact(std::string text) const;

 private:
  std::string value_;
};

}  // namespace jangwon
