// The stand-ins from messages to text, held to the Hugging Face classes (tests/golden/stand_ins):
// the prompt that a template renders, its ids, the greedy reply in float32, and what numerics in
// bf16 lose. A trained model's routing has few near ties and its experts know alike, so that losses
// of two implementations may be compared; those of a random one may not.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/engine/engine.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {
namespace {

const std::string kGolden = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/stand_ins/";

Json golden_of(const std::string& name) {
  return read_json_file(kGolden + name + ".json").value();
}

std::unique_ptr<Engine> load(const std::string& name, const std::string& numerics) {
  EngineOptions options;
  options.num_threads = 2;
  options.numerics = numerics;
  auto engine =
      Engine::load(std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/" + name, options);
  EXPECT_TRUE(engine.ok()) << engine.status().message();
  return std::move(engine).value();
}

// In the order of the requests.
std::vector<Completion> run_all(Engine& engine, std::vector<EngineRequest> requests) {
  std::vector<RequestId> ids;
  for (EngineRequest& request : requests)
    ids.push_back(engine.submit(std::move(request)));
  std::vector<Completion> completions(ids.size());
  while (engine.has_work()) {
    engine.step();
    for (auto& [id, completion] : engine.take_completed()) {
      EXPECT_EQ(completion.error, "");
      const auto place = std::find(ids.begin(), ids.end(), id) - ids.begin();
      completions[static_cast<size_t>(place)] = std::move(completion);
    }
  }
  return completions;
}

std::vector<int32_t> ids_of(const Json& json) {
  return json.get<std::vector<int32_t>>();
}

class StandInTest : public testing::TestWithParam<const char*> {};

TEST_P(StandInTest, WritesWhatHuggingFaceWrites) {
  const Json golden = golden_of(GetParam());
  const auto engine = load(GetParam(), "float32");
  std::vector<EngineRequest> requests;
  for (const Json& c : golden["cases"]) {
    const auto prompt = engine->render(c["messages"], c["template_arguments"]);
    ASSERT_TRUE(prompt.ok()) << c["name"] << ": " << prompt.status().message();
    EXPECT_EQ(prompt->text, c["rendered"]) << c["name"];
    EXPECT_EQ(prompt->token_ids, ids_of(c["prompt_ids"])) << c["name"];
    EXPECT_EQ(engine->decode(ids_of(c["greedy_ids"]), SpecialText::kWrittenOut).value(),
              c["greedy_text"])
        << c["name"];
    EngineRequest request;
    request.prompt_token_ids = prompt->token_ids;
    request.sampling.temperature = 0.0;
    request.sampling.max_tokens = 64;
    request.num_top_logprobs = 5;
    requests.push_back(std::move(request));
  }
  const std::vector<Completion> replies = run_all(*engine, std::move(requests));
  for (size_t i = 0; i < replies.size(); ++i) {
    const Json& c = golden["cases"][i];
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

// Log-probabilities of the whole vocabulary behind every id of each case but its last.
std::vector<std::vector<std::vector<double>>> log_probabilities(const char* name,
                                                                const std::string& numerics) {
  const auto engine = load(name, numerics);
  const int vocab_size = engine->config().vocab_size;
  std::vector<EngineRequest> requests;
  const Json golden = golden_of(name);
  for (const Json& c : golden["cases"]) {
    EngineRequest request;
    request.prompt_token_ids = ids_of(c["prompt_ids"]);
    const std::vector<int32_t> reply = ids_of(c["greedy_ids"]);
    request.prompt_token_ids.insert(request.prompt_token_ids.end(), reply.begin(), reply.end());
    request.sampling.max_tokens = 0;
    request.num_top_prompt_logprobs = vocab_size;
    requests.push_back(std::move(request));
  }
  std::vector<std::vector<std::vector<double>>> cases;
  for (const Completion& completion : run_all(*engine, std::move(requests))) {
    auto& rows = cases.emplace_back();
    for (const ScoredToken& token : completion.prompt_logprobs) {
      auto& row = rows.emplace_back(static_cast<size_t>(vocab_size));
      EXPECT_EQ(token.top.size(), row.size());
      for (const TokenLogprob& entry : token.top)
        row[static_cast<size_t>(entry.id)] = entry.logprob;
    }
  }
  return cases;
}

// Hugging Face keeps everything in bf16, we the residual stream, norms and the router in float32,
// which is more than half of what it loses. Ours are the same bits everywhere; theirs are a figure
// in a file.
TEST_P(StandInTest, LosesLessThanHalfOfHuggingFaceInBf16) {
  const Json theirs = golden_of("bf16_loss")["models"][GetParam()];
  const auto exact = log_probabilities(GetParam(), "float32");
  for (const std::string& numerics : numerics_names()) {
    if (numerics == "float32" || numerics == "tensor") continue;  // the latter no CPU's
    const auto rounded = log_probabilities(GetParam(), numerics);
    int positions = 0;
    double kl = 0.0;
    for (size_t c = 0; c < exact.size(); ++c) {
      for (size_t t = 0; t < exact[c].size(); ++t, ++positions) {
        for (size_t i = 0; i < exact[c][t].size(); ++i)
          kl += std::exp(exact[c][t][i]) * (exact[c][t][i] - rounded[c][t][i]);
      }
    }
    ASSERT_EQ(positions, theirs["num_positions"]) << "the cases changed: make_bf16_loss.py";
    const double mean_kl = kl / positions;
    RecordProperty(numerics, std::to_string(1e6 * mean_kl) + "e-6");
    EXPECT_GT(mean_kl, 0.0) << numerics << ": nothing was rounded";
    EXPECT_LT(mean_kl, 0.5 * theirs["mean_kl"].get<double>()) << numerics;
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
