// What a machine can run is asked, not assumed: of the processor for its instructions, of the
// kernel for the tiles' registers, of the tiles for their sums, and of the clock for the faster way
// to a chain, since the same instruction takes half of its multiply-adds' time on one processor and
// twice on another. Every table has the same bits (tests/runtime/kernels/cpu), so that no answer
// changes a result.

#include "runtime/kernels/cpu/lane_kernel_list.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <random>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace jangwon::runtime {

#if defined(__x86_64__)

namespace {

// AMX_TILE and AMX_BF16, and the kernel's leave for this process to have the tiles' registers.
bool may_use_tiles() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const bool tiles = (d >> 24 & 1) != 0 && (d >> 22 & 1) != 0;
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return tiles && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace

#endif

bool has_split_bits_of(const LaneKernels& table, const LaneKernels& reference) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (const int rows : {5, 16, 33}) {
    constexpr int kInner = 200;
    constexpr int kPanels = 3;
    constexpr int kBlocks = 5;
    std::vector<float> x(static_cast<size_t>(rows) * kInner);
    for (float& value : x)
      value = normal(random);
    std::vector<uint16_t> weights(size_t{kPanels} * kPanelWidth * kInner);
    for (uint16_t& weight : weights)
      weight = static_cast<uint16_t>(0x3c00 + random() % 0x280 + (random() % 2 << 15));
    const std::byte* panels[kPanels];
    for (int p = 0; p < kPanels; ++p)
      panels[p] = reinterpret_cast<const std::byte*>(weights.data() + p * kPanelWidth * kInner);
    const std::byte* blocks[kBlocks];
    for (int i = 0; i < kBlocks; ++i)
      blocks[i] =
          reinterpret_cast<const std::byte*>(weights.data() + i * kPanelWidth * kBlockTokens);
    const int64_t stride = chain_row_size(kInner);
    std::vector<uint16_t> rounded(static_cast<size_t>(rows * stride));
    for (int row = 0; row < rows; ++row)
      reference.round_row(x.data() + row * kInner, kInner, rounded.data() + row * stride);
    const auto run = [&](const LaneKernels& kernels) {
      std::vector<float> y(static_cast<size_t>(rows) * 2 * kPanels * kPanelWidth);
      std::vector<std::byte> work(static_cast<size_t>(chain_work_bytes(kInner)));
      kernels.split_gemm({.num_rows = rows,
                          .inner = kInner,
                          .num_panels = kPanels,
                          .x = rounded.data(),
                          .x_stride = stride,
                          .panels = panels,
                          .y = y.data(),
                          .y_stride = 2 * kPanels * kPanelWidth,
                          .work = work.data()});
      kernels.split_values({.num_rows = rows,
                            .p = x.data(),
                            .p_stride = kInner,
                            .num_blocks = kBlocks,
                            .blocks = blocks,
                            .num_panels = 1,
                            .out = y.data() + kPanels * kPanelWidth,
                            .out_stride = 2 * kPanels * kPanelWidth,
                            .work = work.data()});
      return y;
    };
    const std::vector<float> ours = run(table);
    const std::vector<float> theirs = run(reference);
    if (std::memcmp(ours.data(), theirs.data(), ours.size() * sizeof(float)) != 0) return false;
  }
  return true;
}

#if defined(__x86_64__)
bool has_fast_bf16_chains() {
  static const bool fast = [] {
    const PeakProducts& floats = kAvx512Kernels.peak;
    const PeakProducts& pairs = kAvx512Bf16Kernels.peak;
    const auto seconds_of = [](const PeakProducts& peak) {
      constexpr int64_t kOperations = 4'000'000;  // some 20 µs
      constexpr int kPasses = 8;                  // another process can only make a pass slower
      const int64_t rounds = kOperations / peak.operations_per_round;
      double best = std::numeric_limits<double>::infinity();
      float sink = 0.0f;
      for (int pass = 0; pass < kPasses; ++pass) {
        const auto begin = std::chrono::steady_clock::now();
        sink += peak.run(rounds);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        best = std::min(best, seconds.count());
      }
      static_cast<void>(sink);
      return best / static_cast<double>(rounds * peak.operations_per_round);
    };
    constexpr double kWorthWidening = 1.25;
    return seconds_of(pairs) < kWorthWidening * seconds_of(floats);
  }();
  return fast;
}
#endif

const std::vector<const LaneKernels*>& available_lane_kernels() {
  static const std::vector<const LaneKernels*> tables = [] {
    std::vector<const LaneKernels*> list = {&kPortableKernels};
#if defined(__x86_64__)
    const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (fma) list.push_back(&kAvx2Kernels);
    const bool avx512 = fma && __builtin_cpu_supports("avx512f");
    if (avx512) list.push_back(&kAvx512Kernels);
    if (avx512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bf16")) {
      list.push_back(&kAvx512Bf16Kernels);
      if (may_use_tiles() && has_split_bits_of(kAmxKernels, kAvx512Kernels))
        list.push_back(&kAmxKernels);
    }
#endif
    return list;
  }();
  return tables;
}

}  // namespace jangwon::runtime
