// What a request may wish for beside its reply: an event a token, log-probabilities of the reply,
// of continuations and of the prompt. The stand-ins have tokenizers and write Korean, whose
// characters are spread over tokens.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/engine/engine.h"

namespace jangwon::runtime {
namespace {

std::string stand_in(const std::string& name) {
  return std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/" + name;
}

std::unique_ptr<Engine> load(const std::string& name = "standin-k-exaone",
                             EngineOptions options = {}) {
  options.num_threads = options.num_threads == 0 ? 2 : options.num_threads;
  auto engine = Engine::load(stand_in(name), options);
  EXPECT_TRUE(engine.ok()) << engine.status().message();
  return std::move(engine).value();
}

EngineRequest request_for(const Engine& engine, const std::string& question, int max_tokens = 40) {
  EngineRequest request;
  request.prompt_token_ids =
      engine.render(Json::array({{{"role", "user"}, {"content", question}}}), Json::object())
          .value()
          .token_ids;
  request.sampling.temperature = 1.2;
  request.sampling.seed = 3;
  request.sampling.max_tokens = max_tokens;
  return request;
}

Completion run_one(Engine& engine, const EngineRequest& request) {
  engine.submit(request);
  while (engine.has_work())
    engine.step();
  auto completed = engine.take_completed();
  EXPECT_EQ(completed.size(), 1u);
  EXPECT_EQ(completed[0].second.error, "");
  return std::move(completed[0].second);
}

const char* const kQuestions[] = {"37 더하기 25는 얼마입니까?", "What is the capital of Korea?",
                                  "Name a colour.", "한국의 수도는 어디입니까?"};

void expect_events_of(const std::vector<TokenEvent>& events, const Completion& completion,
                      const std::string& what) {
  std::string text, reasoning, answer;
  std::vector<int32_t> ids;
  for (const TokenEvent& event : events) {
    text += event.text;
    reasoning += event.reasoning;
    answer += event.answer;
    ids.push_back(event.token_id);
  }
  EXPECT_EQ(text, completion.text) << what;
  EXPECT_EQ(reasoning, completion.reasoning) << what;
  EXPECT_EQ(answer, completion.answer_text) << what;
  EXPECT_EQ(ids, completion.token_ids) << what;
}

TEST(TokenEventsTest, TextsOfAllEventsAreTheReply) {
  for (const char* name : {"standin-axk1", "standin-k-exaone", "standin-solar-open"}) {
    const auto engine = load(name);
    for (const char* question : kQuestions) {
      for (const int max_tokens : {1, 2, 3, 7, 60}) {
        EngineRequest request = request_for(*engine, question, max_tokens);
        request.want_events = true;
        const Completion completion = run_one(*engine, request);
        expect_events_of(engine->take_events(), completion, question);
      }
    }
  }
}

TEST(TokenEventsTest, WhatMayBeginAStopStringIsHeldBack) {
  const auto engine = load();
  EngineRequest request = request_for(*engine, kQuestions[0], 40);
  request.end_of_sequence = EndOfSequence::kIgnore;
  const std::string whole = run_one(*engine, request).text;
  ASSERT_GT(whole.size(), 30u);
  request.want_events = true;
  // Every piece of the text as a stop string, and that piece with an end that never comes.
  for (size_t begin = 0; begin + 8 < whole.size(); begin += 5) {
    for (const size_t length : {1, 3, 8}) {
      for (const char* end : {"", "\x01"}) {
        request.sampling.stop = {whole.substr(begin, length) + end, "never"};
        const Completion completion = run_one(*engine, request);
        if (*end == '\0') {
          EXPECT_EQ(completion.text, whole.substr(0, whole.find(request.sampling.stop[0])));
        } else {
          EXPECT_EQ(completion.text, whole);
        }
        expect_events_of(engine->take_events(), completion, request.sampling.stop[0]);
      }
    }
  }
}

TEST(TokenEventsTest, AnEventComesWithItsStep) {
  const auto engine = load();
  EngineRequest request = request_for(*engine, kQuestions[1], 8);
  request.end_of_sequence = EndOfSequence::kIgnore;
  request.want_events = true;
  const RequestId id = engine->submit(request);
  size_t num_events = 0;
  while (engine->has_work()) {
    engine->step();
    const std::vector<TokenEvent> events = engine->take_events();
    EXPECT_LE(events.size(), 1u);
    num_events += events.size();
    for (const TokenEvent& event : events) {
      EXPECT_EQ(event.request, id);
      EXPECT_EQ(event.scored, std::nullopt);
    }
  }
  EXPECT_EQ(num_events, 8u);
}

TEST(TokenEventsTest, NobodyIsToldWhatNobodyAskedFor) {
  const auto engine = load();
  const Completion completion = run_one(*engine, request_for(*engine, kQuestions[0]));
  EXPECT_TRUE(engine->take_events().empty());
  EXPECT_TRUE(completion.logprobs.empty());
  EXPECT_TRUE(completion.prompt_logprobs.empty());
}

TEST(TokenEventsTest, ACancelledRequestHasNoFurtherEvents) {
  const auto engine = load();
  EXPECT_EQ(engine->load().num_used_blocks, 0);
  EngineRequest request = request_for(*engine, kQuestions[0]);
  request.want_events = true;
  const RequestId id = engine->submit(request);
  engine->step();
  engine->step();
  engine->take_events();
  EXPECT_GT(engine->load().num_used_blocks, 0);
  EXPECT_EQ(engine->load().num_running, 1);
  engine->cancel(id);
  EXPECT_FALSE(engine->has_work());
  EXPECT_EQ(engine->load().num_used_blocks, 0);
  EXPECT_EQ(engine->load().num_running, 0);
  EXPECT_TRUE(engine->take_events().empty());
}

// --- log-probabilities ---

void expect_scored(const ScoredToken& scored, size_t num_top) {
  EXPECT_LE(scored.logprob, 0.0);
  ASSERT_EQ(scored.top.size(), num_top);
  double sum = 0.0;
  for (size_t i = 0; i < num_top; ++i) {
    sum += std::exp(scored.top[i].logprob);
    if (i > 0) {
      const TokenLogprob& before = scored.top[i - 1];
      EXPECT_TRUE(before.logprob > scored.top[i].logprob ||
                  (before.logprob == scored.top[i].logprob && before.id < scored.top[i].id));
    }
    EXPECT_TRUE(scored.top[i].id != scored.id || scored.top[i].logprob == scored.logprob);
  }
  EXPECT_LE(sum, 1.0 + 1e-9);
  EXPECT_TRUE(num_top == 0 || scored.top.front().logprob >= scored.logprob);
}

TEST(LogprobsTest, AReplyTokensLogprobIsThatOfTheTokenAsAContinuation) {
  const auto engine = load();
  EngineRequest request = request_for(*engine, kQuestions[0], 12);
  request.end_of_sequence = EndOfSequence::kIgnore;
  request.num_top_logprobs = 5;
  request.want_events = true;
  const Completion reply = run_one(*engine, request);
  const std::vector<TokenEvent> events = engine->take_events();
  ASSERT_EQ(reply.logprobs.size(), reply.token_ids.size());
  ASSERT_EQ(events.size(), reply.token_ids.size());
  EngineRequest scoring = request;
  scoring.continuations = {reply.token_ids};
  const Completion scored = run_one(*engine, scoring);
  EXPECT_EQ(scored.logprobs, reply.logprobs);
  double sum = 0.0;
  for (size_t i = 0; i < reply.logprobs.size(); ++i) {
    EXPECT_EQ(reply.logprobs[i].id, reply.token_ids[i]);
    EXPECT_EQ(events[i].scored, reply.logprobs[i]);
    expect_scored(reply.logprobs[i], 5);
    sum += reply.logprobs[i].logprob;
  }
  EXPECT_EQ(scored.continuation_logprobs[0], sum);
}

TEST(LogprobsTest, GreedyTakesTheMostProbable) {
  const auto engine = load("standin-axk1");
  EngineRequest request = request_for(*engine, kQuestions[1], 12);
  request.sampling.temperature = 0.0;
  request.num_top_logprobs = 1;
  for (const ScoredToken& scored : run_one(*engine, request).logprobs)
    EXPECT_EQ(scored.top.front().id, scored.id);
}

TEST(LogprobsTest, ContinuationsStandOneAfterTheOther) {
  const auto engine = load();
  EngineRequest request = request_for(*engine, kQuestions[0]);
  request.continuations = {{5, 6, 7}, {8}, {9, 10}};
  request.num_top_logprobs = 0;
  const Completion completion = run_one(*engine, request);
  ASSERT_EQ(completion.logprobs.size(), 6u);
  size_t next = 0;
  for (size_t i = 0; i < 3; ++i) {
    double sum = 0.0;
    for (const int32_t id : request.continuations[i]) {
      EXPECT_EQ(completion.logprobs[next].id, id);
      sum += completion.logprobs[next++].logprob;
    }
    EXPECT_EQ(completion.continuation_logprobs[i], sum);
  }
}

TEST(LogprobsTest, APromptsLogprobsAreThoseOfItsTokensAsAContinuation) {
  const auto engine = load("standin-k-exaone", {.max_step_tokens = 48, .max_logit_rows = 7});
  EngineRequest request = request_for(*engine, kQuestions[3], 5);
  const std::vector<int32_t> ids = request.prompt_token_ids;
  EngineRequest scoring;
  scoring.prompt_token_ids = {ids.front()};
  scoring.continuations = {std::vector<int32_t>(ids.begin() + 1, ids.end())};
  scoring.num_top_logprobs = 2;
  const std::vector<ScoredToken> expected = run_one(*engine, scoring).logprobs;

  request.num_top_prompt_logprobs = 2;
  const Completion with_reply = run_one(*engine, request);
  EXPECT_EQ(with_reply.prompt_logprobs, expected);
  EXPECT_EQ(with_reply.token_ids.size(), 5u);
  EXPECT_TRUE(with_reply.logprobs.empty());
  request.num_top_prompt_logprobs.reset();
  EXPECT_EQ(run_one(*engine, request).token_ids, with_reply.token_ids)
      << "the wish changes no reply";
}

TEST(LogprobsTest, APromptAloneCanBeScored) {
  const auto engine = load("standin-k-exaone", {.max_context_tokens = 64});
  EngineRequest request = request_for(*engine, kQuestions[1], 0);
  request.num_top_prompt_logprobs = 0;
  const Completion completion = run_one(*engine, request);
  EXPECT_EQ(completion.prompt_logprobs.size(), request.prompt_token_ids.size() - 1);
  EXPECT_EQ(completion.finish_reason, FinishReason::kLength);
  EXPECT_TRUE(completion.token_ids.empty());
  EXPECT_EQ(completion.text, "");

  request.prompt_token_ids.resize(64, 5);  // fills the context
  request.sampling.max_tokens = 3;
  const Completion full = run_one(*engine, request);
  EXPECT_EQ(full.prompt_logprobs.size(), 63u);
  EXPECT_EQ(full.finish_reason, FinishReason::kContext);

  request.prompt_token_ids = {5};
  request.sampling.max_tokens = 0;
  EXPECT_TRUE(run_one(*engine, request).prompt_logprobs.empty());
  request.prompt_token_ids.resize(65, 5);
  EXPECT_EQ(run_one(*engine, request).finish_reason, FinishReason::kContext);
}

TEST(LogprobsTest, NothingButTheRequestDecidesTheBits) {
  std::vector<EngineRequest> requests;
  {
    const auto engine = load();
    for (const char* question : kQuestions) {
      for (uint64_t seed = 0; seed < 3; ++seed) {
        EngineRequest request = request_for(*engine, question, 15);
        request.sampling.seed = seed;
        request.num_top_logprobs = static_cast<int>(seed);
        if (seed == 1) request.num_top_prompt_logprobs = 3;
        if (seed == 2) request.continuations = {{5, 6, 7}, {8}, {9, 10}};
        requests.push_back(request);
      }
    }
  }
  std::vector<Completion> expected;
  const auto plain =
      load("standin-k-exaone",
           {.num_threads = 1, .max_batch_size = 1, .prefix_cache = PrefixCache::kOff});
  for (const EngineRequest& request : requests)
    expected.push_back(run_one(*plain, request));
  const EngineOptions variants[] = {
      {.num_threads = 2},
      {.num_threads = 1, .max_batch_size = 3, .max_step_tokens = 7, .max_logit_rows = 3},
      {.max_context_tokens = 96,
       .max_step_tokens = 16,
       .kv_cache_tokens = 96,
       .kv_cache_max_bytes = 1},
      {.max_context_tokens = 96,
       .kv_cache_tokens = 96,
       .kv_cache_max_bytes = 1,
       .swap_max_bytes = 0},
  };
  for (const EngineOptions& options : variants) {
    const auto engine = load("standin-k-exaone", options);
    std::map<RequestId, size_t> index;
    for (size_t i = 0; i < requests.size(); ++i)
      index[engine->submit(requests[i])] = i;
    while (engine->has_work())
      engine->step();
    for (const auto& [id, completion] : engine->take_completed()) {
      EXPECT_EQ(completion.token_ids, expected[index[id]].token_ids);
      EXPECT_EQ(completion.logprobs, expected[index[id]].logprobs);
      EXPECT_EQ(completion.prompt_logprobs, expected[index[id]].prompt_logprobs);
      EXPECT_EQ(completion.continuation_logprobs, expected[index[id]].continuation_logprobs);
    }
  }
}

TEST(LogprobsTest, ANegativeNumberOfTokensIsAFault) {
  const auto engine = load();
  EngineRequest request = request_for(*engine, kQuestions[0]);
  request.num_top_logprobs = -1;
  engine->submit(request);
  const auto completed = engine->take_completed();
  ASSERT_EQ(completed.size(), 1u);
  EXPECT_EQ(completed[0].second.finish_reason, FinishReason::kError);
}

}  // namespace
}  // namespace jangwon::runtime
