// Lane kernels on the shapes of small and large models, for every instruction set of the machine. Items are
// multiply-adds.

#include <benchmark/benchmark.h>

#include <vector>

#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {
namespace {

template <typename Weight>
void run_gemm(benchmark::State& state, const LaneKernels& table) {
  const int rows = static_cast<int>(state.range(0));
  const int inner = static_cast<int>(state.range(1));
  const int panels = static_cast<int>(state.range(2)) / kPanelWidth;
  const std::vector<float> x(static_cast<size_t>(rows) * static_cast<size_t>(inner), 0.5f);
  const std::vector<Weight> weights(static_cast<size_t>(panels) * static_cast<size_t>(inner) * kPanelWidth, Weight{1});
  std::vector<const Weight*> pointers;
  for (int p = 0; p < panels; ++p)
    pointers.push_back(weights.data() + static_cast<size_t>(p) * static_cast<size_t>(inner) * kPanelWidth);
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

void register_all() {
  for (const LaneKernels* table : available_lane_kernels()) {
    const std::string isa = table->isa;
    for (const auto& [name, run] :
         {std::pair{"f32_f32w_gemm/", &run_gemm<float>}, std::pair{"f32_bf16w_gemm/", &run_gemm<uint16_t>}}) {
      benchmark::RegisterBenchmark((name + isa).c_str(),
                                   [table, run = run](benchmark::State& state) { run(state, *table); })
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
