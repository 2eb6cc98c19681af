// How much memory this process could still take: what the machine has available, within the limits
// of its cgroups and its own (RLIMIT_DATA, RLIMIT_AS).

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jangwon::runtime {

// Empty where nothing is known. `root` stands before /proc and /sys in tests.
std::optional<int64_t> available_memory_bytes(const std::string& root = {});

}  // namespace jangwon::runtime
