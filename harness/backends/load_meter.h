// How far the loading of an embedded model is, a line every second; nothing of a model
// that takes less.

#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>

namespace jangwon::harness {

// For EngineOptions::on_load. Null: nothing is written.
std::function<void(int64_t done_bytes, int64_t total_bytes)> make_load_meter(std::FILE* stream);

}  // namespace jangwon::harness
