// Lane kernels on the shapes of small and large models, for every instruction set of the machine.
// Items are multiply-adds. The cold ones read matrices that no cache holds, one after another as a
// step's experts are, and their bytes a second, scales included, stand beside those of reading
// alone.

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/device/devices.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {
namespace {

template <typename Weight>
void run_gemm(benchmark::State& state, const LaneKernels& table) {
  const int rows = static_cast<int>(state.range(0));
  const int inner = static_cast<int>(state.range(1));
  const int panels = static_cast<int>(state.range(2)) / kPanelWidth;
  const std::vector<float> x(static_cast<size_t>(rows) * static_cast<size_t>(inner), 0.5f);
  const std::vector<Weight> weights(
      static_cast<size_t>(panels) * static_cast<size_t>(inner) * kPanelWidth, Weight{1});
  std::vector<const Weight*> pointers;
  for (int p = 0; p < panels; ++p)
    pointers.push_back(weights.data() +
                       static_cast<size_t>(p) * static_cast<size_t>(inner) * kPanelWidth);
  std::vector<float> y(static_cast<size_t>(rows) * static_cast<size_t>(panels) * kPanelWidth);
  const GemmArguments<Weight> arguments{rows,  inner,           panels,   x.data(),
                                        inner, pointers.data(), y.data(), panels * kPanelWidth};
  for (auto unused : state) {
    static_cast<void>(unused);
    if constexpr (sizeof(Weight) == 4) {
      table.f32_f32w_gemm(arguments);
    } else {
      table.f32_bf16w_gemm(arguments);
    }
    benchmark::DoNotOptimize(y.data());
  }
  state.SetItemsProcessed(state.iterations() * int64_t{rows} * inner * panels * kPanelWidth);
}

int64_t panel_bytes_of(ChainFormat format, int64_t inner) {
  return inner * (format == ChainFormat::kBf16 ? 32 : format == ChainFormat::kNibble ? 8 : 16);
}

template <ChainFormat format>
void run_chain(benchmark::State& state, const LaneKernels& table) {
  const int rows = static_cast<int>(state.range(0));
  const int inner = static_cast<int>(state.range(1));
  const int panels = static_cast<int>(state.range(2)) / kPanelWidth;
  const auto panel_bytes = static_cast<size_t>(panel_bytes_of(format, inner));
  const int64_t x_stride = chain_row_size(inner);
  const std::vector<uint16_t> x(static_cast<size_t>(rows * x_stride), 0x3f00);
  const std::vector<std::byte> weights(static_cast<size_t>(panels) * panel_bytes, std::byte{1});
  const std::vector<float> scales(static_cast<size_t>(inner / 32 * kPanelWidth), 1.0f);
  const std::vector<uint16_t> codebook(32, 0x3f80);
  std::vector<const std::byte*> pointers;
  std::vector<const std::byte*> scale_pointers;
  for (int p = 0; p < panels; ++p) {
    pointers.push_back(weights.data() + static_cast<size_t>(p) * panel_bytes);
    scale_pointers.push_back(reinterpret_cast<const std::byte*>(scales.data()));
  }
  std::vector<float> y(static_cast<size_t>(rows) * static_cast<size_t>(panels) * kPanelWidth);
  std::vector<std::byte> work(static_cast<size_t>(gemm_work_bytes(inner)));
  const ChainArguments arguments{
      .format = format,
      .num_rows = rows,
      .inner = inner,
      .num_panels = panels,
      .x = x.data(),
      .x_stride = x_stride,
      .panels = pointers.data(),
      .scales = format == ChainFormat::kBf16 ? nullptr : scale_pointers.data(),
      .codebook = codebook.data(),
      .group_size = 32,
      .y = y.data(),
      .y_stride = panels * kPanelWidth,
      .work = work.data()};
  for (auto unused : state) {
    static_cast<void>(unused);
    table.chain_gemm(arguments);
    benchmark::DoNotOptimize(y.data());
  }
  state.SetItemsProcessed(state.iterations() * int64_t{rows} * inner * panels * kPanelWidth);
}

// Weights of more bytes than a cache has, a part for each thread of a benchmark.
struct ColdWeights {
  static constexpr int64_t kBytes = int64_t{1} << 30;
  AlignedBuffer memory{kBytes, PageSize::kHuge};
  ColdWeights() { std::memset(memory.data(), 0, kBytes); }
  static std::byte* part(const benchmark::State& state, int64_t& size) {
    static const ColdWeights weights;
    size = kBytes / state.threads();
    return weights.memory.data() + state.thread_index() * size;
  }
};

void read_cold(benchmark::State& state, const LaneKernels& table) {
  constexpr int64_t kChunk = 1 << 20;
  int64_t size = 0;
  const std::byte* weights = ColdWeights::part(state, size);
  int64_t at = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    benchmark::DoNotOptimize(table.read_memory(reinterpret_cast<const float*>(weights + at),
                                               kChunk / static_cast<int64_t>(sizeof(float))));
    at = at + kChunk == size ? 0 : at + kChunk;
  }
  state.SetBytesProcessed(state.iterations() * kChunk);
}

// Codes with bf16 scales of groups of 32, all codes before all scales, as the engine makes and
// holds them; or bf16 without.
template <ChainFormat format>
void run_cold_chain(benchmark::State& state, void (*gemm)(const ChainArguments&)) {
  constexpr int kGroup = 32;
  constexpr bool kHasScales = format != ChainFormat::kBf16;
  const int rows = static_cast<int>(state.range(0));
  const int inner = static_cast<int>(state.range(1));
  const int panels = static_cast<int>(state.range(2));  // of a call
  const int64_t panel_bytes = panel_bytes_of(format, inner);
  const int64_t scale_bytes = kHasScales ? int64_t{inner} / kGroup * kPanelWidth * 2 : 0;
  int64_t size = 0;
  const std::byte* weights = ColdWeights::part(state, size);
  const int64_t calls = size / (panels * (panel_bytes + scale_bytes));
  std::vector<const std::byte*> pointers;
  std::vector<const std::byte*> scale_pointers;
  for (int64_t panel = 0; panel < calls * panels; ++panel) {
    pointers.push_back(weights + panel * panel_bytes);
    scale_pointers.push_back(weights + calls * panels * panel_bytes + panel * scale_bytes);
  }
  const int64_t x_stride = chain_row_size(inner);
  const AlignedBuffer x(static_cast<size_t>(rows * x_stride * 2));
  const std::vector<uint16_t> codebook(32, 0);
  std::vector<float> y(static_cast<size_t>(rows * panels * kPanelWidth));
  std::vector<std::byte> work(static_cast<size_t>(gemm_work_bytes(inner)));
  int64_t call = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    gemm({.format = format,
          .num_rows = rows,
          .inner = inner,
          .num_panels = panels,
          .x = x.as<uint16_t>(),
          .x_stride = x_stride,
          .panels = pointers.data() + call * panels,
          .scales = kHasScales ? scale_pointers.data() + call * panels : nullptr,
          .scales_are_bf16 = kHasScales,
          .codebook = codebook.data(),
          .group_size = kHasScales ? kGroup : 0,
          .y = y.data(),
          .y_stride = panels * kPanelWidth,
          .work = work.data()});
    benchmark::DoNotOptimize(y.data());
    call = call + 1 == calls ? 0 : call + 1;
  }
  state.SetBytesProcessed(state.iterations() * panels * (panel_bytes + scale_bytes));
  state.SetItemsProcessed(state.iterations() * rows * panels * kPanelWidth * inner);
}

// The linear operator of every table that this machine can run, on one thread: what a step pays,
// workers included.
void run_linear(benchmark::State& state, const OpTable& table) {
  const int rows = static_cast<int>(state.range(0));
  const int64_t inner = state.range(1);
  const int64_t outputs = state.range(2);
  const std::unique_ptr<OpContext> context = table.make_context({.num_threads = 1});
  const std::vector<uint16_t> weights(static_cast<size_t>(inner * outputs), 0x3f00);
  StoredMatrix stored;
  stored.rows = outputs;
  stored.cols = inner;
  stored.format = PlainRows{.dtype = DType::kBF16, .data = weights.data()};
  const WeightMatrix matrix = table.pack(*context, std::move(stored), PackedUse::kProduct);
  DeviceArena arena({&table, context.get()});
  const Rows x = arena.make_rows(rows, inner);
  const Rows y = arena.make_rows(rows, outputs);
  table.clear(*context, x.data, static_cast<size_t>(rows * x.stride) * sizeof(float));
  for (auto unused : state) {
    static_cast<void>(unused);
    table.linear(*context, {.x = x, .num_rows = rows, .products = {{matrix.get(), y}}});
    benchmark::DoNotOptimize(y.data);
  }
  state.SetItemsProcessed(state.iterations() * rows * inner * outputs);
}

void register_all() {
  for (const OpTable* table : all_op_tables()) {
    benchmark::RegisterBenchmark((std::string("linear/") + table->name).c_str(),
                                 [table](benchmark::State& state) { run_linear(state, *table); })
        ->Args({1, 4096, 1280})
        ->Args({64, 1024, 1024})
        ->Args({512, 1024, 2048})
        ->Args({512, 1024, 512});
  }
  for (const LaneKernels* table : available_lane_kernels()) {
    const std::string isa = table->isa;
    for (const auto& [name, run] : {std::pair{"f32_f32w_gemm/", &run_gemm<float>},
                                    std::pair{"f32_bf16w_gemm/", &run_gemm<uint16_t>},
                                    std::pair{"chain_bf16/", &run_chain<ChainFormat::kBf16>},
                                    std::pair{"chain_int8/", &run_chain<ChainFormat::kInt8>},
                                    std::pair{"chain_fp8/", &run_chain<ChainFormat::kFp8>},
                                    std::pair{"chain_nibble/", &run_chain<ChainFormat::kNibble>}}) {
      benchmark::RegisterBenchmark(
          (name + isa).c_str(), [table, run = run](benchmark::State& state) { run(state, *table); })
          ->Args({1, 128, 128})
          ->Args({32, 128, 128})
          ->Args({512, 128, 1024})
          ->Args({1, 4096, 1280})
          ->Args({8, 4096, 1280});
    }
    benchmark::RegisterBenchmark(("read_cold/" + isa).c_str(),
                                 [table](benchmark::State& state) { read_cold(state, *table); })
        ->ThreadRange(1, 2)
        ->UseRealTime();
    for (const auto& [order, gemm] :
         {std::pair{"chain_cold", table->chain_gemm}, std::pair{"split_cold", table->split_gemm}}) {
      for (const auto& [format, run] :
           {std::pair{"/", &run_cold_chain<ChainFormat::kBf16>},
            std::pair{"_int8/", &run_cold_chain<ChainFormat::kInt8>},
            std::pair{"_fp8/", &run_cold_chain<ChainFormat::kFp8>},
            std::pair{"_nibble/", &run_cold_chain<ChainFormat::kNibble>}}) {
        auto* cold = benchmark::RegisterBenchmark(
            (order + (format + isa)).c_str(),
            [gemm = gemm, run = run](benchmark::State& state) { run(state, gemm); });
        cold->ThreadRange(1, 2)->UseRealTime();
        if (run == &run_cold_chain<ChainFormat::kBf16>) {
          cold->ArgsProduct({{1, 2, 4, 6, 8, 12, 16, 24, 32, 40, 64}, {1024}, {8}});
          cold->Args({2, 512, 8});
        } else {
          cold->ArgsProduct({{1, 4, 8, 16, 32, 64}, {1024}, {8}});
        }
      }
    }
  }
}

}  // namespace
}  // namespace jangwon::runtime

int main(int argc, char** argv) {
  jangwon::runtime::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
