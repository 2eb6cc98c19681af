// Drawn tokens against distributions computed here, from logits of a golden checkpoint: 20,000
// draws (a tenth of them on an emulated GPU) with counted seeds each, compared by Pearson's
// chi-squared. The seeds are fixed, so a pass is a pass for ever; the bound is the 99.9 % quantile.

#include <algorithm>
#include <numeric>

#include "runtime/base/file.h"
#include "runtime/io/safetensors.h"
#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

std::vector<float> golden_logits() {
  const std::string path =
      std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/exaone_lists/golden.safetensors";
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
std::vector<double> expected_distribution(const std::vector<float>& logits, const TokenDraw& draw,
                                          const std::vector<int32_t>& prompt,
                                          const std::vector<int32_t>& reply) {
  std::vector<double> z(logits.begin(), logits.end());
  for (size_t id = 0; id < z.size(); ++id) {
    const bool in_prompt = std::count(prompt.begin(), prompt.end(), id) > 0;
    const bool in_reply = std::count(reply.begin(), reply.end(), id) > 0;
    if (in_prompt || in_reply)
      z[id] = z[id] > 0 ? z[id] / draw.repetition_penalty : z[id] * draw.repetition_penalty;
    if (in_reply) z[id] -= draw.presence_penalty;
    z[id] /= draw.temperature;
  }
  std::vector<size_t> order(z.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return z[a] > z[b]; });
  if (draw.top_k > 0 && order.size() > static_cast<size_t>(draw.top_k))
    order.resize(static_cast<size_t>(draw.top_k));
  std::vector<double> p(z.size(), 0.0);
  double total = 0.0;
  for (const size_t id : order)
    total += p[id] = std::exp(z[id] - z[order[0]]);
  double sum = 0.0;
  for (size_t i = 0; i < order.size(); ++i) {
    if ((i > 0 && sum >= draw.top_p * total) || p[order[i]] < draw.min_p * p[order[0]]) {
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
  TokenDraw draw;
};

const Case kCases[] = {{"plain", {.temperature = 1.0}},
                       {"cold", {.temperature = 0.5}},
                       {"hot", {.temperature = 1.7}},
                       {"top_k", {.temperature = 1.0, .top_k = 12}},
                       {"top_p", {.temperature = 1.3, .top_p = 0.8}},
                       {"min_p", {.temperature = 1.0, .min_p = 0.05}},
                       {"repetition", {.temperature = 1.0, .repetition_penalty = 1.5}},
                       {"presence", {.temperature = 1.0, .presence_penalty = 2.0}},
                       {"everything",
                        {.temperature = 1.4,
                         .top_p = 0.9,
                         .top_k = 100,
                         .min_p = 0.02,
                         .repetition_penalty = 1.2,
                         .presence_penalty = 0.5}}};

struct Chosen {
  int32_t id = 0;
  double logprob = 0.0;
  std::vector<TokenLogprob> top;
  bool operator==(const Chosen&) const = default;
};

class TokensTest : public OpTest {
 protected:
  // The same logits for every wish: a stride of nothing.
  std::vector<Chosen> choose(const std::vector<float>& logits, std::vector<TokenWish> wishes) {
    return run_everywhere([&](Device& device) {
      std::vector<std::vector<TokenLogprob>> lists;
      for (TokenWish& wish : wishes) {
        lists.emplace_back(static_cast<size_t>(wish.num_top));
        wish.top = lists.back().data();
      }
      std::vector<TokenChoice> choices(wishes.size());
      device->choose_tokens(device.context(), {.logits_TV = {device.upload(logits), 0},
                                               .num_rows = static_cast<int>(wishes.size()),
                                               .vocab_size = static_cast<int>(logits.size()),
                                               .wishes = wishes.data(),
                                               .choices = choices.data()});
      std::vector<Chosen> chosen;
      for (size_t i = 0; i < choices.size(); ++i)
        chosen.push_back({choices[i].id, choices[i].logprob, lists[i]});
      return chosen;
    });
  }
  int32_t draw(const std::vector<float>& logits, const TokenDraw& draw) {
    return choose(logits, {{.draw = draw}}).front().id;
  }
};

const std::vector<int32_t> kPrompt = {3, 77, 200};
const std::vector<int32_t> kReply = {5, 77, 311};

TokenDraw with_tokens(TokenDraw draw) {
  draw.prompt_ids = kPrompt.data();
  draw.num_prompt_ids = 3;
  draw.reply_ids = kReply.data();
  draw.num_reply_ids = 3;
  return draw;
}

TEST_P(TokensTest, DrawsFollowTheExactDistribution) {
  const std::vector<float> logits = golden_logits();
  const int num_draws = is_emulated(*GetParam()) ? 2000 : 20000;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    const std::vector<double> expected = expected_distribution(logits, c.draw, kPrompt, kReply);
    std::vector<TokenWish> wishes(static_cast<size_t>(num_draws));
    for (int i = 0; i < num_draws; ++i) {
      TokenWish& wish = wishes[static_cast<size_t>(i)];
      wish.draw = with_tokens(c.draw);
      wish.draw.seed = static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15ull + 1;
      wish.wants_logprob = false;
    }
    // One table and split: that all draw the same is the next test's.
    Device device(*GetParam(), 2);
    std::vector<TokenChoice> choices(static_cast<size_t>(num_draws));
    device->choose_tokens(device.context(), {.logits_TV = {device.upload(logits), 0},
                                             .num_rows = num_draws,
                                             .vocab_size = static_cast<int>(logits.size()),
                                             .wishes = wishes.data(),
                                             .choices = choices.data()});
    std::vector<int> counts(expected.size(), 0);
    for (const TokenChoice& choice : choices) {
      ASSERT_GE(choice.id, 0);
      ASSERT_GT(expected[static_cast<size_t>(choice.id)], 0.0)
          << "drew id " << choice.id << ", which was cut";
      ++counts[static_cast<size_t>(choice.id)];
    }
    double statistic = 0.0;
    int cells = 0;
    double rare_expected = 0.0;
    int rare_count = 0;
    for (size_t id = 0; id < expected.size(); ++id) {
      if (expected[id] * num_draws < 10.0) {
        rare_expected += expected[id] * num_draws;
        rare_count += counts[id];
        continue;
      }
      statistic += std::pow(counts[id] - expected[id] * num_draws, 2) / (expected[id] * num_draws);
      ++cells;
    }
    if (rare_expected >= 5.0) {
      statistic += std::pow(rare_count - rare_expected, 2) / rare_expected;
      ++cells;
    }
    ASSERT_GE(cells, 2);
    EXPECT_LT(statistic, chi_squared_bound(cells - 1)) << cells << " cells";
  }
}

TEST_P(TokensTest, DrawsAreTheSameOnEveryTable) {
  const std::vector<float> logits = golden_logits();
  for (const Case& c : kCases) {
    std::vector<TokenWish> wishes(100);
    for (size_t i = 0; i < wishes.size(); ++i) {
      wishes[i].draw = with_tokens(c.draw);
      wishes[i].draw.seed = i;
      wishes[i].num_top = static_cast<int>(i % 4);
    }
    choose(logits, wishes);
  }
}

// More rows, and more ids to penalise, than a device takes along at a time.
TEST_P(TokensTest, ManyWishesAreAllHeard) {
  std::vector<int32_t> reply(300);
  std::iota(reply.begin(), reply.end(), 0);
  const std::vector<float> logits(300, 0.5f);
  std::vector<TokenWish> wishes(is_emulated(*GetParam()) ? 3000 : 20000);
  for (size_t i = 0; i < wishes.size(); ++i) {
    // All but one id are pushed down, those before it and those behind it.
    wishes[i].wants_logprob = false;
    wishes[i].draw.presence_penalty = i % 2 == 0 ? 1.0 : 0.0;
    wishes[i].draw.repetition_penalty = 2.0;
    wishes[i].draw.prompt_ids = reply.data();
    wishes[i].draw.num_prompt_ids = static_cast<int>(i % 300);
    wishes[i].draw.reply_ids = reply.data() + i % 300 + 1;
    wishes[i].draw.num_reply_ids = 299 - static_cast<int>(i % 300);
  }
  Device device(*GetParam(), 2);
  std::vector<TokenChoice> choices(wishes.size());
  device->choose_tokens(device.context(), {.logits_TV = {device.upload(logits), 0},
                                           .num_rows = static_cast<int>(wishes.size()),
                                           .vocab_size = 300,
                                           .wishes = wishes.data(),
                                           .choices = choices.data()});
  for (size_t i = 0; i < choices.size(); ++i)
    ASSERT_EQ(choices[i].id, static_cast<int32_t>(i % 300));
}

// A repeated token's logit is divided, and then lowered for being in the reply: the other way round
// it would win. It stands at another place among the repeated ones than among those of the reply.
TEST_P(TokensTest, RepetitionIsPenalisedBeforePresence) {
  std::vector<float> logits(300, -10.0f);
  std::vector<int32_t> prompt(150), reply(100);
  std::iota(prompt.begin(), prompt.end(), 0);
  std::iota(reply.begin(), reply.end(), 150);
  for (const int32_t id : reply)
    // 1 in the end, 1.5 the other way round, 2 without the second penalty
    logits[static_cast<size_t>(id)] = 4.0f;
  logits[299] = 1.25f;
  std::vector<TokenWish> wishes(1);
  wishes[0].draw = {.repetition_penalty = 2.0,
                    .presence_penalty = 1.0,
                    .prompt_ids = prompt.data(),
                    .num_prompt_ids = 150,
                    .reply_ids = reply.data(),
                    .num_reply_ids = 100};
  EXPECT_EQ(choose(logits, wishes)[0].id, 299);
}

// With one number for all of them, every position would draw the same token.
TEST_P(TokensTest, EveryPositionHasItsOwnNumber) {
  const std::vector<float> logits(64, 0.0f);
  std::vector<int32_t> reply(200, 0);
  std::vector<TokenWish> wishes(200);
  for (int i = 0; i < 200; ++i)
    wishes[static_cast<size_t>(i)].draw = {
        .temperature = 1.0, .seed = 5, .reply_ids = reply.data(), .num_reply_ids = i};
  std::vector<int> counts(64, 0);
  for (const Chosen& chosen : choose(logits, wishes))
    ++counts[static_cast<size_t>(chosen.id)];
  EXPECT_GT(std::count_if(counts.begin(), counts.end(), [](int count) { return count > 0; }), 50);
  EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 15);
}

TEST_P(TokensTest, LogProbabilitiesAreThoseOfThePlainDistribution) {
  const std::vector<float> logits = golden_logits();
  const std::vector<double> p = expected_distribution(logits, {.temperature = 1.0}, {}, {});
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] > p[b]; });
  // Whatever the draw's own parameters are.
  TokenWish drawn{.draw = with_tokens(kCases[8].draw), .num_top = 5};
  for (const Chosen& chosen :
       choose(logits, {{.known_id = 7, .num_top = 3}, {.known_id = 499}, drawn})) {
    EXPECT_NEAR(chosen.logprob, std::log(p[static_cast<size_t>(chosen.id)]), 1e-11);
    for (size_t i = 0; i < chosen.top.size(); ++i) {
      EXPECT_EQ(chosen.top[i].id, static_cast<int32_t>(order[i]));
      EXPECT_NEAR(chosen.top[i].logprob, std::log(p[order[i]]), 1e-11);
    }
  }
}

TEST_P(TokensTest, TemperatureZeroTakesTheLowestOfTheLargest) {
  EXPECT_EQ(draw({1.0f, 3.0f, 3.0f, 2.0f}, {}), 1);
  // Wherever they stand, in rows that are no whole number of vectors too.
  for (const size_t size : {1u, 15u, 16u, 17u, 40u}) {
    for (size_t first = 0; first < size; ++first) {
      std::vector<float> logits(size, -2.0f);
      logits[first] = logits.back() = -1.0f;
      EXPECT_EQ(draw(logits, {}), static_cast<int32_t>(first)) << size;
      logits[first] = NAN;
      EXPECT_LT(draw(logits, {}), 0) << size;
    }
  }
}

TEST_P(TokensTest, ListsPutTheLowerIdFirstAmongEquals) {
  const Chosen chosen = choose({1.0f, 3.0f, 0.0f, 3.0f}, {{.known_id = 2, .num_top = 4}}).front();
  std::vector<int32_t> ids;
  for (const TokenLogprob& token : chosen.top)
    ids.push_back(token.id);
  EXPECT_EQ(ids, (std::vector<int32_t>{1, 3, 0, 2}));
}

TEST_P(TokensTest, LogitsThatAreNoNumbersGiveNothing) {
  for (const std::vector<float>& logits :
       {std::vector<float>{1.0f, NAN}, std::vector<float>{-INFINITY, -INFINITY},
        std::vector<float>{1.0f, INFINITY}}) {
    for (const double temperature : {0.0, 1.0})
      EXPECT_LT(draw(logits, {.temperature = temperature}), 0);
    EXPECT_LT(choose(logits, {{.known_id = 0}}).front().id, 0);
  }
}

TEST_P(TokensTest, AnExcludedTokenIsNeverDrawn) {
  std::vector<TokenWish> wishes(1000);
  for (size_t i = 0; i < wishes.size(); ++i)
    wishes[i].draw = {.temperature = 1.0, .seed = i};
  for (const Chosen& chosen : choose({0.0f, -INFINITY, 0.0f}, wishes))
    EXPECT_NE(chosen.id, 1);
}

JANGWON_TEST_EVERY_OP_TABLE(TokensTest);

}  // namespace
}  // namespace jangwon::runtime
