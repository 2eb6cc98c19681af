// A key that is used and never shown: read from where the user named it, taken out of every
// text that leaves.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/json.h"
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

  // Whether redact can take the value out wherever it stands, or need not: fewer than 8 characters
  // are found in innocent text, and are no secret where they are a placeholder ("EMPTY", "none").
  static bool can_be_hidden(const std::string& value);
  // Further values that redact takes out.
  void add_hidden(const std::string& value) { hidden_.push_back(value); }

  // `text` with every occurrence of the key replaced, also where a server sent it back. Keys of
  // fewer than 8 characters ("EMPTY") are placeholders, no secrets, and are left: replacing them
  // would damage replies.
  std::string redact(std::string text) const;
  // The same in the values of a message.
  Message redact(const Message& message) const;

 private:
  std::string value_;
  std::vector<std::string> hidden_;
};

// Whether a field of a request or a header of that name holds a key: api_key, Authorization,
// access-token, client_secret, …, but not max_tokens or eos_token.
bool is_secret_name(const std::string& name);

// Keys inside of settings. What is written down, shown and compared holds a mark in place of the
// key; only who sends the request asks what stands behind it.
namespace withheld_keys {

// JSON with every text under a secret name (or that begins as a key does: "Bearer …", "sk-…")
// replaced by a mark.
Json hide(const Json& value);
// The reverse. Error: a mark whose key this process was never given, as on a resume from what
// was written down.
Result<Json> reveal(const Json& value);
// A word of the command line in which extra_body or headers stand as %-encoded or
// plain JSON, hidden.
std::string hide_in_word(const std::string& word);
// The keys behind the marks of a value.
std::vector<std::string> keys_in(const Json& value);

}  // namespace withheld_keys

}  // namespace jangwon
