// Text that other programs wrote. Python and JavaScript hold text as UTF-16 or by code point and
// write half of a surrogate pair where a text was cut inside one; servers cut bytes of one
// character into two messages. Neither may cost a reply: a half waits for its other half, and what
// stays alone becomes U+FFFD. Python also writes numbers that JSON does not have.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon {

// `text` as valid UTF-8: two halves of a surrogate pair beside one another are joined; a half
// alone, and every byte that is not UTF-8, becomes U+FFFD.
std::string mend_utf8(std::string_view text);

// parse_json, but neither an escaped half ("\ud83d") nor a byte that is not UTF-8 is refused, NaN
// and Infinity are null, and a control character may stand in a string unescaped. The strings of
// the value hold them as bytes (a half as the three that UTF-8 would give it), so that mend_utf8 of
// several pieces put together finds what belongs together.
Result<Json> parse_json_pieces(std::string_view text);

// parse_json_pieces with every string mended.
Result<Json> parse_foreign_json(std::string_view text);

}  // namespace jangwon
