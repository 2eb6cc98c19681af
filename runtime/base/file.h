// Whole files in and out.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon {

// The whole content of a regular file or a pipe. `max_bytes` bounds what foreign input can make us hold.
Result<std::string> read_file(const std::string& path, uint64_t max_bytes = uint64_t{1} << 34);

// Writes beside the target, syncs and renames: a reader sees the old content or the new, never a part.
Status write_file_atomically(const std::string& path, std::string_view content);

}  // namespace jangwon
