// A golden checkpoint on an emulated Hopper. Experts of a long prompt have rows enough for wgmma,
// those of the same prompt in small pieces are mma.sync's, and both have the same bits. A GPU on
// which the two instructions do not agree computes by mma.sync alone and says so in one line.

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/cuda_emulator/emulator.h"
#include "tests/runtime/engine/engine_cases.h"

namespace jangwon::runtime {
namespace {

using cuda_emulator::Arithmetic;
using ::testing::HasSubstr;

constexpr int kPromptTokens = 120;  // thirty rows an expert
constexpr int kPieceTokens = 16;    // fewer than any expert needs for wgmma

class HopperEngine : public testing::Test {
 protected:
  void TearDown() override {
    cuda_emulator::set_arithmetic(Arithmetic::kTensorCore);
    cuda_emulator::set_device_count(1);
  }

  static EngineOptions options(const std::string& device, int step_tokens) {
    return {.max_context_tokens = 160,
            .numerics = "tensor",
            .num_threads = 1,
            .max_batch_size = 2,
            .max_step_tokens = step_tokens,
            .kv_cache_tokens = 176,
            .device = device};
  }

  const std::string dir_ = golden_dir("qwen3_moe");
  const std::vector<EngineRequest> requests_ = [] {
    std::mt19937 random(3);
    EngineRequest request;
    request.prompt_token_ids = random_ids(random, kPromptTokens, 100);
    request.sampling.max_tokens = 3;
    request.end_of_sequence = EndOfSequence::kIgnore;
    request.num_top_logprobs = 5;
    return std::vector<EngineRequest>{request};
  }();
};

TEST_F(HopperEngine, ALongPromptHasTheBitsOfItsPieces) {
  const auto whole = Engine::load(dir_, options("cuda:0", kPromptTokens));
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  const std::vector<Completion> expected =
      run_all(dir_, options("cuda:0", kPieceTokens), requests_);
  ASSERT_EQ(expected.at(0).token_ids.size(), 3u);
  expect_same_bits(expected, run_all(**whole, requests_), "the whole prompt");

  // Otherwise equal bits would say nothing.
  const auto other = Engine::load(dir_, options("cuda:0", kPromptTokens));
  cuda_emulator::set_arithmetic(Arithmetic::kOrderedWgmma);
  EXPECT_NE(run_all(**other, requests_).at(0).logprobs, expected[0].logprobs);
}

TEST_F(HopperEngine, AGpuThatFailsTheSelfCheckComputesByMmaSyncAndSaysSo) {
  const std::vector<Completion> expected =
      run_all(dir_, options("cuda:0", kPieceTokens), requests_);
  constexpr int kDevice = 3;  // that no other test uses: a GPU is asked once
  cuda_emulator::set_device_count(kDevice + 1);
  cuda_emulator::set_arithmetic(Arithmetic::kOrderedWgmma);
  testing::internal::CaptureStderr();
  const auto engine = Engine::load(dir_, options("cuda:3", kPromptTokens));
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  EXPECT_THAT(said, HasSubstr("jangwon: cuda:3 computes more slowly than it could, since its "
                              "self-check failed: experts by wgmma: "));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  expect_same_bits(expected, run_all(**engine, requests_), "by mma.sync");
}

}  // namespace
}  // namespace jangwon::runtime
