// Graphs of runs under keys. The emulated GPU replays a call with the arguments that it was
// captured with, so that what a run is told anew has to come through memory, and a graph has to go
// when memory that it knows does.

#include <gtest/gtest.h>

#include "runtime/kernels/cuda/cuda_context.h"
#include "tests/cuda_emulator/device_array.h"
#include "tests/cuda_emulator/emulator.h"

namespace jangwon::runtime {
namespace step_graph_kernels {

__global__ void add_kernel(int* total, const int* amount, int more) {
  *total += *amount + more;
}

}  // namespace step_graph_kernels

namespace {

using cuda_emulator::DeviceArray;
using cuda_emulator::require;

class StepGraphsTest : public testing::Test {
 protected:
  void SetUp() override {
    cuda_emulator::set_schedule(0);
    require(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  }
  void TearDown() override { require(cudaStreamDestroy(stream_)); }

  // One run under the key that adds `amount`, by way of memory, and `more`, by value.
  GraphRun run(StepGraphs& graphs, int64_t key, int amount, int more = 0, int num_moves = 0) {
    require(cudaMemcpyAsync(amount_.get(), &amount, sizeof(int), cudaMemcpyHostToDevice, stream_));
    const GraphRun how = graphs.begin({key}, num_moves);
    if (how == GraphRun::kByOperators)
      launch(step_graph_kernels::add_kernel, 1, 1, 0, stream_, total_.get(),
             static_cast<const int*>(amount_.get()), more);
    graphs.end();
    return how;
  }
  int total() {
    require(cudaStreamSynchronize(stream_));
    return total_.to_host()[0];
  }

  cudaStream_t stream_ = nullptr;
  DeviceArray<int> total_{std::vector<int>(1, 0)}, amount_{1};
};

TEST_F(StepGraphsTest, TheFirstRunIsTheOperatorsTheSecondIsCapturedTheThirdReplayed) {
  StepGraphs graphs(stream_);
  EXPECT_EQ(run(graphs, 1, 1), GraphRun::kByOperators);
  EXPECT_EQ(cuda_emulator::counters().graphs, 0u);
  EXPECT_EQ(run(graphs, 1, 10), GraphRun::kByOperators);
  EXPECT_EQ(cuda_emulator::counters().graphs, 1u);
  EXPECT_EQ(run(graphs, 1, 100), GraphRun::kReplayed);
  EXPECT_EQ(total(), 111) << "each run once, with the memory's amount of then";
}

// Why a key has to hold every number that can change: nothing else tells a graph of it.
TEST_F(StepGraphsTest, ANumberThatTheKeyDoesNotHoldStaysWhatItWasCapturedWith) {
  StepGraphs graphs(stream_);
  run(graphs, 1, 0, 1);
  run(graphs, 1, 0, 10);
  run(graphs, 1, 0, 100);
  EXPECT_EQ(total(), 1 + 10 + 10);
  run(graphs, 2, 0, 100);
  EXPECT_EQ(total(), 1 + 10 + 10 + 100);
}

TEST_F(StepGraphsTest, MovedMemoryEndsAllGraphs) {
  StepGraphs graphs(stream_);
  for (int i = 0; i < 3; ++i)
    run(graphs, 1, 1);
  EXPECT_EQ(run(graphs, 1, 1, 0, 1), GraphRun::kByOperators);
  EXPECT_EQ(cuda_emulator::counters().graphs, 1u) << "captured anew";
  EXPECT_EQ(run(graphs, 1, 1, 0, 1), GraphRun::kReplayed);
  EXPECT_EQ(total(), 5);
}

TEST_F(StepGraphsTest, AreBoundedAndTheOneUsedLongestAgoGoes) {
  {
    StepGraphs graphs(stream_);
    constexpr int kKeys = 3 * static_cast<int>(kMaxStepGraphs);
    for (int key = 0; key < kKeys; ++key) {
      run(graphs, key, 1);
      run(graphs, key, 1);
      EXPECT_EQ(run(graphs, 0, 1), GraphRun::kReplayed) << "used all the time";
      EXPECT_LE(cuda_emulator::counters().graphs, kMaxStepGraphs);
    }
    EXPECT_EQ(cuda_emulator::counters().graphs, kMaxStepGraphs);
    EXPECT_EQ(run(graphs, kKeys - 1, 1), GraphRun::kReplayed);
    EXPECT_EQ(run(graphs, 1, 1), GraphRun::kByOperators) << "forgotten";
    EXPECT_EQ(total(), 3 * kKeys + 2);
  }
  EXPECT_EQ(cuda_emulator::counters().graphs, 0u);
}

// Rows of a step go to the device before its graph begins. An operator that is told of others would
// be replayed with them.
TEST(StepGraphsDeathTest, AnOperatorIsToldOfTheRowsThatTheGraphWasToldOf) {
  CudaContext context(Numerics::kFloat32, {});
  const std::vector<SequenceRows> told{{0, 1, 7}};
  const std::vector<SequenceRows> others{{0, 1, 8}};
  const int64_t key = 1;
  cuda_begin_graph(context,
                   {.key = &key, .key_size = 1, .sequences = told.data(), .num_sequences = 1});
  context.places_of(told.data(), 1);
  EXPECT_DEATH(context.places_of(others.data(), 1), "rows that the graph was not told of");
  cuda_end_graph(context);
}

}  // namespace
}  // namespace jangwon::runtime
