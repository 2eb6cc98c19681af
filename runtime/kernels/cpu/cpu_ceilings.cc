#include "runtime/kernels/cpu/cpu_ceilings.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "runtime/base/aligned_buffer.h"
#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPasses = 8;  // another process can only make a pass slower

template <typename Body>
double best_seconds(const Body& body) {
  double best = 1e30;
  for (int pass = 0; pass < kPasses; ++pass) {
    const Clock::time_point begin = Clock::now();
    body();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

}  // namespace

Ceilings cpu_measure_ceilings(OpContext& op_context) {
  CpuContext& context = as_cpu(op_context);
  const LaneKernels& lanes = context.lanes;
  std::atomic<float> sink = 0.0f;  // so that nothing is left out

  // Tasks of some milliseconds, several a thread: a thread that is held up loses the
  // others' time with it.
  constexpr int kTasksOfThread = 4;
  const PeakProducts& peak = context.numerics == Numerics::kFloat32 ? lanes.float_peak : lanes.peak;
  const int64_t rounds = std::max<int64_t>(1, 400'000'000 / peak.operations_per_round);
  const int64_t tasks = int64_t{kTasksOfThread} * context.num_threads;
  const double product_seconds = best_seconds(
      [&] { context.for_tasks(tasks, [&](int64_t, CpuScratch&) { sink = peak.run(rounds); }); });

  // Larger than any cache of a core or of a few cores.
  constexpr int64_t kFloats = int64_t{1} << 27;
  constexpr int64_t kChunk = int64_t{1} << 20;
  AlignedBuffer buffer(kFloats * sizeof(float), PageSize::kHuge);  // as weights are
  float* data = buffer.as<float>();
  context.for_tasks(kFloats / kChunk, [&](int64_t chunk, CpuScratch&) {
    std::fill_n(data + chunk * kChunk, kChunk, 1.0f);
  });
  const double memory_seconds = best_seconds([&] {
    context.for_tasks(kFloats / kChunk, [&](int64_t chunk, CpuScratch&) {
      sink = lanes.read_memory(data + chunk * kChunk, kChunk);
    });
  });
  return {.operations_per_s =
              static_cast<double>(tasks * rounds * peak.operations_per_round) / product_seconds,
          .memory_bytes_per_s = static_cast<double>(kFloats) * sizeof(float) / memory_seconds};
}

}  // namespace jangwon::runtime
