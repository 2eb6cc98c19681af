// Grammar: RFC 9112. Tests: tests/runtime/http/http_request_reader_test.cc; fuzzed by
// tests/fuzz/http_request_fuzz.cc.

#include "runtime/http/http_request_reader.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/check.h"

namespace jangwon {

namespace {

constexpr std::string_view kBlanks = " \t";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<size_t> whole_number(std::string_view text, int base) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || text.front() == '-' || error != std::errc() ||
      end != text.data() + text.size())
    return std::nullopt;
  return value;
}

bool lists(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const size_t comma = std::min(value.find(','), value.size());
    if (lower_case(trimmed(value.substr(0, comma))) == word) return true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return false;
}

}  // namespace

std::string_view ServerRequest::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (known == name) return value;
  }
  return {};
}

size_t HttpRequestReader::feed(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && stage_ != Stage::kDone && stage_ != Stage::kRefused) {
    const std::string_view rest = bytes.substr(used);
    if (stage_ == Stage::kFixedBody || stage_ == Stage::kChunkData) {
      const size_t size = std::min(rest.size(), remaining_);
      request_.body.append(rest.substr(0, size));
      used += size;
      remaining_ -= size;
      if (remaining_ == 0) stage_ = stage_ == Stage::kFixedBody ? Stage::kDone : Stage::kChunkEnd;
      continue;
    }
    const size_t newline = rest.find('\n');
    const size_t size = newline == std::string_view::npos ? rest.size() : newline + 1;
    used += size;
    line_.append(rest.substr(0, size));
    head_bytes_ += size;
    if (line_.size() > limits_.max_line_bytes + 2 || head_bytes_ > limits_.max_head_bytes) {
      refuse(stage_ == Stage::kRequestLine ? 414 : 431,
             "the head of the request is larger than this server reads");
    } else if (newline != std::string_view::npos) {
      end_line();
    }
  }
  return used;
}

void HttpRequestReader::end_line() {
  if (!line_.ends_with("\r\n")) return refuse(400, "a line of the request ends in LF without CR");
  line_.resize(line_.size() - 2);
  if (has_control_bytes(line_))
    return refuse(400, "the head of the request holds control characters");
  switch (stage_) {
    case Stage::kRequestLine:
      // an empty line in front of a request is passed over
      if (!line_.empty()) read_request_line();
      break;
    case Stage::kHeaders:
      line_.empty() ? end_head() : read_header();
      break;
    case Stage::kChunkSize:
      read_chunk_size();
      break;
    case Stage::kChunkEnd:
      if (!line_.empty()) return refuse(400, "a chunk of the body is longer than its size says");
      stage_ = Stage::kChunkSize;
      break;
    case Stage::kTrailers:
      if (line_.empty()) stage_ = Stage::kDone;
      break;
    default:
      break;
  }
  line_.clear();
}

void HttpRequestReader::read_request_line() {
  const size_t first = line_.find(' ');
  const size_t second = first == std::string::npos ? first : line_.find(' ', first + 1);
  if (second == std::string::npos)
    return refuse(400, "the request line is not METHOD PATH HTTP/1.1");
  const std::string_view version = std::string_view(line_).substr(second + 1);
  request_.method = line_.substr(0, first);
  std::string target = line_.substr(first + 1, second - first - 1);
  if (!is_token(request_.method) || !version.starts_with("HTTP/") || target.empty())
    return refuse(400, "the request line is not METHOD PATH HTTP/1.1");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refuse(505, "this server speaks HTTP/1.1");
  if (target.front() != '/') return refuse(400, "the target of the request is not a path");
  request_.is_http_1_0 = version == "HTTP/1.0";
  request_.keep_alive = !request_.is_http_1_0;
  const size_t question = std::min(target.find('?'), target.size());
  request_.query = question < target.size() ? target.substr(question + 1) : "";
  target.resize(question);
  request_.path = std::move(target);
  stage_ = Stage::kHeaders;
}

void HttpRequestReader::read_header() {
  const size_t colon = line_.find(':');
  if (colon == std::string::npos || !is_token(std::string_view(line_).substr(0, colon)))
    return refuse(400, "a header of the request is not NAME: VALUE");
  if (request_.headers.size() >= limits_.max_headers)
    return refuse(431, "the request has more headers than this server reads");
  const std::string name = lower_case(std::string_view(line_).substr(0, colon));
  const std::string_view value = trimmed(std::string_view(line_).substr(colon + 1));
  if (name == "content-length") {
    const std::optional<size_t> length = whole_number(value, 10);
    if (!length || content_length_) return refuse(400, "Content-Length is not one whole number");
    content_length_ = length;
  } else if (name == "transfer-encoding") {
    if (is_chunked_ || lower_case(value) != "chunked")
      return refuse(501, "of transfer encodings this server reads chunked alone");
    is_chunked_ = true;
  } else if (name == "expect") {
    if (lower_case(value) != "100-continue")
      return refuse(417, "of expectations this server knows 100-continue alone");
    wants_continue_ = !request_.is_http_1_0;
  } else if (name == "connection") {
    if (lists(value, "close")) request_.keep_alive = false;
    if (request_.is_http_1_0 && lists(value, "keep-alive")) request_.keep_alive = true;
  } else if (name == "host" && !request_.header("host").empty()) {
    return refuse(400, "the request has two Host headers");
  }
  request_.headers.emplace_back(name, value);
}

void HttpRequestReader::end_head() {
  const bool has_host = std::any_of(request_.headers.begin(), request_.headers.end(),
                                    [](const auto& header) { return header.first == "host"; });
  if (!has_host && !request_.is_http_1_0) return refuse(400, "the request has no Host header");
  if (is_chunked_ && (content_length_ || request_.is_http_1_0))
    return refuse(400, "the request has chunks where they cannot be");
  if (content_length_.value_or(0) > limits_.max_body_bytes) {
    return refuse(413, "the body of the request has " + std::to_string(*content_length_) +
                           " bytes, and this server reads at most " +
                           std::to_string(limits_.max_body_bytes));
  }
  remaining_ = content_length_.value_or(0);
  stage_ = is_chunked_ ? Stage::kChunkSize : remaining_ > 0 ? Stage::kFixedBody : Stage::kDone;
  if (stage_ == Stage::kDone) wants_continue_ = false;
}

void HttpRequestReader::read_chunk_size() {
  const std::string_view digits = std::string_view(line_).substr(0, line_.find(';'));
  const std::optional<size_t> size = whole_number(trimmed(digits), 16);
  if (!size) return refuse(400, "the size of a chunk is not a hexadecimal number");
  if (*size > limits_.max_body_bytes - request_.body.size()) {
    return refuse(413, "the body of the request is larger than the " +
                           std::to_string(limits_.max_body_bytes) +
                           " bytes that this server reads");
  }
  // A body of tiny chunks has many sizes; only what stands beside the data counts as head.
  head_bytes_ -= std::min(head_bytes_, line_.size() + 4);
  remaining_ = *size;
  stage_ = *size > 0 ? Stage::kChunkData : Stage::kTrailers;
}

void HttpRequestReader::refuse(int status, std::string why) {
  stage_ = Stage::kRefused;
  refused_status_ = status;
  refusal_ = std::move(why);
  line_ = {};
  request_.body = {};
}

size_t HttpRequestReader::body_bytes() const {
  return std::max(content_length_.value_or(0), request_.body.size());
}

bool HttpRequestReader::take_continue_wish() {
  return is_in_body() && std::exchange(wants_continue_, false);
}

ServerRequest HttpRequestReader::take() {
  JANGWON_CHECK(is_whole());
  ServerRequest request = std::move(request_);
  *this = HttpRequestReader(limits_);
  return request;
}

}  // namespace jangwon
