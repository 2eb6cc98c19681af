// The sampler against distributions computed here, from logits of a golden checkpoint: 20,000 draws with counted seeds
// each, compared by Pearson's chi-squared. The seeds are fixed, so a pass is a pass for ever; the bound is the 99.9 %
// quantile.

#include "runtime/engine/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "runtime/base/file.h"
#include "runtime/io/safetensors.h"

namespace jangwon::runtime {
namespace {

std::vector<float> golden_logits() {
  const std::string path = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/exaone_lists/golden.safetensors";
  const std::string bytes = read_file(path).value();
  const SafetensorsHeader header = parse_safetensors(bytes, path).value();
  for (const TensorView& tensor : header.tensors) {
    if (tensor.name != "medium.logits") continue;
    std::vector<float> logits(static_cast<size_t>(tensor.shape[1]));
    copy_as_float(tensor, 20 * tensor.shape[1], tensor.shape[1], logits.data());
    return logits;
  }
  ADD_FAILURE() << "no medium.logits";
  return {};
}

// The definition, written as plainly as it can be: probabilities by id, zero where a filter cut.
std::vector<double> expected_distribution(const std::vector<float>& logits, const SamplingParams& params,
                                          const std::vector<int32_t>& prompt, const std::vector<int32_t>& reply) {
  std::vector<double> z(logits.begin(), logits.end());
  for (size_t id = 0; id < z.size(); ++id) {
    const bool in_prompt = std::count(prompt.begin(), prompt.end(), id) > 0;
    const bool in_reply = std::count(reply.begin(), reply.end(), id) > 0;
    if (in_prompt || in_reply)
      z[id] = z[id] > 0 ? z[id] / params.repetition_penalty : z[id] * params.repetition_penalty;
    if (in_reply) z[id] -= params.presence_penalty;
    z[id] /= params.temperature;
  }
  std::vector<size_t> order(z.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return z[a] > z[b]; });
  if (params.top_k > 0 && order.size() > static_cast<size_t>(params.top_k))
    order.resize(static_cast<size_t>(params.top_k));
  std::vector<double> p(z.size(), 0.0);
  double total = 0.0;
  for (const size_t id : order)
    total += p[id] = std::exp(z[id] - z[order[0]]);
  double sum = 0.0;
  for (size_t i = 0; i < order.size(); ++i) {
    if ((i > 0 && sum >= params.top_p * total) || p[order[i]] < params.min_p * p[order[0]]) {
      p[order[i]] = 0.0;
    } else {
      sum += p[order[i]];
    }
  }
  for (double& value : p)
    value /= sum;
  return p;
}

// Wilson and Hilferty's approximation of the 99.9 % quantile.
double chi_squared_bound(int degrees) {
  const double d = degrees;
  return d * std::pow(1.0 - 2.0 / (9.0 * d) + 3.09023 * std::sqrt(2.0 / (9.0 * d)), 3.0);
}

struct Case {
  const char* what;
  SamplingParams params;
};

class SamplerTest : public testing::TestWithParam<Case> {};

TEST_P(SamplerTest, DrawsFollowTheExactDistribution) {
  const std::vector<float> logits = golden_logits();
  const std::vector<int32_t> prompt = {3, 77, 200};
  const std::vector<int32_t> reply = {5, 77, 311};
  SamplingParams params = GetParam().params;
  const std::vector<double> expected = expected_distribution(logits, params, prompt, reply);
  constexpr int kDraws = 20000;
  std::vector<int> counts(expected.size(), 0);
  for (int i = 0; i < kDraws; ++i) {
    params.seed = static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15ull + 1;
    const int32_t id = sample_token(logits, params, {prompt, reply}).value();
    ASSERT_GT(expected[static_cast<size_t>(id)], 0.0) << "drew id " << id << ", which was cut";
    ++counts[static_cast<size_t>(id)];
  }
  double statistic = 0.0;
  int cells = 0;
  double rare_expected = 0.0;
  int rare_count = 0;
  for (size_t id = 0; id < expected.size(); ++id) {
    if (expected[id] * kDraws < 10.0) {
      rare_expected += expected[id] * kDraws;
      rare_count += counts[id];
      continue;
    }
    statistic += std::pow(counts[id] - expected[id] * kDraws, 2) / (expected[id] * kDraws);
    ++cells;
  }
  if (rare_expected >= 5.0) {
    statistic += std::pow(rare_count - rare_expected, 2) / rare_expected;
    ++cells;
  }
  ASSERT_GE(cells, 2);
  EXPECT_LT(statistic, chi_squared_bound(cells - 1)) << cells << " cells";
}

TEST_P(SamplerTest, TheDistributionIsTheDefinition) {
  const std::vector<float> logits = golden_logits();
  const std::vector<int32_t> prompt = {3, 77, 200};
  const std::vector<int32_t> reply = {5, 77, 311};
  const std::vector<double> expected = expected_distribution(logits, GetParam().params, prompt, reply);
  std::vector<double> actual(expected.size(), 0.0);
  for (const TokenProbability& candidate : token_distribution(logits, GetParam().params, {prompt, reply}))
    actual[static_cast<size_t>(candidate.id)] = candidate.probability;
  for (size_t id = 0; id < expected.size(); ++id)
    EXPECT_NEAR(actual[id], expected[id], 1e-12) << "id " << id;
}

INSTANTIATE_TEST_SUITE_P(Parameters, SamplerTest,
                         testing::Values(Case{"plain", {.temperature = 1.0}}, Case{"cold", {.temperature = 0.5}},
                                         Case{"hot", {.temperature = 1.7}},
                                         Case{"top_k", {.temperature = 1.0, .top_k = 12}},
                                         Case{"top_p", {.temperature = 1.3, .top_p = 0.8}},
                                         Case{"min_p", {.temperature = 1.0, .min_p = 0.05}},
                                         Case{"repetition", {.temperature = 1.0, .repetition_penalty = 1.5}},
                                         Case{"presence", {.temperature = 1.0, .presence_penalty = 2.0}},
                                         Case{"everything",
                                              {.temperature = 1.4,
                                               .top_p = 0.9,
                                               .top_k = 100,
                                               .min_p = 0.02,
                                               .repetition_penalty = 1.2,
                                               .presence_penalty = 0.5}}),
                         [](const auto& param) { return std::string(param.param.what); });

TEST(SamplerTest, TemperatureZeroTakesTheLowestOfTheLargest) {
  const std::vector<float> logits = {1.0f, 3.0f, 3.0f, 2.0f};
  EXPECT_EQ(sample_token(logits, {}, {}), 1);
}

TEST(SamplerTest, LogitsThatAreNoNumbersGiveNothing) {
  const std::vector<float> one_nan = {1.0f, NAN};
  const std::vector<float> all_lowest = {-INFINITY, -INFINITY};
  const std::vector<float> one_highest = {1.0f, INFINITY};
  for (const double temperature : {0.0, 1.0}) {
    EXPECT_FALSE(sample_token(one_nan, {.temperature = temperature}, {}));
    EXPECT_FALSE(sample_token(all_lowest, {.temperature = temperature}, {}));
    EXPECT_FALSE(sample_token(one_highest, {.temperature = temperature}, {}));
  }
}

TEST(SamplerTest, AnExcludedTokenIsNeverDrawn) {
  const std::vector<float> logits = {0.0f, -INFINITY, 0.0f};
  for (uint64_t seed = 0; seed < 1000; ++seed)
    EXPECT_NE(sample_token(logits, {.temperature = 1.0, .seed = seed}, {}), 1);
}

}  // namespace
}  // namespace jangwon::runtime
