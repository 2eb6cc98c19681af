#include "harness/backends/load_meter.h"

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "runtime/base/localized.h"

namespace jangwon::harness {

std::function<void(int64_t, int64_t)> make_load_meter(std::FILE* stream) {
  using Clock = std::chrono::steady_clock;
  if (stream == nullptr) return {};
  const Clock::time_point start = Clock::now();
  return [stream, begin = start, shown = start](int64_t done, int64_t total) mutable {
    const Clock::time_point now = Clock::now();
    const bool last = done == total && shown != begin;
    if (now - shown < std::chrono::seconds(1) && !last) return;
    shown = now;
    const double seconds = std::chrono::duration<double>(now - begin).count();
    const std::string line =
        localized("weights read: {done} of {total} GB, {seconds} GB/s",
                  {{"done", fmt::format("{:.1f}", static_cast<double>(done) / 1e9)},
                   {"total", fmt::format("{:.1f}", static_cast<double>(total) / 1e9)},
                   {"seconds", fmt::format("{:.2f}", static_cast<double>(done) / 1e9 / seconds)}});
    std::fprintf(stream, "%s\n", line.c_str());
  };
}

}  // namespace jangwon::harness
