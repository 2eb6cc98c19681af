// Everything after the logits is computed in double precision and in a fixed order. Held to distributions computed from
// golden logits by tests/runtime/engine/sampler_test.cc (chi-squared, fixed seeds).

#include "runtime/engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/base/counter_rng.h"

namespace jangwon::runtime {
namespace {

std::vector<double> penalize(std::span<const float> logits, const SamplingParams& params,
                             const SampledContext& context) {
  std::vector<double> values(logits.begin(), logits.end());
  if (params.repetition_penalty != 1.0) {
    std::vector<bool> seen(values.size(), false);
    for (const std::span<const int32_t> ids : {context.prompt_ids, context.reply_ids}) {
      for (const int32_t id : ids) {
        if (seen[static_cast<size_t>(id)]) continue;
        seen[static_cast<size_t>(id)] = true;
        double& value = values[static_cast<size_t>(id)];
        value = value > 0.0 ? value / params.repetition_penalty : value * params.repetition_penalty;
      }
    }
  }
  if (params.presence_penalty != 0.0) {
    std::vector<bool> seen(values.size(), false);
    for (const int32_t id : context.reply_ids) {
      if (!seen[static_cast<size_t>(id)]) values[static_cast<size_t>(id)] -= params.presence_penalty;
      seen[static_cast<size_t>(id)] = true;
    }
  }
  return values;
}

// Index of the largest value; empty where a value is NaN or the largest is not finite.
std::optional<size_t> find_peak(const std::vector<double>& values) {
  size_t peak = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) return std::nullopt;
    if (values[i] > values[peak]) peak = i;
  }
  if (values.empty() || !std::isfinite(values[peak])) return std::nullopt;
  return peak;
}

// The first `count` candidates in order, sorting no more than needed.
class SortedCandidates {
 public:
  explicit SortedCandidates(std::vector<TokenProbability>& all) : all_(all) {}

  const TokenProbability& at(size_t index) {
    while (index >= sorted_) {
      const size_t next = std::min(all_.size(), std::max<size_t>(64, sorted_ * 4));
      std::partial_sort(all_.begin() + static_cast<int64_t>(sorted_), all_.begin() + static_cast<int64_t>(next),
                        all_.end(), [](const TokenProbability& a, const TokenProbability& b) {
                          return a.probability > b.probability || (a.probability == b.probability && a.id < b.id);
                        });
      sorted_ = next;
    }
    return all_[index];
  }

 private:
  std::vector<TokenProbability>& all_;
  size_t sorted_ = 0;
};

bool filters(const SamplingParams& params) {
  return params.top_k > 0 || params.top_p < 1.0 || params.min_p > 0.0;
}

// How many of the candidates, most probable first, remain after top-k, top-p and min-p.
size_t count_kept(std::vector<TokenProbability>& candidates, const SamplingParams& params) {
  SortedCandidates sorted(candidates);
  size_t kept = candidates.size();
  if (params.top_k > 0) kept = std::min(kept, static_cast<size_t>(params.top_k));
  double total = 0.0;
  if (kept < candidates.size()) {
    for (size_t i = 0; i < kept; ++i)
      total += sorted.at(i).probability;
  } else {
    for (const TokenProbability& candidate : candidates)
      total += candidate.probability;
  }
  if (params.top_p < 1.0) {
    double sum = 0.0;
    size_t count = 0;
    while (count < kept && (count == 0 || sum < params.top_p * total))
      sum += sorted.at(count++).probability;
    kept = count;
  }
  if (params.min_p > 0.0) {
    const double bound = params.min_p * sorted.at(0).probability;
    size_t count = 1;
    while (count < kept && sorted.at(count).probability >= bound)
      ++count;
    kept = count;
  }
  if (kept > 0) sorted.at(kept - 1);
  return kept;
}

}  // namespace

std::vector<TokenProbability> token_distribution(std::span<const float> logits, const SamplingParams& params,
                                                 const SampledContext& context) {
  const std::vector<double> values = penalize(logits, params, context);
  const std::optional<size_t> peak = find_peak(values);
  if (!peak) return {};
  std::vector<TokenProbability> candidates(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    candidates[i] = {static_cast<int32_t>(i), std::exp((values[i] - values[*peak]) / params.temperature)};
  if (filters(params)) candidates.resize(count_kept(candidates, params));
  double total = 0.0;
  for (const TokenProbability& candidate : candidates)
    total += candidate.probability;
  for (TokenProbability& candidate : candidates)
    candidate.probability /= total;
  return candidates;
}

std::optional<int32_t> sample_token(std::span<const float> logits, const SamplingParams& params,
                                    const SampledContext& context) {
  if (params.temperature <= 0.0) {
    const std::optional<size_t> peak = find_peak(penalize(logits, params, context));
    if (!peak) return std::nullopt;
    return static_cast<int32_t>(*peak);
  }
  const std::vector<TokenProbability> distribution = token_distribution(logits, params, context);
  if (distribution.empty()) return std::nullopt;
  const double draw = uniform_at(params.seed, context.reply_ids.size());
  double sum = 0.0;
  int32_t last_possible = distribution.front().id;
  for (const TokenProbability& candidate : distribution) {
    sum += candidate.probability;
    if (candidate.probability > 0.0) last_possible = candidate.id;
    if (draw < sum) return candidate.id;
  }
  return last_possible;  // the sum fell short of 1 by rounding
}

namespace {

// ln p = (logit − peak) − ln Σ exp(logit − peak), for as many tokens as are asked for.
struct LogSoftmax {
  explicit LogSoftmax(std::span<const float> logits) : peak(*std::max_element(logits.begin(), logits.end())) {
    double sum = 0.0;
    for (const float logit : logits)
      sum += std::exp(logit - peak);
    log_sum = std::log(sum);
  }
  double operator()(float logit) const { return logit - peak - log_sum; }
  double peak = 0.0;
  double log_sum = 0.0;
};

}  // namespace

double log_probability(std::span<const float> logits, int32_t id) {
  return LogSoftmax(logits)(logits[static_cast<size_t>(id)]);
}

ScoredToken score_token(std::span<const float> logits, int32_t id, int num_top) {
  const LogSoftmax log_softmax(logits);
  ScoredToken scored{.id = id, .logprob = log_softmax(logits[static_cast<size_t>(id)]), .top = {}};
  if (num_top == 0) return scored;
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto last = ids.begin() + std::min<int64_t>(num_top, static_cast<int64_t>(ids.size()));
  std::partial_sort(ids.begin(), last, ids.end(), [&](int32_t a, int32_t b) {
    const float logit_a = logits[static_cast<size_t>(a)];
    const float logit_b = logits[static_cast<size_t>(b)];
    return logit_a > logit_b || (logit_a == logit_b && a < b);
  });
  for (auto top = ids.begin(); top != last; ++top)
    scored.top.push_back({.id = *top, .logprob = log_softmax(logits[static_cast<size_t>(*top)])});
  return scored;
}

}  // namespace jangwon::runtime
