// The parts of an http or https URL that rules are made of: where a request goes, and whether a
// secret stands in it.

#pragma once

#include <string>

#include "runtime/base/status.h"

namespace jangwon {

struct Url {
  std::string scheme;  // http or https
  std::string host;    // lower case; an IPv6 address without its brackets
  int port = 0;        // the scheme's own where the URL names none
  std::string path;    // from the first '/'; may be empty
  std::string query;   // without '?'
  bool has_user_info = false;

  std::string origin() const;  // "https://host:port": who may see what was meant for this URL
  bool is_loopback() const;
};

// RFC 3986 as far as it concerns http; anything else is an error. Messages do not repeat the URL: a
// key may stand in it.
Result<Url> parse_url(const std::string& text);

// `reference` as it stands in a Location header, seen from `base`: absolute, or a path
// on the same host.
Result<std::string> resolve_url(const std::string& base, const std::string& reference);

// Everything but letters, digits and -._~ as %XX.
std::string percent_encode(const std::string& text);
Result<std::string> percent_decode(const std::string& text);

}  // namespace jangwon
