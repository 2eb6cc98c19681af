// Lane kernels on the shapes of small and large models, for every instruction set of the machine.
// Items are multiply-adds.

#include <benchmark/benchmark.h>

#include <vector>

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

template <ChainFormat format>
void run_chain(benchmark::State& state, const LaneKernels& table) {
  const int rows = static_cast<int>(state.range(0));
  const int inner = static_cast<int>(state.range(1));
  const int panels = static_cast<int>(state.range(2)) / kPanelWidth;
  const size_t panel_bytes = static_cast<size_t>(inner) * (format == ChainFormat::kBf16     ? 32
                                                           : format == ChainFormat::kNibble ? 8
                                                                                            : 16);
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
  std::vector<std::byte> work(static_cast<size_t>(chain_work_bytes(inner)));
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

// The linear operator of every table that this machine can run, on one thread: what a step pays,
// workers included.
void run_linear(benchmark::State& state, const OpTable& table) {
  const int rows = static_cast<int>(state.range(0));
  const int64_t inner = state.range(1);
  const int64_t outputs = state.range(2);
  const std::unique_ptr<OpContext> context = table.make_context({.num_threads = 1});
  const std::vector<float> weights(static_cast<size_t>(inner * outputs), 0.5f);
  StoredMatrix stored;
  stored.rows = outputs;
  stored.cols = inner;
  stored.format = PlainRows{.dtype = DType::kF32, .data = weights.data()};
  const WeightMatrix matrix = table.pack(*context, std::move(stored), PackedUse::kProduct);
  DeviceArena arena({&table, context.get()});
  const Rows x = arena.make_rows(rows, inner);
  const Rows y = arena.make_rows(rows, outputs);
  table.clear(*context, x.data, static_cast<size_t>(rows * x.stride) * sizeof(float));
  for (auto unused : state) {
    static_cast<void>(unused);
    table.linear(*context, {.x = x, .num_rows = rows, .weight = matrix.get(), .y = y});
    benchmark::DoNotOptimize(y.data);
  }
  state.SetItemsProcessed(state.iterations() * rows * inner * outputs);
}

void register_all() {
  for (const OpTable* table : all_op_tables()) {
    benchmark::RegisterBenchmark((std::string("linear/") + table->name).c_str(),
                                 [table](benchmark::State& state) { run_linear(state, *table); })
        ->Args({1, 4096, 1280})
        ->Args({64, 1024, 1024});
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
