// Our own reader besides libcurl's, because what is decided here (may the key go there, is this the
// same host) must be decided on the very text that is then asked. What two readers could end at
// different places, such as a backslash or a second colon in the host, is refused.
// tests/runtime/http/url_test.cc; tests/fuzz/http_text_fuzz.cc reads noise.

#include "runtime/http/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace jangwon {

namespace {

constexpr size_t npos = std::string_view::npos;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// "host:8000", "[::1]:8000" or without a port.
Status parse_host(std::string_view text, Url& url) {
  size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == npos) return invalid_argument("the URL's IPv6 address has no closing bracket");
    url.host = lower_case(text.substr(1, close - 1));
    colon = close + 1 < text.size() ? close + 1 : npos;
    if (colon != npos && text[colon] != ':')
      return invalid_argument("the URL has something else behind its address");
  } else {
    url.host = lower_case(text.substr(0, colon));
  }
  if (url.host.empty()) return invalid_argument("the URL names no host");
  // A host that another reader would end elsewhere must not be asked at all.
  const char* const excluded = text.starts_with('[') ? "[]/\\@\"<>^`{|}" : "[]:/\\@\"<>^`{|}";
  if (url.host.find_first_of(excluded) != npos)
    return invalid_argument("the URL's host holds a mark that no host has");
  url.port = url.scheme == "https" ? 443 : 80;
  if (colon == npos) return ok_status();
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || url.port < 1 || url.port > 65535)
    return invalid_argument("the URL's port is not one (1 to 65535)");
  return ok_status();
}

}  // namespace

std::string Url::origin() const {
  const std::string name = host.find(':') == npos ? host : "[" + host + "]";
  return scheme + "://" + name + ":" + std::to_string(port);
}

bool Url::is_loopback() const {
  // 127.example.com is somewhere else
  const bool numeric = host.find_first_not_of("0123456789.") == npos;
  return host == "localhost" || host == "::1" || (numeric && host.starts_with("127."));
}

Result<Url> parse_url(const std::string& text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
  });
  if (!printable) return invalid_argument("a URL holds no blanks or control characters");
  Url url;
  const size_t scheme_end = text.find("://");
  url.scheme = scheme_end == npos ? "" : lower_case(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") {
    return invalid_argument("a URL begins with http:// or https://");
  }
  std::string_view rest = std::string_view(text).substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  rest.remove_prefix(authority_end);
  if (const size_t at = authority.rfind('@'); at != npos) {
    url.has_user_info = true;
    authority.remove_prefix(at + 1);
  }
  JANGWON_RETURN_IF_ERROR(parse_host(authority, url));
  const size_t question = std::min(rest.find('?'), rest.size());
  url.path = std::string(rest.substr(0, question));
  if (question < rest.size()) url.query = std::string(rest.substr(question + 1));
  return url;
}

Result<std::string> resolve_url(const std::string& base, const std::string& reference) {
  std::string target = reference;
  if (reference.find("://") == npos) {
    JANGWON_ASSIGN_OR_RETURN(const Url url, parse_url(base));
    const size_t slash = url.path.rfind('/');
    const std::string folder = slash == npos ? "/" : url.path.substr(0, slash + 1);
    target = reference.starts_with("//")  ? url.scheme + ":" + reference
             : reference.starts_with('/') ? url.origin() + reference
                                          : url.origin() + folder + reference;
  }
  JANGWON_RETURN_IF_ERROR(parse_url(target).status());
  return target;
}

std::string percent_encode(const std::string& text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

Result<std::string> percent_decode(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    const bool enough = i + 2 < text.size();
    if (!enough || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) {
      return invalid_argument(
          "a % that is not followed by two hexadecimal digits; write % itself as %25");
    }
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

}  // namespace jangwon
