// --device: on a machine without a GPU, and with the emulated one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::HasSubstr;

const std::string kModel = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/solar_plain";

bool has_gpu() {
  return run_program({"models", "show", kModel, "--device", "cuda"}).exit_code == 0;
}

TEST(Device, WithoutAGpuCudaIsRefusedInOneSentence) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const std::string folder = fresh_folder("device_cuda");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"models", "show", kModel},
           {"models", "verify", kModel},
           {"bench", "--model", kModel, "--prefill", "8", "--decode", "4"},
           {"run", "--model", "standin-axk1", "--tasks", "aime25", "--limit", "1", "-o", folder},
           {"serve", "--model", "standin-axk1", "--port", "0"}}) {
    std::vector<std::string> with_device = words;
    with_device.insert(with_device.end(), {"--device", "cuda"});
    const ProgramResult result = run_program(with_device);
    EXPECT_EQ(result.exit_code, 2) << words.front() << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("--device cpu"));
    const std::string said = result.err.substr(result.err.find("jangwon:"));
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
}

TEST(Device, WithoutAGpuAutoGoesOnWithTheCpu) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const ProgramResult automatic =
      run_program({"models", "verify", kModel, "--json", "--device", "auto"});
  const ProgramResult cpu = run_program({"models", "verify", kModel, "--json", "--device", "cpu"});
  EXPECT_EQ(automatic.exit_code, 0) << automatic.err;
  EXPECT_EQ(automatic.out, cpu.out);
}

TEST(Device, AnotherNameIsRefused) {
  EXPECT_EQ(run_program({"models", "show", kModel, "--device", "abacus"}).exit_code, 2);
}

// The same output, of the same bits.
TEST(Device, TheEmulatedGpuVerifiesACheckpointAsTheCpuDoes) {
  const ShellResult emulated =
      shell(std::string(JANGWON_CUDA_EMULATED) + " verify " + kModel + " --json");
  ASSERT_EQ(emulated.exit_code, 0) << emulated.out;
  const ProgramResult cpu =
      run_program({"models", "verify", kModel, "--json", "--device", "cpu", "--isa", "portable"});
  ASSERT_EQ(cpu.exit_code, 0) << cpu.err;
  Json on_gpu = Json::parse(emulated.out);
  Json on_cpu = Json::parse(cpu.out);
  EXPECT_EQ(on_gpu.at("isa"), "emulated");
  for (Json* json : {&on_gpu, &on_cpu})
    json->erase("isa");
  EXPECT_EQ(on_gpu, on_cpu);
}

}  // namespace
}  // namespace jangwon::e2e
