// Power of the tests that the gate really makes (harness/stats/power.h), at the alpha that it
// really leaves them. With the question set fixed only decoding noise counts; for a claim about a
// population the questions' own variation is added and more runs stop helping.
// tests/reports/gate/gate_plan_test.cc holds the figures to gates that were simulated.

#include "reports/gate/gate_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/stats/power.h"
#include "harness/stats/special_functions.h"

namespace jangwon::reports {

namespace {

constexpr int kMaxRepeats = 4096;
constexpr double kWantedPower = 0.8;

double sigma2_of(const PlanRequest& request) {
  return request.rate ? *request.rate * (1 - *request.rate) : request.variance.sigma2_run;
}

// For the naive rule, which knows nothing of tests.
harness::ComparisonDesign naive_design(const PlanRequest& request) {
  const double sigma2 = sigma2_of(request);
  const int baseline_repeats =
      request.baseline_repeats > 0 ? request.baseline_repeats : request.repeats;
  return {.sigma2_a = sigma2,
          .sigma2_b = sigma2,
          .repeats_a = static_cast<double>(request.repeats),
          .repeats_b = static_cast<double>(baseline_repeats)};
}

// Pairs of runs a question: by number under one seed, else what as many pairs would tell.
double run_pairs(const PlanRequest& request) {
  if (request.greedy) return 1;
  const auto candidate = static_cast<double>(request.repeats);
  const double baseline = request.baseline_repeats > 0 ? request.baseline_repeats : candidate;
  return request.paired_by_seed ? std::min(candidate, baseline)
                                : 2 / (1 / candidate + 1 / baseline);
}

// How often two runs of one question differ when its chance of success t has fallen to t - drop:
// the mean of t(1 - t + drop) + (t - drop)(1 - t) over questions.
double discordance_after(double drop, const PlanRequest& request) {
  const double good = request.rate ? 1 - *request.rate : request.level;
  return std::clamp(2 * sigma2_of(request) + drop * (2 * good - 1), drop, 1.0);
}

// The smallest x in (0, highest] at which the power is reached, which must not fall in x.
template <typename Power>
std::optional<double> smallest_with_power(double highest, const Power& power) {
  if (power(highest) < kWantedPower) return std::nullopt;
  double low = 0, high = highest;
  for (int step = 0; step < 14; ++step) {
    const double middle = (low + high) / 2;
    (power(middle) < kWantedPower ? low : high) = middle;
  }
  return high;
}

int repeats_for_margin(PlanRequest request) {
  const int most = request.greedy ? 1 : kMaxRepeats;
  request.baseline_repeats = 0;
  for (request.repeats = 1; request.repeats <= most;
       request.repeats += request.repeats < 8 ? 1 : request.repeats / 8) {
    if (check_power(request.margin, request) >= kWantedPower) return request.repeats;
  }
  return 0;
}

// What the baseline has, or a planning value without one.
double rate_or(const TaskOutcomes* outcomes, const Indicator* indicator, double otherwise) {
  if (outcomes == nullptr || indicator == nullptr) return otherwise;
  return indicator_rate(*outcomes, *indicator).value_or(otherwise);
}

// Runs of a check that names none: as many as the file's other checks ask of the same task, because
// one run serves them all.
int repeats_in_file(const GateConfig& config, const std::string& task) {
  int repeats = 1;
  for (const GateCheck& check : config.checks) {
    if (std::find(check.tasks.begin(), check.tasks.end(), task) != check.tasks.end())
      repeats = std::max(repeats, check.repeats);
  }
  return repeats;
}

// 0 where the task names none.
int num_clusters(const TaskOutcomes& outcomes) {
  std::set<std::string> clusters;
  for (const ItemOutcomes& item : outcomes.items) {
    const auto cluster = item.columns.find(outcomes.cluster_key);
    if (cluster != item.columns.end()) clusters.insert(cluster->second);
  }
  return static_cast<int>(clusters.size());
}

}  // namespace

const harness::TaskProfile* find_profile(const TaskProfiles& known, const std::string& task) {
  const auto found =
      std::find_if(known.begin(), known.end(),
                   [&](const harness::TaskProfile& profile) { return profile.name == task; });
  return found == known.end() ? nullptr : &*found;
}

harness::PlanningValues planning_values(const std::string& task, const TaskOutcomes* baseline,
                                        const TaskProfiles& known) {
  if (baseline != nullptr) {
    if (const harness::TaskProfile profile = profile_of(*baseline); profile.plan)
      return *profile.plan;
  }
  const harness::TaskProfile* profile = find_profile(known, task);
  return profile != nullptr && profile->plan ? *profile->plan : harness::PlanningValues();
}

PlanningVariance planning_variance(const std::string& task, const TaskOutcomes* baseline,
                                   const TaskProfiles& known) {
  const harness::PlanningValues planned = planning_values(task, baseline, known);
  PlanningVariance variance{planned.run_variance, planned.question_variance, false};
  if (baseline == nullptr) return variance;
  const harness::ScoreEstimate score = score_of(*baseline);
  if (score.se_run && score.repeats >= 2 && !runs_are_copies(*baseline)) {
    // se_run^2 = sigma2/(nK)
    const double sigma2 = *score.se_run * *score.se_run * score.n * score.repeats;
    // Perfectly steady answers still have a chance to change: one run in n*K is what could
    // have been missed.
    variance.sigma2_run = std::max(sigma2, 1.0 / (score.n * score.repeats));
    variance.measured = true;
  }
  return variance;
}

std::vector<std::string> published_tasks(const TaskProfiles& known) {
  std::vector<std::string> names;
  for (const harness::TaskProfile& profile : known) {
    if (published_size(profile.name, known)) names.push_back(profile.name);
  }
  return names;
}

std::optional<int> published_size(const std::string& task, const TaskProfiles& known) {
  const harness::TaskProfile* profile = find_profile(known, task);
  if (profile == nullptr || !profile->published || profile->published->questions == 0)
    return std::nullopt;
  return profile->published->questions;
}

double check_power(double drop, const PlanRequest& request) {
  const double discordance = discordance_after(drop, request), pairs = run_pairs(request);
  const auto n = static_cast<double>(request.n);
  if (request.scope == Scope::kFixedItems) {
    return harness::sign_test_power(drop, {.pairs = n * pairs,
                                           .discordance = discordance,
                                           .alpha = request.alpha_used(),
                                           .least_drop = request.min_effect});
  }
  const double omega2 = request.variance.omega2;
  // With one run a side a question's difference is a sign, and the exact sign flip a sign test.
  if (pairs == 1 && request.clusters == 0) {
    return harness::sign_test_power(drop, {.pairs = n,
                                           .discordance = discordance + omega2,
                                           .alpha = request.alpha_used(),
                                           .least_drop = request.min_effect});
  }
  return harness::mean_test_power(
      drop, {.se = std::sqrt((omega2 + discordance / pairs) / n),
             .df = (request.clusters > 0 ? request.clusters : request.n) - 1.0,
             .alpha = request.alpha_used(),
             .least_drop = request.min_effect});
}

std::optional<double> detectable_drop(const PlanRequest& request) {
  const double highest = request.rate ? 1 - *request.rate : request.level;
  return smallest_with_power(highest, [&](double drop) { return check_power(drop, request); });
}

PlanRequest without_min_effect(PlanRequest request) {
  request.min_effect = 0;
  return request;
}

PlannedCheck plan_check(const std::string& id, const PlanRequest& asked) {
  PlannedCheck planned;
  planned.id = id;
  planned.request = asked;
  if (asked.greedy) planned.request.repeats = 1;
  const PlanRequest& request = planned.request;
  const auto n = static_cast<double>(request.n);
  planned.detectable_drop = detectable_drop(request);
  planned.power_at_margin = check_power(request.margin, request);
  planned.naive_false_alarm = harness::naive_false_alarm_rate(0.01, n, naive_design(request));
  planned.naive_at_margin =
      harness::naive_false_alarm_rate(request.margin, n, naive_design(request));
  planned.generations = long{request.n} * request.repeats;
  if (request.mean_generation_ms)
    planned.engine_seconds =
        *request.mean_generation_ms * static_cast<double>(planned.generations) / 1000;
  planned.finding_power = check_power(request.margin, without_min_effect(request));
  planned.repeats_needed = repeats_for_margin(without_min_effect(request));
  planned.decidable = planned.finding_power >= request.min_power;
  return planned;
}

namespace {

// The chance that one task shows the contrast of the true ratio `ratio`, above rho or
// (below) under it.
double part_power(const ClaimPart& part, double contrast_of_reference, double alpha) {
  return harness::mean_test_power(contrast_of_reference * part.reference_score,
                                  {.se = part.se, .df = part.df, .alpha = alpha});
}

double average_power(const std::vector<ClaimPart>& parts, double contrast_of_reference,
                     double alpha) {
  double level = 0, variance = 0;
  for (const ClaimPart& part : parts) {
    level += part.reference_score;
    variance += part.se * part.se;
  }
  return harness::mean_test_power(contrast_of_reference * level,
                                  {.se = std::sqrt(variance), .df = {}, .alpha = alpha});
}

// The true ratio is the same on every task.
double power_to_show(const PlannedClaim& claim, double ratio) {
  const double contrast = ratio - claim.rho;
  if (claim.combine == Combine::kAverage)
    return average_power(claim.parts, contrast, claim.claim_alpha);
  double every = 1;
  for (const ClaimPart& part : claim.parts)
    every *= part_power(part, contrast, claim.claim_alpha);
  return every;
}

double power_to_fail(const PlannedClaim& claim, double ratio) {
  const double contrast = claim.rho - ratio;
  if (claim.combine == Combine::kAverage)
    return average_power(claim.parts, contrast, claim.harm_alpha);
  double none = 1;
  for (const ClaimPart& part : claim.parts)
    none *=
        1 - part_power(part, contrast, claim.harm_alpha / static_cast<double>(claim.parts.size()));
  return 1 - none;
}

}  // namespace

PlannedClaim plan_claim(const GateCheck& check, double harm_alpha, std::vector<ClaimPart> parts) {
  PlannedClaim claim;
  claim.rho = check.ratio;
  claim.combine = check.combine;
  claim.claim_alpha = check.claim_alpha;
  claim.harm_alpha = harm_alpha;
  claim.parts = std::move(parts);
  double best = 0;  // a model that gets everything right
  for (const ClaimPart& part : claim.parts)
    best = std::max(best, part.reference_score);
  claim.power_at_parity = power_to_show(claim, 1);
  const auto above =
      smallest_with_power(best > 0 ? std::max(0.0, 1 / best - claim.rho) : 0,
                          [&](double gap) { return power_to_show(claim, claim.rho + gap); });
  if (above) claim.detectable_ratio = claim.rho + *above;
  const auto below = smallest_with_power(
      claim.rho, [&](double gap) { return power_to_fail(claim, claim.rho - gap); });
  if (below) claim.failing_ratio = claim.rho - *below;
  return claim;
}

PlanRequest plan_request(const GateConfig& config, const GateCheck& check, const std::string& task,
                         int size, const TaskOutcomes* outcomes, const TaskProfiles& known) {
  PlanRequest request;
  request.task = task;
  request.metric = check.metric;
  request.scope = check.scope;
  request.n = check.limit ? std::min(check.limit->n, size) : size;
  const int first = check.repeats > 0 ? check.repeats
                    : outcomes        ? outcomes->repeats
                                      : repeats_in_file(config, task);
  request.repeats = static_cast<int>(std::lround(first * config.looks.back().repeats_factor));
  request.alpha = config.alpha * config.looks.back().alpha_weight * (1 - config.eprocess_share);
  request.min_power = config.min_power;
  request.variance = planning_variance(task, outcomes, known);
  const Indicator* indicator = find_indicator(check.metric);
  request.level = rate_or(outcomes, find_indicator(kAccuracyMetric),
                          planning_values(task, outcomes, known).score);
  // A side metric that is 0 in the baseline could as well be one in a hundred.
  if (check.metric != kAccuracyMetric)
    request.rate = std::max(0.01, rate_or(outcomes, indicator, 0.02));
  const double base = request.rate.value_or(request.level);
  const auto share_of = [&](const Amount& amount) {
    return amount.relative ? amount.value * base : amount.value;
  };
  request.margin = share_of(check.margin);
  request.min_effect = share_of(check.min_effect);
  if (outcomes) {
    request.baseline_repeats = outcomes->repeats;
    request.mean_generation_ms = outcomes->mean_generation_ms;
    request.greedy = runs_are_copies(*outcomes);
    request.clusters = num_clusters(*outcomes);
  }
  return request;
}

namespace {

const TaskOutcomes* find_outcomes(const EvaluationSide* side, const std::string& model,
                                  const std::string& task) {
  return side != nullptr ? side->find(model, task) : nullptr;
}

bool means_every_task(const GateCheck& check) {
  return check.tasks == std::vector<std::string>{"*"};
}

// A gate file is planned for one evaluation, whose tasks are the baseline's; without one, those
// that the file names.
std::vector<std::string> every_task(const GateConfig& config, const EvaluationSide* baseline,
                                    const TaskProfiles& known) {
  if (baseline != nullptr) return baseline->task_names();
  std::vector<std::string> named;
  for (const GateCheck& check : config.checks) {
    if (means_every_task(check)) continue;
    for (const std::string& task : check.tasks) {
      if (std::find(named.begin(), named.end(), task) == named.end()) named.push_back(task);
    }
  }
  return named.empty() ? published_tasks(known) : named;
}

// What a gate file is planned on.
struct PlanGround {
  const GateConfig& config;
  const EvaluationSide* baseline;  // may be null
  const TaskProfiles& known;

  std::vector<std::string> tasks_of(const GateCheck& check) const {
    return means_every_task(check) ? every_task(config, baseline, known) : check.tasks;
  }
};

// One comparison that an L2 check will make.
struct PlannedPair {
  std::string id;
  std::string task;
  const TaskOutcomes* outcomes = nullptr;
};

// Where the file is planned without any run, one unnamed model stands for all.
std::vector<PlannedPair> pairs_of(const GateCheck& check, const PlanGround& ground) {
  const std::vector<std::string> tasks = ground.tasks_of(check);
  const EvaluationSide* baseline = ground.baseline;
  std::vector<std::string> models = {check.model};
  if (check.model.empty() && baseline != nullptr) models = baseline->models();
  std::vector<PlannedPair> pairs;
  for (const std::string& task : tasks) {
    for (const std::string& model : models) {
      PlannedPair pair{check.id, task, find_outcomes(baseline, model, task)};
      // a model that the baseline never asked this task
      if (models.size() > 1 && pair.outcomes == nullptr) continue;
      if (tasks.size() > 1) pair.id += "/" + task;
      if (models.size() > 1) pair.id += "/" + model;
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

// p-values that Holm will correct together: each comparison of an L2 check, against the anchor
// too, and each claim.
int tests_of_file(const PlanGround& ground) {
  size_t tests = 0;
  for (const GateCheck& check : ground.config.checks) {
    if (check.tier == Tier::kClaim) ++tests;
    if (check.tier == Tier::kAccuracy)
      tests += pairs_of(check, ground).size() * (ground.config.anchor.empty() ? 1 : 2);
  }
  return static_cast<int>(std::max<size_t>(1, tests));
}

Result<int> size_of(const PlanGround& ground, const GateCheck& check, const std::string& task,
                    const TaskOutcomes* outcomes) {
  if (outcomes != nullptr) return static_cast<int>(outcomes->items.size());
  if (const auto size = published_size(task, ground.known)) return *size;
  return invalid_argument(
      "{config}:{line}: {id}: the task {task} is neither in the baseline nor a published one; give "
      "its baseline with "
      "--baseline",
      {{"config", ground.config.path}, {"line", check.line}, {"id", check.id}, {"task", task}});
}

// From planning values: two models that are equally good differ by omega2 over questions, each
// run adds its noise.
ClaimPart planned_part(const PlanGround& ground, const GateCheck& check, const std::string& task,
                       int size, int repeats, const TaskOutcomes* reference) {
  const PlanningVariance variance = planning_variance(task, reference, ground.known);
  ClaimPart part;
  part.task = task;
  part.n = size;
  part.repeats = repeats;
  part.reference_score = rate_or(reference, find_indicator(kAccuracyMetric),
                                 planning_values(task, reference, ground.known).score);
  const double between =
      std::max(0.0, part.reference_score * (1 - part.reference_score) - variance.sigma2_run);
  const double rho = check.ratio;
  const double question_variance = variance.omega2 +
                                   variance.sigma2_run * (1 + rho * rho) / repeats +
                                   (1 - rho) * (1 - rho) * between;
  part.se = std::sqrt(question_variance / size);
  const int clusters = reference != nullptr ? num_clusters(*reference) : 0;
  part.df = std::max(1.0, (clusters > 0 ? clusters : size) - 1.0);
  return part;
}

Result<std::vector<ClaimPart>> claim_parts(const PlanGround& ground, const GateCheck& check) {
  std::vector<ClaimPart> parts;
  for (const std::string& task : ground.tasks_of(check)) {
    const TaskOutcomes* model = find_outcomes(ground.baseline, check.model, task);
    const TaskOutcomes* reference = find_outcomes(ground.baseline, check.reference, task);
    std::optional<ClaimPart> part;
    if (model != nullptr && reference != nullptr)
      part = claim_part(ratio_claim(*model, *reference, check.ratio), model->repeats);
    if (!part) {
      const TaskOutcomes* known = reference != nullptr ? reference : model;
      JANGWON_ASSIGN_OR_RETURN(const int size, size_of(ground, check, task, known));
      const int repeats = known != nullptr ? known->repeats : repeats_in_file(ground.config, task);
      part = planned_part(ground, check, task, size, repeats, reference);
    }
    parts.push_back(*part);
  }
  return parts;
}

PlannedCheck planned_claim(const GateConfig& config, const GateCheck& check, int num_tests,
                           std::vector<ClaimPart> parts) {
  PlannedCheck planned;
  planned.id = check.id;
  planned.request.scope = Scope::kPopulation;
  planned.request.alpha = config.alpha;
  planned.request.num_tests = num_tests;
  planned.request.min_power = config.min_power;
  planned.request.n = 0;
  for (const ClaimPart& part : parts) {
    planned.request.task += (planned.request.task.empty() ? "" : ", ") + part.task;
    planned.request.n += part.n;
    planned.request.repeats = std::max(planned.request.repeats, part.repeats);
    planned.generations += long{part.n} * part.repeats;
  }
  planned.claim = plan_claim(check, planned.request.alpha_used(), std::move(parts));
  planned.decidable = planned.claim->power_at_parity >= config.min_power;
  return planned;
}

}  // namespace

std::optional<ClaimPart> claim_part(const RatioClaim& measured, int repeats) {
  if (!measured.se || !measured.df || !measured.reference_score) return std::nullopt;
  return ClaimPart{measured.task, measured.n,  repeats, *measured.reference_score,
                   *measured.se,  *measured.df};
}

Result<std::vector<PlannedCheck>> plan_gate(const GateConfig& config,
                                            const EvaluationSide* baseline,
                                            const TaskProfiles& known) {
  std::vector<PlannedCheck> plan;
  const PlanGround ground{config, baseline, known};
  const int num_tests = tests_of_file(ground);
  for (const GateCheck& check : config.checks) {
    if (check.tier == Tier::kClaim) {
      JANGWON_ASSIGN_OR_RETURN(std::vector<ClaimPart> parts, claim_parts(ground, check));
      plan.push_back(planned_claim(config, check, num_tests, std::move(parts)));
    }
    if (check.tier != Tier::kAccuracy || check.metric == kOutputTokensMetric) continue;
    for (const PlannedPair& pair : pairs_of(check, ground)) {
      JANGWON_ASSIGN_OR_RETURN(const int size, size_of(ground, check, pair.task, pair.outcomes));
      PlanRequest request = plan_request(config, check, pair.task, size, pair.outcomes, known);
      request.num_tests = num_tests;
      plan.push_back(plan_check(pair.id, request));
    }
  }
  return plan;
}

}  // namespace jangwon::reports
