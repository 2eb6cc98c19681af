// The stand-ins from messages to text, held to the Hugging Face classes (tests/golden/stand_ins):
// the prompt that a template renders, its ids, and the greedy reply in float32. What they lose in
// bf16 is bf16_loss_test.cc's.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/engine/engine.h"
#include "tests/runtime/engine/engine_cases.h"

namespace jangwon::runtime {
namespace {

std::vector<int32_t> ids_of(const Json& json) {
  return json.get<std::vector<int32_t>>();
}

class StandInTest : public testing::TestWithParam<const char*> {};

TEST_P(StandInTest, WritesWhatHuggingFaceWrites) {
  const std::string name = GetParam(), source = JANGWON_SOURCE_DIR;
  const Json golden = read_json_file(source + "/tests/golden/stand_ins/" + name + ".json").value();
  const auto loaded = Engine::load(source + "/runtime/stand_ins/" + name,
                                   {.numerics = "float32", .num_threads = 2});
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  Engine& engine = **loaded;
  std::vector<EngineRequest> requests;
  for (const Json& c : golden["cases"]) {
    const auto prompt = engine.render(c["messages"], c["template_arguments"]);
    ASSERT_TRUE(prompt.ok()) << c["name"] << ": " << prompt.status().message();
    EXPECT_EQ(prompt->text, c["rendered"]) << c["name"];
    EXPECT_EQ(prompt->token_ids, ids_of(c["prompt_ids"])) << c["name"];
    EXPECT_EQ(engine.decode(ids_of(c["greedy_ids"]), SpecialText::kWrittenOut).value(),
              c["greedy_text"])
        << c["name"];
    EngineRequest request;
    request.prompt_token_ids = prompt->token_ids;
    request.sampling.temperature = 0.0;
    request.sampling.max_tokens = 64;
    request.num_top_logprobs = 5;
    requests.push_back(std::move(request));
  }
  const std::vector<Completion> replies = run_all(engine, requests);
  for (size_t i = 0; i < replies.size(); ++i) {
    const Json& c = golden["cases"][i];
    EXPECT_EQ(replies[i].error, "") << c["name"];
    EXPECT_EQ(replies[i].token_ids, ids_of(c["greedy_ids"])) << c["name"];
    ASSERT_FALSE(replies[i].logprobs.empty());
    const std::vector<TokenLogprob>& best = replies[i].logprobs[0].top;
    ASSERT_EQ(best.size(), c["first_logprobs"].size());
    for (const TokenLogprob& entry : best) {
      const Json& expected = c["first_logprobs"];
      const auto same = std::find_if(expected.begin(), expected.end(),
                                     [&](const Json& pair) { return pair[0] == entry.id; });
      ASSERT_NE(same, expected.end()) << c["name"] << ": " << entry.id;
      EXPECT_NEAR(entry.logprob, (*same)[1].get<double>(), 1e-4) << c["name"];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, StandInTest,
                         testing::Values("standin-axk1", "standin-k-exaone", "standin-solar-open"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace jangwon::runtime
