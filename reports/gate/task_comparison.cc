// From two sides to a difference with its interval and its tests.
//
// Which test: with the same run seed on both sides the k-th runs of a question are paired, and the
// exact sign test on discordant (question, run) pairs is valid for "no question has changed" and
// stronger; without, the Mantel-Haenszel test by question. With one run a side the two are the
// same. Claims about a population of questions always average the runs first.
//
// Which interval with the question set fixed: normal on the within-question variances when there
// are at least two runs a side and they vary; otherwise Tango's score interval on the pairs, which
// has a width even when nothing differs.

#include "reports/gate/task_comparison.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/e_process.h"
#include "harness/stats/fieller.h"
#include "harness/stats/holm.h"
#include "harness/stats/mantel_haenszel.h"
#include "harness/stats/mcnemar.h"
#include "harness/stats/moments.h"
#include "harness/stats/paired_difference.h"
#include "harness/stats/sign_flip.h"
#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

using harness::Interval;

// Margin tests by a normal approximation need runs to average over, or many questions; with 30
// questions asked once such a test had 11 % size instead of 5 %.
constexpr int kEnoughQuestionsForMargins = 100;

struct PairedItem {
  const ItemOutcomes* baseline = nullptr;
  const ItemOutcomes* candidate = nullptr;
  ItemCount before;  // hits and runs of the indicator
  ItemCount now;
};

std::vector<PairedItem> pair_items(const TaskOutcomes& baseline, const TaskOutcomes& candidate,
                                   const Indicator& indicator, int max_runs) {
  std::map<std::string, const ItemOutcomes*> by_id;
  for (const ItemOutcomes& item : baseline.items)
    by_id[item.id] = &item;
  std::vector<PairedItem> pairs;
  for (const ItemOutcomes& item : candidate.items) {
    const auto other = by_id.find(item.id);
    if (other == by_id.end()) continue;
    PairedItem pair{other->second, &item, count_of(*other->second, indicator, max_runs),
                    count_of(item, indicator, max_runs)};
    if (pair.before.runs > 0 && pair.now.runs > 0) pairs.push_back(pair);
  }
  return pairs;
}

double share(const ItemCount& count) {
  return static_cast<double>(count.hits) / static_cast<double>(count.runs);
}

// Runs of one question, paired by their number: how often only the baseline, only the candidate,
// or both were good.
struct RunPairs {
  long only_baseline = 0;
  long only_candidate = 0;
  long pairs = 0;
  double variance_of_mean = 0;  // of the mean difference over the runs; 0 with one run
};

RunPairs pair_runs(const PairedItem& pair, const Indicator& indicator, int max_runs) {
  RunPairs result;
  const size_t limit = std::min({pair.baseline->runs.size(), pair.candidate->runs.size(),
                                 static_cast<size_t>(std::max(0, max_runs))});
  std::vector<double> differences;
  for (size_t k = 0; k < limit; ++k) {
    const RunOutcome &before = pair.baseline->runs[k], &now = pair.candidate->runs[k];
    if (!indicator.in_base(before) || !indicator.in_base(now)) continue;
    const int a = indicator.holds(before) ? 1 : 0, b = indicator.holds(now) ? 1 : 0;
    result.only_baseline += a > b;
    result.only_candidate += b > a;
    ++result.pairs;
    differences.push_back(b - a);
  }
  if (const auto variance = harness::variance_of(differences))
    result.variance_of_mean = *variance / static_cast<double>(differences.size());
  return result;
}

// Harm is a fall of a higher-is-better indicator and a rise of a lower-is-better one; the tests
// below speak of "good" runs.
harness::RepeatedPair good_counts(const PairedItem& pair, Direction direction) {
  const auto good = [&](const ItemCount& count) {
    return direction == Direction::kHigherIsBetter ? count.hits : count.runs - count.hits;
  };
  return {good(pair.before), pair.before.runs, good(pair.now), pair.now.runs};
}

void set_p_values(TaskComparison& result, double harm, double better, double two_sided) {
  result.p_harm = std::min(1.0, harm);
  result.p_better = std::min(1.0, better);
  result.p_two_sided = std::min(1.0, two_sided);
}

void compare_fixed_items(const std::vector<PairedItem>& pairs, const Indicator& indicator,
                         bool by_seed, const ComparisonOptions& options, TaskComparison& result) {
  const bool higher = indicator.direction == Direction::kHigherIsBetter;
  std::vector<harness::RepeatedPair> good;
  long only_baseline = 0, only_candidate = 0;
  harness::CompensatedSum seed_variance;
  bool repeated = true;
  for (const PairedItem& pair : pairs) {
    good.push_back(good_counts(pair, indicator.direction));
    const RunPairs runs = pair_runs(pair, indicator, options.max_runs);
    only_baseline += runs.only_baseline;
    only_candidate += runs.only_candidate;
    result.paired_runs += runs.pairs;
    seed_variance.add(runs.variance_of_mean);
    repeated = repeated && pair.before.runs >= 2 && pair.now.runs >= 2;
  }
  result.discordant_runs = only_baseline + only_candidate;
  const auto n = static_cast<double>(pairs.size());

  if (by_seed) {
    const long regressions = higher ? only_baseline : only_candidate,
               improvements = result.discordant_runs - regressions;
    set_p_values(result, harness::mcnemar(regressions, improvements).p_one_sided_exact,
                 harness::mcnemar(improvements, regressions).p_one_sided_exact,
                 harness::mcnemar(regressions, improvements).p_exact);
    result.test_method = "mcnemar_seed_paired";
  } else {
    const harness::MantelHaenszel test = harness::mantel_haenszel(good);
    set_p_values(result, test.p_worse_exact, test.p_better_exact, test.p_two_sided_exact);
    result.test_method = "cmh_exact";
  }

  std::optional<double> se;
  if (repeated) {
    se = by_seed ? std::sqrt(seed_variance.value()) / n
                 : harness::fixed_items_difference(good)->se.value_or(0.0);
  }
  if (se && *se > 0) {
    const double half = harness::normal_two_sided(options.confidence) * *se;
    result.se = se;
    result.ci = Interval{*result.delta - half, *result.delta + half};
    result.interval_method = "fixed_items_z";
  } else if (const auto tango = harness::tango_paired(result.paired_runs, only_candidate,
                                                      only_baseline, options.confidence)) {
    result.ci = tango->ci;
    result.interval_method = "tango";
  }
  result.margin_testable = repeated || pairs.size() >= kEnoughQuestionsForMargins;
}

std::vector<size_t> clusters_of(const std::vector<PairedItem>& pairs, const std::string& key) {
  std::map<std::string, size_t> index;
  std::vector<size_t> clusters;
  for (const PairedItem& pair : pairs) {
    const auto column = pair.candidate->columns.find(key);
    const std::string name =
        column == pair.candidate->columns.end() ? "\n" + pair.candidate->id : column->second;
    clusters.push_back(index.emplace(name, index.size()).first->second);
  }
  return clusters;
}

void compare_population(const std::vector<PairedItem>& pairs, const Indicator& indicator,
                        const std::string& cluster_key, const ComparisonOptions& options,
                        TaskComparison& result) {
  const double sign = indicator.direction == Direction::kHigherIsBetter ? 1 : -1;
  std::vector<double> before, now;
  std::vector<long> scaled;
  bool same_runs = true;
  for (const PairedItem& pair : pairs) {
    before.push_back(share(pair.before));
    now.push_back(share(pair.now));
    scaled.push_back(static_cast<long>(sign) * (pair.now.hits - pair.before.hits));
    same_runs =
        same_runs && pair.before.runs == pair.now.runs && pair.now.runs == pairs.front().now.runs;
  }
  const bool clustered = !cluster_key.empty();
  const auto mean = clustered
                        ? harness::paired_mean_clustered(
                              now, before, clusters_of(pairs, cluster_key), options.confidence)
                        : harness::paired_mean(now, before, options.confidence);
  if (!mean) return;
  result.se = mean->se;
  result.ci = mean->ci;
  result.interval_method = clustered ? "paired_t_clustered" : "paired_t";
  result.margin_testable = mean->se > 0;
  if (mean->stat) {
    const double harm = harness::student_t_cdf(sign * *mean->stat, mean->df);
    set_p_values(result, harm, 1 - harm, *mean->p_two_sided);
    result.test_method = result.interval_method;
  }
  if (!clustered && same_runs) {
    const harness::SignFlip flips = harness::sign_flip_exact(scaled);
    std::vector<long> mirrored;
    for (long difference : scaled)
      mirrored.push_back(-difference);
    set_p_values(result, flips.p_worse, harness::sign_flip_exact(mirrored).p_worse,
                 flips.p_two_sided);
    result.test_method = "sign_flip_exact";
  }
}

// The questions in an order that nobody chose: by SHA-256 of id and gate. A question counts as one
// bet, whatever its runs.
void run_e_process(const std::vector<PairedItem>& pairs, const Indicator& indicator,
                   const std::string& order_key, TaskComparison& result) {
  std::vector<std::pair<std::string, const PairedItem*>> order;
  for (const PairedItem& pair : pairs)
    order.emplace_back(sha256_hex(pair.candidate->id + "\n" + order_key), &pair);
  std::sort(order.begin(), order.end());
  long regressions = 0, improvements = 0;
  double largest = 1;
  for (size_t i = 0; i < order.size(); ++i) {
    const harness::RepeatedPair good = good_counts(*order[i].second, indicator.direction);
    const long scaled = good.candidate_successes * good.baseline_runs -
                        good.baseline_successes * good.candidate_runs;
    regressions += scaled < 0;
    improvements += scaled > 0;
    const double e = harness::e_value_harm(regressions, improvements);
    if (e > largest) {
      largest = e;
      result.e_value_items = static_cast<int>(i) + 1;
    }
  }
  result.e_value_harm = largest;
}

std::string reason_of(const RunOutcome& run) {
  if (run.truncated) return "truncated";
  if (run.unterminated_reasoning) return "unterminated_reasoning";
  if (run.timed_out) return "timed_out";
  return run.verdict == harness::Verdict::kNoAnswer ? "no_answer" : "wrong_answer";
}

Flip flip_of(const PairedItem& pair, const ItemOutcomes& wrong_side) {
  Flip flip{pair.candidate->id, pair.before, pair.now, {}, {}, {}};
  for (const RunOutcome& run : wrong_side.runs) {
    if (run.counts() && !run.correct()) ++flip.reasons[reason_of(run)];
  }
  if (!pair.baseline->runs.empty()) flip.baseline_answer = pair.baseline->runs.front().answer;
  if (!pair.candidate->runs.empty()) flip.candidate_answer = pair.candidate->runs.front().answer;
  return flip;
}

void collect_flips(const std::vector<PairedItem>& pairs, TaskComparison& result) {
  for (const PairedItem& pair : pairs) {
    const double before = share(pair.before), now = share(pair.now);
    if (before > 0.5 && now <= 0.5) result.regressions.push_back(flip_of(pair, *pair.candidate));
    if (before <= 0.5 && now > 0.5) result.improvements.push_back(flip_of(pair, *pair.baseline));
  }
  const auto size = [](const Flip& flip) {
    return std::fabs(share(flip.candidate) - share(flip.baseline));
  };
  for (auto* flips : {&result.regressions, &result.improvements})
    std::stable_sort(flips->begin(), flips->end(),
                     [&](const Flip& a, const Flip& b) { return size(a) > size(b); });
}

void collect_side_metrics(const TaskOutcomes& baseline, const TaskOutcomes& candidate,
                          const std::string& except, int max_runs, TaskComparison& result) {
  for (const Indicator& indicator : all_indicators()) {
    if (indicator.name == except) continue;
    std::vector<harness::RepeatedPair> good;
    ItemCount before, now;
    for (const PairedItem& pair : pair_items(baseline, candidate, indicator, max_runs)) {
      good.push_back(good_counts(pair, indicator.direction));
      before = {before.hits + pair.before.hits, before.runs + pair.before.runs};
      now = {now.hits + pair.now.hits, now.runs + pair.now.runs};
    }
    if (before.runs == 0 || now.runs == 0) continue;
    result.side_metrics.push_back({indicator.name, indicator.direction, share(before), share(now),
                                   harness::mantel_haenszel(good).p_two_sided_exact});
  }
  const auto before = mean_output_tokens(baseline), now = mean_output_tokens(candidate);
  if (before && now)
    result.side_metrics.push_back(
        {kOutputTokensMetric, Direction::kLowerIsBetter, before, now, {}});
}

void collect_hints(const std::vector<PairedItem>& pairs, const Indicator& indicator,
                   const std::string& column, TaskComparison& result) {
  std::map<std::string, std::vector<const PairedItem*>> groups;
  for (const PairedItem& pair : pairs) {
    const auto value = pair.candidate->columns.find(column);
    if (value != pair.candidate->columns.end()) groups[value->second].push_back(&pair);
  }
  std::vector<double> p;
  for (const auto& [value, members] : groups) {
    std::vector<harness::RepeatedPair> good;
    harness::CompensatedSum delta;
    for (const PairedItem* pair : members) {
      good.push_back(good_counts(*pair, indicator.direction));
      delta.add(share(pair->now) - share(pair->before));
    }
    p.push_back(harness::mantel_haenszel(good).p_two_sided_exact);
    result.by.push_back({value, static_cast<int>(members.size()),
                         delta.value() / static_cast<double>(members.size()), p.back(), 1.0});
  }
  const std::vector<double> adjusted = harness::benjamini_hochberg(p);
  for (size_t i = 0; i < adjusted.size(); ++i)
    result.by[i].p_adjusted = adjusted[i];
}

harness::ScoreEstimate estimate_of(const std::vector<PairedItem>& pairs, const Indicator& indicator,
                                   bool of_candidate, const ComparisonOptions& options,
                                   const std::string& cluster_key) {
  std::vector<harness::QuestionScores> questions;
  for (const PairedItem& pair : pairs) {
    const ItemOutcomes& item = of_candidate ? *pair.candidate : *pair.baseline;
    harness::QuestionScores question;
    for (size_t k = 0; k < item.runs.size() && k < static_cast<size_t>(options.max_runs); ++k) {
      if (indicator.in_base(item.runs[k]))
        question.runs.push_back(indicator.holds(item.runs[k]) ? 1.0 : 0.0);
    }
    const auto cluster = item.columns.find(cluster_key);
    if (cluster != item.columns.end()) question.cluster = cluster->second;
    questions.push_back(std::move(question));
  }
  harness::ScoreIntervalOptions interval;
  if (!cluster_key.empty()) interval.rule = harness::VarianceRule::kClustered;
  return harness::estimate_score(std::span<const harness::QuestionScores>(questions), interval);
}

// Tokens are counts, not yes or no: a ratio of means over questions with Fieller's interval. The
// spread over questions is at least the decoding noise, so that the test is on the safe side for
// fixed items too.
TaskComparison compare_tokens(const TaskOutcomes& baseline, const TaskOutcomes& candidate,
                              const ComparisonOptions& options) {
  TaskComparison result;
  result.metric = kOutputTokensMetric;
  result.direction = Direction::kLowerIsBetter;
  result.scope = options.scope;
  result.ci_level = options.confidence;
  result.interval_method = "fieller";
  std::map<std::string, double> before_by_id;
  const auto mean_tokens = [](const ItemOutcomes& item) -> std::optional<double> {
    const auto runs = std::count_if(item.runs.begin(), item.runs.end(),
                                    [](const RunOutcome& run) { return run.present; });
    if (runs == 0) return std::nullopt;
    return static_cast<double>(item.num_output_tokens) / static_cast<double>(runs);
  };
  for (const ItemOutcomes& item : baseline.items) {
    if (const auto tokens = mean_tokens(item)) before_by_id[item.id] = *tokens;
  }
  std::vector<double> before, now;
  for (const ItemOutcomes& item : candidate.items) {
    const auto other = before_by_id.find(item.id);
    const auto tokens = mean_tokens(item);
    if (other == before_by_id.end() || !tokens) continue;
    before.push_back(other->second);
    now.push_back(*tokens);
  }
  result.n = static_cast<int>(before.size());
  result.baseline.value = harness::mean_of(before);
  result.candidate.value = harness::mean_of(now);
  const auto difference = harness::paired_mean(now, before, options.confidence);
  if (!difference || *result.baseline.value <= 0) return result;
  result.delta = *result.candidate.value / *result.baseline.value - 1;
  const auto n = static_cast<double>(before.size());
  const auto ratio = harness::fieller(
      {*harness::mean_of(now), *harness::mean_of(before), *harness::variance_of(now) / n,
       *harness::variance_of(before) / n, *harness::covariance_of(now, before) / n},
      harness::student_t_two_sided(options.confidence, difference->df));
  if (ratio.ci) result.ci = Interval{ratio.ci->low - 1, ratio.ci->high - 1};
  result.margin_testable = ratio.ci.has_value();
  if (difference->stat) {
    const double harm = harness::student_t_upper_tail(*difference->stat, difference->df);
    set_p_values(result, harm, 1 - harm, *difference->p_two_sided);
    result.test_method = "paired_t";
  }
  return result;
}

}  // namespace

const char* name_of(Scope scope) {
  return scope == Scope::kFixedItems ? "fixed_items" : "population";
}

std::optional<Scope> scope_of_name(const std::string& name) {
  if (name == "fixed_items" || name == "fixed") return Scope::kFixedItems;
  if (name == "population") return Scope::kPopulation;
  return std::nullopt;
}

bool paired_by_seed(const TaskOutcomes& baseline, const TaskOutcomes& candidate) {
  const auto before = baseline.settings.find("seed"), now = candidate.settings.find("seed");
  return before != baseline.settings.end() && now != candidate.settings.end() &&
         before->second == now->second && baseline.model == candidate.model;
}

TaskComparison compare_task(const TaskOutcomes& baseline, const TaskOutcomes& candidate,
                            const std::string& metric, const ComparisonOptions& asked) {
  if (metric == kOutputTokensMetric) return compare_tokens(baseline, candidate, asked);
  ComparisonOptions options = asked;
  const bool copies = runs_are_copies(baseline) && runs_are_copies(candidate);
  if (copies) options.max_runs = std::min(options.max_runs, 1);
  const Indicator* indicator = find_indicator(metric);
  JANGWON_CHECK(indicator != nullptr, metric);
  const std::vector<PairedItem> pairs =
      pair_items(baseline, candidate, *indicator, options.max_runs);
  TaskComparison result;
  result.metric = metric;
  result.direction = indicator->direction;
  result.scope = options.scope;
  result.ci_level = options.confidence;
  result.n = static_cast<int>(pairs.size());
  result.one_run_counts = copies && std::max(baseline.repeats, candidate.repeats) > 1;
  result.baseline_repeats = std::min(baseline.repeats, options.max_runs);
  result.candidate_repeats = std::min(candidate.repeats, options.max_runs);
  collect_side_metrics(baseline, candidate, metric, options.max_runs, result);
  if (pairs.empty()) return result;
  result.baseline = estimate_of(pairs, *indicator, false, options, baseline.cluster_key);
  result.candidate = estimate_of(pairs, *indicator, true, options, candidate.cluster_key);
  result.delta = *result.candidate.value - *result.baseline.value;
  if (options.scope == Scope::kFixedItems) {
    compare_fixed_items(pairs, *indicator, paired_by_seed(baseline, candidate), options, result);
  } else {
    compare_population(pairs, *indicator, candidate.cluster_key, options, result);
  }
  run_e_process(pairs, *indicator, options.order_key, result);
  collect_flips(pairs, result);
  if (!options.by.empty()) collect_hints(pairs, *indicator, options.by, result);
  return result;
}

TaskOutcomes restricted_to(const TaskOutcomes& outcomes, const std::vector<std::string>& ids) {
  TaskOutcomes result = outcomes;
  std::vector<std::string> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  std::erase_if(result.items, [&](const ItemOutcomes& item) {
    return !std::binary_search(sorted.begin(), sorted.end(), item.id);
  });
  result.planned_items = static_cast<int>(result.items.size());
  return result;
}

}  // namespace jangwon::reports
