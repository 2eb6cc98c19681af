// JSON: one alias and the strict parser that everybody uses. Headers include
// <nlohmann/json_fwd.hpp> only; the full header costs more than a second per file, so it is
// included by the .cc files that touch values.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon {

// keeps the order of keys, so that what we write reads as it was meant
using Json = nlohmann::ordered_json;

// Strict JSON (RFC 8259, UTF-8). Errors name the line and the column. Nesting deeper than 200
// levels and duplicate keys in one object are refused: two readers of such a file need not agree
// on what it says.
Result<Json> parse_json(std::string_view text);

// parse_json of a file of at most 1 GiB; the path stands in front of the message.
Result<Json> read_json_file(const std::string& path);

// One line, UTF-8 kept, invalid UTF-8 replaced by U+FFFD.
std::string to_json_line(const Json& value);

// Two-space indentation and a final newline.
std::string to_json_text(const Json& value);

}  // namespace jangwon
