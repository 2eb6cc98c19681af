// Engines whose steps of decoding are graphs on an emulated GPU. Whole random schedules with graphs
// and without: random_schedules_test.cc; the graphs by themselves:
// ../kernels/cuda/step_graphs_test.cc.

#include <gtest/gtest.h>

#include "tests/cuda_emulator/emulator.h"
#include "tests/runtime/engine/engine_cases.h"

namespace jangwon::runtime {
namespace {

EngineRequest reply_to(int num_prompt, int num_reply, uint32_t seed, int vocab_size) {
  std::mt19937 random(seed);
  EngineRequest request;
  request.prompt_token_ids = random_ids(random, num_prompt, vocab_size);
  request.sampling.max_tokens = num_reply;
  request.sampling.temperature = 0.8;
  request.sampling.seed = seed;
  request.end_of_sequence = EndOfSequence::kIgnore;
  request.num_top_logprobs = 2;
  return request;
}

uint64_t launches_of(Engine& engine, const std::vector<EngineRequest>& requests,
                     std::vector<Completion>& completions) {
  const uint64_t before = cuda_emulator::counters().graph_launches;
  completions = run_all(engine, requests);
  return cuda_emulator::counters().graph_launches - before;
}

// Short contexts, then one that makes scratch grow, then the short ones again: whoever replayed
// what was captured before would read memory that was given back.
TEST(EngineGraphs, OutliveLongerStepsThatMoveScratch) {
  const std::string dir = golden_dir("exaone_window");
  const EngineOptions options{.max_context_tokens = 600, .num_threads = 1, .max_batch_size = 4};
  const std::vector<EngineRequest> few = {reply_to(5, 12, 1, 60), reply_to(3, 12, 2, 60)};
  const std::vector<EngineRequest> all = {reply_to(400, 4, 3, 60), reply_to(9, 6, 4, 60),
                                          reply_to(2, 6, 5, 60), reply_to(7, 6, 6, 60)};
  const auto engine = Engine::load(dir, options);
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  std::vector<Completion> first;
  std::vector<Completion> longer;
  std::vector<Completion> again;
  const uint64_t at_first = launches_of(**engine, few, first);
  launches_of(**engine, all, longer);
  const uint64_t afterwards = launches_of(**engine, few, again);
  if (gpu_is_emulated()) {
    EXPECT_GT(at_first, 5u);
    EXPECT_GT(afterwards, 5u);
  }
  expect_same_bits(first, again, "after longer steps");
  for (size_t i = 0; i < all.size(); ++i)
    expect_same_bits({longer[i]}, run_all(dir, options, {all[i]}), "alone");
}

}  // namespace
}  // namespace jangwon::runtime
