// What tests of the whole engine have in common: golden checkpoints, requests that are run
// together, and results that are held to be the same bits.

#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "tests/fakes/long_tests.h"

namespace jangwon::runtime {

inline std::string golden_dir(const std::string& name) {
  return std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/" + name;
}

// Options for the bits that others are held to. Where a GPU runs, the CPU computes them: both have
// the same.
inline EngineOptions by_reference(EngineOptions options) {
#ifdef JANGWON_GPU_IS_EMULATED
  options.device = "cpu";
#endif
  return options;
}

// In SetUp of tests that take a minute on an emulated GPU: there `chosen` cases stand for the
// others, unless long tests are asked for.
inline void skip_if_too_long_here([[maybe_unused]] bool chosen) {
#ifdef JANGWON_GPU_IS_EMULATED
  if (!chosen && !long_tests_wanted())
    GTEST_SKIP() << "JANGWON_LONG_TESTS is not set: too long on an emulated GPU";
#endif
}

// Whether an emulated GPU is what runs, whose counters tell what was done (emulated_gpu.cc).
inline bool gpu_is_emulated() {
#ifdef JANGWON_GPU_IS_EMULATED
  return std::getenv("JANGWON_TEST_ON_GPU") == nullptr;
#else
  return false;
#endif
}

inline std::vector<int32_t> random_ids(std::mt19937& random, int count, int vocab_size) {
  std::vector<int32_t> ids;
  for (int i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(random() % static_cast<uint32_t>(vocab_size)));
  return ids;
}

// In the order of the requests, however they were computed.
inline std::vector<Completion> run_all(Engine& engine, const std::vector<EngineRequest>& requests) {
  std::map<RequestId, size_t> index;
  for (size_t i = 0; i < requests.size(); ++i)
    index[engine.submit(requests[i])] = i;
  std::vector<Completion> completions(requests.size());
  while (engine.has_work())
    engine.step();
  for (auto& [id, completion] : engine.take_completed())
    completions[index.at(id)] = std::move(completion);
  return completions;
}

inline std::vector<Completion> run_all(const std::string& dir, const EngineOptions& options,
                                       const std::vector<EngineRequest>& requests) {
  const auto engine = Engine::load(dir, options);
  EXPECT_TRUE(engine.ok()) << engine.status().message();
  return engine.ok() ? run_all(**engine, requests) : std::vector<Completion>(requests.size());
}

inline void expect_same_bits(const std::vector<Completion>& expected,
                             const std::vector<Completion>& actual, const std::string& what) {
  ASSERT_EQ(expected.size(), actual.size()) << what;
  for (size_t i = 0; i < expected.size(); ++i) {
    const std::string which = what + ", request " + std::to_string(i);
    EXPECT_EQ(expected[i].token_ids, actual[i].token_ids) << which;
    EXPECT_EQ(expected[i].logprobs, actual[i].logprobs) << which;
    EXPECT_EQ(expected[i].prompt_logprobs, actual[i].prompt_logprobs) << which;
    EXPECT_EQ(expected[i].continuation_logprobs, actual[i].continuation_logprobs) << which;
    EXPECT_EQ(expected[i].continuation_num_tokens, actual[i].continuation_num_tokens) << which;
    EXPECT_EQ(expected[i].finish_reason, actual[i].finish_reason) << which;
    EXPECT_EQ(expected[i].error, actual[i].error) << which;
  }
}

}  // namespace jangwon::runtime
