// The engine's promise: the bits of a result depend on the request and the model alone. A plain run
// (one sequence, one thread, no sharing) is the reference; every other way to run the same requests
// must give exactly its tokens and log-probabilities.

#include "runtime/engine/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/attention_blocks.h"
#include "runtime/model/model_config.h"
#include "tests/runtime/engine/engine_cases.h"

namespace jangwon::runtime {
namespace {

// Prompts of many lengths, some behind a common prefix, some the same; greedy, sampled, and
// log-probability requests.
std::vector<EngineRequest> mixed_requests(int vocab_size) {
  std::mt19937 random(7);
  const std::vector<int32_t> examples = random_ids(random, 70, vocab_size);
  std::vector<EngineRequest> requests;
  const std::vector<int> lengths = gpu_is_emulated() ? std::vector<int>{1, 17, 100}
                                                     : std::vector<int>{1, 3, 15, 16, 17, 40, 100};
  for (const int length : lengths) {
    EngineRequest request{.prompt_token_ids = random_ids(random, length, vocab_size),
                          .sampling = {.max_tokens = 20},
                          .continuations = {},
                          .end_of_sequence = EndOfSequence::kIgnore};
    requests.push_back(request);
    request.prompt_token_ids.insert(request.prompt_token_ids.begin(), examples.begin(),
                                    examples.end());
    request.sampling.temperature = 0.9;
    request.sampling.top_p = 0.95;
    request.sampling.seed = static_cast<uint64_t>(length);
    requests.push_back(request);
    request.sampling.seed += 1000;
    request.sampling.max_tokens = 33;
    requests.push_back(request);
    request.continuations = {random_ids(random, 1, vocab_size), random_ids(random, 5, vocab_size),
                             random_ids(random, 20, vocab_size)};
    requests.push_back(request);
  }
  return requests;
}

// One after the other, alone in the engine.
std::vector<Completion> run_singly(const std::string& dir, const EngineOptions& options,
                                   const std::vector<EngineRequest>& requests) {
  auto engine = Engine::load(dir, options);
  EXPECT_TRUE(engine.ok()) << engine.status().message();
  std::vector<Completion> completions;
  for (const EngineRequest& request : requests) {
    engine.value()->submit(request);
    while (engine.value()->has_work())
      engine.value()->step();
    for (auto& [id, completion] : engine.value()->take_completed())
      completions.push_back(std::move(completion));
  }
  return completions;
}

const EngineOptions kPlain{
    .num_threads = 1, .max_batch_size = 1, .prefix_cache = PrefixCache::kOff};

struct Arithmetic {
  const char* numerics;
  const char* cache_dtype;
};

class EngineInvariance : public testing::TestWithParam<std::tuple<const char*, Arithmetic>> {
 protected:
  void SetUp() override {
    const std::string numerics = std::get<1>(GetParam()).numerics;
    const std::string cache_dtype = std::get<1>(GetParam()).cache_dtype;
    if (gpu_is_emulated() && model() != "solar_plain" &&
        (numerics != "chain" || cache_dtype != "bfloat16"))
      GTEST_SKIP() << "on an emulated GPU types other than chain's and bfloat16 are for operators";
    skip_if_too_long_here(model() == "solar_plain" && numerics == "float32");
  }
  static std::string model() { return std::get<0>(GetParam()); }
  static EngineOptions with_arithmetic(EngineOptions options) {
    options.numerics = std::get<1>(GetParam()).numerics;
    options.kv_cache_dtype = std::get<1>(GetParam()).cache_dtype;
    return options;
  }
};

TEST_P(EngineInvariance, NothingButTheRequestDecidesTheBits) {
  const std::vector<EngineRequest> requests =
      mixed_requests(read_model_config(golden_dir(model())).value().vocab_size);
  const std::vector<Completion> reference =
      run_singly(golden_dir(model()), with_arithmetic(by_reference(kPlain)), requests);
  const struct {
    const char* what;
    EngineOptions options;
    bool is_of_host = false;
  } variants[] = {
      {"a batch of all",
       {.num_threads = 1, .max_batch_size = 64, .prefix_cache = PrefixCache::kOff}},
      {"two threads",
       {.num_threads = 2, .max_batch_size = 64, .prefix_cache = PrefixCache::kOff},
       true},
      {"five threads",
       {.num_threads = 5, .max_batch_size = 7, .prefix_cache = PrefixCache::kOff},
       true},
      {"the prefix cache", {.num_threads = 2, .max_batch_size = 64}},
      {"chunks of 5 tokens", {.num_threads = 2, .max_batch_size = 4, .max_step_tokens = 5}},
      {"chunks of 33 tokens", {.num_threads = 1, .max_batch_size = 3, .max_step_tokens = 33}},
      {"a cache so small that sequences are preempted",
       {.max_context_tokens = 208,
        .num_threads = 2,
        .max_batch_size = 16,
        .max_step_tokens = 64,
        .kv_cache_tokens = 256,
        .kv_cache_max_bytes = 1,
        .swap_max_bytes = 0}},
      {"the same with room to swap",
       {.max_context_tokens = 208,
        .num_threads = 2,
        .max_batch_size = 16,
        .max_step_tokens = 64,
        .kv_cache_tokens = 256,
        .kv_cache_max_bytes = 1}},
      {"steps of few rows",
       {.num_threads = 2, .max_batch_size = 4, .max_step_tokens = 64, .max_logit_rows = 1}},
  };
  for (const auto& variant : variants) {
    if (variant.is_of_host && gpu_is_emulated()) continue;
    expect_same_bits(reference,
                     run_all(golden_dir(model()), with_arithmetic(variant.options), requests),
                     variant.what);
  }
}

TEST_P(EngineInvariance, DecodingFromTheCacheEqualsComputingEverythingAgain) {
  const int vocab_size = read_model_config(golden_dir(model())).value().vocab_size;
  std::mt19937 random(11);
  EngineRequest request{.prompt_token_ids = random_ids(random, 37, vocab_size),
                        .sampling = {.temperature = 1.0, .max_tokens = 24, .seed = 5},
                        .continuations = {},
                        .end_of_sequence = EndOfSequence::kIgnore,
                        .num_top_logprobs = 1};
  const Completion generated =
      run_singly(golden_dir(model()), with_arithmetic(by_reference(kPlain)), {request})[0];
  request.num_top_logprobs.reset();
  const std::vector<int32_t>& reply = generated.token_ids;
  ASSERT_EQ(reply.size(), 24u);
  ASSERT_EQ(generated.logprobs.size(), 24u);
  // Every prefix of the reply as a continuation, computed in one piece, has the log-probabilities
  // that it was generated with. As a part of the prompt it has them, too, but where a prompt's
  // tokens are computed in another form than a reply's.
  const bool forms_differ = expands_latents(read_model_config(golden_dir(model())).value());
  std::vector<EngineRequest> whole;
  std::vector<EngineRequest> split;
  for (size_t length = 1; length < reply.size(); ++length) {
    EngineRequest scoring = request;
    scoring.continuations = {
        std::vector<int32_t>(reply.begin(), reply.begin() + static_cast<int64_t>(length))};
    whole.push_back(scoring);
    scoring.prompt_token_ids.insert(scoring.prompt_token_ids.end(), reply.begin(),
                                    reply.begin() + static_cast<int64_t>(length));
    scoring.continuations = {{reply[length]}};
    split.push_back(scoring);
  }
  const std::vector<Completion> sums =
      run_singly(golden_dir(model()), with_arithmetic(kPlain), whole);
  const std::vector<Completion> steps = run_singly(
      golden_dir(model()), with_arithmetic({.num_threads = 2, .max_step_tokens = 16}), split);
  double sum = generated.logprobs[0].logprob;
  EXPECT_DOUBLE_EQ(sums[0].continuation_logprobs[0], sum);
  for (size_t i = 1; i < sums.size(); ++i) {
    sum += generated.logprobs[i].logprob;
    EXPECT_DOUBLE_EQ(sums[i].continuation_logprobs[0], sum) << i;
    if (forms_differ) continue;
    EXPECT_DOUBLE_EQ(sums[i].continuation_logprobs[0],
                     sums[i - 1].continuation_logprobs[0] + steps[i - 1].continuation_logprobs[0]);
  }
}

std::string name_of_invariance(const testing::TestParamInfo<EngineInvariance::ParamType>& info) {
  const auto& [model, arithmetic] = info.param;
  return std::string(model) + "_" + arithmetic.numerics + "_" + arithmetic.cache_dtype;
}

constexpr Arithmetic kExact = {"float32", "float32"};
constexpr Arithmetic kChains = {"chain", "bfloat16"};
constexpr Arithmetic kTiles = {"amx", "bfloat16"};

INSTANTIATE_TEST_SUITE_P(
    Models, EngineInvariance,
    testing::Combine(testing::Values("axk1_groups", "axk1_bias", "exaone_window", "exaone_lists",
                                     "solar_yarn", "solar_plain", "exaone2", "vaetki", "kanana2",
                                     "axk2", "solar_open2"),
                     testing::Values(kExact, kChains)),
    name_of_invariance);
INSTANTIATE_TEST_SUITE_P(
    Formats, EngineInvariance,
    testing::Combine(testing::Values("solar_fp8_block", "exaone_int4_asymmetric", "gpt_oss_mxfp4"),
                     testing::Values(kChains)),
    name_of_invariance);
INSTANTIATE_TEST_SUITE_P(Mixed, EngineInvariance,
                         testing::Combine(testing::Values("exaone_window", "axk1_groups",
                                                          "gpt_oss_mxfp4"),
                                          testing::Values(Arithmetic{"float32", "bfloat16"},
                                                          Arithmetic{"chain", "float32"}, kTiles)),
                         name_of_invariance);

TEST(EngineTest, EveryInstructionSetGivesTheSameTokens) {
  std::vector<EngineRequest> requests = mixed_requests(800);
  requests.resize(8);
  for (const Arithmetic& arithmetic : {kExact, kChains, kTiles}) {
    EngineOptions options{.num_threads = 2};
    options.numerics = arithmetic.numerics;
    options.kv_cache_dtype = arithmetic.cache_dtype;
    options.isa = "portable";
    const std::vector<Completion> reference =
        run_all(golden_dir("exaone_window"), options, requests);
    for (const char* isa : {"avx2", "avx512", "avx512_bf16", "amx"}) {
      options.isa = isa;
      const auto probe = Engine::load(golden_dir("exaone_window"), options);
      if (!probe.ok()) continue;  // not on this machine
      expect_same_bits(reference, run_all(golden_dir("exaone_window"), options, requests), isa);
    }
  }
}

TEST(EngineTest, MadeWeightsKeepTheContract) {
  std::vector<EngineRequest> requests = mixed_requests(800);
  requests.resize(8);
  for (const char* weights : {"int8", "int4", "int4:64"}) {
    EngineOptions options{.num_threads = 1};
    options.numerics = "chain";
    options.weights = weights;
    const std::vector<Completion> reference =
        run_singly(golden_dir("exaone_window"), options, requests);
    options.num_threads = 3;
    options.max_step_tokens = 33;
    for (const char* isa : {"portable", "avx2", "avx512", "avx512_bf16"}) {
      options.isa = isa;
      // not on this machine
      if (!Engine::load(golden_dir("exaone_window"), options).ok()) continue;
      expect_same_bits(reference, run_all(golden_dir("exaone_window"), options, requests), isa);
    }
  }
}

TEST(EngineTest, WhatCannotBeComputedWithIsRefused) {
  const struct {
    const char* model;
    EngineOptions options;
    const char* sentence;
  } cases[] = {
      {"exaone_window", {.weights = "int5"}, "unknown type of weights \"int5\""},
      {"exaone_window", {.weights = "int4:33"}, "unknown type of weights \"int4:33\""},
      {"exaone_window",
       {.numerics = "float32", .weights = "int8"},
       "goes with the numerics chain, amx and tensor"},
      {"solar_fp8_block", {.weights = "int8"}, "quantised already"},
      {"exaone_window", {.isa = "abacus"}, "unknown instruction set \"abacus\""},
      {"exaone_window", {.numerics = "float33"}, "unknown numerics \"float33\""},
      {"exaone_window", {.kv_cache_dtype = "float8"}, "unknown type of the cache \"float8\""},
  };
  for (const auto& c : cases) {
    const auto engine = Engine::load(golden_dir(c.model), c.options);
    ASSERT_FALSE(engine.ok());
    EXPECT_NE(engine.status().message().find(c.sentence), std::string::npos)
        << engine.status().message();
  }
}

// Not that it is unknown: it may be there under other numerics, or on another machine.
TEST(EngineTest, AnInstructionSetThatDoesNotGoIsTold) {
  const auto refusal_of = [](const char* isa, const char* numerics) {
    EngineOptions options;
    options.isa = isa;
    options.numerics = numerics;
    const auto engine = Engine::load(golden_dir("exaone_window"), options);
    return engine.ok() ? std::string() : engine.status().message();
  };
  const bool has_bf16 = refusal_of("avx512_bf16", "chain").empty();
  EXPECT_EQ(refusal_of("avx512_bf16", "float32"),
            has_bf16
                ? "the instruction set avx512_bf16 goes with the numerics chain, not with float32"
                : "this machine does not have the instruction set avx512_bf16");
  const bool has_amx = refusal_of("amx", "amx").empty();
  EXPECT_EQ(refusal_of("amx", "chain"),
            has_amx ? "the instruction set amx goes with the numerics amx, not with chain"
                    : "this machine does not have the instruction set amx");
}

// Four draws from one prompt of 100 tokens.
std::vector<EngineRequest> samples_of_one_prompt(int vocab_size) {
  std::mt19937 random(3);
  EngineRequest request{.prompt_token_ids = random_ids(random, 100, vocab_size),
                        .sampling = {.temperature = 1.0, .max_tokens = 8},
                        .continuations = {},
                        .end_of_sequence = EndOfSequence::kIgnore};
  std::vector<EngineRequest> requests;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    request.sampling.seed = seed;
    requests.push_back(request);
  }
  return requests;
}

TEST(EngineTest, SamplesOfOnePromptShareItsPrefill) {
  for (const char* model : {"solar_yarn", "exaone_window", "axk1_groups"}) {
    const std::vector<Completion> completions =
        run_all(golden_dir(model), {.num_threads = 2}, samples_of_one_prompt(800));
    EXPECT_EQ(completions[0].num_cached_tokens, 0) << model;
    for (size_t i = 1; i < completions.size(); ++i)
      // whole blocks of the first 99 tokens
      EXPECT_EQ(completions[i].num_cached_tokens, 96) << model;
    EXPECT_NE(completions[0].token_ids, completions[1].token_ids) << "other seeds, other samples";
  }
}

// A state is shared only where it is exact: the first computes the prompt up to its last whole
// block, the others go on from a copy of what it had there.
TEST(EngineTest, SamplesOfOnePromptShareItsPrefillWithItsState) {
  const std::vector<EngineRequest> requests = samples_of_one_prompt(500);
  const std::vector<Completion> completions =
      run_all(golden_dir("solar_open2"), {.num_threads = 2}, requests);
  EXPECT_EQ(completions[0].num_cached_tokens, 0);
  for (size_t i = 1; i < completions.size(); ++i)
    EXPECT_EQ(completions[i].num_cached_tokens, 96);
  expect_same_bits(run_singly(golden_dir("solar_open2"), kPlain, requests), completions,
                   "the shared prefill");
}

TEST(EngineTest, TheContextEndsAReplyWithAFlag) {
  std::mt19937 random(4);
  const EngineOptions options{.max_context_tokens = 64, .num_threads = 1};
  const struct {
    int prompt;
    int max_tokens;
    FinishReason reason;
    size_t num_tokens;
  } cases[] = {
      {50, 14, FinishReason::kLength, 14},  {50, 15, FinishReason::kContext, 14},
      {63, 100, FinishReason::kContext, 1}, {64, 1, FinishReason::kContext, 0},
      {500, 10, FinishReason::kContext, 0}, {10, 0, FinishReason::kLength, 0},
  };
  for (const auto& c : cases) {
    const EngineRequest request{.prompt_token_ids = random_ids(random, c.prompt, 800),
                                .sampling = {.max_tokens = c.max_tokens},
                                .continuations = {},
                                .end_of_sequence = EndOfSequence::kIgnore};
    const Completion completion = run_all(golden_dir("solar_yarn"), options, {request})[0];
    EXPECT_EQ(completion.finish_reason, c.reason) << c.prompt << " + " << c.max_tokens;
    EXPECT_EQ(completion.token_ids.size(), c.num_tokens) << c.prompt << " + " << c.max_tokens;
  }
}

TEST(EngineTest, AnEndOfSequenceIdEndsAReplyUnlessIgnored) {
  std::mt19937 random(5);
  EngineRequest request{.prompt_token_ids = random_ids(random, 20, 800),
                        .sampling = {.max_tokens = 32},
                        .continuations = {},
                        .end_of_sequence = EndOfSequence::kIgnore};
  const Completion whole = run_all(golden_dir("solar_yarn"), kPlain, {request})[0];
  ASSERT_EQ(whole.token_ids.size(), 32u);
  request.sampling.stop_token_ids = {whole.token_ids[6]};
  const Completion stopped = run_all(golden_dir("solar_yarn"), kPlain, {request})[0];
  EXPECT_EQ(stopped.finish_reason, FinishReason::kStop);
  const auto first = std::find(whole.token_ids.begin(), whole.token_ids.end(), whole.token_ids[6]);
  EXPECT_EQ(stopped.token_ids, std::vector<int32_t>(whole.token_ids.begin(), first + 1));
}

TEST(EngineTest, AFaultyRequestIsAnErrorOfThatRequestOnly) {
  EngineRequest good{
      .prompt_token_ids = {70, 71}, .sampling = {.max_tokens = 3}, .continuations = {}};
  good.end_of_sequence = EndOfSequence::kIgnore;
  EngineRequest empty = good;
  empty.prompt_token_ids.clear();
  EngineRequest outside = good;
  outside.prompt_token_ids.push_back(800);
  EngineRequest negative = good;
  negative.continuations = {{-1}};
  EngineRequest nan = good;
  nan.sampling.temperature = NAN;
  const std::vector<Completion> completions =
      run_all(golden_dir("solar_yarn"), kPlain, {empty, good, outside, negative, nan});
  for (const size_t i : {0, 2, 3, 4}) {
    EXPECT_EQ(completions[i].finish_reason, FinishReason::kError);
    EXPECT_FALSE(completions[i].error.empty());
  }
  EXPECT_EQ(completions[1].token_ids.size(), 3u);
}

TEST(EngineTest, ACancelledRequestLeavesTheOthersAlone) {
  std::mt19937 random(6);
  EngineRequest request{.prompt_token_ids = random_ids(random, 40, 800),
                        .sampling = {.max_tokens = 10},
                        .continuations = {},
                        .end_of_sequence = EndOfSequence::kIgnore};
  const std::vector<int32_t> expected =
      run_all(golden_dir("exaone_window"), kPlain, {request})[0].token_ids;
  auto engine = Engine::load(golden_dir("exaone_window"), {.num_threads = 1});
  const RequestId dropped = engine.value()->submit(request);
  const RequestId kept = engine.value()->submit(request);
  engine.value()->step();
  engine.value()->cancel(dropped);
  engine.value()->cancel(12345);
  while (engine.value()->has_work())
    engine.value()->step();
  const auto completed = engine.value()->take_completed();
  ASSERT_EQ(completed.size(), 1u);
  EXPECT_EQ(completed[0].first, kept);
  EXPECT_EQ(completed[0].second.token_ids, expected);
  EXPECT_EQ(engine.value()->num_in_flight(), 0);
}

}  // namespace
}  // namespace jangwon::runtime
