#include "runtime/http/secret.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/base/file.h"

namespace jangwon {

namespace {

constexpr size_t kShortestSecret = 8;

// A key goes into a header line: it must be one word of visible characters. The message does not repeat it.
Result<Secret> checked(const std::string& value, const std::string& place) {
  const bool word = std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!word) return invalid_argument(place + " holds no key: a key is one word of visible ASCII characters");
  return Secret(value);
}

}  // namespace

Result<Secret> Secret::from_environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value == nullptr ? Secret() : checked(value, "the environment variable " + variable);
}

Result<Secret> Secret::from_file(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(std::string text, read_file(path, 1 << 20));
  text.resize(std::min(text.find('\n'), text.size()));
  const size_t last = text.find_last_not_of(" \t\r");
  text.resize(last == std::string::npos ? 0 : last + 1);
  if (text.empty()) return invalid_argument(path + ": the first line holds no key");
  return checked(text, path);
}

std::string Secret::redact(std::string text) const {
  if (value_.size() < kShortestSecret) return text;
  constexpr const char* kMark = "[key]";
  for (size_t at = 0; (at = text.find(value_, at)) != std::string::npos;)
    text.replace(at, value_.size(), kMark);
  return text;
}

}  // namespace jangwon
