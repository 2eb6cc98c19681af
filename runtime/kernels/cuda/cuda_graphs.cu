#include "runtime/kernels/cuda/cuda_graphs.h"

#include <algorithm>
#include <utility>

namespace jangwon::runtime {

StepGraphs::~StepGraphs() {
  for (Remembered& remembered : remembered_)
    if (remembered.graph) cudaGraphExecDestroy(remembered.graph);
}

void StepGraphs::forget_graph_of(Remembered& remembered) {
  if (!remembered.graph) return;
  check_cuda(cudaStreamSynchronize(stream_));  // it may be running
  check_cuda(cudaGraphExecDestroy(std::exchange(remembered.graph, nullptr)));
}

GraphRun StepGraphs::begin(std::vector<int64_t> key, int num_moves) {
  JANGWON_CHECK(run_ == Run::kNone, "a graph within a graph");
  if (num_moves_ != num_moves) {
    for (Remembered& remembered : remembered_)
      forget_graph_of(remembered);
    num_moves_ = num_moves;
  }
  const auto found =
      std::find_if(remembered_.begin(), remembered_.end(),
                   [&](const Remembered& remembered) { return remembered.key == key; });
  if (found == remembered_.end()) {
    if (remembered_.size() == kMaxStepGraphs) {
      forget_graph_of(remembered_.back());
      remembered_.pop_back();
    }
    remembered_.push_front({.key = std::move(key)});
    run_ = Run::kFirst;
    return GraphRun::kByOperators;
  }
  remembered_.splice(remembered_.begin(), remembered_, found);
  if (found->graph) {
    check_cuda(cudaGraphLaunch(found->graph, stream_));
    run_ = Run::kReplayed;
    return GraphRun::kReplayed;
  }
  // Other threads, with GPUs of their own, may allocate meanwhile.
  check_cuda(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
  run_ = Run::kCaptured;
  return GraphRun::kByOperators;
}

void StepGraphs::end() {
  if (std::exchange(run_, Run::kNone) != Run::kCaptured) return;
  cudaGraph_t captured = nullptr;
  check_cuda(cudaStreamEndCapture(stream_, &captured));
  Remembered& newest = remembered_.front();
  check_cuda(cudaGraphInstantiate(&newest.graph, captured));
  check_cuda(cudaGraphDestroy(captured));
  check_cuda(cudaGraphLaunch(newest.graph, stream_));
}

}  // namespace jangwon::runtime
