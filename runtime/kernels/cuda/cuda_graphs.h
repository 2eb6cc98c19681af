// Steps as CUDA graphs: a run of operators is captured once for each key and launched as a whole
// whenever the key comes again, which takes the host one call where there are a thousand.
//
// The first run under a key is computed by the operators: scratch grows to what it needs, and what
// they know of weights goes to where graphs may read it, neither of which a capture allows. The
// second is captured and launched, all further ones are launched. When memory that kernels know by
// its address was moved all graphs are forgotten, and captured anew when they are next wanted.
//
// Tests: tests/runtime/kernels/cuda/step_graphs_test.cc.

#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "runtime/kernels/cuda/device.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// Keys that are remembered; of more the one that was not used for longest goes. A batch that grows
// and shrinks, with contexts of a few lengths, has fewer.
constexpr size_t kMaxStepGraphs = 32;

class StepGraphs {
 public:
  explicit StepGraphs(cudaStream_t stream) : stream_(stream) {}
  ~StepGraphs();
  StepGraphs(const StepGraphs&) = delete;
  StepGraphs& operator=(const StepGraphs&) = delete;

  // `num_moves` counts how often memory was moved that graphs know.
  GraphRun begin(std::vector<int64_t> key, int num_moves);
  void end();
  // Whether operators are called that a graph repeats later, or may.
  bool is_open() const { return run_ == Run::kFirst || run_ == Run::kCaptured; }

 private:
  struct Remembered {
    std::vector<int64_t> key;
    cudaGraphExec_t graph = nullptr;  // none yet
  };
  enum class Run { kNone, kFirst, kCaptured, kReplayed };
  void forget_graph_of(Remembered& remembered);

  cudaStream_t stream_;
  std::list<Remembered> remembered_;  // the one that was used last comes first
  int num_moves_ = 0;
  Run run_ = Run::kNone;
};

}  // namespace jangwon::runtime
