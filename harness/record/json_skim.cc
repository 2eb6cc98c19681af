// Strings are most of a journal, so a string is jumped over from quote to quote with memchr, and
// the backslashes in front of a quote are counted instead of every escape being read. Nested values
// need only their depth for the same reason: brackets inside of strings are never looked at.
// Escapes are undone by the JSON library where a string is asked for; there is no second decoder
// that could disagree with it. tests/harness/record/json_skim_test.cc compares with that library,
// tests/fuzz/json_skim_fuzz.cc on noise.

#include "harness/record/json_skim.h"

#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

namespace jangwon::harness {

void JsonSkimmer::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

bool JsonSkimmer::at_end() {
  skip_space();
  return at_ == text_.size();
}

bool JsonSkimmer::take(char c) {
  skip_space();
  if (!ok_ || at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonSkimmer::enter(char bracket) {
  if (!take(bracket)) {
    fail();
    return false;
  }
  first_ = true;
  return true;
}

bool JsonSkimmer::next_key(std::string_view& key) {
  if (!ok_) return false;
  if (take('}')) {
    first_ = false;
    return false;
  }
  if (!first_ && !take(',')) fail();
  first_ = false;
  skip_space();
  size_t begin = at_;
  skip_string();
  if (!ok_) return false;
  key = text_.substr(begin + 1, at_ - begin - 2);
  if (key.find('\\') != std::string_view::npos || !take(':')) fail();
  return ok_;
}

bool JsonSkimmer::next_item() {
  if (!ok_) return false;
  if (take(']')) {
    first_ = false;
    return false;
  }
  if (!first_ && !take(',')) fail();
  first_ = false;
  return ok_;
}

void JsonSkimmer::skip_string() {
  if (at_ >= text_.size() || text_[at_] != '"') return fail();
  for (size_t from = at_ + 1;;) {
    const void* quote =
        from < text_.size() ? std::memchr(text_.data() + from, '"', text_.size() - from) : nullptr;
    if (quote == nullptr) return fail();
    size_t end = static_cast<size_t>(static_cast<const char*>(quote) - text_.data());
    size_t backslashes = 0;
    while (end - backslashes > at_ + 1 && text_[end - backslashes - 1] == '\\')
      ++backslashes;
    if (backslashes % 2 == 0) {
      at_ = end + 1;
      return;
    }
    from = end + 1;
  }
}

void JsonSkimmer::skip_value() {
  skip_space();
  if (!ok_ || at_ >= text_.size()) return fail();
  if (text_[at_] == '"') return skip_string();
  if (text_[at_] != '{' && text_[at_] != '[') {
    size_t end = text_.find_first_of(",]} \n\r\t", at_);
    if (end == at_) return fail();
    at_ = end == std::string_view::npos ? text_.size() : end;
    return;
  }
  // Brackets inside strings are jumped over with their strings, so counting depth is enough.
  int depth = 0;
  while (at_ < text_.size()) {
    at_ = text_.find_first_of("\"{}[]", at_);
    if (at_ == std::string_view::npos) break;
    char c = text_[at_];
    if (c == '"') {
      skip_string();
      if (!ok_) return;
      continue;
    }
    ++at_;
    depth += c == '{' || c == '[' ? 1 : -1;
    if (depth == 0) return;
  }
  at_ = text_.size();
  fail();
}

std::string_view JsonSkimmer::raw_value() {
  skip_space();
  size_t begin = at_;
  skip_value();
  return ok_ ? text_.substr(begin, at_ - begin) : std::string_view();
}

std::string JsonSkimmer::string_value() {
  skip_space();
  size_t begin = at_;
  skip_string();
  if (!ok_) return "";
  std::string_view raw = text_.substr(begin, at_ - begin);
  if (raw.find('\\') == std::string_view::npos) return std::string(raw.substr(1, raw.size() - 2));
  auto parsed = nlohmann::json::parse(raw, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_string()) {
    fail();
    return "";
  }
  return parsed.get<std::string>();
}

int64_t JsonSkimmer::integer_value() {
  std::string_view raw = raw_value();
  int64_t value = 0;
  auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error != std::errc() || end != raw.data() + raw.size()) fail();
  return ok_ ? value : 0;
}

bool JsonSkimmer::bool_value() {
  std::string_view raw = raw_value();
  if (raw != "true" && raw != "false") fail();
  return ok_ && raw == "true";
}

bool JsonSkimmer::is_null() {
  skip_space();
  return ok_ && text_.substr(at_, 4) == "null";
}

}  // namespace jangwon::harness
