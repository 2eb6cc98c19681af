// The three wrappings around LiveCodeBench's private tests, each undone strictly and within a
// bound: base64, zlib and a Python pickle of one str.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon::datasets {

// Base64 of RFC 4648, section 4: the standard alphabet, padded, no line breaks.
Result<std::string> decode_base64(std::string_view text);

// One whole zlib stream (RFC 1950). More than max_bytes of output, a stream that is cut off or
// bytes after its end are errors.
Result<std::string> inflate_zlib(std::string_view bytes, size_t max_bytes);

// The str in a pickle that holds nothing else, as UTF-8. A pickle is a program; this reads only the
// opcodes that a lone str needs (PROTO, FRAME, the unicode strings of protocols 0 to 5, memo
// writes, STOP) and refuses every other one, so nothing is ever looked up or called.
Result<std::string> unpickle_string(std::string_view bytes);

}  // namespace jangwon::datasets
