#include "runtime/device/cuda_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace jangwon::runtime {

using ::testing::HasSubstr;

TEST(CudaLibrary, AFileThatIsMissingIsSaid) {
  const Result<const OpLibrary*> library = load_op_library("/nowhere/libjangwon_cuda.so");
  ASSERT_FALSE(library.ok());
  EXPECT_THAT(library.status().message(),
              HasSubstr("the GPU kernels cannot be loaded: /nowhere/libjangwon_cuda.so"));
}

TEST(CudaLibrary, AnotherLibraryIsRefused) {
  const Result<const OpLibrary*> library = load_op_library("libm.so.6");  // there in every process
  ASSERT_FALSE(library.ok());
  EXPECT_THAT(library.status().message(), HasSubstr("belongs to another build of this program"));
}

TEST(CudaLibrary, AMachineWithoutAGpuIsOneSentence) {
  const Result<const OpLibrary*>& library = cuda_library();
  if (library.ok()) GTEST_SKIP() << "this machine has a GPU";
  const std::string message = library.status().message();
  EXPECT_THAT(message, HasSubstr("use --device cpu"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

// What nvcc built, where there is a toolkit: the dynamic linker finds all of it, and a machine
// without a driver gets a reason instead of a crash.
TEST(CudaLibrary, WhatNvccBuiltLoads) {
  if (!std::filesystem::exists(JANGWON_CUDA_LIBRARY))
    GTEST_SKIP() << "built without the CUDA toolkit";
  const Result<const OpLibrary*> library = load_op_library(JANGWON_CUDA_LIBRARY);
  ASSERT_TRUE(library.ok()) << library.status().message();
  std::string why_none;
  const int count = library.value()->count_devices(&why_none);
  EXPECT_EQ(count == 0, !why_none.empty());
  for (int device = 0; device < count; ++device)
    EXPECT_EQ(library.value()->check_device(device), "");
  EXPECT_EQ(library.value()->check_device(count), "there is no GPU " + std::to_string(count));
}

}  // namespace jangwon::runtime
