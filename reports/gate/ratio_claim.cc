// The contrast x - rho * y is tested per question, so no ratio of small numbers is ever formed for
// the decision; Fieller's interval is shown beside it and agrees with it. The average over tasks
// adds variances of tasks, which are independent.

#include "reports/gate/ratio_claim.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/stats/clusters.h"
#include "harness/stats/compensated_sum.h"
#include "harness/stats/fieller.h"
#include "harness/stats/moments.h"
#include "harness/stats/special_functions.h"
#include "reports/gate/task_scores.h"

namespace jangwon::reports {

namespace {

struct QuestionPairs {
  std::vector<double> model;
  std::vector<double> reference;
  std::vector<std::string> cluster;
};

QuestionPairs question_pairs(const TaskOutcomes& model, const TaskOutcomes& reference) {
  const Indicator& accuracy = *find_indicator(kAccuracyMetric);
  std::map<std::string, double> by_id;
  const auto mean_of = [&](const ItemOutcomes& item) -> std::optional<double> {
    const ItemCount count = count_of(item, accuracy, static_cast<int>(item.runs.size()));
    if (count.runs == 0) return std::nullopt;
    return static_cast<double>(count.hits) / static_cast<double>(count.runs);
  };
  for (const ItemOutcomes& item : reference.items) {
    if (const auto mean = mean_of(item)) by_id[item.id] = *mean;
  }
  QuestionPairs pairs;
  for (const ItemOutcomes& item : model.items) {
    const auto other = by_id.find(item.id);
    const auto mean = mean_of(item);
    if (other == by_id.end() || !mean) continue;
    pairs.model.push_back(*mean);
    pairs.reference.push_back(other->second);
    const auto cluster = item.columns.find(model.cluster_key);
    pairs.cluster.push_back(cluster == item.columns.end() ? "\n" + item.id : cluster->second);
  }
  return pairs;
}

// The covariance of two means over the same questions, clustered: sum over clusters of the
// products of deviations.
double covariance_of_means(const QuestionPairs& pairs, const std::vector<double>& x,
                           const std::vector<double>& y) {
  const double mean_x = *harness::mean_of(x), mean_y = *harness::mean_of(y);
  std::map<std::string, std::pair<double, double>> sums;
  for (size_t i = 0; i < x.size(); ++i) {
    auto& [sum_x, sum_y] = sums[pairs.cluster[i]];
    sum_x += x[i] - mean_x;
    sum_y += y[i] - mean_y;
  }
  harness::CompensatedSum total;
  for (const auto& [name, sum] : sums)
    total.add(sum.first * sum.second);
  const auto clusters = static_cast<double>(sums.size()), n = static_cast<double>(x.size());
  return total.value() * clusters / (clusters - 1) / (n * n);
}

}  // namespace

RatioClaim ratio_claim(const TaskOutcomes& model, const TaskOutcomes& reference, double rho) {
  const QuestionPairs pairs = question_pairs(model, reference);
  RatioClaim claim;
  claim.task = model.task;
  claim.rho = rho;
  claim.n = static_cast<int>(pairs.model.size());
  if (claim.n == 0) return claim;
  claim.model_score = harness::mean_of(pairs.model);
  claim.reference_score = harness::mean_of(pairs.reference);
  claim.contrast = *claim.model_score - rho * *claim.reference_score;
  if (*claim.reference_score > 0) claim.ratio = *claim.model_score / *claim.reference_score;
  std::map<std::string, int> clusters;
  for (const std::string& name : pairs.cluster)
    ++clusters[name];
  if (clusters.size() < 2) return claim;
  const double df = static_cast<double>(clusters.size()) - 1;
  claim.df = df;
  const double xx = covariance_of_means(pairs, pairs.model, pairs.model);
  const double yy = covariance_of_means(pairs, pairs.reference, pairs.reference);
  const double xy = covariance_of_means(pairs, pairs.model, pairs.reference);
  claim.se = std::sqrt(std::max(0.0, xx - 2 * rho * xy + rho * rho * yy));
  if (*claim.se > 0) {
    const double t = *claim.contrast / *claim.se;
    claim.p_shown = harness::student_t_upper_tail(t, df);
    claim.p_below = harness::student_t_cdf(t, df);
  }
  if (claim.ratio) {
    claim.ci = harness::fieller({*claim.model_score, *claim.reference_score, xx, yy, xy},
                                harness::student_t_two_sided(harness::kDefaultConfidence, df))
                   .ci;
  }
  return claim;
}

CombinedRatioClaim combine_claims(std::vector<RatioClaim> tasks, double rho) {
  CombinedRatioClaim combined;
  combined.rho = rho;
  combined.tasks = std::move(tasks);
  if (combined.tasks.empty()) return combined;
  double largest = 0;
  bool all_known = true;
  harness::CompensatedSum model, reference, contrast, variance;
  for (const RatioClaim& claim : combined.tasks) {
    all_known = all_known && claim.p_shown && claim.se;
    if (!all_known) break;
    largest = std::max(largest, *claim.p_shown);
    model.add(*claim.model_score);
    reference.add(*claim.reference_score);
    contrast.add(*claim.contrast);
    variance.add(*claim.se * *claim.se);
  }
  if (!all_known) return combined;
  combined.p_all = largest;
  if (reference.value() > 0) combined.ratio_of_averages = model.value() / reference.value();
  // The sum of the contrasts decides "on average"; solving it for rho needs the covariances again,
  // so the interval is left to the delta of the ratio: se(contrast) / mean reference.
  const auto count = static_cast<double>(combined.tasks.size());
  const double se = std::sqrt(variance.value()) / count;
  combined.p_average = harness::normal_upper_tail(contrast.value() / count / se);
  if (combined.ratio_of_averages) {
    const double half =
        harness::normal_two_sided(harness::kDefaultConfidence) * se / (reference.value() / count);
    combined.average_ci =
        harness::Interval{*combined.ratio_of_averages - half, *combined.ratio_of_averages + half};
  }
  return combined;
}

const char* claim_word(const std::optional<double>& p_shown, const std::optional<double>& p_below,
                       double alpha) {
  if (!p_shown || !p_below) return "undefined";
  if (*p_shown < alpha) return "shown";
  return *p_below < alpha ? "below" : "not_shown";
}

}  // namespace jangwon::reports
