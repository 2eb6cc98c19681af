// What CUDA leaves undefined is noticed here, and said with kernel, thread and line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "runtime/kernels/cuda/device.h"
#include "tests/cuda_emulator/address_sanitizer.h"
#include "tests/cuda_emulator/device_array.h"
#include "tests/cuda_emulator/emulator.h"

namespace jangwon::runtime {

using namespace cuda_emulator;
using ::testing::HasSubstr;

enum class Mistake {
  kNone,
  kDivergentBarrier,
  kTwoBarriers,
  kExitBeforeShuffle,
  kShuffleFromAbsentLane,
  kMaskWithoutItself,
  kCopyInFlight,
  kMisalignedCopy,
  kTooMuchShared,
  kOverlappingShared,
  kSharedOverrun,
  kGlobalOverrun,
  kFarGlobalOverrun,
  kMissingSyncwarp,
};

__global__ void mistaken_kernel(Mistake mistake, const int* x, int num_x, int* y) {
  const int i = static_cast<int>(threadIdx.x);
  int* shared = shared_array<int>(0, 64);
  shared[i] = x[i];
  if (mistake != Mistake::kMissingSyncwarp) __syncwarp();
  y[i] = shared[i ^ 1];
  switch (mistake) {
    case Mistake::kDivergentBarrier:
      if (i < 40) __syncthreads();
      break;
    case Mistake::kTwoBarriers:
      if (i < 32) {
        __syncthreads();
      } else {
        __syncthreads();
      }
      break;
    case Mistake::kExitBeforeShuffle:
      if (i != 5) y[i] += __shfl_xor_sync(~0u, i, 1);
      break;
    case Mistake::kShuffleFromAbsentLane:
      if (i < 16) y[i] += __shfl_sync(0xffffu, i, 20);
      break;
    case Mistake::kMaskWithoutItself:
      y[i] += __shfl_sync(0xffffu, i, 0);
      break;
    case Mistake::kCopyInFlight:
      cp_async_16(shared + i / 4 * 4, x + i / 4 * 4, true);
      break;
    case Mistake::kMisalignedCopy:
      cp_async_16(shared, x + 1, true);
      break;
    case Mistake::kTooMuchShared:
      shared_array<int>(64 * sizeof(int), 1)[0] = 0;
      break;
    case Mistake::kOverlappingShared:
      shared_array<int>(32 * sizeof(int), 32)[0] = 0;
      break;
    case Mistake::kSharedOverrun:
      if (i == 63) y[i] = shared[i + 1];
      break;
    case Mistake::kGlobalOverrun:
      if (i == 63) y[i] = x[num_x];
      break;
    case Mistake::kFarGlobalOverrun:
      if (i == 63) y[i] = x[num_x + 100];
      break;
    default:
      break;
  }
}

// Whether the numbers are right.
bool run_mistake(Mistake mistake) {
  std::vector<int> host(64);
  std::iota(host.begin(), host.end(), 0);
  const DeviceArray<int> x(host), y(host.size());
  launch(mistaken_kernel, 1, 64, 64 * sizeof(int), nullptr, mistake, x.get(), 64, y.get());
  const auto actual = y.to_host();
  for (int i = 0; i < 64; ++i) {
    if (actual[static_cast<size_t>(i)] != (i ^ 1)) return false;
  }
  return true;
}

std::string error_of(const auto& run) {
  try {
    run();
  } catch (const KernelError& error) {
    return error.what();
  }
  return "no error";
}

struct Complaint {
  Mistake mistake;
  const char* text;
};

class MistakeTest : public testing::TestWithParam<Complaint> {};

TEST_P(MistakeTest, IsAnErrorUnderEverySchedule) {
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    const std::string error = error_of([] { run_mistake(GetParam().mistake); });
    EXPECT_THAT(error, HasSubstr(GetParam().text));
    EXPECT_THAT(error, HasSubstr("mistaken_kernel"));
    EXPECT_TRUE(run_mistake(Mistake::kNone)) << "the emulator goes on after an error";
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeTest,
    testing::Values(
        Complaint{Mistake::kDivergentBarrier,
                  "24 threads exited, the first is (40,0,0)\n  40 threads wait at __syncthreads "
                  "(mistakes_test.cc:"},
        Complaint{Mistake::kTwoBarriers, "32 threads wait at __syncthreads"},
        Complaint{Mistake::kExitBeforeShuffle, "31 threads wait at __shfl_xor_sync"},
        Complaint{Mistake::kShuffleFromAbsentLane, ": reads a lane that takes no part"},
        Complaint{Mistake::kMaskWithoutItself, ": the mask leaves out the calling lane"},
        Complaint{Mistake::kCopyInFlight, "exited with cp.async copies in flight"},
        Complaint{Mistake::kMisalignedCopy, "misaligned global address"},
        Complaint{Mistake::kTooMuchShared, "shared array beyond the launch's shared memory"},
        Complaint{Mistake::kOverlappingShared, "shared arrays overlap"}));

TEST(Mistakes, AMissingSyncwarpGivesWrongNumbers) {
#ifdef JANGWON_EMULATOR_TSAN
  EXPECT_DEATH(run_mistake(Mistake::kMissingSyncwarp), "data race");
  return;
#endif
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    EXPECT_FALSE(run_mistake(Mistake::kMissingSyncwarp)) << schedule;
  }
}

// One element beyond the end: AddressSanitizer says where. Without it the element is poison up to
// the next multiple of 256 bytes (1024 in shared memory), and the program ends beyond.
TEST(Mistakes, AnOverrunOfSharedMemoryIsNoticed) {
#ifdef JANGWON_ADDRESS_SANITIZER
  EXPECT_DEATH(run_mistake(Mistake::kSharedOverrun), "heap-buffer-overflow");
#else
  EXPECT_FALSE(run_mistake(Mistake::kSharedOverrun));
#endif
}

TEST(Mistakes, AnOverrunOfDeviceMemoryEndsTheProgram) {
  set_schedule(0);
#ifdef JANGWON_ADDRESS_SANITIZER
  EXPECT_DEATH(run_mistake(Mistake::kGlobalOverrun), "heap-buffer-overflow");
  EXPECT_DEATH(run_mistake(Mistake::kFarGlobalOverrun), "heap-buffer-overflow");
#elif defined(JANGWON_EMULATOR_TSAN)
  // ThreadSanitizer ends the program in its own words
  EXPECT_DEATH(run_mistake(Mistake::kGlobalOverrun), "");
#else
  EXPECT_DEATH(run_mistake(Mistake::kGlobalOverrun),
               "kernel .*mistaken_kernel.* 0 bytes beyond the end of 256 bytes of device memory");
  EXPECT_DEATH(run_mistake(Mistake::kFarGlobalOverrun),
               "400 bytes beyond the end of 256 bytes of device memory");
#endif
}

TEST(Mistakes, HostPointersAreErrors) {
  int on_host = 0;
  EXPECT_THAT(error_of([&] {
                launch(mistaken_kernel, 1, 64, 64 * sizeof(int), nullptr, Mistake::kNone, &on_host,
                       64, &on_host);
              }),
              HasSubstr("a pointer argument is an address of the host's"));
}

struct Arguments {
  const int* x;
  int size;
};
__global__ void struct_kernel(Arguments arguments, int* y) {
  y[threadIdx.x] = arguments.x[threadIdx.x];
}

TEST(Mistakes, HostPointersWithinAStructureAreErrors) {
  if (!kLooksIntoStructures)
    GTEST_SKIP() << "this compiler cannot clear padding, so structures are not looked into";
  std::vector<int> host(32, 3);
  const DeviceArray<int> x(host), y(host.size());
  EXPECT_THAT(error_of([&] {
                launch(struct_kernel, 1, 32, 0, nullptr, Arguments{host.data(), 32}, y.get());
              }),
              HasSubstr("a parameter holds an address of the host's, 0 bytes into it"));
  launch(struct_kernel, 1, 32, 0, nullptr, Arguments{x.get(), 32}, y.get());
  EXPECT_EQ(y.to_host(), host);
}

struct Padded {
  const int* x;
  int size;  // 4 bytes of padding behind it
};
__global__ void padded_kernel(Padded arguments, int* y) {
  y[threadIdx.x] = arguments.x[threadIdx.x] + arguments.size;
}

TEST(Mistakes, PaddingIsNoAddress) {
  const DeviceArray<int> x(std::vector<int>(32, 1)), y(32);
  const std::vector<int> host(1);
  const auto address = reinterpret_cast<std::uintptr_t>(host.data());
  Padded arguments;
  std::memset(&arguments, 0, sizeof arguments);
  std::memcpy(reinterpret_cast<char*>(&arguments) + sizeof(int*), &address,
              sizeof address);  // a size, and the upper half of an address behind it
  arguments.x = x.get();
  launch(padded_kernel, 1, 32, 0, nullptr, arguments, y.get());
  EXPECT_EQ(y.to_host(), std::vector<int>(32, 1 + arguments.size));
}

TEST(Mistakes, MemoryOfAnotherGpuIsAnError) {
  if (!kLooksIntoStructures)
    GTEST_SKIP() << "this compiler cannot clear padding, so structures are not looked into";
  set_device_count(2);
  const DeviceArray<int> x(std::vector<int>(32, 1));
  cudaStream_t of_first = nullptr;
  require(cudaStreamCreateWithFlags(&of_first, cudaStreamNonBlocking));
  require(cudaSetDevice(1));
  const DeviceArray<int> y(32);
  const auto run = [&](cudaStream_t stream) {
    launch(struct_kernel, 1, 32, 0, stream, Arguments{x.get(), 32}, y.get());
  };
  EXPECT_THAT(
      error_of([&] { run(nullptr); }),
      HasSubstr("a parameter holds an address of GPU 0's memory, on GPU 1, 0 bytes into it"));
  EXPECT_THAT(error_of([&] { run(of_first); }),
              HasSubstr("a stream of GPU 0 while GPU 1 is the current one"));
  require(cudaSetDevice(0));
  EXPECT_THAT(error_of([&] { run(of_first); }),
              HasSubstr("a pointer argument is an address of GPU 1's memory, on GPU 0"));
  require(cudaStreamDestroy(of_first));
  set_device_count(1);
}

TEST(Mistakes, FreedMemoryIsAnErrorWhenTheKernelRuns) {
  if (!kLooksIntoStructures)
    GTEST_SKIP() << "this compiler cannot clear padding, so structures are not looked into";
  set_schedule(0);
  cudaStream_t stream = nullptr;
  require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  int* x = nullptr;
  require(cudaMalloc(&x, 32 * sizeof(int)));
  const DeviceArray<int> y(32);
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  launch(struct_kernel, 1, 32, 0, stream, Arguments{x, 32}, y.get());
  require(cudaStreamEndCapture(stream, &graph));
  require(cudaGraphInstantiate(&exec, graph));
  require(cudaGraphLaunch(exec, stream));
  require(cudaStreamSynchronize(stream));
  require(cudaFree(x));
  require(cudaGraphLaunch(exec, stream));
  EXPECT_THAT(error_of([&] { cudaStreamSynchronize(stream); }),
              HasSubstr("a parameter holds an address of memory that was given back"));
  require(cudaGraphExecDestroy(exec));
  require(cudaGraphDestroy(graph));
  require(cudaStreamDestroy(stream));
}

TEST(Mistakes, AHostThatFollowsADevicePointerEndsTheProgram) {
#if defined(JANGWON_ADDRESS_SANITIZER) || defined(JANGWON_EMULATOR_TSAN)
  GTEST_SKIP() << "the sanitizers hold the memory themselves";
#endif
  const DeviceArray<int> x(std::vector<int>{1, 2, 3});
  hide_device_memory(true);
  EXPECT_EQ(x.to_host(), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(run_mistake(Mistake::kNone));
  EXPECT_DEATH(static_cast<void>(*const_cast<volatile int*>(x.get() + 1)),
               "the host touches byte 4 of 12 bytes of device memory");
  hide_device_memory(false);
}

TEST(Mistakes, LaunchesBeyondTheHardwareAreErrors) {
  const DeviceArray<int> y(1);
  const auto error_of_launch = [&](dim3 grid, dim3 block, size_t shared_bytes) {
    return error_of([&] {
      launch(struct_kernel, grid, block, shared_bytes, nullptr, Arguments{y.get(), 1}, y.get());
    });
  };
  EXPECT_THAT(error_of_launch(0, 32, 0), HasSubstr("invalid grid size"));
  EXPECT_THAT(error_of_launch(dim3(1, 70000), 32, 0), HasSubstr("invalid grid size"));
  EXPECT_THAT(error_of_launch(1, 1025, 0), HasSubstr("invalid block size"));
  EXPECT_THAT(error_of_launch(1, 32, 228 * 1024),
              HasSubstr("more shared memory than a block can have"));
  set_architecture(Architecture::kAmpere);
  EXPECT_THAT(error_of_launch(1, 32, 164 * 1024),
              HasSubstr("more shared memory than a block can have"));
  set_architecture(Architecture::kHopper);
}

}  // namespace jangwon::runtime
