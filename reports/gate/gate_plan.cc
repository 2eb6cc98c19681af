// Power by the normal approximation of the paired comparison (harness/stats/power.h). With the question set fixed only
// decoding noise counts; for a claim about a population the questions' own variation is added and more runs stop
// helping.

#include "reports/gate/gate_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/stats/power.h"
#include "harness/stats/special_functions.h"
#include "reports/display_width.h"
#include "runtime/base/json.h"

namespace jangwon::reports {

namespace {

struct KnownTask {
  const char* name;
  int n;
  double sigma2_run;
  double omega2;
};

// Sizes of the published sets; planning variances, to be replaced by a baseline's own.
constexpr std::array kKnownTasks = {
    KnownTask{"aime25", 30, 0.045, 0.03},
    KnownTask{"livecodebench_v6", 131, 0.068, 0.05},
    KnownTask{"kmmlu_pro", 2822, 0.0725, 0.10},
    KnownTask{"mmlu_pro", 12032, 0.042, 0.07},
};

constexpr int kMaxRepeats = 4096;

const KnownTask* find_known(const std::string& task) {
  for (const KnownTask& known : kKnownTasks) {
    if (task == known.name) return &known;
  }
  return nullptr;
}

harness::ComparisonDesign design_of(const PlanRequest& request, int repeats) {
  double sigma2 = request.variance.sigma2_run;
  if (request.rate) sigma2 = *request.rate * (1 - *request.rate);
  const auto runs = static_cast<double>(repeats);
  return {.omega2 = request.scope == Scope::kPopulation ? request.variance.omega2 : 0.0,
          .sigma2_a = sigma2,
          .sigma2_b = sigma2,
          .repeats_a = runs,
          .repeats_b = runs,
          .alpha = request.alpha,
          .power = 0.8,
          .sided = 1};
}

int repeats_for_margin(const PlanRequest& request) {
  for (int repeats = 1; repeats <= (request.greedy ? 1 : kMaxRepeats);
       repeats = repeats < 8 ? repeats + 1 : repeats + repeats / 8) {
    if (harness::minimum_detectable_effect(request.n, design_of(request, repeats)) <= request.margin) return repeats;
  }
  return 0;
}

// What the baseline has, or a planning value without one.
double rate_or(const TaskOutcomes* outcomes, const Indicator* indicator, double otherwise) {
  if (outcomes == nullptr || indicator == nullptr) return otherwise;
  return indicator_rate(*outcomes, *indicator).value_or(otherwise);
}

// Runs of a check that names none: as many as the file's other checks ask of the same task, because one run serves them
// all.
int repeats_in_file(const GateConfig& config, const std::string& task) {
  int repeats = 1;
  for (const GateCheck& check : config.checks) {
    if (std::find(check.tasks.begin(), check.tasks.end(), task) != check.tasks.end())
      repeats = std::max(repeats, check.repeats);
  }
  return repeats;
}

std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

PlanningVariance planning_variance(const std::string& task, const TaskOutcomes* baseline) {
  PlanningVariance variance;
  if (const KnownTask* known = find_known(task)) variance = {known->sigma2_run, known->omega2, false};
  if (baseline == nullptr) return variance;
  const harness::ScoreEstimate score = score_of(*baseline);
  if (score.se_run && score.repeats >= 2 && !runs_are_copies(*baseline)) {
    // se_run^2 = sigma2/(nK)
    const double sigma2 = *score.se_run * *score.se_run * score.n * score.repeats;
    // Perfectly steady answers still have a chance to change: one run in n*K is what could have been missed.
    variance.sigma2_run = std::max(sigma2, 1.0 / (score.n * score.repeats));
    variance.measured = true;
  }
  return variance;
}

std::vector<std::string> published_tasks() {
  std::vector<std::string> names;
  for (const KnownTask& known : kKnownTasks)
    names.push_back(known.name);
  return names;
}

std::optional<int> published_size(const std::string& task) {
  const KnownTask* known = find_known(task);
  return known ? std::optional(known->n) : std::nullopt;
}

PlannedCheck plan_check(const std::string& id, const PlanRequest& asked) {
  PlannedCheck planned;
  planned.id = id;
  planned.request = asked;
  if (asked.greedy) planned.request.repeats = 1;
  const PlanRequest& request = planned.request;
  const harness::ComparisonDesign design = design_of(request, request.repeats);
  const auto n = static_cast<double>(request.n);
  planned.detectable_drop = harness::minimum_detectable_effect(n, design);
  planned.power_at_margin = harness::power_at(request.margin, n, design);
  planned.naive_false_alarm = harness::naive_false_alarm_rate(0.01, n, design);
  planned.naive_at_margin = harness::naive_false_alarm_rate(request.margin, n, design);
  planned.generations = long{request.n} * request.repeats;
  if (request.mean_generation_ms)
    planned.engine_seconds = *request.mean_generation_ms * static_cast<double>(planned.generations) / 1000;
  planned.repeats_needed = repeats_for_margin(request);
  planned.decidable = planned.power_at_margin >= request.min_power;
  return planned;
}

PlanRequest plan_request(const GateConfig& config, const GateCheck& check, const std::string& task, int size,
                         const TaskOutcomes* outcomes) {
  PlanRequest request;
  request.task = task;
  request.metric = check.metric;
  request.scope = check.scope;
  request.n = check.limit ? std::min(check.limit->n, size) : size;
  const int first = check.repeats > 0 ? check.repeats : outcomes ? outcomes->repeats : repeats_in_file(config, task);
  request.repeats = static_cast<int>(std::lround(first * config.looks.back().repeats_factor));
  request.alpha = config.alpha * config.looks.back().alpha_weight * (1 - config.eprocess_share);
  request.min_power = config.min_power;
  request.variance = planning_variance(task, outcomes);
  const Indicator* indicator = find_indicator(check.metric);
  // A side metric that is 0 in the baseline could as well be one in a hundred.
  if (check.metric != kAccuracyMetric) request.rate = std::max(0.01, rate_or(outcomes, indicator, 0.02));
  request.margin = check.margin.relative ? check.margin.value * rate_or(outcomes, indicator, 0.7) : check.margin.value;
  if (outcomes) request.mean_generation_ms = outcomes->mean_generation_ms;
  request.greedy = outcomes != nullptr && runs_are_copies(*outcomes);
  return request;
}

Result<std::vector<PlannedCheck>> plan_gate(const GateConfig& config, const EvaluationSide* baseline) {
  std::vector<PlannedCheck> plan;
  for (const GateCheck& check : config.checks) {
    if (check.tier != Tier::kAccuracy || check.metric == kOutputTokensMetric) continue;
    std::vector<std::string> tasks = check.tasks;
    if (tasks == std::vector<std::string>{"*"}) {
      tasks.clear();
      if (baseline != nullptr) tasks = baseline->task_names();
      if (baseline == nullptr) tasks = published_tasks();
    }
    for (const std::string& task : tasks) {
      const TaskOutcomes* outcomes = nullptr;
      if (baseline != nullptr) {
        for (const TaskOutcomes& each : baseline->tasks) {
          if (each.task == task && (check.model.empty() || each.model == check.model)) outcomes = &each;
        }
      }
      const std::optional<int> size =
          outcomes ? std::optional(static_cast<int>(outcomes->items.size())) : published_size(task);
      if (!size) {
        return invalid_argument(
            fmt::format("{}:{}: {}: the task {} is neither in the baseline nor a published one; give its "
                        "baseline with --baseline",
                        config.path, check.line, check.id, task));
      }
      const PlanRequest request = plan_request(config, check, task, *size, outcomes);
      plan.push_back(plan_check(tasks.size() > 1 ? check.id + "/" + task : check.id, request));
    }
  }
  return plan;
}

Status plan_status(const std::vector<PlannedCheck>& plan) {
  for (const PlannedCheck& check : plan) {
    if (check.decidable) continue;
    const std::string way_out =
        check.repeats_needed > 0 ? fmt::format("ask each question {} times, or raise the margin to {:.1f}pt",
                                               check.repeats_needed, 100 * check.detectable_drop)
        : check.request.greedy
            ? fmt::format("at temperature 0 more runs are copies; sample, or raise the margin to {:.1f}pt",
                          100 * check.detectable_drop)
            : fmt::format("no number of runs is enough with {} questions; raise the margin to {:.1f}pt",
                          check.request.n, 100 * check.detectable_drop);
    return invalid_argument(fmt::format(
        "{}: {} questions × {} runs find a drop of {:.1f}pt with a power of {:.0f} % only (at least {:.0f} % is "
        "asked); {}; min_power: 0 keeps a check that cannot decide",
        check.id, check.request.n, check.request.repeats, 100 * check.request.margin, 100 * check.power_at_margin,
        100 * check.request.min_power, way_out));
  }
  return ok_status();
}

std::string plan_text(const std::vector<PlannedCheck>& plan, Language language) {
  const bool ko = language == Language::kKorean;
  const std::vector<std::string> header =
      ko ? std::vector<std::string>{"검사",
                                    "문항×회",
                                    "범위",
                                    "찾는 하락(80 %)",
                                    "한계에서 검정력",
                                    "단순 -1점 오경보",
                                    "생성 수",
                                    "엔진 시간",
                                    "판정"}
         : std::vector<std::string>{"check",       "questions×runs", "scope",       "detects (80 %)", "power at margin",
                                    "naive -1 pt", "generations",    "engine time", "verdict"};
  std::vector<std::vector<std::string>> rows = {header};
  for (const PlannedCheck& check : plan) {
    const PlanRequest& request = check.request;
    rows.push_back({check.id, fmt::format("{}×{}", request.n, request.repeats), name_of(request.scope),
                    fmt::format("{:.1f}pt", 100 * check.detectable_drop),
                    fmt::format("{} @ {:.1f}pt", percent(check.power_at_margin), 100 * request.margin),
                    percent(check.naive_false_alarm), std::to_string(check.generations),
                    check.engine_seconds ? duration(*check.engine_seconds) : "-",
                    check.decidable ? (ko ? "가능" : "decidable") : (ko ? "판정 불가" : "UNDECIDABLE")});
  }
  std::vector<int> widths(header.size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      out += pad_to_width(row[i], widths[i] + (i + 1 < row.size() ? 2 : 0), Align::kLeft);
    while (!out.empty() && out.back() == ' ')
      out.pop_back();
    out += "\n";
  }
  const bool measured =
      std::all_of(plan.begin(), plan.end(), [](const PlannedCheck& c) { return c.request.variance.measured; });
  if (!measured) {
    out += ko ? "분산은 계획값입니다. 반복이 2회 이상인 기준선을 --baseline으로 주면 실측값을 씁니다.\n"
              : "Variances are planning values; give a baseline with two or more runs (--baseline) to use measured "
                "ones.\n";
  }
  out += ko ? "엔진 시간은 기준선의 생성당 시간 × 생성 수이며, 동시에 처리하는 만큼 짧아집니다.\n"
            : "Engine time is the baseline's time of one generation × generations; batching shortens it.\n";
  return out;
}

Json plan_json(const std::vector<PlannedCheck>& plan) {
  Json list = Json::array();
  for (const PlannedCheck& check : plan) {
    const PlanRequest& request = check.request;
    list.push_back({{"id", check.id},
                    {"task", request.task},
                    {"metric", request.metric},
                    {"scope", name_of(request.scope)},
                    {"n", request.n},
                    {"repeats", request.repeats},
                    {"alpha", request.alpha},
                    {"margin", request.margin},
                    {"sigma2_run", request.variance.sigma2_run},
                    {"variance_measured", request.variance.measured},
                    {"detectable_drop", check.detectable_drop},
                    {"power_at_margin", check.power_at_margin},
                    {"naive_false_alarm_1pt", check.naive_false_alarm},
                    {"naive_false_alarm_margin", check.naive_at_margin},
                    {"generations", check.generations},
                    {"engine_seconds", check.engine_seconds ? Json(*check.engine_seconds) : Json()},
                    {"repeats_needed", check.repeats_needed > 0 ? Json(check.repeats_needed) : Json()},
                    {"decidable", check.decidable}});
  }
  return {{"schema", "jangwon-plan-1"}, {"checks", list}};
}

}  // namespace jangwon::reports
