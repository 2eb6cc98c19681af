// Streams, events and graphs: what waits for what, and that who forgets to wait gets wrong numbers.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "runtime/kernels/cuda/device.h"
#include "tests/cuda_emulator/device_array.h"
#include "tests/cuda_emulator/emulator.h"

namespace jangwon::runtime {

using namespace cuda_emulator;

__global__ void add_kernel(int* x, int size, int amount) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < size) x[i] += amount;
}

class Stream {
 public:
  Stream() { require(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  operator cudaStream_t() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

void add(int* x, int amount, cudaStream_t stream) {
  launch(add_kernel, 1, 32, 0, stream, x, 8, amount);
}

TEST(Streams, AHostBufferIsPoisonUntilSomebodyWaits) {
  set_schedule(0);
  const DeviceArray<int> x(std::vector<int>(8, 5));
  const Stream stream;
  std::vector<int> host(8, 1);
  require(cudaMemcpyAsync(host.data(), x.get(), sizeof(int) * 8, cudaMemcpyDeviceToHost, stream));
  EXPECT_EQ(host, std::vector<int>(8, -1));
  require(cudaStreamSynchronize(stream));
  EXPECT_EQ(host, std::vector<int>(8, 5));
}

TEST(Streams, PinnedSourcesAreReadLateAndPageableOnesAreStaged) {
  set_schedule(0);
  const DeviceArray<int> x(8);
  const Stream stream;
  int* pinned = nullptr;
  require(cudaMallocHost(&pinned, sizeof(int) * 8));
  std::fill_n(pinned, 8, 1);
  require(cudaMemcpyAsync(x.get(), pinned, sizeof(int) * 8, cudaMemcpyHostToDevice, stream));
  std::fill_n(pinned, 8, 2);
  require(cudaStreamSynchronize(stream));
  EXPECT_EQ(x.to_host(), std::vector<int>(8, 2));
  std::vector<int> pageable(8, 3);
  require(
      cudaMemcpyAsync(x.get(), pageable.data(), sizeof(int) * 8, cudaMemcpyHostToDevice, stream));
  std::ranges::fill(pageable, 4);
  require(cudaStreamSynchronize(stream));
  EXPECT_EQ(x.to_host(), std::vector<int>(8, 3));
  require(cudaFreeHost(pinned));
}

// out = x on one stream, x += 1 on another: only the event puts them in order.
int value_with(bool waits, int schedule) {
  set_schedule(schedule);
  const DeviceArray<int> x(std::vector<int>(8, 0)), out(8);
  const Stream writer, reader;
  cudaEvent_t written = nullptr;
  require(cudaEventCreateWithFlags(&written, cudaEventDisableTiming));
  add(x.get(), 1, writer);
  require(cudaEventRecord(written, writer));
  if (waits) require(cudaStreamWaitEvent(reader, written));
  require(cudaMemcpyAsync(out.get(), x.get(), sizeof(int) * 8, cudaMemcpyDeviceToDevice, reader));
  require(cudaStreamSynchronize(reader));
  const int value = out.to_host()[7];
  require(cudaEventDestroy(written));
  return value;
}

TEST(Streams, AnEventOrdersThemAndNothingElseDoes) {
  bool always_right = true;
  for (const int schedule : kSchedules) {
    EXPECT_EQ(value_with(true, schedule), 1);
    always_right = value_with(false, schedule) == 1 && always_right;
  }
  EXPECT_FALSE(always_right);
}

TEST(Streams, AGraphRepeatsItsCalls) {
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    const DeviceArray<int> x(std::vector<int>(8, 0));
    const Stream stream, side;
    cudaEvent_t fork = nullptr, join = nullptr;
    require(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming));
    require(cudaEventCreateWithFlags(&join, cudaEventDisableTiming));
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t exec = nullptr;
    require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    add(x.get(), 1, stream);
    require(cudaEventRecord(fork, stream));
    require(cudaStreamWaitEvent(side, fork));
    add(x.get(), 10, side);
    require(cudaEventRecord(join, side));
    require(cudaStreamWaitEvent(stream, join));
    require(cudaStreamEndCapture(stream, &graph));
    EXPECT_EQ(x.to_host(), std::vector<int>(8, 0)) << "a capture does nothing";
    require(cudaGraphInstantiate(&exec, graph));
    require(cudaGraphDestroy(graph));
    for (int i = 0; i < 3; ++i)
      require(cudaGraphLaunch(exec, stream));
    require(cudaStreamSynchronize(stream));
    EXPECT_EQ(x.to_host(), std::vector<int>(8, 33));
    add(x.get(), 100, side);  // captures no more
    require(cudaStreamSynchronize(side));
    EXPECT_EQ(x.to_host(), std::vector<int>(8, 133));
    require(cudaGraphExecDestroy(exec));
    require(cudaEventDestroy(fork));
    require(cudaEventDestroy(join));
  }
}

// A capture on a stream of its own; `calls` get what they put into it.
template <typename Calls>
cudaError_t capture_of(cudaStream_t stream, cudaGraph_t* graph, const Calls& calls) {
  require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  calls();
  return cudaStreamEndCapture(stream, graph);
}

class Graph {
 public:
  template <typename Calls>
  Graph(cudaStream_t stream, const Calls& calls) : stream_(stream) {
    cudaGraph_t graph = nullptr;
    require(capture_of(stream, &graph, calls));
    require(cudaGraphInstantiate(&exec_, graph));
    require(cudaGraphDestroy(graph));
  }
  ~Graph() { cudaGraphExecDestroy(exec_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  void launch() { require(cudaGraphLaunch(exec_, stream_)); }

 private:
  cudaStream_t stream_;
  cudaGraphExec_t exec_ = nullptr;
};

// What a decoder's graph has to do without: a number that the host changed is not seen.
TEST(Graphs, KeepArgumentsAsTheyWereAndReadMemoryAsItIs) {
  set_schedule(0);
  const DeviceArray<int> x(std::vector<int>(8, 0)), source(std::vector<int>(8, 5));
  const Stream stream;
  int amount = 1;
  Graph graph(stream, [&] {
    require(
        cudaMemcpyAsync(x.get(), source.get(), sizeof(int) * 8, cudaMemcpyDeviceToDevice, stream));
    add(x.get(), amount, stream);
  });
  amount = 100;
  add(source.get(), 10, stream);
  graph.launch();
  require(cudaStreamSynchronize(stream));
  EXPECT_EQ(x.to_host(), std::vector<int>(8, 16));
}

TEST(Graphs, PinnedMemoryIsReadWhenTheyRun) {
  set_schedule(0);
  const DeviceArray<int> x(8);
  const Stream stream;
  int* pinned = nullptr;
  require(cudaMallocHost(&pinned, sizeof(int) * 8));
  std::fill_n(pinned, 8, 1);
  Graph graph(stream, [&] {
    require(cudaMemcpyAsync(x.get(), pinned, sizeof(int) * 8, cudaMemcpyHostToDevice, stream));
  });
  std::fill_n(pinned, 8, 2);
  graph.launch();
  require(cudaStreamSynchronize(stream));
  EXPECT_EQ(x.to_host(), std::vector<int>(8, 2));
  require(cudaFreeHost(pinned));
}

TEST(Graphs, AnAddressThatWasGivenBackEndsTheRun) {
  set_schedule(0);
  const Stream stream;
  auto x = std::make_unique<DeviceArray<int>>(std::vector<int>(8, 0));
  Graph graph(stream, [&] { add(x->get(), 1, stream); });
  x.reset();
  EXPECT_THROW(
      {
        graph.launch();
        cudaStreamSynchronize(stream);
      },
      KernelError);
}

// x + 1 and x + 10 without an event between them: both orders are seen, and never a lost call.
TEST(Graphs, BranchesRunInAnyOrder) {
  std::vector<int> seen;
  for (const int schedule : {1, 2, 3, 4, 5, 6, 7, 8}) {
    set_schedule(static_cast<std::uint64_t>(schedule));
    const DeviceArray<int> x(std::vector<int>(8, 0)), out(8);
    const Stream stream, side;
    cudaEvent_t fork = nullptr, join = nullptr;
    require(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming));
    require(cudaEventCreateWithFlags(&join, cudaEventDisableTiming));
    Graph graph(stream, [&] {
      add(x.get(), 1, stream);
      require(cudaEventRecord(fork, stream));
      require(cudaStreamWaitEvent(side, fork));
      add(x.get(), 10, side);
      require(
          cudaMemcpyAsync(out.get(), x.get(), sizeof(int) * 8, cudaMemcpyDeviceToDevice, stream));
      require(cudaEventRecord(join, side));
      require(cudaStreamWaitEvent(stream, join));
    });
    graph.launch();
    require(cudaStreamSynchronize(stream));
    EXPECT_EQ(x.to_host(), std::vector<int>(8, 11));
    seen.push_back(out.to_host()[0]);
    require(cudaEventDestroy(fork));
    require(cudaEventDestroy(join));
  }
  EXPECT_EQ(std::ranges::count(seen, 1) + std::ranges::count(seen, 11), 8);
  EXPECT_GT(std::ranges::count(seen, 1), 0);
  EXPECT_GT(std::ranges::count(seen, 11), 0);
}

TEST(Graphs, WhatAGpuRefusesWhileItCapturesSpoilsTheCapture) {
  set_schedule(0);
  const Stream stream, other;
  const DeviceArray<int> x(8);
  std::vector<int> pageable(8);
  void* memory = nullptr;
  cudaEvent_t outside = nullptr, inside = nullptr;
  require(cudaEventCreateWithFlags(&outside, cudaEventDisableTiming));
  require(cudaEventCreateWithFlags(&inside, cudaEventDisableTiming));
  require(cudaEventRecord(outside, other));
  const auto refuses = [&](cudaError_t expected, const auto& call) {
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(capture_of(stream, &graph, [&] { EXPECT_EQ(call(), expected); }),
              cudaErrorStreamCaptureInvalidated);
    EXPECT_EQ(graph, nullptr);
  };
  const cudaError_t unsupported = cudaErrorStreamCaptureUnsupported;
  refuses(unsupported, [&] { return cudaStreamSynchronize(stream); });
  refuses(unsupported, [&] { return cudaStreamQuery(stream); });
  refuses(unsupported, [&] { return cudaDeviceSynchronize(); });
  refuses(unsupported, [&] { return cudaMalloc(&memory, 8); });
  refuses(unsupported, [&] { return cudaFree(x.get()); });
  refuses(unsupported, [&] { return cudaMallocHost(&memory, 8); });
  refuses(unsupported, [&] {
    return cudaMemcpyAsync(x.get(), pageable.data(), 32, cudaMemcpyHostToDevice, stream);
  });
  refuses(unsupported, [&] {
    return cudaMemcpyAsync(pageable.data(), x.get(), 32, cudaMemcpyDeviceToHost, stream);
  });
  refuses(cudaErrorStreamCaptureIsolation, [&] { return cudaStreamWaitEvent(stream, outside); });
  refuses(cudaErrorCapturedEvent, [&] {
    require(cudaEventRecord(inside, stream));
    return cudaEventSynchronize(inside);
  });
  // A capture that was spoilt spoils no other.
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(capture_of(stream, &graph, [&] { add(x.get(), 1, stream); }), cudaSuccess);
  require(cudaGraphDestroy(graph));
  // Work on a stream that does not come back.
  EXPECT_EQ(capture_of(stream, &graph,
                       [&] {
                         require(cudaEventRecord(inside, stream));
                         require(cudaStreamWaitEvent(other, inside));
                         add(x.get(), 1, other);
                       }),
            cudaErrorStreamCaptureUnjoined);
  require(cudaMalloc(&memory, 8));
  require(cudaFree(memory));
  require(cudaEventDestroy(outside));
  require(cudaEventDestroy(inside));
}

TEST(Memory, CopiesBeyondAnAllocationAreRefused) {
  const DeviceArray<int> x(8);
  std::vector<int> host(9);
  EXPECT_EQ(cudaMemcpy(host.data(), x.get(), sizeof(int) * 9, cudaMemcpyDeviceToHost),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(x.get() + 1, host.data(), sizeof(int) * 8, cudaMemcpyHostToDevice),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(x.get() + 7, 0, sizeof(int) * 2), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(x.get() + 1), cudaErrorInvalidValue);
}

TEST(Memory, ADevicesMemoryEnds) {
  size_t free = 0, total = 0;
  require(cudaMemGetInfo(&free, &total));
  void* all = nullptr;
  EXPECT_EQ(cudaMalloc(&all, total + 1), cudaErrorMemoryAllocation);
  EXPECT_EQ(all, nullptr);
  const DeviceArray<int> x(1000);
  size_t free_then = 0;
  require(cudaMemGetInfo(&free_then, &total));
  EXPECT_EQ(free - free_then, 1000 * sizeof(int));
}

TEST(Devices, AreAsManyAsATestSays) {
  int count = 0;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(count, 1);
  set_device_count(2);
  EXPECT_EQ(cudaSetDevice(1), cudaSuccess);
  EXPECT_EQ(cudaSetDevice(2), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  set_device_count(0);
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
  set_device_count(1);
}

}  // namespace jangwon::runtime
