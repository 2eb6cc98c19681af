#include "runtime/kernels/cuda/self_check.h"

#include <gtest/gtest.h>

namespace jangwon::runtime {

TEST(SelfCheck, PassesOnTheEmulator) {
  EXPECT_EQ(check_gpu(0), "");
}

TEST(SelfCheck, SaysWhichGpuIsMissing) {
  EXPECT_EQ(check_gpu(7), "there is no GPU 7");
}

}  // namespace jangwon::runtime
