// Drafts decide nothing: tokens, log-probabilities and lists of a request are the same bits with
// and without them, whatever else runs and however often the sequence loses its place.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "runtime/engine/engine.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/model_config.h"
#include "tests/runtime/engine/engine_cases.h"

namespace jangwon::runtime {
namespace {

// An emulated GPU takes a thousand times as long: fewer requests, shorter replies, every other way
// of running them.
#ifdef JANGWON_GPU_IS_EMULATED
constexpr bool kIsSlow = true;
#else
constexpr bool kIsSlow = false;
#endif
constexpr int kNumRequests = kIsSlow ? 8 : 24;
constexpr int kLongestReply = kIsSlow ? 8 : 30;
const std::vector<int> kDraftCounts = kIsSlow ? std::vector{2} : std::vector{1, 2, 3, 4};

// Greedy and sampled, with filters and penalties, stop ids and limits that fall into accepted
// blocks, scored prompts, likelihoods; many behind the same beginning.
std::vector<EngineRequest> mixed_requests(uint32_t seed, int vocab_size) {
  std::mt19937 random(seed);
  const std::vector<int32_t> examples = random_ids(random, 50, vocab_size);
  std::vector<EngineRequest> requests;
  for (int i = 0; i < kNumRequests; ++i) {
    EngineRequest& request = requests.emplace_back();
    const int length = 1 + static_cast<int>(random() % 40);
    request.prompt_token_ids = random_ids(random, length, vocab_size);
    if (random() % 2 == 0) {
      const int64_t common = static_cast<int64_t>(random() % 51);
      request.prompt_token_ids.insert(request.prompt_token_ids.begin(), examples.begin(),
                                      examples.begin() + common);
    }
    request.sampling.max_tokens = 1 + static_cast<int>(random() % kLongestReply);
    request.sampling.seed = random();
    request.end_of_sequence = i % 3 == 0 ? EndOfSequence::kObey : EndOfSequence::kIgnore;
    // Two random models agree on nothing; where both are made flat, the number that
    // decides is the same.
    request.sampling.temperature = i % 4 == 0   ? 0.0
                                   : i % 4 == 3 ? 9.0
                                                : 0.1 * static_cast<double>(1 + random() % 9);
    if (i % 5 == 1) request.sampling.top_p = 0.8;
    if (i % 5 == 2) request.sampling.top_k = 3;
    if (i % 5 == 3) request.sampling.repetition_penalty = 1.3;
    if (i % 5 == 4) request.sampling.presence_penalty = 0.7;
    if (i % 6 == 0) request.sampling.stop_token_ids = random_ids(random, 60, vocab_size);
    if (i % 2 == 0) request.num_top_logprobs = static_cast<int>(random() % 4);
    if (i % 7 == 3) request.num_top_prompt_logprobs = 2;
    if (i % 8 == 5)
      request.continuations = {random_ids(random, 3, vocab_size),
                               random_ids(random, 9, vocab_size)};
    request.want_events = i % 3 == 1;
  }
  return requests;
}

struct Outcome {
  std::vector<Completion> completions;
  std::vector<std::vector<int32_t>> events;  // ids, by request
  Json speculation;

  int64_t verified() const { return speculation.at("verified_drafts").get<int64_t>(); }
  int64_t accepted() const { return speculation.at("accepted_drafts").get<int64_t>(); }
};

// `steps_between` new requests at most so many steps go by.
Outcome run_watched(const std::string& model, const EngineOptions& options,
                    const std::vector<EngineRequest>& requests, int steps_between = 0) {
  auto engine = Engine::load(golden_dir(model), options);
  EXPECT_TRUE(engine.ok()) << engine.status().message();
  Outcome outcome;
  if (!engine.ok()) return outcome;
  outcome.completions.resize(requests.size());
  outcome.events.resize(requests.size());
  std::map<RequestId, size_t> index;
  std::mt19937 random(5);
  const auto step = [&] {
    engine.value()->step();
    for (const TokenEvent& event : engine.value()->take_events())
      outcome.events[index.at(event.request)].push_back(event.token_id);
  };
  for (size_t i = 0; i < requests.size(); ++i) {
    index[engine.value()->submit(requests[i])] = i;
    for (int wait = steps_between > 0 ? static_cast<int>(random()) % steps_between : 0;
         wait > 0 && engine.value()->has_work(); --wait)
      step();
  }
  while (engine.value()->has_work())
    step();
  for (auto& [id, completion] : engine.value()->take_completed())
    outcome.completions[index.at(id)] = std::move(completion);
  const Json facts = engine.value()->facts();
  if (facts.contains("speculation")) outcome.speculation = facts["speculation"];
  return outcome;
}

void expect_same_outcome(const Outcome& expected, const Outcome& actual, const std::string& what) {
  expect_same_bits(expected.completions, actual.completions, what);
  EXPECT_EQ(expected.events, actual.events) << what;
}

const EngineOptions kPlain{
    .num_threads = 1, .max_batch_size = 1, .prefix_cache = PrefixCache::kOff};

EngineOptions with_drafts(EngineOptions options, int num_drafts) {
  options.num_drafts = num_drafts;
  return options;
}

struct Variant {
  const char* what;
  EngineOptions options;
};

std::vector<Variant> all_variants() {
  return {
      {"one at a time", kPlain},
      {"a batch of all",
       {.num_threads = 2, .max_batch_size = 64, .prefix_cache = PrefixCache::kOff}},
      {"the prefix cache", {.num_threads = 2, .max_batch_size = 5}},
      {"chunks of 5 tokens", {.num_threads = 1, .max_batch_size = 4, .max_step_tokens = 5}},
      {"steps of few rows",
       {.num_threads = 1, .max_batch_size = 3, .max_step_tokens = 33, .max_logit_rows = 1}},
      {"a cache so small that sequences start over",
       {.max_context_tokens = 128,
        .num_threads = 1,
        .max_batch_size = 16,
        .max_step_tokens = 48,
        .kv_cache_tokens = 144,
        .kv_cache_max_bytes = 1,
        .swap_max_bytes = 0}},
      {"the same with room to swap",
       {.max_context_tokens = 128,
        .num_threads = 1,
        .max_batch_size = 16,
        .max_step_tokens = 48,
        .kv_cache_tokens = 144,
        .kv_cache_max_bytes = 1}},
  };
}

std::vector<Variant> variants() {
  std::vector<Variant> chosen = all_variants();
  for (size_t i = 0; kIsSlow && i < chosen.size(); ++i)
    chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(i));
  return chosen;
}

class Speculation : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { skip_if_too_long_here(false); }
};

TEST_P(Speculation, ChangesNoBit) {
  const std::string model = GetParam();
  const std::vector<EngineRequest> requests =
      mixed_requests(11, read_model_config(golden_dir(model)).value().vocab_size);
  const Outcome plain = run_watched(model, kPlain, requests);
  EXPECT_TRUE(plain.speculation.is_null());
  for (const int num_drafts : kDraftCounts) {
    for (const Variant& variant : variants()) {
      const std::string what =
          std::string(variant.what) + ", " + std::to_string(num_drafts) + " drafts";
      const Outcome outcome =
          run_watched(model, with_drafts(variant.options, num_drafts), requests, 4);
      expect_same_outcome(plain, outcome, what);
      EXPECT_EQ(outcome.speculation.at("speculate"), num_drafts);
      EXPECT_GT(outcome.verified(), kIsSlow ? 10 : 100) << what;
    }
  }
}

TEST_P(Speculation, ChangesNoBitOfChains) {
  const std::string model = GetParam();
  const std::vector<EngineRequest> requests =
      mixed_requests(14, read_model_config(golden_dir(model)).value().vocab_size);
  EngineOptions plain_options = by_reference(kPlain);
  plain_options.numerics = "chain";
  const Outcome plain = run_watched(model, plain_options, requests);
  for (const Variant& variant : variants()) {
    EngineOptions options = with_drafts(variant.options, 2);
    options.numerics = "chain";
    expect_same_outcome(plain, run_watched(model, options, requests, 4), variant.what);
  }
}

// What a draft module proposes depends on the tokens before it alone: on no chunk, no
// neighbour, no shared prefix. Were a pair or a hidden state missing from its cache, it would
// propose something else.
TEST_P(Speculation, ProposalsDependOnNoSchedule) {
  const std::string model = GetParam();
  const std::vector<EngineRequest> requests =
      mixed_requests(12, read_model_config(golden_dir(model)).value().vocab_size);
  for (const int num_drafts : kIsSlow ? std::vector{3} : std::vector{1, 3}) {
    const Outcome alone = run_watched(model, with_drafts(kPlain, num_drafts), requests);
    // Of the few that a slow device drafts none may be: OtherDrafts has those that are.
    if (!kIsSlow) {
      ASSERT_GT(alone.accepted(), 0) << "some drafts should be right";
    }
    ASSERT_LT(alone.accepted(), alone.verified());
    for (const Variant& variant : variants()) {
      const Outcome outcome =
          run_watched(model, with_drafts(variant.options, num_drafts), requests, 4);
      for (size_t i = 0; i < requests.size(); ++i) {
        EXPECT_EQ(outcome.completions[i].num_drafts, alone.completions[i].num_drafts)
            << variant.what << ", request " << i;
        EXPECT_EQ(outcome.completions[i].num_accepted_drafts,
                  alone.completions[i].num_accepted_drafts)
            << variant.what << ", request " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Speculation,
                         testing::Values("deepseek_v3_mtp", "exaone_mtp", "exaone2"),
                         [](const auto& param) { return std::string(param.param); });

// --- drafts from elsewhere: always right, always wrong, sometimes ---

// Knows what every prompt is followed by.
class Oracle {
 public:
  Oracle(const std::vector<EngineRequest>& requests, const std::vector<Completion>& completions) {
    for (size_t i = 0; i < requests.size(); ++i) {
      std::vector<int32_t>& ids = texts_.emplace_back(requests[i].prompt_token_ids);
      ids.insert(ids.end(), completions[i].token_ids.begin(), completions[i].token_ids.end());
    }
  }

  std::vector<int32_t> right(std::span<const int32_t> token_ids, int count) const {
    for (const std::vector<int32_t>& text : texts_) {
      if (text.size() < token_ids.size() ||
          !std::equal(token_ids.begin(), token_ids.end(), text.begin()))
        continue;
      const auto begin = text.begin() + static_cast<int64_t>(token_ids.size());
      return {begin, begin + std::min<int64_t>(count, text.end() - begin)};
    }
    return {};
  }

 private:
  std::vector<std::vector<int32_t>> texts_;
};

std::vector<EngineRequest> replies_of(int vocab_size) {
  std::vector<EngineRequest> requests = mixed_requests(13, vocab_size);
  std::erase_if(requests,
                [](const EngineRequest& request) { return !request.continuations.empty(); });
  return requests;
}

class OtherDrafts : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { skip_if_too_long_here(false); }
};

TEST_P(OtherDrafts, RightOnesAreAllAcceptedAndWrongOnesAreAllRefused) {
  const std::string model = GetParam();
  const int vocab_size = read_model_config(golden_dir(model)).value().vocab_size;
  const std::vector<EngineRequest> requests = replies_of(vocab_size);
  const Outcome plain = run_watched(model, kPlain, requests);
  const Oracle oracle(requests, plain.completions);
  const ProposeTokens right = [&](std::span<const int32_t> ids, int count) {
    return oracle.right(ids, count);
  };
  const ProposeTokens wrong = [&](std::span<const int32_t> ids, int count) {
    std::vector<int32_t> drafts = oracle.right(ids, count);
    for (int32_t& id : drafts)
      id = (id + 1) % vocab_size;
    return drafts;
  };
  const ProposeTokens mixed = [&](std::span<const int32_t> ids, int count) {
    std::vector<int32_t> drafts = oracle.right(ids, count);
    for (size_t i = 0; i < drafts.size(); ++i)
      if ((ids.size() + i) % 3 == 0) drafts[i] = (drafts[i] + 1) % vocab_size;
    return drafts;
  };
  for (const Variant& variant : variants()) {
    for (const int num_drafts : kIsSlow ? std::vector{3} : std::vector{1, 4}) {
      EngineOptions options = with_drafts(variant.options, num_drafts);
      options.propose = right;
      const Outcome all = run_watched(model, options, requests, 4);
      expect_same_outcome(plain, all, variant.what + std::string(", right"));
      EXPECT_EQ(all.accepted(), all.verified()) << variant.what;
      EXPECT_GT(all.verified(), 0) << variant.what;
      EXPECT_EQ(all.speculation.at("acceptance_rate"), 1.0);
      options.propose = wrong;
      const Outcome none = run_watched(model, options, requests, 4);
      expect_same_outcome(plain, none, variant.what + std::string(", wrong"));
      EXPECT_EQ(none.accepted(), 0) << variant.what;
      EXPECT_GT(none.verified(), 0) << variant.what;
      EXPECT_EQ(none.speculation.at("acceptance_rate"), 0.0);
      options.propose = mixed;
      const Outcome some = run_watched(model, options, requests, 4);
      expect_same_outcome(plain, some, variant.what + std::string(", mixed"));
      EXPECT_GT(some.accepted(), 0) << variant.what;
      EXPECT_LT(some.accepted(), some.verified()) << variant.what;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, OtherDrafts,
                         testing::Values("exaone_mtp", "axk1_groups", "exaone_window", "axk2"),
                         [](const auto& param) { return std::string(param.param); });

TEST(SpeculationTest, RightDraftsSaveSteps) {
  EngineRequest request{
      .prompt_token_ids = {70, 71, 72}, .sampling = {.max_tokens = 25}, .continuations = {}};
  request.end_of_sequence = EndOfSequence::kIgnore;
  const Outcome plain = run_watched("solar_yarn", kPlain, {request});
  const Oracle oracle({request}, plain.completions);
  EngineOptions options = with_drafts(kPlain, 3);
  options.propose = [&](std::span<const int32_t> ids, int count) {
    return oracle.right(ids, count);
  };
  auto engine = Engine::load(golden_dir("solar_yarn"), options);
  engine.value()->submit(request);
  int steps = 0;
  for (; engine.value()->has_work(); ++steps)
    engine.value()->step();
  EXPECT_EQ(steps, 7) << "one for the prompt and the first token, then four tokens a step";
  EXPECT_EQ(engine.value()->take_completed()[0].second.token_ids, plain.completions[0].token_ids);
}

// Stop strings that end anywhere in an accepted block; text, parts and events are those
// of the plain run.
TEST(SpeculationTest, AStopStringWithinAnAcceptedBlockCutsTheReplyInTheSamePlace) {
  const std::string dir = std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/standin-k-exaone";
  const auto run = [&](const EngineOptions& options, const EngineRequest& request,
                       std::vector<TokenEvent>& events) {
    auto engine = Engine::load(dir, options);
    EXPECT_TRUE(engine.ok()) << engine.status().message();
    engine.value()->submit(request);
    while (engine.value()->has_work())
      engine.value()->step();
    events = engine.value()->take_events();
    return std::move(engine.value()->take_completed()[0].second);
  };
  EngineRequest request{
      .prompt_token_ids = {}, .sampling = {.max_tokens = 40}, .continuations = {}};
  request.prompt_token_ids = Engine::load(dir, kPlain).value()->encode("37 더하기 25는").value();
  request.end_of_sequence = EndOfSequence::kIgnore;
  request.want_events = true;
  std::vector<TokenEvent> events;
  const Completion whole = run(kPlain, request, events);
  const Oracle oracle({request}, {whole});
  ASSERT_GT(whole.text.size(), 20u);
  for (size_t begin = 0; begin + 3 <= whole.text.size(); begin += 5) {
    if ((static_cast<unsigned char>(whole.text[begin]) & 0xc0) == 0x80) continue;
    request.sampling.stop = {whole.text.substr(begin, 3)};
    std::vector<TokenEvent> plain_events;
    const Completion plain = run(kPlain, request, plain_events);
    EngineOptions options = with_drafts(kPlain, 4);
    options.propose = [&](std::span<const int32_t> ids, int count) {
      return oracle.right(ids, count);
    };
    const Completion drafted = run(options, request, events);
    EXPECT_EQ(plain.text, drafted.text);
    EXPECT_EQ(plain.token_ids, drafted.token_ids);
    EXPECT_EQ(plain.finish_reason, drafted.finish_reason);
    ASSERT_EQ(plain_events.size(), events.size());
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(plain_events[i].token_id, events[i].token_id);
      EXPECT_EQ(plain_events[i].text, events[i].text);
    }
  }
}

TEST(SpeculationTest, AModelWithoutADraftModuleRefuses) {
  const auto engine = Engine::load(golden_dir("solar_yarn"), {.num_drafts = 2});
  ASSERT_FALSE(engine.ok());
  EXPECT_NE(engine.status().message().find("has no draft module"), std::string::npos)
      << engine.status().message();
}

}  // namespace
}  // namespace jangwon::runtime
