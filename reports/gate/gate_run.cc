// Two passes. The first looks at every check by itself: is it complete, is it comparable, what is the difference, how
// likely is such a harm by chance. The second corrects the p-values over the whole file (Holm) and turns them into
// verdicts, so that the file as a whole fails an unchanged build with probability at most alpha.
//
// How alpha is spent: a planned look takes its weight (p / weight), the stream its share (p / share), and Holm does the
// rest; all of them only ever raise a p-value. Passing needs no correction, because all checks must pass.

#include "reports/gate/gate_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/stats/holm.h"
#include "reports/gate/item_selection.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::reports {

namespace {

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

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
  for (const EvaluationSide* side : {inputs.candidate, inputs.baseline, inputs.anchor, inputs.reference}) {
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

CheckResult result_of(const GateCheck& check, const std::string& task, const std::string& model,
                      const std::string& against) {
  CheckResult result;
  result.check = check;
  result.id = check.id;
  result.task = task;
  result.model = model;
  result.against = against;
  return result;
}

void conclude(CheckResult& result, CheckVerdict verdict, std::string code, Bilingual detail = {}) {
  result.verdict = verdict;
  result.reason_code = std::move(code);
  result.detail = std::move(detail);
}

Bilingual did_not_run(const std::string& task, const std::string& model) {
  return {fmt::format("이번 실행에 {} · {} 결과가 없습니다.", model, task),
          fmt::format("The candidate did not run {} with {}.", task, model)};
}

Bilingual difference_detail(const SettingDifference& difference) {
  return {fmt::format("{}: {} → {}.", difference.key, difference.baseline, difference.candidate),
          fmt::format("{} was {} and is {}.", difference.key, difference.baseline, difference.candidate)};
}

Bilingual parity_detail(const ParityOutcome& outcome) {
  const std::string numbers =
      fmt::format("|Δ log p| {:.2e}, top-1 {:.2f} %", outcome.mean_abs_dlogp, 100 * outcome.top1_agreement);
  return {fmt::format("프롬프트 {}개, 평균 {}", outcome.num_prompts, numbers),
          fmt::format("{} prompts, mean {}", outcome.num_prompts, numbers)};
}

// The check is decided already, without numbers; the second pass leaves it alone.
bool decided(const CheckResult& result) {
  return !result.reason_code.empty();
}

class GateRunner {
 public:
  GateRunner(const GateConfig& config, const GateInputs& inputs) : config_(config), inputs_(inputs) {}

  Result<GateResult> run() {
    JANGWON_RETURN_IF_ERROR(check_names(config_, inputs_));
    for (const GateCheck& check : config_.checks) {
      switch (check.tier) {
        case Tier::kReplay:
          JANGWON_RETURN_IF_ERROR(run_replay(check));
          break;
        case Tier::kParity:
          JANGWON_RETURN_IF_ERROR(run_parity(check));
          break;
        case Tier::kAccuracy:
          JANGWON_RETURN_IF_ERROR(run_accuracy(check));
          break;
        case Tier::kClaim:
          JANGWON_RETURN_IF_ERROR(run_claim(check));
          break;
      }
    }
    correct_over_the_file();
    JANGWON_RETURN_IF_ERROR(plan_at_the_alpha_used());
    for (CheckResult& result : results_) {
      if (!decided(result)) decide(result);
    }
    return finish();
  }

 private:
  // ---- L0 and L1: no statistics, a build either reproduces what is recorded or does not

  Status run_replay(const GateCheck& check) {
    CheckResult result = result_of(check, "replay", "", "");
    if (!inputs_.probes.replay) {
      conclude(result, CheckVerdict::kIncomplete, "no_replay",
               {"이 프로그램은 여기서 저장된 답을 다시 채점할 수 없습니다.",
                "This program cannot grade stored replies again here."});
    } else {
      Result<ReplayOutcome> outcome = inputs_.probes.replay(check.corpus);
      if (!outcome.ok()) return outcome.status().at(fmt::format("{}:{}: {}", config_.path, check.line, check.id));
      const size_t changed = outcome->differences.size();
      if (outcome->num_items == 0) {
        conclude(result, CheckVerdict::kIncomplete, "nothing_ran",
                 {check.corpus + "에 채점할 답이 없습니다.", check.corpus + " holds no reply to grade."});
      } else if (changed == 0) {
        conclude(result, CheckVerdict::kPass, "identical",
                 {fmt::format("답 {}개", outcome->num_items), fmt::format("{} replies.", outcome->num_items)});
      } else {
        conclude(result, CheckVerdict::kFail, "grading_changed",
                 {fmt::format("답 {}개 가운데 {}개", outcome->num_items, changed),
                  fmt::format("{} of {} replies.", changed, outcome->num_items)});
      }
      result.replay = std::move(outcome).value();
    }
    results_.push_back(std::move(result));
    return ok_status();
  }

  Status run_parity(const GateCheck& check) {
    CheckResult result = result_of(check, "parity", check.model, "");
    if (!inputs_.probes.parity) {
      conclude(result, CheckVerdict::kIncomplete, "no_engine",
               {"이 프로그램은 여기서 모델을 부를 수 없습니다.", "This program cannot ask the model here."});
    } else {
      Result<ParityOutcome> outcome = inputs_.probes.parity(check.model, check.prompts);
      if (!outcome.ok()) return outcome.status().at(fmt::format("{}:{}: {}", config_.path, check.line, check.id));
      std::vector<std::string> broken;
      if (check.max_mean_dlogp && outcome->mean_abs_dlogp > *check.max_mean_dlogp)
        broken.push_back(fmt::format("mean |Δ log p| {:.2e} > {:.2e}", outcome->mean_abs_dlogp, *check.max_mean_dlogp));
      if (check.max_abs_dlogp && outcome->max_abs_dlogp > *check.max_abs_dlogp)
        broken.push_back(fmt::format("max |Δ log p| {:.2e} > {:.2e}", outcome->max_abs_dlogp, *check.max_abs_dlogp));
      if (check.min_top1 && outcome->top1_agreement < *check.min_top1)
        broken.push_back(
            fmt::format("top-1 {:.2f} % < {:.2f} %", 100 * outcome->top1_agreement, 100 * *check.min_top1));
      if (outcome->num_prompts == 0) {
        conclude(result, CheckVerdict::kIncomplete, "nothing_ran",
                 {check.prompts + "에 프롬프트가 없습니다.", check.prompts + " holds no prompt."});
      } else if (broken.empty()) {
        conclude(result, CheckVerdict::kPass, "parity", parity_detail(*outcome));
      } else {
        conclude(result, CheckVerdict::kFail, "logprobs_changed", same_in_both(listed(broken)));
      }
      result.parity = std::move(outcome).value();
    }
    results_.push_back(std::move(result));
    return ok_status();
  }

  // ---- L2

  Status run_accuracy(const GateCheck& check) {
    const std::vector<std::string> tasks =
        check.tasks == std::vector<std::string>{"*"} ? inputs_.candidate->task_names() : check.tasks;
    const std::vector<std::string> models =
        check.model.empty() ? inputs_.candidate->models() : std::vector<std::string>{check.model};
    for (const std::string& task : tasks) {
      for (const std::string& model : models) {
        std::string id = check.id;
        if (tasks.size() > 1) id += "/" + task;
        if (models.size() > 1) id += "/" + model;
        JANGWON_RETURN_IF_ERROR(run_pair(check, id, task, model, inputs_.baseline));
        if (inputs_.anchor != nullptr)
          JANGWON_RETURN_IF_ERROR(run_pair(check, id + "@anchor", task, model, inputs_.anchor));
      }
    }
    return ok_status();
  }

  Status run_pair(const GateCheck& check, const std::string& id, const std::string& task, const std::string& model,
                  const EvaluationSide* baseline) {
    CheckResult result = result_of(check, task, model, baseline != nullptr ? baseline->name : "");
    result.id = id;
    const TaskOutcomes* now = inputs_.candidate->find(model, task);
    const TaskOutcomes* before = baseline != nullptr ? baseline->find(model, task) : nullptr;
    if (now == nullptr || now->num_present() == 0) {
      if (check.on_missing == OnMissing::kSkip) {
        conclude(result, CheckVerdict::kSkipped, "missing", did_not_run(task, model));
      } else {
        conclude(result, CheckVerdict::kIncomplete, "nothing_ran", did_not_run(task, model));
      }
    } else if (before == nullptr) {
      conclude(result, CheckVerdict::kNotComparable, "no_baseline",
               baseline == nullptr
                   ? Bilingual{"`jangwon baseline accept`로 기준선을 만드십시오.",
                               "Accept one with `jangwon baseline accept`."}
                   : Bilingual{fmt::format("기준선 {}에 {} · {} 결과가 없습니다.", baseline->name, model, task),
                               fmt::format("The baseline {} has no {} with {}.", baseline->name, task, model)});
    } else {
      JANGWON_RETURN_IF_ERROR(compare_pair(*before, *now, result));
    }
    results_.push_back(std::move(result));
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

  Status compare_pair(const TaskOutcomes& full_before, const TaskOutcomes& full_now, CheckResult& result) {
    const GateCheck& check = result.check;
    TaskOutcomes before = full_before, now = full_now;
    if (const Status selected = select_items(check, before, now); !selected.ok())
      return selected.at(fmt::format("{}:{}: {}", config_.path, check.line, check.id));
    if (!check.by.empty()) {
      if (const Status known = expect_column(now, check.by); !known.ok())
        return known.at(fmt::format("{}:{}: {}", config_.path, check.line, check.id));
    }
    result.stand_in = now.stand_in;
    if (const auto spec = now.settings.find("model.spec"); spec != now.settings.end()) result.model_spec = spec->second;
    if (const auto seed = now.settings.find("seed"); seed != now.settings.end()) result.run_seed = seed->second;
    for (const auto& [name, flag] :
         {std::pair("numerics", " --numerics "), std::pair("kv_cache_dtype", " --kv-cache-dtype "),
          std::pair("made_weights", " --weights ")}) {
      const auto found = now.settings.find(std::string("model.settings.") + name);
      if (found != now.settings.end()) result.run_arithmetic += flag + found->second;
    }

    const int max_runs = choose_look(now, result);
    if (max_runs == 0) {
      conclude(
          result, CheckVerdict::kIncomplete, "too_few_repeats",
          {fmt::format("검사는 문항당 {}회를 요구하는데 {}회만 있습니다.", check.repeats, now.repeats),
           fmt::format("The check asks for {} runs a question, the candidate has {}.", check.repeats, now.repeats)});
      return ok_status();
    }
    const bool incomplete = runs_missing(now, max_runs);
    const std::vector<std::string>& hard = config_.hard_keys.empty() ? default_hard_keys() : config_.hard_keys;
    result.comparability =
        compare_settings(before, now, incomplete ? without(hard, {"item_ids", "prompt_sha256"}) : hard);
    if (!result.comparability.comparable()) {
      const SettingDifference& first = result.comparability.hard_mismatch.front();
      conclude(result, CheckVerdict::kNotComparable, "settings_differ", difference_detail(first));
      return ok_status();
    }
    if (now.error_rate() > check.max_error_rate) {
      conclude(result, CheckVerdict::kIncomplete, "errors",
               {fmt::format("실행의 {:.1f} %가 오류로 끝났습니다. 허용은 {:.1f} %까지입니다.", 100 * now.error_rate(),
                            100 * check.max_error_rate),
                fmt::format("{:.1f} % of the runs ended in errors of ours; at most {:.1f} % are tolerated.",
                            100 * now.error_rate(), 100 * check.max_error_rate)});
      return ok_status();
    }
    measure(before, now, max_runs, result);
    remember_plan(before, now, max_runs, result);
    if (incomplete) judge_incomplete(result);
    return ok_status();
  }

  // What the plan of this check needs once the number of tests is known. The rule of `jangwon plan` is held to the
  // questions that both sides really have, at the last look: a check that could not find its own margin would let
  // everything through and look like a test.
  struct PendingPlan {
    size_t result = 0;
    PlanRequest this_look;
    std::optional<PlanRequest> last_look;
  };

  void remember_plan(const TaskOutcomes& before, const TaskOutcomes& now, int max_runs, const CheckResult& result) {
    const GateCheck& check = result.check;
    if (check.metric == kOutputTokensMetric) return;
    const auto common = static_cast<int>(common_items(now, before).size());
    const bool partial = static_cast<int>(now.items.size()) < now.planned_items;
    PlanRequest last =
        plan_request(config_, check, result.task, partial ? static_cast<int>(before.items.size()) : common, &before);
    last.paired_by_seed = paired_by_seed(before, now);
    last.greedy = last.greedy && runs_are_copies(now);
    PendingPlan pending{results_.size(), last, {}};
    if (last.n >= 2) pending.last_look = last;
    PlanRequest& look = pending.this_look;
    look.n = result.comparison->n;
    look.repeats = max_runs;
    look.margin = result.margin;
    look.min_effect = result.min_effect;
    look.variance = variance_of_pairs(*result.comparison, look);
    look.alpha *= config_.looks[static_cast<size_t>(result.look) - 1].alpha_weight / config_.looks.back().alpha_weight;
    pending_.push_back(std::move(pending));
  }

  // What the two sides together say about the variances, where the baseline alone cannot: 2 sigma2 of the pairs of runs
  // differ by chance, and what has fallen differs too; what the differences of a population vary beyond that is omega2.
  static PlanningVariance variance_of_pairs(const TaskComparison& comparison, const PlanRequest& request) {
    PlanningVariance variance = request.variance;
    if (request.rate || !comparison.delta) return variance;
    const double fallen = -*comparison.delta * (2 * request.level - 1);
    if (!variance.measured && comparison.paired_runs > 0) {
      const auto pairs = static_cast<double>(comparison.paired_runs);
      variance.sigma2_run =
          std::max(1.0, static_cast<double>(comparison.discordant_runs) - fallen * pairs) / (2 * pairs);
    }
    if (comparison.scope == Scope::kPopulation && comparison.se) {
      const double runs = request.greedy ? 1 : request.repeats;
      const double question =
          comparison.n * *comparison.se * *comparison.se + (runs == 1 ? *comparison.delta * *comparison.delta : 0);
      variance.omega2 = std::max(0.0, question - (2 * variance.sigma2_run + fallen) / runs);
    }
    return variance;
  }

  // Power as it is shown beside a verdict, at the alpha that this file's Holm leaves; refused is what could not decide
  // even at the last look.
  Status plan_at_the_alpha_used() {
    const auto tests = static_cast<int>(std::count_if(
        results_.begin(), results_.end(), [](const CheckResult& result) { return !decided(result) && result.p_harm; }));
    for (PendingPlan& pending : pending_) {
      CheckResult& result = results_[pending.result];
      PlanRequest& look = pending.this_look;
      look.num_tests = std::max(1, tests);
      if (pending.last_look) {
        PlanRequest& last = *pending.last_look;
        last.num_tests = look.num_tests;
        if (check_power(last.margin, without_min_effect(last)) < last.min_power)
          return plan_status({plan_check(result.id, last)}).at(fmt::format("{}:{}", config_.path, result.check.line));
      }
      if (look.n == 0) continue;
      result.power = check_power(look.margin, look);
      if (!decided(result)) result.mde = detectable_drop(look);
    }
    for (CheckResult& result : results_) {
      if (decided(result) || !result.claim) continue;
      std::vector<ClaimPart> parts;
      for (const RatioClaim& task : result.claim->tasks) {
        if (const auto part = claim_part(task, 1)) parts.push_back(*part);
      }
      if (parts.empty() || parts.size() < result.claim->tasks.size()) continue;
      result.claim_plan = plan_claim(result.check, config_.alpha / std::max(1, tests), std::move(parts));
      result.power = result.claim_plan->power_at_parity;
    }
    return ok_status();
  }

  static std::vector<std::string> without(std::vector<std::string> keys, const std::vector<std::string>& dropped) {
    std::erase_if(keys, [&](const std::string& key) { return has(dropped, key); });
    return keys;
  }

  static bool runs_missing(const TaskOutcomes& now, int max_runs) {
    if (static_cast<int>(now.items.size()) < now.planned_items) return true;
    for (const ItemOutcomes& item : now.items) {
      for (int k = 0; k < max_runs; ++k) {
        if (static_cast<size_t>(k) >= item.runs.size() || !item.runs[static_cast<size_t>(k)].present) return true;
      }
    }
    return false;
  }

  Status select_items(const GateCheck& check, TaskOutcomes& before, TaskOutcomes& now) const {
    if (check.window) {
      JANGWON_ASSIGN_OR_RETURN(const auto ids_before, items_in_window(before, *check.window));
      JANGWON_ASSIGN_OR_RETURN(const auto ids_now, items_in_window(now, *check.window));
      before = restricted_to(before, ids_before);
      now = restricted_to(now, ids_now);
      if (now.items.empty()) return invalid_argument("no item of " + now.task + " lies in the window");
    }
    if (check.limit) {
      if (!check.limit->stratify.empty()) JANGWON_RETURN_IF_ERROR(expect_column(now, check.limit->stratify));
      const auto common = common_items(now, before);
      JANGWON_ASSIGN_OR_RETURN(const auto ids, stratified_subset(common, *check.limit, config_.name));
      if (static_cast<int>(ids.size()) < check.limit->n && now.items.size() != before.items.size()) {
        return invalid_argument(
            fmt::format("the limit asks for {} items, both sides share {}", check.limit->n, ids.size()));
      }
      before = restricted_to(before, ids);
      now = restricted_to(now, ids);
    }
    return ok_status();
  }

  void measure(const TaskOutcomes& before, const TaskOutcomes& now, int max_runs, CheckResult& result) const {
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
    const bool ratio_metric = check.metric == kOutputTokensMetric;  // its difference is relative already
    result.margin = check.margin.relative && !ratio_metric ? check.margin.value * level : check.margin.value;
    result.min_effect =
        check.min_effect.relative && !ratio_metric ? check.min_effect.value * level : check.min_effect.value;
    if (comparison.p_harm) result.p_harm = spent(*comparison.p_harm, comparison, result);
  }

  // p after the stream and the look have taken their part of alpha.
  std::optional<double> spent(double p_fixed, const TaskComparison& comparison, CheckResult& result) const {
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

  Bilingual go_on_with(const CheckResult& result) const {
    const std::string command = "`jangwon run -o " + inputs_.candidate->path + "`";
    return {fmt::format("{} · {} 실행이 끝나지 않았습니다. {}로 이어서 하십시오.", result.model, result.task, command),
            fmt::format("The run of {} on {} has not ended; go on with {}.", result.model, result.task, command)};
  }

  // A run that was stopped early can be failed by the stream, which is valid at any time, and by nothing else.
  void judge_incomplete(CheckResult& result) const {
    const TaskComparison& comparison = *result.comparison;
    const bool streaming = config_.eprocess_share > 0 && comparison.e_value_harm;
    if (streaming) {
      result.p_harm = std::min(1.0, 1 / *comparison.e_value_harm / config_.eprocess_share /
                                        config_.looks[static_cast<size_t>(result.look) - 1].alpha_weight);
      result.stopped_by_stream = true;
      incomplete_.push_back(results_.size());
      return;
    }
    conclude(result, CheckVerdict::kIncomplete, "runs_missing", go_on_with(result));
  }

  // ---- L3

  const TaskOutcomes* find_reference(const std::string& model, const std::string& task) const {
    for (const EvaluationSide* side : {inputs_.reference, inputs_.candidate, inputs_.baseline}) {
      const TaskOutcomes* found = side != nullptr ? side->find(model, task) : nullptr;
      if (found != nullptr && found->num_present() > 0) return found;
    }
    return nullptr;
  }

  Status run_claim(const GateCheck& check) {
    const std::vector<std::string> tasks =
        check.tasks == std::vector<std::string>{"*"} ? inputs_.candidate->task_names() : check.tasks;
    CheckResult result = result_of(check, listed(tasks), check.model, check.reference);
    std::vector<RatioClaim> claims;
    for (const std::string& task : tasks) {
      const TaskOutcomes *model = inputs_.candidate->find(check.model, task),
                         *reference = find_reference(check.reference, task);
      if (model == nullptr || model->num_present() == 0) {
        conclude(result, check.on_missing == OnMissing::kSkip ? CheckVerdict::kSkipped : CheckVerdict::kIncomplete,
                 "nothing_ran", did_not_run(task, check.model));
      } else if (reference == nullptr) {
        conclude(result, CheckVerdict::kNotComparable, "no_reference",
                 {fmt::format("{}의 {} 실행이 필요합니다. --reference로 주십시오.", check.reference, task),
                  fmt::format("A run of {} on {} is needed; give it with --reference.", check.reference, task)});
      } else if (!model->complete() &&
                 (model->error_rate() > check.max_error_rate || runs_missing(*model, model->repeats))) {
        conclude(result, CheckVerdict::kIncomplete, "runs_missing", go_on_with(result));
      } else {
        result.stand_in = result.stand_in || model->stand_in || reference->stand_in;
        const Comparability settings = compare_settings(*reference, *model, hard_keys_between_models());
        if (!settings.comparable()) {
          const SettingDifference& first = settings.hard_mismatch.front();
          result.comparability = settings;
          conclude(result, CheckVerdict::kNotComparable, "settings_differ",
                   {fmt::format("{}: {} (기준 모델 {}, 이 모델 {}).", task, first.key, first.baseline, first.candidate),
                    fmt::format("{}: {} is {} for the reference and {} for the model.", task, first.key, first.baseline,
                                first.candidate)});
        } else {
          claims.push_back(ratio_claim(*model, *reference, check.ratio));
        }
      }
      if (decided(result)) break;
    }
    if (!decided(result)) {
      result.claim = combine_claims(std::move(claims), check.ratio);
      result.p_harm = harm_of(check, *result.claim);
    }
    results_.push_back(std::move(result));
    return ok_status();
  }

  // "Some task is below" over m tasks: the smallest p times m. On average: the other tail of the claim.
  static std::optional<double> harm_of(const GateCheck& check, const CombinedRatioClaim& claim) {
    if (check.combine == Combine::kAverage) return claim.p_average ? std::optional(1 - *claim.p_average) : std::nullopt;
    double smallest = 1;
    for (const RatioClaim& task : claim.tasks)
      smallest = std::min(smallest, task.p_below.value_or(1));
    return std::min(1.0, smallest * static_cast<double>(claim.tasks.size()));
  }

  // ---- the second pass

  void correct_over_the_file() {
    std::vector<double> p;
    std::vector<size_t> owners;
    for (size_t i = 0; i < results_.size(); ++i) {
      if (decided(results_[i]) || !results_[i].p_harm) continue;
      p.push_back(*results_[i].p_harm);
      owners.push_back(i);
    }
    const std::vector<double> adjusted = harness::holm(p);
    for (size_t i = 0; i < owners.size(); ++i)
      results_[owners[i]].p_harm_adjusted = adjusted[i];
  }

  void decide(CheckResult& result) const {
    const bool harm = result.p_harm_adjusted && *result.p_harm_adjusted < config_.alpha;
    if (result.claim) return decide_claim(result, harm);
    const TaskComparison& comparison = *result.comparison;
    if (!comparison.delta)
      return conclude(result, CheckVerdict::kIncomplete, "nothing_ran",
                      {"양쪽 모두에서 세어지는 문항이 없습니다.", "No question counts on both sides."});
    // In the direction in which more is better.
    const double sign = comparison.direction == Direction::kHigherIsBetter ? 1 : -1;
    const double delta = sign * *comparison.delta;
    const bool large = delta <= -result.min_effect && delta < 0;
    const bool was_incomplete = std::find(incomplete_.begin(), incomplete_.end(),
                                          static_cast<size_t>(&result - results_.data())) != incomplete_.end();
    if (was_incomplete) {
      if (harm && large) return conclude(result, CheckVerdict::kFail, "harm_shown_early");
      return conclude(result, CheckVerdict::kIncomplete, "runs_missing", go_on_with(result));
    }
    std::optional<double> low, high;
    if (comparison.ci) {
      low = sign > 0 ? comparison.ci->low : -comparison.ci->high;
      high = sign > 0 ? comparison.ci->high : -comparison.ci->low;
    }
    if (harm && large) return conclude(result, CheckVerdict::kFail, "harm_shown");
    if (comparison.margin_testable && high && *high < -result.margin)
      return conclude(result, CheckVerdict::kFail, "beyond_margin");
    if (comparison.margin_testable && low && *low > -result.margin)
      return conclude(result, harm ? CheckVerdict::kPassChanged : CheckVerdict::kPass,
                      harm ? "changed" : "within_margin");
    conclude(result, CheckVerdict::kInconclusive,
             comparison.margin_testable ? "not_enough_evidence" : "margin_not_testable");
  }

  static void decide_claim(CheckResult& result, bool harm) {
    const std::optional<double> p =
        result.check.combine == Combine::kAll ? result.claim->p_all : result.claim->p_average;
    if (p && *p < result.check.claim_alpha) return conclude(result, CheckVerdict::kPass, "claim_shown");
    if (harm) return conclude(result, CheckVerdict::kFail, "below_reference");
    conclude(result, CheckVerdict::kInconclusive, "claim_not_shown");
  }

  // Precedence of exit codes: incomplete, not comparable, fail, inconclusive where the policy says so, pass.
  GateResult finish() {
    GateResult gate;
    gate.gate = config_.name;
    gate.config_path = config_.path;
    gate.alpha = config_.alpha;
    gate.candidate_path = inputs_.candidate->path;
    if (inputs_.baseline != nullptr) {
      gate.baseline_path = inputs_.baseline->path;
      gate.baseline_name = inputs_.baseline->name;
      if (inputs_.baseline->is_baseline) gate.accept_as = inputs_.baseline->path;
    }
    gate.informational = inputs_.informational;
    const auto any = [&](CheckVerdict verdict) {
      return std::any_of(results_.begin(), results_.end(), [&](const CheckResult& r) { return r.verdict == verdict; });
    };
    const bool all_skipped = std::all_of(results_.begin(), results_.end(),
                                         [](const CheckResult& r) { return r.verdict == CheckVerdict::kSkipped; });
    const bool strict_inconclusive = std::any_of(results_.begin(), results_.end(), [](const CheckResult& r) {
      return r.verdict == CheckVerdict::kInconclusive && r.check.on_inconclusive == OnInconclusive::kFail;
    });
    if (any(CheckVerdict::kIncomplete) || all_skipped) {
      gate.verdict = CheckVerdict::kIncomplete;
      gate.code = StatusCode::kIncomplete;  // nothing ran must not look like success
    } else if (any(CheckVerdict::kNotComparable)) {
      gate.verdict = CheckVerdict::kNotComparable;
      gate.code = StatusCode::kNotComparable;
    } else if (any(CheckVerdict::kFail)) {
      gate.verdict = CheckVerdict::kFail;
      gate.code = StatusCode::kGateFailed;
    } else if (any(CheckVerdict::kInconclusive)) {
      gate.verdict = CheckVerdict::kInconclusive;
      gate.code = strict_inconclusive ? StatusCode::kInconclusive : StatusCode::kOk;
    } else if (any(CheckVerdict::kPassChanged)) {
      gate.verdict = CheckVerdict::kPassChanged;
    }
    if (inputs_.informational) gate.code = StatusCode::kOk;
    gate.checks = std::move(results_);
    return gate;
  }

  const GateConfig& config_;
  const GateInputs& inputs_;
  std::vector<CheckResult> results_;
  std::vector<PendingPlan> pending_;
  mutable std::vector<size_t> incomplete_;  // results that only the stream may fail
};

}  // namespace

const char* name_of(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::kPass:
      return "PASS";
    case CheckVerdict::kPassChanged:
      return "PASS_CHANGED";
    case CheckVerdict::kFail:
      return "FAIL";
    case CheckVerdict::kInconclusive:
      return "INCONCLUSIVE";
    case CheckVerdict::kIncomplete:
      return "INCOMPLETE";
    case CheckVerdict::kNotComparable:
      return "NOT_COMPARABLE";
    case CheckVerdict::kSkipped:
      return "SKIPPED";
  }
  return "";
}

Result<GateResult> run_gate(const GateConfig& config, const GateInputs& inputs) {
  JANGWON_CHECK(inputs.candidate != nullptr);
  return GateRunner(config, inputs).run();
}

}  // namespace jangwon::reports
