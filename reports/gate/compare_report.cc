// Tasks that cannot be compared stay in the report with the keys that forbid it; only the exit code
// turns on them, because the tasks beside them have been compared all the same. The ratio claim is
// over the comparable tasks of a pair, and the sentence on the average is marked as another claim:
// a model may hold 95 % on average and not on every task.
//
// Text and JSON come from the same CompareReport, so that neither can say what the other does not.
// tests/reports/gate/compare_report_test.cc.

#include "reports/gate/compare_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "reports/gate/wording.h"
#include "runtime/base/json.h"

namespace jangwon::reports {

namespace {

constexpr double kClaimAlpha = 0.05;

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<std::vector<std::pair<std::string, std::string>>> paired_models(
    const EvaluationSide& a, const EvaluationSide& b, const CompareRequest& request) {
  const auto models_a = a.models(), models_b = b.models();
  for (const auto& [asked, side, models] :
       {std::tuple(request.model_a, &a, models_a), std::tuple(request.model_b, &b, models_b)}) {
    if (!asked.empty() && !has(models, asked))
      return invalid_argument("{side} has no model {asked}; it has {models}",
                              {{"side", side->path}, {"asked", asked}, {"models", listed(models)}});
  }
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  if (!request.model_a.empty() || !request.model_b.empty()) {
    const std::string first =
        request.model_a.empty()
            ? (has(models_a, request.model_b) ? request.model_b : models_a.front())
            : request.model_a;
    const std::string second = request.model_b.empty()
                                   ? (has(models_b, first) ? first : models_b.front())
                                   : request.model_b;
    return Pairs{{first, second}};
  }
  Pairs pairs;
  for (const std::string& model : models_a) {
    if (has(models_b, model)) pairs.emplace_back(model, model);
  }
  if (pairs.empty() && models_a.size() == 1 && models_b.size() == 1)
    pairs.emplace_back(models_a[0], models_b[0]);
  if (pairs.empty()) {
    return Status(StatusCode::kNotComparable,
                  "no model stands on both sides ({models_a} against {models_b}); name two with "
                  "--model-a and --model-b",
                  {{"models_a", listed(models_a)}, {"models_b", listed(models_b)}});
  }
  return pairs;
}

ComparedTask compare_one(const TaskOutcomes& a, const TaskOutcomes& b, Scope scope) {
  ComparedTask compared;
  compared.task = a.task;
  compared.metric_name = b.metric;
  const bool same_model = a.model == b.model;
  compared.settings =
      compare_settings(a, b, same_model ? default_hard_keys() : hard_keys_between_models());
  if (!compared.settings.comparable()) return compared;
  ComparisonOptions options;
  options.scope = scope;
  options.order_key = a.task;
  compared.comparison = compare_task(a, b, kAccuracyMetric, options);
  return compared;
}

std::string score_text(const harness::ScoreEstimate& estimate) {
  if (!estimate.value) return "-";
  return fmt::format("{} [{}, {}]", points(*estimate.value), points(*estimate.ci_low),
                     points(*estimate.ci_high));
}

void add_task_text(const ComparedTask& task, Language language, int max_flips, std::string& out) {
  const bool ko = language == Language::kKorean;
  const TaskComparison& c = *task.comparison;
  out += fmt::format("{}  ({} · n={} · K={}/{})\n", task.task, task.metric_name, c.n,
                     c.baseline_repeats, c.candidate_repeats);
  out += fmt::format("  A {}   B {}   Δ {}{}", score_text(c.baseline), score_text(c.candidate),
                     c.delta ? signed_points(*c.delta) : "-", ko ? "점" : " points");
  out += fmt::format("  {:.0f} % {}", 100 * c.ci_level, interval_points(c.ci));
  if (c.p_two_sided) {
    out += fmt::format("  p={} ({})", p_text(*c.p_two_sided), c.test_method);
  } else {
    out += ko ? "  p 없음 (차이가 전혀 변하지 않음)" : "  no p (the differences do not vary)";
  }
  out += "\n";
  if (c.one_run_counts) out += "  " + say(copies_sentence(), language) + "\n";
  for (const auto& [flips, label] :
       {std::pair(&c.regressions, ko ? "맞음→틀림" : "right→wrong"),
        std::pair(&c.improvements, ko ? "틀림→맞음" : "wrong→right")}) {
    if (flips->empty()) continue;
    out += fmt::format("  {} {}", label, flips->size());
    for (size_t i = 0; i < flips->size() && static_cast<int>(i) < max_flips; ++i)
      out += (i == 0 ? "  " : " · ") + flip_text((*flips)[i], language);
    if (static_cast<int>(flips->size()) > max_flips)
      out += fmt::format(" · … {}", flips->size() - static_cast<size_t>(max_flips));
    out += "\n";
  }
  for (const SideMetric& side : c.side_metrics) {
    if (!side.baseline || !side.candidate || *side.baseline == *side.candidate) continue;
    if (side.name == kOutputTokensMetric) {
      out += fmt::format("  {}  {:.0f} → {:.0f}\n", metric_label(side.name).in(language),
                         *side.baseline, *side.candidate);
    } else {
      out += fmt::format("  {}  {} % → {} %  p={}\n", metric_label(side.name).in(language),
                         points(*side.baseline), points(*side.candidate),
                         side.p_two_sided ? p_text(*side.p_two_sided) : "-");
    }
  }
}

void add_differences(const std::vector<SettingDifference>& differences, const std::string& title,
                     std::string& out) {
  if (differences.empty()) return;
  out += "  " + title + "\n";
  for (const SettingDifference& difference : differences)
    out += fmt::format("    {}: {} → {}\n", difference.key, visible_text(difference.baseline),
                       visible_text(difference.candidate));
}

Bilingual claim_label(const std::string& word) {
  if (word == "shown") return {"입증", "shown"};
  if (word == "below") return {"미달", "below"};
  if (word == "not_shown") return {"미입증", "not shown"};
  return {"판단 불가", "undefined"};
}

void add_ratio_text(const CombinedRatioClaim& ratio, Language language, std::string& out) {
  if (ratio.tasks.empty()) return;
  const bool ko = language == Language::kKorean;
  out += fmt::format(
      fmt::runtime(ko ? "A의 {:.0f} % 이상인가 (B/A)\n" : "At least {:.0f} % of A? (B/A)\n"),
      100 * ratio.rho);
  for (const RatioClaim& claim : ratio.tasks) {
    out += fmt::format("  {}: ", claim.task);
    out += claim.ratio ? fmt::format("{:.1f} %", 100 * *claim.ratio) : std::string("-");
    if (claim.ci)
      out += fmt::format(" [{:.1f}, {:.1f}]", 100 * claim.ci->low, 100 * claim.ci->high);
    if (claim.p_shown) out += fmt::format("  p={}", p_text(*claim.p_shown));
    out += "  " + claim_label(claim_word(claim.p_shown, claim.p_below, kClaimAlpha)).in(language) +
           "\n";
  }
  out += ko ? "  모든 과제: " : "  every task: ";
  out += ratio.p_all
             ? fmt::format(
                   "p={}  {}", p_text(*ratio.p_all),
                   claim_label(*ratio.p_all < kClaimAlpha ? "shown" : "not_shown").in(language))
             : claim_label("undefined").in(language);
  out += "\n";
  if (ratio.p_average && ratio.ratio_of_averages) {
    out += fmt::format(fmt::runtime(ko ? "  평균으로 (다른 주장): {:.1f} %  p={}\n"
                                       : "  on average (a different claim): {:.1f} %  p={}\n"),
                       100 * *ratio.ratio_of_averages, p_text(*ratio.p_average));
  }
}

Json differences_json(const std::vector<SettingDifference>& differences) {
  Json list = Json::array();
  for (const SettingDifference& d : differences)
    list.push_back({{"key", d.key}, {"baseline", d.baseline}, {"candidate", d.candidate}});
  return list;
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json ratio_json(const CombinedRatioClaim& ratio) {
  Json tasks = Json::array();
  for (const RatioClaim& claim : ratio.tasks) {
    tasks.push_back({{"task", claim.task},
                     {"n", claim.n},
                     {"ratio", optional_json(claim.ratio)},
                     {"ci", interval_json(claim.ci)},
                     {"contrast", optional_json(claim.contrast)},
                     {"se", optional_json(claim.se)},
                     {"p", optional_json(claim.p_shown)},
                     {"verdict", claim_word(claim.p_shown, claim.p_below, kClaimAlpha)}});
  }
  Json json = {{"rho", ratio.rho}, {"alpha", kClaimAlpha}, {"tasks", tasks}};
  json["all"] = {{"p", optional_json(ratio.p_all)},
                 {"verdict", !ratio.p_all                 ? "undefined"
                             : *ratio.p_all < kClaimAlpha ? "shown"
                                                          : "not_shown"}};
  json["average"] = {{"ratio", optional_json(ratio.ratio_of_averages)},
                     {"ci", interval_json(ratio.average_ci)},
                     {"p", optional_json(ratio.p_average)}};
  return json;
}

}  // namespace

bool CompareReport::comparable() const {
  for (const ComparedPair& pair : pairs) {
    for (const ComparedTask& task : pair.tasks) {
      if (!task.settings.comparable()) return false;
    }
  }
  return true;
}

Result<CompareReport> compare_sides(const EvaluationSide& a, const EvaluationSide& b,
                                    const CompareRequest& request) {
  for (const std::string& task : request.tasks) {
    for (const EvaluationSide* side : {&a, &b}) {
      if (!has(side->task_names(), task))
        return invalid_argument(
            "{side} has no task {task}; it has {task_names}",
            {{"side", side->path}, {"task", task}, {"task_names", listed(side->task_names())}});
    }
  }
  JANGWON_ASSIGN_OR_RETURN(const auto models, paired_models(a, b, request));
  CompareReport report{a.name, b.name, {}};
  for (const auto& [model_a, model_b] : models) {
    ComparedPair pair;
    pair.model_a = model_a;
    pair.model_b = model_b;
    pair.scope =
        request.scope.value_or(model_a == model_b ? Scope::kFixedItems : Scope::kPopulation);
    std::vector<RatioClaim> claims;
    for (const std::string& task : a.task_names()) {
      if (!request.tasks.empty() && !has(request.tasks, task)) continue;
      const TaskOutcomes *first = a.find(model_a, task), *second = b.find(model_b, task);
      if (first == nullptr) continue;
      if (second == nullptr) {
        pair.only_in_a.push_back(task);
        continue;
      }
      pair.stand_in = pair.stand_in || first->stand_in || second->stand_in;
      pair.tasks.push_back(compare_one(*first, *second, pair.scope));
      pair.arithmetic = pair.tasks.back().settings.arithmetic_difference;
      if (pair.tasks.back().comparison) claims.push_back(ratio_claim(*second, *first, request.rho));
    }
    for (const std::string& task : b.task_names()) {
      if (b.find(model_b, task) != nullptr && a.find(model_a, task) == nullptr)
        pair.only_in_b.push_back(task);
    }
    if (pair.tasks.empty()) {
      return Status(StatusCode::kNotComparable,
                    "{a} and {b} have no task in common for {model_a} and {model_b}",
                    {{"a", a.path}, {"b", b.path}, {"model_a", model_a}, {"model_b", model_b}});
    }
    pair.ratio = combine_claims(std::move(claims), request.rho);
    report.pairs.push_back(std::move(pair));
  }
  return report;
}

Status comparability_status(const CompareReport& report) {
  for (const ComparedPair& pair : report.pairs) {
    for (const ComparedTask& task : pair.tasks) {
      if (task.settings.comparable()) continue;
      const SettingDifference& first = task.settings.hard_mismatch.front();
      return {StatusCode::kNotComparable,
              "{task} of {model_a} and {model_b} cannot be compared: {key} was {baseline} and is "
              "{candidate}; make "
              "both runs with the same {key}",
              {{"task", task.task},
               {"model_a", pair.model_a},
               {"model_b", pair.model_b},
               {"key", first.key},
               {"baseline", first.baseline},
               {"candidate", first.candidate}}};
    }
  }
  return ok_status();
}

std::string compare_text(const CompareReport& report, Language language, int max_flips) {
  const bool ko = language == Language::kKorean;
  std::string out;
  for (const ComparedPair& pair : report.pairs) {
    out += fmt::format(
        "A = {} ({})   B = {} ({})   {}{}\n", visible_text(pair.model_a), report.name_a,
        visible_text(pair.model_b), report.name_b,
        pair.scope == Scope::kFixedItems
            ? (ko ? "범위: 같은 문항 (fixed_items)" : "scope: these questions (fixed_items)")
            : (ko ? "범위: 문항 모집단 (population)"
                  : "scope: questions of this kind (population)"),
        pair.stand_in ? (ko ? "  [대역 모델]" : "  [stand-in]") : "");
    if (const Bilingual note = arithmetic_note(visible_text(pair.model_a), pair.arithmetic);
        !note.empty())
      out += (ko ? "주의: " : "note: ") + note.in(language) + "\n";
    for (const ComparedTask& task : pair.tasks) {
      if (task.comparison) {
        add_task_text(task, language, max_flips, out);
      } else {
        out += task.task + (ko ? "  비교할 수 없음" : "  not comparable") + "\n";
        add_differences(task.settings.hard_mismatch,
                        ko ? "달라서 비교를 막는 설정" : "settings that forbid it", out);
      }
      add_differences(task.settings.soft_difference, ko ? "바뀐 설정" : "settings that differ",
                      out);
    }
    for (const auto& [tasks, side] :
         {std::pair(&pair.only_in_a, "A"), std::pair(&pair.only_in_b, "B")}) {
      if (!tasks->empty())
        out += fmt::format(fmt::runtime(ko ? "{}에만 있는 과제: {}\n" : "only in {}: {}\n"), side,
                           listed(*tasks));
    }
    add_ratio_text(pair.ratio, language, out);
    out += "\n";
  }
  return out;
}

Json compare_json(const CompareReport& report) {
  Json json = {{"schema", "jangwon-compare-1"},
               {"a", report.name_a},
               {"b", report.name_b},
               {"comparable", report.comparable()}};
  json["pairs"] = Json::array();
  for (const ComparedPair& pair : report.pairs) {
    Json entry = {{"model_a", pair.model_a},     {"model_b", pair.model_b},
                  {"stand_in", pair.stand_in},   {"scope", name_of(pair.scope)},
                  {"only_in_a", pair.only_in_a}, {"only_in_b", pair.only_in_b}};
    entry["arithmetic_diff"] = arithmetic_json(pair.arithmetic);
    entry["note"] =
        pair.arithmetic.empty() ? Json() : Json(arithmetic_note(pair.model_a, pair.arithmetic).en);
    entry["tasks"] = Json::array();
    for (const ComparedTask& task : pair.tasks) {
      Json row = task.comparison ? comparison_json(*task.comparison) : Json::object();
      row["task"] = task.task;
      row["comparable"] = task.settings.comparable();
      row["comparability"] = {{"hard_mismatch", differences_json(task.settings.hard_mismatch)},
                              {"soft_diff", differences_json(task.settings.soft_difference)}};
      entry["tasks"].push_back(std::move(row));
    }
    entry["ratio"] = ratio_json(pair.ratio);
    json["pairs"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace jangwon::reports
