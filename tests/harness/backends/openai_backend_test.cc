// The remote backend against servers that do what real ones have been seen to do.

#include "harness/backends/openai_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/backends/all_backends.h"
#include "harness/backends/openai_request.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/fakes/openai_fake.h"

namespace jangwon::harness {
namespace {

using fakes::Manner;
using fakes::OpenAiFake;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kQuick = "?probe=off&retry_ms=1&attempts=4";

Request question(const std::string& id, int repeat = 0) {
  Request request;
  request.model = "fake-model";
  request.task = "t";
  request.sample_id = id;
  request.repeat = repeat;
  request.messages = {{"user", "question " + id}};
  request.sampling.max_tokens = 64;
  request.set_sampling.max_tokens = true;
  return request;
}

struct Served {
  std::map<std::string, std::vector<Completion>> by_id;  // sample id / repeat
  Status status;
};

// Serves the requests and collects what comes back; a request that comes back twice
// shows as two entries.
Served serve(Backend& backend, std::vector<Request> requests) {
  Served served;
  size_t next = 0;
  served.status = backend.serve(
      [&]() -> std::optional<Request> {
        if (next >= requests.size()) return std::nullopt;
        Request request = requests[next++];
        const Status prepared = backend.prepare(request);
        EXPECT_TRUE(prepared.ok()) << prepared.message();
        return request;
      },
      [&](const Request& request, Completion completion) {
        served.by_id[request.sample_id + "/" + std::to_string(request.repeat)].push_back(
            std::move(completion));
      },
      [] { return false; });
  return served;
}

std::unique_ptr<Backend> backend_of(const std::string& word, const BackendOptions& options = {}) {
  Result<std::unique_ptr<Backend>> backend = make_backend(word, options);
  EXPECT_TRUE(backend.ok()) << backend.status().message();
  return backend.ok() ? std::move(*backend) : nullptr;
}

Completion ask_once(const OpenAiFake& fake, const std::string& options = kQuick) {
  const auto backend = backend_of(fake.word(options));
  if (!backend) return {};
  Served served = serve(*backend, {question("a")});
  EXPECT_TRUE(served.status.ok()) << served.status.message();
  EXPECT_EQ(served.by_id["a/0"].size(), 1u);
  return served.by_id["a/0"].empty() ? Completion{} : served.by_id["a/0"].front();
}

std::string answer(const std::string& id, int choice = 0) {
  return OpenAiFake::answer_to("question " + id, choice, 0);
}

class BadManner : public testing::TestWithParam<Manner> {};

TEST_P(BadManner, IsAskedAgainAndNothingIsLostOrCountedTwice) {
  // Every question meets the bad manner once, then a good reply.
  OpenAiFake fake(
      [&](const std::string&, int attempt) { return attempt == 0 ? GetParam() : Manner::kGood; });
  fake.elsewhere = fake.server().url();
  // Only the reply that never ends is waited for: elsewhere a slow machine must not look like
  // a silent server.
  const bool endless = GetParam() == Manner::kEndlessKeepAlives;
  const size_t num_questions = endless ? 4 : 40;
  std::vector<Request> requests;
  for (size_t i = 0; i < num_questions; ++i)
    requests.push_back(question(std::to_string(i)));
  const auto backend = backend_of(fake.word(std::string(kQuick) + (endless ? "&timeout_s=1" : "")));
  ASSERT_TRUE(backend);
  Served served = serve(*backend, requests);
  ASSERT_TRUE(served.status.ok()) << served.status.message();
  ASSERT_EQ(served.by_id.size(), num_questions);
  for (const auto& [id, completions] : served.by_id) {
    ASSERT_EQ(completions.size(), 1u) << id;
    EXPECT_EQ(completions[0].finish_reason, FinishReason::kStop) << completions[0].error;
    EXPECT_EQ(completions[0].text, answer(id.substr(0, id.find('/'))))
        << "of the good reply, whole and alone";
  }
  for (const auto& [asked, times] : fake.answered())
    EXPECT_TRUE(times == 1 || endless) << asked << " was answered more often than needed";
}

INSTANTIATE_TEST_SUITE_P(Hostile, BadManner,
                         testing::Values(Manner::kWrongJson, Manner::kHtml, Manner::kNotAReply,
                                         Manner::kTruncatedStream, Manner::kErrorInsideStream,
                                         Manner::kEndlessKeepAlives, Manner::kResetInBody,
                                         Manner::kResetAtOnce, Manner::k429, Manner::k429RetryAfter,
                                         Manner::k503, Manner::k503RetryAfterMs, Manner::k500));

class LastingManner : public testing::TestWithParam<std::pair<Manner, const char*>> {};

TEST_P(LastingManner, IsAnErrorOfOursAndNeverAnAnswer) {
  OpenAiFake fake([](const std::string&, int) { return GetParam().first; });
  const Completion completion =
      ask_once(fake, "?probe=off&retry_ms=1&attempts=2&timeout_s=1&max_reply_mb=1");
  EXPECT_EQ(completion.finish_reason, FinishReason::kError);
  EXPECT_EQ(completion.text, "");
  EXPECT_THAT(completion.error, HasSubstr(GetParam().second));
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, LastingManner,
    testing::Values(std::pair(Manner::kWrongJson, "is no JSON"), std::pair(Manner::kHtml, "HTML"),
                    std::pair(Manner::kNotAReply, "not one of the API"),
                    std::pair(Manner::kTruncatedStream, "ended before it was complete"),
                    std::pair(Manner::kErrorInsideStream, "CUDA out of memory"),
                    std::pair(Manner::kEndlessKeepAlives, "no progress"),
                    std::pair(Manner::kResetInBody, "broke off"),
                    std::pair(Manner::kResetAtOnce, "broke off"),
                    std::pair(Manner::k429, "HTTP 429: too many requests"),
                    std::pair(Manner::k503, "HTTP 503"),
                    std::pair(Manner::k500, "HTTP 500: internal error"),
                    std::pair(Manner::kHugeReply, "larger than allowed"),
                    std::pair(Manner::kRedirect, "redirects"),
                    std::pair(Manner::kContextTooLong, "maximum context length"),
                    std::pair(Manner::kUnauthorized, "HTTP 401"),
                    std::pair(Manner::kContentFilter, "content_filter")));

TEST(OpenAiBackend, RefusalsThatWillBeRepeatedAreAskedOnce) {
  for (const Manner manner : {Manner::kContextTooLong, Manner::kUnauthorized, Manner::kRedirect}) {
    OpenAiFake fake([&](const std::string&, int) { return manner; });
    EXPECT_EQ(ask_once(fake).finish_reason, FinishReason::kError);
    EXPECT_EQ(fake.server().num_requests(), 1);
  }
}

TEST(OpenAiBackend, OddButWholeRepliesAreTaken) {
  for (const Manner manner :
       {Manner::kGood, Manner::kWholeThoughStreamWasAsked, Manner::kKeepAlives,
        Manner::kSlowFirstByte, Manner::kChoicesOutOfOrder}) {
    for (const char* stream : {"true", "false"}) {
      OpenAiFake fake([&](const std::string&, int) { return manner; });
      const Completion completion = ask_once(fake, std::string(kQuick) + "&stream=" + stream);
      EXPECT_EQ(completion.text, answer("a")) << completion.error;
      EXPECT_EQ(completion.finish_reason, FinishReason::kStop);
      EXPECT_EQ(fake.server().num_requests(), 1);
    }
  }
}

TEST(OpenAiBackend, ThinkingIsFoundWhereverItStands) {
  for (const Manner manner : {Manner::kReasoningContent, Manner::kReasoning}) {
    OpenAiFake fake([&](const std::string&, int) { return manner; });
    const Completion completion = ask_once(fake);
    EXPECT_EQ(completion.reasoning, "let me think");
    EXPECT_EQ(completion.answer_text, answer("a"));
    EXPECT_TRUE(completion.reasoning_terminated);
  }
  // Tags inside the text are split by the run loop, which knows the task.
  OpenAiFake inline_tags([](const std::string&, int) { return Manner::kInlineThinking; });
  EXPECT_EQ(ask_once(inline_tags).text, "<think>let me think</think>\n" + answer("a"));
  OpenAiFake cut([](const std::string&, int) { return Manner::kContentNull; });
  const Completion completion = ask_once(cut);
  EXPECT_EQ(completion.answer_text, "");
  EXPECT_EQ(completion.reasoning, "thinking and thinking");
  EXPECT_FALSE(completion.reasoning_terminated);
  EXPECT_EQ(completion.finish_reason, FinishReason::kLength);
}

TEST(OpenAiBackend, ReplyAtTheLimitIsTruncatedWhateverTheServerCallsIt) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kLateLength; });
  EXPECT_EQ(ask_once(fake).finish_reason, FinishReason::kLength);
}

TEST(OpenAiBackend, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kInvalidUtf8; });
  EXPECT_EQ(ask_once(fake).text, "bad \uFFFD\uFFFD bytes \uFFFD");
}

TEST(OpenAiBackend, SeveralChoicesOfOneRequestGoToTheirRepeats) {
  for (const Manner manner : {Manner::kGood, Manner::kChoicesOutOfOrder}) {
    OpenAiFake fake([&](const std::string&, int) { return manner; });
    const auto backend = backend_of(fake.word(std::string(kQuick) + "&n=4"));
    ASSERT_TRUE(backend);
    std::vector<Request> requests;
    for (const char* id : {"a", "b"}) {
      for (int repeat = 0; repeat < 6; ++repeat)
        requests.push_back(question(id, repeat));
    }
    Served served = serve(*backend, requests);
    ASSERT_EQ(served.by_id.size(), 12u);
    EXPECT_EQ(fake.server().num_requests(), 4) << "four and two repeats of each of two questions";
    std::multiset<std::string> texts, expected;
    for (const auto& [id, completions] : served.by_id) {
      ASSERT_EQ(completions.size(), 1u);
      texts.insert(completions[0].text);
    }
    for (const char* id : {"a", "b"}) {
      for (const int choice : {0, 1, 2, 3, 0, 1})
        expected.insert(answer(id, choice));
    }
    EXPECT_EQ(texts, expected);
  }
}

TEST(OpenAiBackend, ServerThatIgnoresNIsAskedForTheRest) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  fake.honours_n = false;
  const auto backend = backend_of(fake.word(std::string(kQuick) + "&n=3"));
  ASSERT_TRUE(backend);
  Served served = serve(*backend, {question("a", 0), question("a", 1), question("a", 2)});
  ASSERT_EQ(served.by_id.size(), 3u);
  for (const auto& [id, completions] : served.by_id)
    EXPECT_EQ(completions.size(), 1u) << id;
  EXPECT_EQ(fake.server().num_requests(), 3);
}

TEST(OpenAiBackend, EveryParameterIsSent) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  const auto backend =
      backend_of(fake.word(std::string(kQuick) + "&extra_body=%7B%22reasoning_effort%22%3A%22high%"
                                                 "22%7D&max_tokens_field=max_completion_tokens"),
                 {.template_arguments = Json{{"enable_thinking", false}}});
  ASSERT_TRUE(backend);
  Request request = question("a");
  request.sampling = {.temperature = 0.7,
                      .top_p = 0.9,
                      .top_k = 20,
                      .min_p = 0.05,
                      .repetition_penalty = 1.1,
                      .presence_penalty = 0.5,
                      .max_tokens = 77,
                      .stop = {"###", "\n\n"},
                      .stop_token_ids = {5},
                      .seed = 0xffffffff00000007};
  request.set_sampling = {true, true, true, true, true, true, true};
  serve(*backend, {request});
  const Json body = Json::parse(fake.server().requests().back().body);
  const Json expected = Json::parse(
      R"({"model": "fake-model", "messages": [{"role": "user", "content": "question a"}],
      "chat_template_kwargs": {"enable_thinking": false}, "temperature": 0.7, "top_p": 0.9, "max_completion_tokens": 77,
      "seed": 7, "stop": ["###", "\n\n"], "stop_token_ids": [5], "presence_penalty": 0.5, "top_k": 20, "min_p": 0.05,
      "repetition_penalty": 1.1, "stream": true, "stream_options": {"include_usage": true}, "reasoning_effort": "high"})");
  EXPECT_EQ(nlohmann::json(body), nlohmann::json(expected));
}

TEST(OpenAiBackend, WhatNobodySetIsLeftToTheServer) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kLateLength; });
  const auto backend = backend_of(fake.word(kQuick));
  ASSERT_TRUE(backend);
  Request request = question("a");
  request.set_sampling = {};
  Served served = serve(*backend, {request});
  const Json body = Json::parse(fake.server().requests().back().body);
  const Json expected = Json::parse(
      R"({"model": "fake-model", "messages": [{"role": "user", "content": "question a"}],
      "seed": 0, "stream": true, "stream_options": {"include_usage": true}})");
  EXPECT_EQ(nlohmann::json(body), nlohmann::json(expected));
  EXPECT_EQ(served.by_id["a/0"].at(0).finish_reason, FinishReason::kStop)
      << "the limit is not known";
  EXPECT_EQ(backend->info().unset_sampling, BackendInfo::Unset::kServer);
  EXPECT_TRUE(backend->info().sampling.is_null());
  // Neutral values that somebody set are sent: the server's own may be others.
  request.set_sampling = {true, true, true, true, true, true, false};
  serve(*backend, {request});
  const Json neutral = Json::parse(fake.server().requests().back().body);
  EXPECT_EQ(neutral.at("temperature"), 0.0);
  EXPECT_EQ(neutral.at("top_p"), 1.0);
  EXPECT_EQ(neutral.at("top_k"), -1);
  EXPECT_EQ(neutral.at("min_p"), 0.0);
  EXPECT_EQ(neutral.at("repetition_penalty"), 1.0);
  EXPECT_EQ(neutral.at("presence_penalty"), 0.0);
}

TEST(OpenAiBackend, NullInExtraBodyLeavesAFieldOutOfEveryRequest) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  const auto backend =
      backend_of(fake.word("?retry_ms=1&extra_body=%7B%22temperature%22%3Anull%2C%22seed%22%3Anull%"
                           "2C%22max_tokens%22%3Anull%7D"));
  ASSERT_TRUE(backend);
  Request request = question("a");
  request.set_sampling = {true, true, true, true, true, true, true};
  serve(*backend, {request});
  int chats = 0;
  for (const fakes::FakeRequest& sent : fake.server().requests()) {
    if (!sent.path().ends_with("/completions")) continue;
    ++chats;
    for (const char* field : {"temperature", "seed", "max_tokens"})
      EXPECT_FALSE(Json::parse(sent.body).contains(field)) << sent.body;
  }
  EXPECT_GT(chats, 2) << "the probe's requests and the question";
  EXPECT_THAT(backend->info().left_out_sampling,
              testing::IsSupersetOf({"temperature", "max_tokens"}));
}

TEST(OpenAiBackend, BarePromptsGoToCompletionsAsTextOrTokenIds) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  fake.has_tokenize = true;
  Request request = question("a");
  request.messages.clear();
  request.raw_prompt = "question a";
  for (const char* prompt : {"text", "token_ids"}) {
    const auto backend = backend_of(fake.word(std::string("?retry_ms=1&prompt=") + prompt));
    ASSERT_TRUE(backend);
    Served served = serve(*backend, {request});
    EXPECT_EQ(served.by_id["a/0"].at(0).text, answer("a"));
    const fakes::FakeRequest last = fake.server().requests().back();
    EXPECT_EQ(last.path(), "/v1/completions");
    EXPECT_EQ(Json::parse(last.body).at("prompt").is_array(), std::string(prompt) == "token_ids");
  }
}

TEST(OpenAiBackend, ChatGoesToCompletionsThroughTheServersTokenizer) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  fake.has_tokenize = true;
  const auto backend = backend_of(fake.word("?retry_ms=1&api=completions"));
  ASSERT_TRUE(backend);
  Served served = serve(*backend, {question("a")});
  EXPECT_EQ(served.by_id["a/0"].at(0).text,
            OpenAiFake::answer_to("<chat> question a <reply>", 0, 0));

  OpenAiFake without([](const std::string&, int) { return Manner::kGood; });
  const auto lacking = backend_of(without.word("?retry_ms=1&api=completions"));
  ASSERT_TRUE(lacking);
  Request request = question("a");
  EXPECT_THAT(lacking->prepare(request).message(), HasSubstr("/tokenize"));
}

// The fake scores a token of k bytes with -k / 4.
TEST(OpenAiBackend, OptionsAreScoredByEchoedLogProbabilities) {
  for (const bool has_tokenize : {false, true}) {
    OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
    fake.has_tokenize = has_tokenize;
    const auto backend = backend_of(fake.word("?retry_ms=1"));
    ASSERT_TRUE(backend);
    Request request = question("a");
    request.messages.clear();
    request.raw_prompt = "질문: which one? Answer:";
    request.kind = RequestKind::kLoglikelihood;
    request.continuations = {" A", " 정답 B"};
    Served served = serve(*backend, {request});
    ASSERT_EQ(served.by_id["a/0"].size(), 1u);
    const Completion& scored = served.by_id["a/0"][0];
    EXPECT_EQ(scored.error, "");
    EXPECT_THAT(scored.continuation_logprobs, testing::ElementsAre(-0.5, -0.25 * (7 + 2)));
    EXPECT_THAT(scored.continuation_num_tokens, testing::ElementsAre(1, 2));
  }
}

TEST(OpenAiBackend, OptionThatSharesATokenWithThePromptIsNotGuessed) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  const auto backend = backend_of(fake.word(kQuick));
  ASSERT_TRUE(backend);
  Request request = question("a");
  request.messages.clear();
  request.raw_prompt = "Answer: (";
  request.kind = RequestKind::kLoglikelihood;
  request.continuations = {"A"};
  Served served = serve(*backend, {request});
  EXPECT_EQ(served.by_id["a/0"].at(0).finish_reason, FinishReason::kError);
  EXPECT_THAT(served.by_id["a/0"].at(0).error, HasSubstr("joins the end of the prompt"));
}

TEST(OpenAiBackend, ProbeSaysWhatTheServerIs) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  const auto backend = backend_of(fake.word("?retry_ms=1"));
  ASSERT_TRUE(backend);
  EXPECT_EQ(backend->info().model, "fake-model");
  EXPECT_EQ(backend->info().kind, "openai");
  const Json& probe = backend->info().settings->at("probe");
  EXPECT_EQ(probe.at("models"), 1);
  EXPECT_EQ(probe.at("max_model_len"), 4096);
  EXPECT_EQ(probe.at("version"), "0.0.1-fake");
  EXPECT_EQ(probe.at("n"), "yes");
  EXPECT_EQ(probe.at("seed"), "repeats");
  EXPECT_EQ(probe.at("stream"), "yes");
  EXPECT_EQ(probe.at("applies_chat_template"), true);
  EXPECT_EQ(probe.at("scores_given_text"), true);

  OpenAiFake deaf([](const std::string&, int) { return Manner::kGood; });
  deaf.honours_n = false;
  EXPECT_EQ(backend_of(deaf.word("?retry_ms=1"))->info().settings->at("probe").at("n"), "no");
}

TEST(OpenAiBackend, WhatIsWrongWithAServerIsSaidBeforeTheRun) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kUnauthorized; });
  EXPECT_THAT(make_backend(fake.word("?retry_ms=1"), {}).status().message(),
              HasSubstr("refuses the key"));
  const std::string other = "openai:" + fake.server().url() + "/v1#fake-modle?retry_ms=1";
  EXPECT_THAT(make_backend(other, {}).status().message(),
              HasSubstr("did you mean \"fake-model\"?"));
  EXPECT_THAT(
      make_backend("openai:http://127.0.0.1:1/v1#m?retry_ms=1&attempts=1", {}).status().message(),
      HasSubstr("no server answers"));
}

TEST(OpenAiBackend, ConcurrencyStaysBelowItsCeilingAndShrinksWhenAsked) {
  OpenAiFake fake(
      [](const std::string&, int attempt) { return attempt == 0 ? Manner::k429 : Manner::kGood; });
  fake.thinking_time = std::chrono::milliseconds(4);
  const auto backend = backend_of(fake.word("?probe=off&retry_ms=1"), {.max_batch_size = 5});
  ASSERT_TRUE(backend);
  std::vector<Request> requests;
  for (int i = 0; i < 60; ++i)
    requests.push_back(question(std::to_string(i)));
  Served served = serve(*backend, requests);
  EXPECT_EQ(served.by_id.size(), 60u);
  EXPECT_LE(fake.most_at_once(), 5);
  EXPECT_EQ(backend->info().settings->at("max_batch_size"), 5);
}

TEST(OpenAiBackend, StopEndsAServeThatWaitsForAServer) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kEndlessKeepAlives; });
  const auto backend = backend_of(fake.word(kQuick));
  ASSERT_TRUE(backend);
  int asked = 0, given = 0;
  const Status status = backend->serve(
      [&]() -> std::optional<Request> {
        return given++ < 3 ? std::optional(question(std::to_string(given))) : std::nullopt;
      },
      [&](const Request&, Completion) { ADD_FAILURE() << "nothing was answered"; },
      [&] { return ++asked > 5; });
  EXPECT_TRUE(status.ok());
}

TEST(OpenAiBackend, StopEndsTheFirstQuestionsInEveryPhase) {
  // Silent after the request, silent in the body, and asking to wait for an hour.
  for (const Manner manner :
       {Manner::kSlowFirstByte, Manner::kEndlessKeepAlives, Manner::k429RetryAfter, Manner::k500}) {
    OpenAiFake fake([&](const std::string&, int) { return manner; });
    fake.thinking_time = std::chrono::hours(1);
    int asked = 0;
    const auto backend =
        make_backend(fake.word("?retry_ms=600000"), {.stop = [&] { return ++asked > 3; }});
    EXPECT_EQ(backend.status().code(), StatusCode::kIncomplete) << backend.status().message();
  }
  // Nobody takes the connection.
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  for (const std::string scheme : {"http", "https"}) {  // silent at once, and in the handshake
    int asked = 0;
    const auto backend = make_backend(
        "openai:" + scheme + "://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/v1#m",
        {.stop = [&] { return ++asked > 3; }});
    EXPECT_EQ(backend.status().code(), StatusCode::kIncomplete) << backend.status().message();
    EXPECT_LT(asked, 10) << "no question follows the one that was stopped";
  }
  close(listener);
}

// What a wait costs is counted in rounds: `stop` is asked once a round.
TEST(OpenAiBackend, WaitWithoutAFreePlaceIsNoBusyLoop) {
  OpenAiFake fake([](const std::string& asked, int attempt) {
    return asked == "question 1" && attempt == 0 ? Manner::k500 : Manner::kSlowFirstByte;
  });
  const auto backend = backend_of(fake.word("?probe=off&retry_ms=1&concurrency=2"));
  ASSERT_TRUE(backend);
  int given = 0, rounds = 0;
  fake.thinking_time = std::chrono::milliseconds(600);
  const Status status = backend->serve(
      [&]() -> std::optional<Request> {
        return given++ < 4 ? std::optional(question(std::to_string(given))) : std::nullopt;
      },
      [&](const Request&, Completion) {}, [&] { return ++rounds > 100000; });
  EXPECT_TRUE(status.ok());
  EXPECT_LT(rounds, 1000);
}

TEST(OpenAiBackend, ServerThatIsGoneIsNotWaitedForByEveryQuestion) {
  OpenAiFake fake([](const std::string&, int) { return Manner::k500; });
  const auto backend = backend_of(fake.word("?probe=off&retry_ms=1&attempts=5&concurrency=8"));
  ASSERT_TRUE(backend);
  std::vector<Request> requests;
  for (int i = 0; i < 200; ++i)
    requests.push_back(question(std::to_string(i)));
  Served served = serve(*backend, requests);
  EXPECT_EQ(served.by_id.size(), 200u) << "each is accounted for";
  EXPECT_LT(fake.server().num_requests(), 5 * 100) << "the later ones have one attempt each";
}

TEST(OpenAiBackend, SeedFitsServersThatTake31Bits) {
  EXPECT_EQ(wire_seed(0xffffffff80000007), 7);
  EXPECT_EQ(wire_seed(0xffffffffffffffff), 0x7fffffff);
}

// A server that is the same for every question, and how often it was asked.
struct Scripted {
  using Reply = std::function<void(int number, fakes::FakeConnection&)>;
  explicit Scripted(Reply reply)
      : server([this, reply = std::move(reply)](const fakes::FakeRequest&,
                                                fakes::FakeConnection& connection) {
          reply(asked++, connection);
        }) {}
  std::string word(const std::string& options) const {
    return "openai:" + server.url() + "/v1#m" + options;
  }
  static void answer(fakes::FakeConnection& connection) {
    connection.reply(
        200, R"({"choices":[{"index":0,"message":{"content":"yes"},"finish_reason":"stop"}]})");
  }
  std::atomic<int> asked = 0;
  fakes::FakeServer server;  // last: its threads use the rest
};

TEST(OpenAiBackend, WaitThatIsLongerThanAllowedHoldsNothingBack) {
  Scripted scripted([](int number, fakes::FakeConnection& connection) {
    if (number > 0) return Scripted::answer(connection);
    connection.reply(503, "{}", {{"Retry-After", "86400"}});
  });
  const auto backend = backend_of(scripted.word(kQuick));
  ASSERT_TRUE(backend);
  int given = 0, answered = 0, rounds = 0;
  const Status status = backend->serve(
      [&]() -> std::optional<Request> {
        return given++ == 0 ? std::optional(question("a")) : std::nullopt;
      },
      [&](const Request&, const Completion& completion) { answered += completion.text == "yes"; },
      [&] { return ++rounds > 300; });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(answered, 1);
}

TEST(OpenAiBackend, ServerThatSaysHowLongToWaitIsAskedMoreOften) {
  Scripted scripted([](int number, fakes::FakeConnection& connection) {
    if (number >= 6) return Scripted::answer(connection);
    connection.reply(429, "{}", {{"retry-after-ms", "50"}});
  });
  const auto backend = backend_of(scripted.word("?probe=off&retry_ms=1&attempts=2"));
  ASSERT_TRUE(backend);
  EXPECT_EQ(serve(*backend, {question("a")}).by_id["a/0"].at(0).text, "yes");
  EXPECT_EQ(scripted.asked, 7);
}

TEST(OpenAiBackend, RepeatsWithOtherPromptsShareNoRequest) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  const auto backend = backend_of(fake.word(std::string(kQuick) + "&n=2"));
  ASSERT_TRUE(backend);
  Request first = question("a", 0), second = question("a", 1);
  second.messages = {{"user", "question b"}};
  Served served = serve(*backend, {first, second});
  EXPECT_EQ(served.by_id["a/0"].at(0).text, answer("a"));
  EXPECT_EQ(served.by_id["a/1"].at(0).text, answer("b"));
}

TEST(OpenAiBackend, TokenWithoutALogProbabilityIsAnErrorAndNotNought) {
  Scripted scripted([](int, fakes::FakeConnection& connection) {
    connection.reply(200, R"({"choices":[{"index":0,"text":"ab cd","finish_reason":"length",
        "logprobs":{"token_logprobs":[null,null,-1.0],"text_offset":[0,2,4]}}]})");
  });
  const auto backend = backend_of(scripted.word(kQuick));
  ASSERT_TRUE(backend);
  Request request = question("a");
  request.messages.clear();
  request.raw_prompt = "ab";
  request.kind = RequestKind::kLoglikelihood;
  request.continuations = {" c"};
  const Completion scored = serve(*backend, {request}).by_id["a/0"].at(0);
  EXPECT_EQ(scored.finish_reason, FinishReason::kError);
  EXPECT_THAT(scored.error, HasSubstr("no log-probability"));
}

TEST(OpenAiBackend, LimitThatLeavesNoRoomForAPromptIsRefused) {
  // its context holds 4096 tokens
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
  const auto backend = backend_of(fake.word("?retry_ms=1"));
  ASSERT_TRUE(backend);
  Request request = question("a");
  request.sampling.max_tokens = 4095;
  EXPECT_TRUE(backend->prepare(request).ok());
  request.sampling.max_tokens = 4096;
  EXPECT_THAT(backend->prepare(request).message(), HasSubstr("4096"));
  request.set_sampling.max_tokens = false;
  EXPECT_TRUE(backend->prepare(request).ok()) << "the server's own limit is not known";
}

TEST(OpenAiBackend, LostQuestionsBetweenAnsweredOnesAreNoServerThatIsGone) {
  OpenAiFake fake([](const std::string& asked, int attempt) {
    if (asked.starts_with("question bad")) return Manner::k500;
    return asked == "question last" && attempt == 0 ? Manner::k500 : Manner::kGood;
  });
  const auto backend = backend_of(fake.word("?probe=off&retry_ms=1&attempts=2&concurrency=1"));
  ASSERT_TRUE(backend);
  std::vector<Request> requests;
  for (int i = 0; i < 20; ++i) {
    requests.push_back(question("bad " + std::to_string(i)));
    requests.push_back(question("good " + std::to_string(i)));
  }
  requests.push_back(question("last"));
  EXPECT_EQ(serve(*backend, requests).by_id["last/0"].at(0).text, answer("last"));
}

// --- keys ---

class KeyTest : public testing::Test {
 protected:
  static constexpr const char* kKey = "sk-test-0123456789abcdef";
  KeyTest() { setenv("OPENAI_API_KEY", kKey, 1); }
  ~KeyTest() override { unsetenv("OPENAI_API_KEY"); }
};

TEST_F(KeyTest, IsSentToTheServerAndShownNowhere) {
  for (const Manner manner : {Manner::kUnauthorized, Manner::kEchoesKey, Manner::kGood}) {
    OpenAiFake fake([&](const std::string&, int) { return manner; });
    const auto backend = backend_of(fake.word(kQuick));
    ASSERT_TRUE(backend);
    Served served = serve(*backend, {question("a")});
    const Completion& completion = served.by_id["a/0"].at(0);
    EXPECT_EQ(fake.server().requests().back().header("authorization"),
              std::string("Bearer ") + kKey);
    for (const std::string& text :
         {completion.text, completion.answer_text, completion.reasoning, completion.error,
          backend->info().settings->dump(), backend->info().sampling->dump()}) {
      EXPECT_THAT(text, Not(HasSubstr(kKey)));
    }
    if (manner == Manner::kEchoesKey) {
      EXPECT_THAT(completion.reasoning, HasSubstr("[key]"));
    }
  }
  OpenAiFake fake([](const std::string&, int) { return Manner::kUnauthorized; });
  EXPECT_THAT(make_backend(fake.word("?retry_ms=1"), {}).status().message(), Not(HasSubstr(kKey)));
}

TEST_F(KeyTest, KeysInsideOfSettingsAreSentAndShownNowhere) {
  constexpr const char* kHidden = "hidden-0123456789abcdef";
  OpenAiFake fake([](const std::string&, int) { return Manner::kEchoesKey; });
  const std::string body = std::string("%7B%22api_key%22%3A%22") + kHidden + "%22%7D";
  const std::string header =
      std::string("%7B%22Authorization%22%3A%22Bearer%20") + kHidden + "%22%7D";
  const auto backend =
      backend_of(fake.word("?retry_ms=1&extra_body=" + body + "&headers=" + header));
  ASSERT_TRUE(backend);
  Served served = serve(*backend, {question("a")});
  const fakes::FakeRequest sent = fake.server().requests().back();
  EXPECT_EQ(Json::parse(sent.body).at("api_key"), kHidden);
  EXPECT_EQ(sent.header("authorization"), std::string("Bearer ") + kHidden)
      << "in place of the variable's key";
  const Completion& completion = served.by_id["a/0"].at(0);
  for (const std::string& text : {completion.text, completion.answer_text, completion.error,
                                  backend->info().settings->dump()}) {
    EXPECT_THAT(text, Not(HasSubstr(kHidden)));
  }
  const Json& settings = *backend->info().settings;
  EXPECT_TRUE(settings.at("extra_body").contains("api_key"))
      << "that there was one is written down";
}

TEST_F(KeyTest, NeverFollowsARedirectToAnotherHost) {
  OpenAiFake other([](const std::string&, int) { return Manner::kGood; });
  OpenAiFake fake([](const std::string&, int) { return Manner::kRedirect; });
  fake.elsewhere = other.server().url() + "/v1";
  EXPECT_EQ(ask_once(fake).finish_reason, FinishReason::kError);
  EXPECT_FALSE(make_backend(fake.word("?retry_ms=1"), {}).ok());
  EXPECT_EQ(other.server().num_requests(), 0);
}

TEST_F(KeyTest, ComesFromANamedVariableOrFile) {
  setenv("JANGWON_TEST_KEY", "sk-other-0123456789", 1);
  const std::string path = testing::TempDir() + "/key_" + std::to_string(getpid());
  ASSERT_TRUE(write_file_atomically(path, "sk-file-0123456789\n").ok());
  for (const auto& [option, expected] :
       {std::pair<std::string, std::string>("key_env=JANGWON_TEST_KEY", "sk-other-0123456789"),
        std::pair<std::string, std::string>("key_file=" + path, "sk-file-0123456789")}) {
    OpenAiFake fake([](const std::string&, int) { return Manner::kGood; });
    ask_once(fake, std::string(kQuick) + "&" + option);
    EXPECT_EQ(fake.server().requests().back().header("authorization"), "Bearer " + expected);
  }
  unsetenv("JANGWON_TEST_KEY");
  std::filesystem::remove(path);
}

// --- TLS ---

TEST(OpenAiBackend, CertificateMustBeTheHostsOwn) {
  for (const char* host : {"127.0.0.1", "other.example"}) {
    OpenAiFake fake([](const std::string&, int) { return Manner::kGood; }, host);
    const std::string path = testing::TempDir() + "/ca_" + std::to_string(getpid()) + ".pem";
    ASSERT_TRUE(write_file_atomically(path, fake.server().certificate_pem()).ok());
    const Completion completion = ask_once(fake, std::string(kQuick) + "&ca_file=" + path);
    if (std::string(host) == "127.0.0.1") {
      EXPECT_EQ(completion.text, answer("a")) << completion.error;
    } else {
      EXPECT_EQ(completion.finish_reason, FinishReason::kError);
      EXPECT_THAT(completion.error, HasSubstr("certificate"));
      EXPECT_EQ(fake.server().num_requests(), 0)
          << "nothing is sent to a server that is not the one that was meant";
    }
    std::filesystem::remove(path);
  }
}

TEST(OpenAiBackend, UnknownAuthorityIsRefused) {
  OpenAiFake fake([](const std::string&, int) { return Manner::kGood; }, "127.0.0.1");
  EXPECT_THAT(ask_once(fake).error, HasSubstr("certificate"));
  EXPECT_EQ(fake.server().num_requests(), 0);
}

}  // namespace
}  // namespace jangwon::harness
