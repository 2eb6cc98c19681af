// A key is kept in one place and everything that leaves is searched for it, because a server may
// send it back in any field and a message may quote the request. Settings hold a mark in its place,
// so that they can be written down, compared and shown without a second thought.
// tests/runtime/http/secret_test.cc.

#include "runtime/http/secret.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/http/url.h"

namespace jangwon {

namespace {

constexpr size_t kShortestSecret = 8;

// Whoever puts a key into a variable or a file often brings the end of its line along, in
// any system's form.
std::string without_blanks_around(std::string text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  const size_t first = text.find_first_not_of(" \t\r\n\v\f");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n\v\f") - first + 1);
}

// A key goes into a header line: it must be one word of visible characters. The message
// does not repeat it.
Result<Secret> checked(const std::string& value, const std::string& place) {
  const bool word =
      std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!word)
    return invalid_argument("{place} holds no key: a key is one word of visible ASCII characters",
                            {{"place", place}});
  return Secret(value);
}

}  // namespace

Result<Secret> Secret::from_environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value == nullptr
             ? Secret()
             : checked(without_blanks_around(value), "the environment variable " + variable);
}

Result<Secret> Secret::from_file(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(std::string text, read_file(path, 1 << 20));
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  text = without_blanks_around(std::move(text));
  if (text.empty()) return invalid_argument("the first line holds no key").at(path);
  return checked(text, path);
}

bool Secret::can_be_hidden(const std::string& value) {
  if (value.size() >= kShortestSecret) return true;
  std::string folded;
  for (const char c : value)
    folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* placeholder :
       {"", "empty", "none", "null", "no", "dummy", "fake", "test", "key", "token", "x", "-"}) {
    if (folded == placeholder) return true;
  }
  return false;
}

std::string Secret::redact(std::string text) const {
  constexpr const char* kMark = "[key]";
  const auto take_out = [&](const std::string& value) {
    if (value.size() < kShortestSecret) return;
    for (size_t at = 0; (at = text.find(value, at)) != std::string::npos;)
      text.replace(at, value.size(), kMark);
  };
  take_out(value_);
  for (const std::string& value : hidden_)
    take_out(value);
  return text;
}

Message Secret::redact(const Message& message) const {
  return message.with_values([this](std::string text) { return redact(std::move(text)); });
}

bool is_secret_name(const std::string& name) {
  std::string folded;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  for (const char* part :
       {"apikey", "authorization", "secret", "password", "passwd", "credential", "accesskey",
        "privatekey", "subscriptionkey", "bearer", "cookie", "passphrase"}) {
    if (folded.find(part) != std::string::npos) return true;
  }
  for (const char* whole : {"key", "auth", "pwd", "jwt", "sig", "signature", "session"}) {
    if (folded == whole) return true;
  }
  if (!folded.ends_with("token")) return false;
  // Tokens of a tokenizer are no secrets.
  for (const char* kind : {"eos",   "bos",   "pad",   "unk", "sep", "cls",   "mask",    "stop",
                           "start", "end",   "begin", "bad", "per", "think", "special", "prompt",
                           "next",  "first", "last",  "new", "max", "min"}) {
    if (folded.find(kind) != std::string::npos) return false;
  }
  return true;
}

namespace withheld_keys {

namespace {

constexpr std::string_view kMarkBegin = "[key withheld ";

// The keys of this process; a mark is the place in the list. Words are read on one thread, before
// anything is sent.
std::vector<std::string>& keys() {
  static std::vector<std::string> list;
  return list;
}

std::string mark_of(const std::string& key) {
  auto found = std::find(keys().begin(), keys().end(), key);
  if (found == keys().end()) found = keys().insert(keys().end(), key);
  return std::string(kMarkBegin) + std::to_string(found - keys().begin() + 1) + "]";
}

// The place of a mark's key in the list, from 1; 0: no mark.
size_t place_of_mark(const std::string& text) {
  if (!text.starts_with(kMarkBegin) || !text.ends_with(']')) return 0;
  return std::strtoul(text.c_str() + kMarkBegin.size(), nullptr, 10);
}

bool begins_as_a_key(const std::string& text) {
  for (const char* begin :
       {"Bearer ", "bearer ", "Basic ", "basic ", "sk-", "hf_", "gsk_", "xai-", "nvapi-", "AIza"}) {
    if (text.starts_with(begin) && text.size() >= 12) return true;
  }
  return false;
}

Json hide_under(const Json& value, bool secret) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const bool hides =
        !text.empty() && place_of_mark(text) == 0 && (secret || begins_as_a_key(text));
    return hides ? Json(mark_of(text)) : value;
  }
  if (!value.is_structured()) return value;
  Json hidden = value.is_array() ? Json::array() : Json::object();
  for (const auto& [name, inner] : value.items()) {
    if (value.is_array()) {
      hidden.push_back(hide_under(inner, secret));
    } else {
      hidden[name] = hide_under(inner, secret || is_secret_name(name));
    }
  }
  return hidden;
}

}  // namespace

Json hide(const Json& value) {
  return hide_under(value, false);
}

Result<Json> reveal(const Json& value) {
  if (value.is_string()) {
    const size_t place = place_of_mark(value.get_ref<const std::string&>());
    if (place == 0) return value;
    if (place > keys().size()) {
      return invalid_argument(
          "a key inside of the remote model's settings was not written down with the run; name the "
          "model with its key "
          "again");
    }
    return Json(keys()[place - 1]);
  }
  if (!value.is_structured()) return value;
  Json revealed = value;
  for (Json& inner : revealed) {
    JANGWON_ASSIGN_OR_RETURN(inner, reveal(inner));
  }
  return revealed;
}

std::vector<std::string> keys_in(const Json& value) {
  std::vector<std::string> found;
  if (value.is_string()) {
    const size_t place = place_of_mark(value.get_ref<const std::string&>());
    if (place > 0 && place <= keys().size()) found.push_back(keys()[place - 1]);
  } else if (value.is_structured()) {
    for (const Json& inner : value) {
      const std::vector<std::string> more = keys_in(inner);
      found.insert(found.end(), more.begin(), more.end());
    }
  }
  return found;
}

std::string hide_in_word(const std::string& word) {
  std::string hidden = word;
  for (const std::string option : {"extra_body=", "headers="}) {
    for (size_t at = 0; (at = hidden.find(option, at)) != std::string::npos;) {
      at += option.size();
      const size_t end = std::min(hidden.find_first_of("&,", at), hidden.size());
      const Result<std::string> text = percent_decode(hidden.substr(at, end - at));
      const Result<Json> json = text.ok() ? parse_json(*text) : text.status();
      if (!json.ok()) continue;
      const Json safe = hide(*json);
      if (safe == *json) continue;
      const std::string written = percent_encode(to_json_line(safe));
      hidden.replace(at, end - at, written);
      at += written.size();
    }
  }
  return hidden;
}

}  // namespace withheld_keys

}  // namespace jangwon
