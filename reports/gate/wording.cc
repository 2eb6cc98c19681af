// Rounding is decided here and nowhere else, because the same figure stands in the text of
// `compare`, in a gate's verdict and in its JUnit file. What rounds to zero loses its sign: "-0.0"
// reads as a small fall. Ids and answers come from data and models and pass visible_text first; an
// answer is cut, since it may be a whole program. The JSON keeps full precision: a number that
// another program computes with must not be one that was rounded for people.

#include "reports/gate/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "runtime/base/json.h"

namespace jangwon::reports {

namespace {

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

// Minus zero looks like a finding; it is not one.
double without_minus_zero(double value, double step) {
  return std::fabs(value) < step / 2 ? 0.0 : value;
}

Json flips_json(const std::vector<Flip>& flips) {
  Json list = Json::array();
  for (const Flip& flip : flips) {
    Json entry = {{"id", flip.id},
                  {"baseline", {{"hits", flip.baseline.hits}, {"runs", flip.baseline.runs}}},
                  {"candidate", {{"hits", flip.candidate.hits}, {"runs", flip.candidate.runs}}},
                  {"reasons", flip.reasons}};
    if (!flip.baseline_answer.empty()) entry["baseline_answer"] = flip.baseline_answer;
    if (!flip.candidate_answer.empty()) entry["candidate_answer"] = flip.candidate_answer;
    list.push_back(std::move(entry));
  }
  return list;
}

Json estimate_json(const harness::ScoreEstimate& estimate) {
  return {{"value", number_or_null(estimate.value)},
          {"ci_low", number_or_null(estimate.ci_low)},
          {"ci_high", number_or_null(estimate.ci_high)},
          {"ci_method", estimate.ci_method},
          {"se_run", number_or_null(estimate.se_run)},
          {"se_total", number_or_null(estimate.se_total)},
          {"n_eff", number_or_null(estimate.n_eff)},
          {"n", estimate.n},
          {"repeats", estimate.repeats}};
}

}  // namespace

std::string points(double share) {
  return fmt::format("{:.1f}", without_minus_zero(100 * share, 0.1));
}

std::string signed_points(double share) {
  return fmt::format("{:+.1f}", without_minus_zero(100 * share, 0.1));
}

std::string p_text(double p) {
  if (p < 0.0001) return "<0.0001";
  if (p < 0.01) return fmt::format("{:.4f}", p);
  return fmt::format("{:.2f}", p);
}

std::string interval_points(const std::optional<harness::Interval>& interval) {
  return interval
             ? fmt::format("[{}, {}]", signed_points(interval->low), signed_points(interval->high))
             : "-";
}

long one_in(double p) {
  const double times = 1 / std::clamp(p, 1e-12, 1.0);
  const double scale = std::pow(10.0, std::max(0.0, std::floor(std::log10(times)) - 1));
  return std::lround(std::round(times / scale) * scale);
}

Message metric_label(const std::string& metric) {
  if (metric == kAccuracyMetric) return Message("accuracy");
  if (metric == "truncation_rate") return Message("truncation");
  if (metric == "unterminated_reasoning_rate") return Message("unterminated reasoning");
  if (metric == "extraction_failure_rate") return Message("no answer extracted");
  if (metric == "sandbox_timeout_rate") return Message("program timeouts");
  if (metric == "error_rate") return Message("errors of ours");
  if (metric == kOutputTokensMetric) return Message("output tokens");
  return Message::value(metric);
}

namespace {

Message reason_text(const std::string& reason, int count) {
  if (reason == "truncated") return Message("truncated {count}", {{"count", count}});
  if (reason == "unterminated_reasoning")
    return Message("unterminated reasoning {count}", {{"count", count}});
  if (reason == "timed_out") return Message("timed out {count}", {{"count", count}});
  if (reason == "no_answer") return Message("no answer {count}", {{"count", count}});
  if (reason == "wrong_answer") return Message("wrong answer {count}", {{"count", count}});
  return Message::value(fmt::format("{} {}", reason, count));
}

}  // namespace

std::string reasons_text(const Flip& flip, Language language) {
  std::string text;
  for (const auto& [reason, count] : flip.reasons) {
    if (!text.empty()) text += ", ";
    text += say(reason_text(reason, count), language);
  }
  return text;
}

std::string flip_text(const Flip& flip, Language language) {
  const std::string id = visible_text(flip.id);
  const std::string reasons = reasons_text(flip, language);
  if (flip.baseline.runs == 1 && flip.candidate.runs == 1 && !flip.candidate_answer.empty()) {
    const std::string before =
        flip.baseline_answer.empty() ? "?" : visible_text(flip.baseline_answer).substr(0, 24);
    return fmt::format("#{} {}→{} ({})", id, before,
                       visible_text(flip.candidate_answer).substr(0, 24), reasons);
  }
  return fmt::format("#{} {}/{}→{}/{} ({})", id, flip.baseline.hits, flip.baseline.runs,
                     flip.candidate.hits, flip.candidate.runs, reasons);
}

Message copies_sentence() {
  return Message("Asked at temperature 0: the runs of a question are copies, and one counts.");
}

Json arithmetic_json(const std::vector<ArithmeticDifference>& differences) {
  Json list = Json::array();
  for (const ArithmeticDifference& d : differences)
    list.push_back({{"key", d.name}, {"baseline", d.before}, {"candidate", d.now}});
  return list;
}

Json interval_json(const std::optional<harness::Interval>& interval) {
  return interval ? Json::array({interval->low, interval->high}) : Json();
}

Json comparison_json(const TaskComparison& c) {
  Json json = {{"metric", c.metric},
               {"scope", name_of(c.scope)},
               {"n", c.n},
               {"K", Json::array({c.baseline_repeats, c.candidate_repeats})},
               {"baseline", estimate_json(c.baseline)},
               {"candidate", estimate_json(c.candidate)},
               {"delta", number_or_null(c.delta)},
               {"se", number_or_null(c.se)},
               {"ci", interval_json(c.ci)},
               {"ci_level", c.ci_level},
               {"interval_method", c.interval_method},
               {"test_method", c.test_method},
               {"p_harm", number_or_null(c.p_harm)},
               {"p_better", number_or_null(c.p_better)},
               {"p_two_sided", number_or_null(c.p_two_sided)},
               {"e_value_harm", number_or_null(c.e_value_harm)},
               {"e_value_items", c.e_value_items},
               {"one_run_counts", c.one_run_counts},
               {"margin_testable", c.margin_testable},
               {"discordant_runs", c.discordant_runs},
               {"paired_runs", c.paired_runs}};
  json["flips"] = {{"r2w", flips_json(c.regressions)}, {"w2r", flips_json(c.improvements)}};
  json["side_metrics"] = Json::array();
  for (const SideMetric& side : c.side_metrics) {
    json["side_metrics"].push_back({{"metric", side.name},
                                    {"baseline", number_or_null(side.baseline)},
                                    {"candidate", number_or_null(side.candidate)},
                                    {"p_two_sided", number_or_null(side.p_two_sided)}});
  }
  json["by"] = Json::array();
  for (const StratumHint& hint : c.by) {
    json["by"].push_back({{"value", hint.value},
                          {"n", hint.n},
                          {"delta", hint.delta},
                          {"p_two_sided", hint.p_two_sided},
                          {"p_adjusted", hint.p_adjusted}});
  }
  return json;
}

}  // namespace jangwon::reports
