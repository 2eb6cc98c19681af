// The checks of a file one after the other; those of L2 here, question by question
// against a baseline.
//
// How alpha is spent: a planned look takes its weight (p / weight) and the stream its share (p /
// share); both only ever raise a p-value, as the correction over the file does after them
// (gate_verdict.cc).

#include "reports/gate/gate_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/gate/item_selection.h"
#include "reports/task_profiles.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::reports {

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Everything a check may name, so that a misspelt name is told from one that did not run.
struct KnownNames {
  std::vector<std::string> tasks;
  std::vector<std::string> models;
};

KnownNames known_names(const GateInputs& inputs) {
  KnownNames known;
  for (const EvaluationSide* side :
       {inputs.candidate, inputs.baseline, inputs.anchor, inputs.reference}) {
    if (side == nullptr) continue;
    for (const std::string& task : side->task_names()) {
      if (!has(known.tasks, task)) known.tasks.push_back(task);
    }
    for (const std::string& model : side->models()) {
      if (!has(known.models, model)) known.models.push_back(model);
    }
  }
  return known;
}

Status check_names(const GateConfig& config, const GateInputs& inputs) {
  const KnownNames known = known_names(inputs);
  for (const GateCheck& check : config.checks) {
    if (check.tier == Tier::kReplay || check.tier == Tier::kParity) continue;
    const std::string place = fmt::format("{}:{}: {}", config.path, check.line, check.id);
    for (const std::string& task : check.tasks) {
      if (task != "*" && !has(known.tasks, task))
        return invalid_argument(unknown_name_message("task", task, known.tasks)).at(place);
    }
    for (const std::string& model : {check.model, check.reference}) {
      if (!model.empty() && !has(known.models, model))
        return invalid_argument(unknown_name_message("model", model, known.models)).at(place);
    }
  }
  return ok_status();
}

Message difference_detail(const SettingDifference& difference) {
  return Message(
      "{key} was {before} and is {now}.",
      {{"key", difference.key}, {"before", difference.baseline}, {"now", difference.candidate}});
}

std::vector<std::string> without(std::vector<std::string> keys,
                                 const std::vector<std::string>& dropped) {
  std::erase_if(keys, [&](const std::string& key) { return has(dropped, key); });
  return keys;
}

// What the two sides together say about the variances, where the baseline alone cannot: 2 sigma2 of
// the pairs of runs differ by chance, and what has fallen differs too; what the differences of a
// population vary beyond that is omega2.
PlanningVariance variance_of_pairs(const TaskComparison& comparison, const PlanRequest& request) {
  PlanningVariance variance = request.variance;
  if (request.rate || !comparison.delta) return variance;
  const double fallen = -*comparison.delta * (2 * request.level - 1);
  if (!variance.measured && comparison.paired_runs > 0) {
    const auto pairs = static_cast<double>(comparison.paired_runs);
    variance.sigma2_run =
        std::max(1.0, static_cast<double>(comparison.discordant_runs) - fallen * pairs) /
        (2 * pairs);
  }
  if (comparison.scope == Scope::kPopulation && comparison.se) {
    const double runs = request.greedy ? 1 : request.repeats;
    const double question = comparison.n * *comparison.se * *comparison.se +
                            (runs == 1 ? *comparison.delta * *comparison.delta : 0);
    variance.omega2 = std::max(0.0, question - (2 * variance.sigma2_run + fallen) / runs);
  }
  return variance;
}

class AccuracyEvidence {
 public:
  AccuracyEvidence(const GateConfig& config, const GateInputs& inputs,
                   std::vector<CheckEvidence>& evidence)
      : config_(config), inputs_(inputs), evidence_(evidence) {}

  Status add(const GateCheck& check) {
    const std::vector<std::string> tasks = tasks_of(check, *inputs_.candidate);
    const std::vector<std::string> models =
        check.model.empty() ? inputs_.candidate->models() : std::vector<std::string>{check.model};
    for (const std::string& task : tasks) {
      for (const std::string& model : models) {
        std::string id = check.id;
        if (tasks.size() > 1) id += "/" + task;
        if (models.size() > 1) id += "/" + model;
        JANGWON_RETURN_IF_ERROR(add_pair(check, id, task, model, inputs_.baseline));
        if (inputs_.anchor != nullptr)
          JANGWON_RETURN_IF_ERROR(add_pair(check, id + "@anchor", task, model, inputs_.anchor));
      }
    }
    return ok_status();
  }

 private:
  Status add_pair(const GateCheck& check, const std::string& id, const std::string& task,
                  const std::string& model, const EvaluationSide* baseline) {
    CheckEvidence evidence =
        evidence_of(check, task, model, baseline != nullptr ? baseline->name : "");
    evidence.result.id = id;
    const TaskOutcomes* now = inputs_.candidate->find(model, task);
    const TaskOutcomes* before = baseline != nullptr ? baseline->find(model, task) : nullptr;
    if (now == nullptr || now->num_present() == 0) {
      if (check.on_missing == OnMissing::kSkip) {
        evidence.conclude(CheckVerdict::kSkipped, "missing", did_not_run(task, model));
      } else {
        evidence.conclude(CheckVerdict::kIncomplete, "nothing_ran", did_not_run(task, model));
      }
    } else if (before == nullptr) {
      evidence.conclude(
          CheckVerdict::kNotComparable, "no_baseline",
          baseline == nullptr
              ? Message("Accept one with `jangwon baseline accept`.")
              : Message("The baseline {baseline} has no {task} with {model}.",
                        {{"baseline", baseline->name}, {"task", task}, {"model", model}}));
    } else {
      JANGWON_RETURN_IF_ERROR(compare_pair(*before, *now, evidence));
    }
    evidence_.push_back(std::move(evidence));
    return ok_status();
  }

  // The look that the candidate's runs allow, and what the next one asks for.
  int choose_look(const TaskOutcomes& now, CheckResult& result) const {
    const int first = result.check.repeats > 0 ? result.check.repeats : now.repeats;
    result.num_looks = static_cast<int>(config_.looks.size());
    int used = 0;
    for (size_t i = 0; i < config_.looks.size(); ++i) {
      const int wanted = static_cast<int>(std::lround(first * config_.looks[i].repeats_factor));
      if (wanted <= now.repeats) {
        result.look = static_cast<int>(i) + 1;
        used = wanted;
      } else if (!result.next_repeats) {
        result.next_repeats = wanted;
      }
    }
    return used;
  }

  Status compare_pair(const TaskOutcomes& full_before, const TaskOutcomes& full_now,
                      CheckEvidence& evidence) {
    CheckResult& result = evidence.result;
    const GateCheck& check = result.check;
    TaskOutcomes before = full_before, now = full_now;
    if (const Status selected = select_items(check, before, now); !selected.ok())
      return selected.at(place_of(config_, check));
    if (!check.by.empty()) {
      if (const Status known = expect_column(now, check.by); !known.ok())
        return known.at(place_of(config_, check));
    }
    result.stand_in = now.stand_in;
    if (const auto spec = now.settings.find("model.spec"); spec != now.settings.end())
      result.model_spec = spec->second;
    if (const auto seed = now.settings.find("seed"); seed != now.settings.end())
      result.run_seed = seed->second;
    for (const auto& [name, flag] :
         {std::pair("numerics", " --numerics "), std::pair("kv_cache_dtype", " --kv-cache-dtype "),
          std::pair("made_weights", " --weights ")}) {
      const auto found = now.settings.find(std::string("model.settings.") + name);
      if (found != now.settings.end()) result.run_arithmetic += flag + found->second;
    }

    const int max_runs = choose_look(now, result);
    if (max_runs == 0) {
      evidence.conclude(
          CheckVerdict::kIncomplete, "too_few_repeats",
          Message("The check asks for {wanted} runs a question, the candidate has {found}.",
                  {{"wanted", check.repeats}, {"found", now.repeats}}));
      return ok_status();
    }
    const bool incomplete = runs_missing(now, max_runs);
    const std::vector<std::string>& hard =
        config_.hard_keys.empty() ? default_hard_keys() : config_.hard_keys;
    result.comparability = compare_settings(
        before, now, incomplete ? without(hard, {"item_ids", "prompt_sha256"}) : hard);
    if (!result.comparability.comparable()) {
      const SettingDifference& first = result.comparability.hard_mismatch.front();
      evidence.conclude(CheckVerdict::kNotComparable, "settings_differ", difference_detail(first));
      return ok_status();
    }
    if (now.error_rate() > check.max_error_rate) {
      evidence.conclude(
          CheckVerdict::kIncomplete, "errors",
          Message("{found} % of the runs ended in errors of ours; at most {most} % are tolerated.",
                  {{"found", fmt::format("{:.1f}", 100 * now.error_rate())},
                   {"most", fmt::format("{:.1f}", 100 * check.max_error_rate)}}));
      return ok_status();
    }
    measure(before, now, max_runs, result);
    remember_plan(before, now, max_runs, evidence);
    if (incomplete) judge_incomplete(evidence);
    return ok_status();
  }

  // The rule of `jangwon plan` is held to the questions that both sides really have, at the
  // last look: a check that could not find its own margin would let everything through and
  // look like a test.
  void remember_plan(const TaskOutcomes& before, const TaskOutcomes& now, int max_runs,
                     CheckEvidence& evidence) const {
    const CheckResult& result = evidence.result;
    const GateCheck& check = result.check;
    if (check.metric == kOutputTokensMetric) return;
    const auto common = static_cast<int>(common_items(now, before).size());
    const bool partial = static_cast<int>(now.items.size()) < now.planned_items;
    PlanRequest last = plan_request(config_, check, result.task,
                                    partial ? static_cast<int>(before.items.size()) : common,
                                    &before, installed_task_profiles());
    last.paired_by_seed = paired_by_seed(before, now);
    last.greedy = last.greedy && runs_are_copies(now);
    if (last.n >= 2) evidence.last_look = last;
    PlanRequest look = last;
    look.n = result.comparison->n;
    look.repeats = max_runs;
    look.margin = result.margin;
    look.min_effect = result.min_effect;
    look.variance = variance_of_pairs(*result.comparison, look);
    look.alpha *= config_.looks[static_cast<size_t>(result.look) - 1].alpha_weight /
                  config_.looks.back().alpha_weight;
    evidence.this_look = std::move(look);
  }

  Status select_items(const GateCheck& check, TaskOutcomes& before, TaskOutcomes& now) const {
    if (check.window) {
      JANGWON_ASSIGN_OR_RETURN(const auto ids_before, items_in_window(before, *check.window));
      JANGWON_ASSIGN_OR_RETURN(const auto ids_now, items_in_window(now, *check.window));
      before = restricted_to(before, ids_before);
      now = restricted_to(now, ids_now);
      if (now.items.empty())
        return invalid_argument("no item of {task} lies in the window", {{"task", now.task}});
    }
    if (check.limit) {
      if (!check.limit->stratify.empty())
        JANGWON_RETURN_IF_ERROR(expect_column(now, check.limit->stratify));
      const auto common = common_items(now, before);
      JANGWON_ASSIGN_OR_RETURN(const auto ids,
                               stratified_subset(common, *check.limit, config_.name));
      if (static_cast<int>(ids.size()) < check.limit->n &&
          now.items.size() != before.items.size()) {
        return invalid_argument("the limit asks for {count} items, both sides share {ids}",
                                {{"count", check.limit->n}, {"ids", ids.size()}});
      }
      before = restricted_to(before, ids);
      now = restricted_to(now, ids);
    }
    return ok_status();
  }

  void measure(const TaskOutcomes& before, const TaskOutcomes& now, int max_runs,
               CheckResult& result) const {
    const GateCheck& check = result.check;
    ComparisonOptions options;
    options.scope = check.scope;
    options.confidence = 1 - 2 * config_.alpha;
    options.max_runs = max_runs;
    options.order_key = config_.name + "\n" + check.id;
    options.by = check.by;
    result.comparison = compare_task(before, now, check.metric, options);
    const TaskComparison& comparison = *result.comparison;
    const double level = comparison.baseline.value.value_or(0);
    // its difference is relative already
    const bool ratio_metric = check.metric == kOutputTokensMetric;
    result.margin =
        check.margin.relative && !ratio_metric ? check.margin.value * level : check.margin.value;
    result.min_effect = check.min_effect.relative && !ratio_metric ? check.min_effect.value * level
                                                                   : check.min_effect.value;
    if (comparison.p_harm) result.p_harm = spent(*comparison.p_harm, comparison, result);
  }

  // p after the stream and the look have taken their part of alpha.
  std::optional<double> spent(double p_fixed, const TaskComparison& comparison,
                              CheckResult& result) const {
    double p = p_fixed;
    const double share = config_.eprocess_share;
    if (share > 0 && comparison.e_value_harm) {
      const double p_stream = std::min(1.0, 1 / *comparison.e_value_harm) / share;
      p = p_fixed / (1 - share);
      result.stopped_by_stream = p_stream < p;
      p = std::min(p, p_stream);
    }
    return std::min(1.0, p / config_.looks[static_cast<size_t>(result.look) - 1].alpha_weight);
  }

  // A run that was stopped early can be failed by the stream, which is valid at any time, and
  // by nothing else.
  void judge_incomplete(CheckEvidence& evidence) const {
    CheckResult& result = evidence.result;
    const TaskComparison& comparison = *result.comparison;
    const bool streaming = config_.eprocess_share > 0 && comparison.e_value_harm;
    if (streaming) {
      result.p_harm =
          std::min(1.0, 1 / *comparison.e_value_harm / config_.eprocess_share /
                            config_.looks[static_cast<size_t>(result.look) - 1].alpha_weight);
      result.stopped_by_stream = true;
      evidence.stopped_early = true;
      return;
    }
    evidence.conclude(CheckVerdict::kIncomplete, "runs_missing", go_on_with(inputs_, result));
  }

  const GateConfig& config_;
  const GateInputs& inputs_;
  std::vector<CheckEvidence>& evidence_;
};

}  // namespace

void CheckEvidence::conclude(CheckVerdict verdict, std::string code, Message detail) {
  result.verdict = verdict;
  result.reason_code = std::move(code);
  result.detail = std::move(detail);
}

CheckEvidence evidence_of(const GateCheck& check, const std::string& task, const std::string& model,
                          const std::string& against) {
  CheckEvidence evidence;
  CheckResult& result = evidence.result;
  result.check = check;
  result.id = check.id;
  result.task = task;
  result.model = model;
  result.against = against;
  return evidence;
}

std::string place_of(const GateConfig& config, const GateCheck& check) {
  return fmt::format("{}:{}: {}", config.path, check.line, check.id);
}

std::vector<std::string> tasks_of(const GateCheck& check, const EvaluationSide& candidate) {
  return check.tasks == std::vector<std::string>{"*"} ? candidate.task_names() : check.tasks;
}

bool runs_missing(const TaskOutcomes& now, int max_runs) {
  if (static_cast<int>(now.items.size()) < now.planned_items) return true;
  for (const ItemOutcomes& item : now.items) {
    for (int k = 0; k < max_runs; ++k) {
      if (static_cast<size_t>(k) >= item.runs.size() || !item.runs[static_cast<size_t>(k)].present)
        return true;
    }
  }
  return false;
}

Message did_not_run(const std::string& task, const std::string& model) {
  return Message("The candidate did not run {task} with {model}.",
                 {{"task", task}, {"model", model}});
}

Message go_on_with(const GateInputs& inputs, const CheckResult& result) {
  return Message(
      "The run of {model} on {task} has not ended; go on with `jangwon run -o {folder}`.",
      {{"model", result.model}, {"task", result.task}, {"folder", inputs.candidate->path}});
}

Result<std::vector<CheckEvidence>> gather_evidence(const GateConfig& config,
                                                   const GateInputs& inputs) {
  JANGWON_RETURN_IF_ERROR(check_names(config, inputs));
  std::vector<CheckEvidence> evidence;
  for (const GateCheck& check : config.checks) {
    switch (check.tier) {
      case Tier::kReplay: {
        JANGWON_ASSIGN_OR_RETURN(CheckEvidence replay, replay_evidence(config, inputs, check));
        evidence.push_back(std::move(replay));
        break;
      }
      case Tier::kParity: {
        JANGWON_ASSIGN_OR_RETURN(CheckEvidence parity, parity_evidence(config, inputs, check));
        evidence.push_back(std::move(parity));
        break;
      }
      case Tier::kAccuracy:
        JANGWON_RETURN_IF_ERROR(AccuracyEvidence(config, inputs, evidence).add(check));
        break;
      case Tier::kClaim:
        evidence.push_back(claim_evidence(inputs, check));
        break;
    }
  }
  return evidence;
}

}  // namespace jangwon::reports
