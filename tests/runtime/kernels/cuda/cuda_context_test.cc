// What a context keeps on its GPU, and what it hands to another. The emulator runs streams in any
// order that their events allow.

#include "runtime/kernels/cuda/cuda_context.h"

#include <gtest/gtest.h>

#include "tests/cuda_emulator/emulator.h"

namespace jangwon::runtime {
namespace {

// What operators know of weights is found by what it holds, wherever the host keeps it.
TEST(LastingArgumentsTest, AreOnTheDeviceOnceForEachContent) {
  CudaContext context(Numerics::kFloat32, {});
  const int* first = context.lasting.put(std::vector<int>{1, 2, 3});
  const int* other = context.lasting.put(std::vector<int>{1, 2, 4});
  EXPECT_NE(first, other);
  EXPECT_EQ(context.lasting.put(std::vector<int>{1, 2, 3}), first);
  EXPECT_EQ(context.lasting.size_bytes(), static_cast<int64_t>(6 * sizeof(int)));
  std::vector<int> values(3);
  cuda_download(context, values.data(), other, 3 * sizeof(int));
  EXPECT_EQ(values, (std::vector<int>{1, 2, 4}));
}

// Memory of a context's GPU.
class Values {
 public:
  Values(OpContext& context, int value) : context_(context) {
    memory_ = cuda_allocate(context, kBytes);
    set(value);
  }
  ~Values() { cuda_release(context_, memory_, kBytes); }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  static constexpr size_t kCount = 64;
  static constexpr size_t kBytes = kCount * sizeof(int);
  void* memory() const { return memory_; }
  void set(int value) {
    const std::vector<int> values(kCount, value);
    cuda_upload(context_, memory_, values.data(), kBytes);
  }
  std::vector<int> get() const {
    std::vector<int> values(kCount);
    cuda_download(context_, values.data(), memory_, kBytes);
    return values;
  }

 private:
  OpContext& context_;
  void* memory_ = nullptr;
};

// Twice, so that the receiver still reads what came first and the sender goes on to what comes
// next.
TEST(SendTest, IsBehindAllBeforeItAndBeforeAllBehindItOnBothGpus) {
  cuda_emulator::set_device_count(2);
  for (int schedule = 0; schedule < 40; ++schedule) {
    cuda_emulator::set_schedule(static_cast<uint64_t>(schedule));
    CudaContext sender(Numerics::kFloat32, {.num_threads = 1, .device = 0});
    CudaContext receiver(Numerics::kFloat32, {.num_threads = 1, .device = 1});
    Values source(sender, 0);
    const Values target(receiver, 0), first(receiver, 0), second(receiver, 0);
    source.set(1);
    cuda_send(sender, receiver, target.memory(), source.memory(), Values::kBytes);
    source.set(2);
    cuda_copy(receiver, first.memory(), target.memory(), Values::kBytes);
    cuda_send(sender, receiver, target.memory(), source.memory(), Values::kBytes);
    source.set(3);
    cuda_copy(receiver, second.memory(), target.memory(), Values::kBytes);
    ASSERT_EQ(first.get(), std::vector<int>(Values::kCount, 1)) << "schedule " << schedule;
    ASSERT_EQ(second.get(), std::vector<int>(Values::kCount, 2)) << "schedule " << schedule;
    ASSERT_EQ(source.get(), std::vector<int>(Values::kCount, 3)) << "schedule " << schedule;
  }
  cuda_emulator::set_schedule(0);
  cuda_emulator::set_device_count(1);
}

}  // namespace
}  // namespace jangwon::runtime
