// Streams, events and graphs: what waits for what, and that who forgets to wait gets wrong numbers.

#include <gtest/gtest.h>

#include <algorithm>
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
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
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
