// Held to distributions computed from golden logits by tests/runtime/ops/tokens_test.cc
// (chi-squared, fixed seeds).

#include "runtime/kernels/cpu/cpu_tokens.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "runtime/base/counter_rng.h"
#include "runtime/base/portable_math.h"
#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {
namespace {

std::vector<double> penalize(std::span<const float> logits, const TokenDraw& draw) {
  const std::span<const int32_t> prompt_ids(draw.prompt_ids,
                                            static_cast<size_t>(draw.num_prompt_ids));
  const std::span<const int32_t> reply_ids(draw.reply_ids, static_cast<size_t>(draw.num_reply_ids));
  std::vector<double> values(logits.begin(), logits.end());
  if (draw.repetition_penalty != 1.0) {
    std::vector<bool> seen(values.size(), false);
    for (const std::span<const int32_t> ids : {prompt_ids, reply_ids}) {
      for (const int32_t id : ids) {
        if (seen[static_cast<size_t>(id)]) continue;
        seen[static_cast<size_t>(id)] = true;
        double& value = values[static_cast<size_t>(id)];
        value = value > 0.0 ? value / draw.repetition_penalty : value * draw.repetition_penalty;
      }
    }
  }
  if (draw.presence_penalty != 0.0) {
    std::vector<bool> seen(values.size(), false);
    for (const int32_t id : reply_ids) {
      if (!seen[static_cast<size_t>(id)]) values[static_cast<size_t>(id)] -= draw.presence_penalty;
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
      std::partial_sort(
          all_.begin() + static_cast<int64_t>(sorted_), all_.begin() + static_cast<int64_t>(next),
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

bool filters(const TokenDraw& draw) {
  return draw.top_k > 0 || draw.top_p < 1.0 || draw.min_p > 0.0;
}

// How many of the candidates, most probable first, remain after top-k, top-p and min-p.
size_t count_kept(std::vector<TokenProbability>& candidates, const TokenDraw& draw) {
  SortedCandidates sorted(candidates);
  size_t kept = candidates.size();
  if (draw.top_k > 0) kept = std::min(kept, static_cast<size_t>(draw.top_k));
  double total = 0.0;
  if (kept < candidates.size()) {
    for (size_t i = 0; i < kept; ++i)
      total += sorted.at(i).probability;
  } else {
    for (const TokenProbability& candidate : candidates)
      total += candidate.probability;
  }
  if (draw.top_p < 1.0) {
    double sum = 0.0;
    size_t count = 0;
    while (count < kept && (count == 0 || sum < draw.top_p * total))
      sum += sorted.at(count++).probability;
    kept = count;
  }
  if (draw.min_p > 0.0) {
    const double bound = draw.min_p * sorted.at(0).probability;
    size_t count = 1;
    while (count < kept && sorted.at(count).probability >= bound)
      ++count;
    kept = count;
  }
  if (kept > 0) sorted.at(kept - 1);
  return kept;
}

}  // namespace

std::vector<TokenProbability> token_distribution(std::span<const float> logits,
                                                 const TokenDraw& draw) {
  const std::vector<double> values = penalize(logits, draw);
  const std::optional<size_t> peak = find_peak(values);
  if (!peak) return {};
  std::vector<TokenProbability> candidates(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    candidates[i] = {static_cast<int32_t>(i),
                     portable_exp((values[i] - values[*peak]) / draw.temperature)};
  if (filters(draw)) candidates.resize(count_kept(candidates, draw));
  double total = 0.0;
  for (const TokenProbability& candidate : candidates)
    total += candidate.probability;
  for (TokenProbability& candidate : candidates)
    candidate.probability /= total;
  return candidates;
}

namespace {

constexpr int32_t kNoToken = -1;

// find_peak of the logits as they are.
std::optional<size_t> find_peak(const LaneKernels& lanes, std::span<const float> logits) {
  const int64_t peak = lanes.f32_find_peak(logits.data(), std::ssize(logits));
  if (peak < 0) return std::nullopt;
  return static_cast<size_t>(peak);
}

bool penalizes(const TokenDraw& draw) {
  return draw.repetition_penalty != 1.0 || draw.presence_penalty != 0.0;
}

int32_t draw_token(const LaneKernels& lanes, std::span<const float> logits, const TokenDraw& draw) {
  if (draw.temperature <= 0.0 && !penalizes(draw)) {
    const std::optional<size_t> peak = find_peak(lanes, logits);
    return peak ? static_cast<int32_t>(*peak) : kNoToken;
  }
  if (draw.temperature <= 0.0) {
    const std::optional<size_t> peak = find_peak(penalize(logits, draw));
    return peak ? static_cast<int32_t>(*peak) : kNoToken;
  }
  const std::vector<TokenProbability> distribution = token_distribution(logits, draw);
  if (distribution.empty()) return kNoToken;
  const double number = uniform_at(draw.seed, static_cast<uint64_t>(draw.num_reply_ids));
  double sum = 0.0;
  int32_t last_possible = distribution.front().id;
  for (const TokenProbability& candidate : distribution) {
    sum += candidate.probability;
    if (candidate.probability > 0.0) last_possible = candidate.id;
    if (number < sum) return candidate.id;
  }
  return last_possible;  // the sum fell short of 1 by rounding
}

// ln p = (logit − peak) − ln Σ exp(logit − peak), for as many tokens as are asked for.
struct LogSoftmax {
  LogSoftmax(std::span<const float> logits, size_t peak_index) : peak(logits[peak_index]) {
    double sum = 0.0;
    for (const float logit : logits)
      sum += portable_exp(logit - peak);
    log_sum = portable_log(sum);
  }
  double operator()(float logit) const { return logit - peak - log_sum; }
  double peak = 0.0;
  double log_sum = 0.0;
};

void list_most_probable(std::span<const float> logits, const LogSoftmax& log_softmax,
                        const TokenWish& wish) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto last = ids.begin() + wish.num_top;
  std::partial_sort(ids.begin(), last, ids.end(), [&](int32_t a, int32_t b) {
    const float logit_a = logits[static_cast<size_t>(a)];
    const float logit_b = logits[static_cast<size_t>(b)];
    return logit_a > logit_b || (logit_a == logit_b && a < b);
  });
  for (int i = 0; i < wish.num_top; ++i) {
    const int32_t id = ids[static_cast<size_t>(i)];
    wish.top[i] = {.id = id, .logprob = log_softmax(logits[static_cast<size_t>(id)])};
  }
}

TokenChoice choose_token(const LaneKernels& lanes, std::span<const float> logits,
                         const TokenWish& wish) {
  TokenChoice choice{.id =
                         wish.known_id < 0 ? draw_token(lanes, logits, wish.draw) : wish.known_id};
  if (choice.id == kNoToken || !wish.wants_logprob) return choice;
  const std::optional<size_t> peak = find_peak(lanes, logits);
  if (!peak) return {.id = kNoToken};  // of a known token, whose probability nothing says
  const LogSoftmax log_softmax(logits, *peak);
  choice.logprob = log_softmax(logits[static_cast<size_t>(choice.id)]);
  if (wish.num_top > 0) list_most_probable(logits, log_softmax, wish);
  return choice;
}

}  // namespace

void cpu_choose_tokens(OpContext& context, const ChooseTokensArguments& a) {
  CpuContext& cpu = as_cpu(context);
  cpu.for_tasks(a.num_rows, [&](int64_t row, CpuScratch&) {
    const std::span<const float> logits(a.logits_TV.row(row), static_cast<size_t>(a.vocab_size));
    a.choices[row] = choose_token(cpu.lanes, logits, a.wishes[row]);
  });
}

}  // namespace jangwon::runtime
