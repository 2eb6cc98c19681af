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

void add_flips(const std::vector<Flip>& flips, const Message& label, Language language,
               int max_flips, std::string& out) {
  if (flips.empty()) return;
  out += fmt::format("  {} {}", say(label, language), flips.size());
  for (size_t i = 0; i < flips.size() && static_cast<int>(i) < max_flips; ++i)
    out += (i == 0 ? "  " : " · ") + flip_text(flips[i], language);
  if (static_cast<int>(flips.size()) > max_flips)
    out += fmt::format(" · … {}", flips.size() - static_cast<size_t>(max_flips));
  out += "\n";
}

void add_task_text(const ComparedTask& task, Language language, int max_flips, std::string& out) {
  const TaskComparison& c = *task.comparison;
  out += fmt::format("{}  ({} · n={} · K={}/{})\n", task.task, task.metric_name, c.n,
                     c.baseline_repeats, c.candidate_repeats);
  out += fmt::format(
      "  A {}   B {}   Δ {}  {:.0f} % {}", score_text(c.baseline), score_text(c.candidate),
      say(Message("{number} points", {{"number", c.delta ? signed_points(*c.delta) : "-"}}),
          language),
      100 * c.ci_level, interval_points(c.ci));
  out += "  ";
  out += c.p_two_sided ? fmt::format("p={} ({})", p_text(*c.p_two_sided), c.test_method)
                       : say(Message("no p (the differences do not vary)"), language);
  out += "\n";
  if (c.one_run_counts) out += "  " + say(copies_sentence(), language) + "\n";
  add_flips(c.regressions, Message("right→wrong"), language, max_flips, out);
  add_flips(c.improvements, Message("wrong→right"), language, max_flips, out);
  for (const SideMetric& side : c.side_metrics) {
    if (!side.baseline || !side.candidate || *side.baseline == *side.candidate) continue;
    if (side.name == kOutputTokensMetric) {
      out += fmt::format("  {}  {:.0f} → {:.0f}\n", say(metric_label(side.name), language),
                         *side.baseline, *side.candidate);
    } else {
      out += fmt::format("  {}  {} % → {} %  p={}\n", say(metric_label(side.name), language),
                         points(*side.baseline), points(*side.candidate),
                         side.p_two_sided ? p_text(*side.p_two_sided) : "-");
    }
  }
}

void add_differences(const std::vector<SettingDifference>& differences, const Message& title,
                     Language language, std::string& out) {
  if (differences.empty()) return;
  out += "  " + say(title, language) + "\n";
  for (const SettingDifference& difference : differences)
    out += fmt::format("    {}: {} → {}\n", difference.key, visible_text(difference.baseline),
                       visible_text(difference.candidate));
}

Message claim_label(const std::string& word) {
  if (word == "shown") return Message("shown");
  if (word == "below") return Message("below");
  if (word == "not_shown") return Message("not shown");
  return Message("undefined");
}

void add_ratio_text(const CombinedRatioClaim& ratio, Language language, std::string& out) {
  if (ratio.tasks.empty()) return;
  const auto add = [&](const Message& line) { out += say(line, language) + "\n"; };
  add(Message("At least {share} % of A? (B/A)",
              {{"share", fmt::format("{:.0f}", 100 * ratio.rho)}}));
  for (const RatioClaim& claim : ratio.tasks) {
    out += fmt::format("  {}: ", claim.task);
    out += claim.ratio ? fmt::format("{:.1f} %", 100 * *claim.ratio) : std::string("-");
    if (claim.ci)
      out += fmt::format(" [{:.1f}, {:.1f}]", 100 * claim.ci->low, 100 * claim.ci->high);
    if (claim.p_shown) out += fmt::format("  p={}", p_text(*claim.p_shown));
    out += "  ";
    add(claim_label(claim_word(claim.p_shown, claim.p_below, kClaimAlpha)));
  }
  out += "  ";
  if (ratio.p_all) {
    add(Message("every task: p={p}  {verdict}",
                {{"p", p_text(*ratio.p_all)},
                 {"verdict", claim_label(*ratio.p_all < kClaimAlpha ? "shown" : "not_shown")}}));
  } else {
    add(Message("every task: {verdict}", {{"verdict", claim_label("undefined")}}));
  }
  if (ratio.p_average && ratio.ratio_of_averages) {
    out += "  ";
    add(Message("on average (a different claim): {share} %  p={p}",
                {{"share", fmt::format("{:.1f}", 100 * *ratio.ratio_of_averages)},
                 {"p", p_text(*ratio.p_average)}}));
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
              "{candidate}; make both runs with the same {key}",
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
  std::string out;
  for (const ComparedPair& pair : report.pairs) {
    const Message scope = pair.scope == Scope::kFixedItems
                              ? Message("scope: these questions (fixed_items)")
                              : Message("scope: questions of this kind (population)");
    out +=
        fmt::format("A = {} ({})   B = {} ({})   {}{}\n", visible_text(pair.model_a), report.name_a,
                    visible_text(pair.model_b), report.name_b, say(scope, language),
                    pair.stand_in ? "  [" + say(Message("stand-in"), language) + "]" : "");
    const Message note = arithmetic_note(visible_text(pair.model_a), pair.arithmetic);
    if (!note.empty()) out += say(Message("note: {note}", {{"note", note}}), language) + "\n";
    for (const ComparedTask& task : pair.tasks) {
      if (task.comparison) {
        add_task_text(task, language, max_flips, out);
      } else {
        out += say(Message("{task}  not comparable", {{"task", task.task}}), language) + "\n";
        add_differences(task.settings.hard_mismatch, Message("settings that forbid it"), language,
                        out);
      }
      add_differences(task.settings.soft_difference, Message("settings that differ"), language,
                      out);
    }
    for (const auto& [tasks, side] :
         {std::pair(&pair.only_in_a, "A"), std::pair(&pair.only_in_b, "B")}) {
      if (!tasks->empty())
        out += say(Message("only in {side}: {tasks}", {{"side", side}, {"tasks", listed(*tasks)}}),
                   language) +
               "\n";
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
    entry["note"] = pair.arithmetic.empty()
                        ? Json()
                        : Json(arithmetic_note(pair.model_a, pair.arithmetic).english());
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
