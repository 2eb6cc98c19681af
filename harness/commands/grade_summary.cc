// Rows are counted as they pass, so that a file may be of any size; only ids of rows that differ
// are kept. A row that could not be read and a row that ended in an error of ours stand beside the
// score and never in its denominator. Ids keep their type, a number stays a number: whoever looks a
// row up does it by the value in his own file. tests/harness/commands/grade_test.cc.

#include "harness/commands/grade_summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/localized.h"

namespace jangwon::harness {

namespace {

constexpr size_t kShownIds = 20;  // in the text; the JSON has all

Json ratio(size_t right, size_t n) {
  return n == 0 ? Json() : Json(static_cast<double>(right) / static_cast<double>(n));
}

std::string percent(size_t right, size_t n) {
  return n == 0
             ? "no rows"
             : fmt::format("{:.2f} %", 100.0 * static_cast<double>(right) / static_cast<double>(n));
}

std::string shown_ids(const std::vector<JsonValue>& ids) {
  std::string out;
  for (size_t i = 0; i < ids.size() && i < kShownIds; ++i)
    out += (i > 0 ? ", " : "") + to_json_line(*ids[i]);
  if (ids.size() > kShownIds) out += fmt::format(" and {} more", ids.size() - kShownIds);
  return out;
}

Json list_of(const std::vector<JsonValue>& ids) {
  Json list = Json::array();
  for (const JsonValue& id : ids)
    list.push_back(*id);
  return list;
}

}  // namespace

GradeSummary::GradeSummary(SummaryOptions options) : options_(std::move(options)) {
  if (options_.scorer->make_figures != nullptr && options_.modes.front() == ScoreMode::kOfficial)
    figures_ = options_.scorer->make_figures(options_.options);
}

void GradeSummary::Tally::add(const Score& score, const GradeRow& row,
                              const SummaryOptions& options) {
  ++counts[score.verdict];
  scorer_version = score.scorer_version;
  if (!harness::counts(score.verdict)) return;
  const bool right = score.verdict == Verdict::kCorrect;
  const std::map<std::string, bool> variants = variants_of(*score.metadata);
  for (const ScoreVariant& variant : options.scorer->variants) {
    const auto passes = variants.find(variant.name);  // a score without it keeps its verdict
    right_by_variant[variant.name] += right || (passes != variants.end() && passes->second) ? 1 : 0;
  }
  for (const std::string& key : options.strata_keys) {
    const auto column = row.columns.find(key);
    if (column == row.columns.end()) continue;
    auto& [stratum_right, total] = strata[key][column->second];
    stratum_right += right ? 1 : 0;
    ++total;
  }
  if (!options.licence_rules) return;
  const auto licence = row.columns.find(options.licence_rules->licence_column);
  const auto subject = row.columns.find(options.licence_rules->subject_column);
  if (licence != row.columns.end() && subject != row.columns.end())
    licence_questions.push_back({licence->second, subject->second, right ? 1.0 : 0.0});
}

size_t GradeSummary::Tally::n() const {
  size_t n = 0;
  for (const auto& [verdict, count] : counts)
    n += harness::counts(verdict) ? count : 0;
  return n;
}

size_t GradeSummary::Tally::right() const {
  const auto found = counts.find(Verdict::kCorrect);
  return found == counts.end() ? 0 : found->second;
}

size_t GradeSummary::Tally::right_under(const ScoreVariant& variant) const {
  const auto found = right_by_variant.find(variant.name);
  return found == right_by_variant.end() ? 0 : found->second;
}

void GradeSummary::add(const GradedRow& graded) {
  ++num_rows_;
  if (!graded.bad.ok()) {
    ++num_bad_rows_;
    return;
  }
  bool error = false;
  for (const Score& score : graded.scores) {
    for (ScoreMode mode : options_.modes) {
      if (score.mode != mode) continue;
      tallies_[mode].add(score, graded.row, options_);
      error |= !counts(score.verdict);
    }
  }
  num_errors_ += error ? 1 : 0;
  if (graded.scores.size() == 2 && graded.scores[0].verdict != graded.scores[1].verdict) {
    differing_ids_.push_back(graded.row.id);
  }
  if (!graded.plain_scores.empty()) {
    const Verdict plain = graded.plain_scores.front().verdict;
    const Verdict chosen = graded.scores.front().verdict;
    plain_right_ += plain == Verdict::kCorrect ? 1 : 0;
    chosen_right_ += chosen == Verdict::kCorrect ? 1 : 0;
    if (plain != chosen) changed_ids_.push_back(graded.row.id);
  }
  if (figures_ && counts(graded.scores.front().verdict))
    figures_->add(graded.row.sample, graded.scores);
}

Json GradeSummary::tally_json(ScoreMode mode, const Tally& tally) const {
  Json json;
  json["mode"] = name_of(mode);
  json["scorer_version"] = tally.scorer_version;
  json["value"] = ratio(tally.right(), tally.n());
  json["n"] = tally.n();
  for (Verdict verdict : kAllVerdicts) {
    const auto found = tally.counts.find(verdict);
    json["counts"][name_of(verdict)] = found == tally.counts.end() ? 0 : found->second;
  }
  for (const ScoreVariant& variant : options_.scorer->variants) {
    if (variant.mode != mode) continue;
    const size_t right = tally.right_under(variant);
    json["variants"][variant.name] = {{"correct", right}, {"value", ratio(right, tally.n())}};
  }
  for (const auto& [key, values] : tally.strata) {
    double sum = 0.0;
    for (const auto& [value, counts] : values) {
      json["strata"][key][value] = {{"correct", counts.first}, {"n", counts.second}};
      sum += static_cast<double>(counts.first) / static_cast<double>(counts.second);
    }
    json["macro"][key] = sum / static_cast<double>(values.size());
  }
  if (!tally.licence_questions.empty()) {
    const Json licences =
        harness::to_json(licence_figures(*options_.licence_rules, tally.licence_questions));
    json["licences_passed"] = licences["passed"];
    json["licences_of"] = licences["of"];
    json["licences"] = licences["licences"];
  }
  return json;
}

Json GradeSummary::to_json() const {
  Json json;
  json["task"] = options_.task;
  json["task_version"] = options_.task_version;
  json["rows"] = num_rows_;
  json["bad_rows"] = num_bad_rows_;
  json["scores"] = Json::array();
  for (ScoreMode mode : options_.modes) {
    const auto tally = tallies_.find(mode);
    json["scores"].push_back(tally_json(mode, tally == tallies_.end() ? Tally() : tally->second));
  }
  if (figures_) json[figures_->name()] = figures_->json();
  json["modes_differ"] = list_of(differing_ids_);
  if (options_.rules) {
    json["rule"] = {{options_.rules->plain + "_correct", plain_right_},
                    {options_.rules->chosen + "_correct", chosen_right_},
                    {"changed", list_of(changed_ids_)}};
  }
  return json;
}

std::string GradeSummary::to_text() const {
  std::string out;
  for (ScoreMode mode : options_.modes) {
    const auto found = tallies_.find(mode);
    const Tally tally = found == tallies_.end() ? Tally() : found->second;
    out += localized("{task} {mode}: {right} of {count} correct ({count_2})",
                     {{"task", options_.task},
                      {"mode", name_of(mode)},
                      {"right", tally.right()},
                      {"count", tally.n()},
                      {"count_2", percent(tally.right(), tally.n())}});
    for (Verdict verdict : kAllVerdicts) {
      const auto count = tally.counts.find(verdict);
      if (verdict != Verdict::kCorrect && count != tally.counts.end()) {
        out += fmt::format(", {} {}", count->second, name_of(verdict));
      }
    }
    out += "\n";
    for (const ScoreVariant& variant : options_.scorer->variants) {
      if (variant.mode != mode) continue;
      const size_t right = tally.right_under(variant);
      out += variant.line(right, tally.n(), percent(right, tally.n())) + "\n";
    }
    if (!tally.licence_questions.empty()) {
      const LicenceFigures figures =
          licence_figures(*options_.licence_rules, tally.licence_questions);
      out += localized("  licences passed: {results} of {licences}, {results_2} in the file",
                       {{"results", figures.passed},
                        {"licences", figures.of},
                        {"results_2", figures.licences.size()}}) +
             "\n";
    }
  }
  if (figures_) {
    for (const std::string& line : figures_->lines())
      out += line + "\n";
  }
  if (options_.rules) {
    out += localized("  the {plain} rule takes {plain_right}, the {chosen} one {chosen_right}",
                     {{"plain", options_.rules->plain},
                      {"plain_right", plain_right_},
                      {"chosen", options_.rules->chosen},
                      {"chosen_right", chosen_right_}});
    if (!changed_ids_.empty())
      out += localized(
          "; it changes {loosened_ids}: {loosened_ids_2}",
          {{"loosened_ids", changed_ids_.size()}, {"loosened_ids_2", shown_ids(changed_ids_)}});
    out += "\n";
  }
  if (options_.modes.size() == 2) {
    out += localized("  the modes differ on {differing_ids} rows",
                     {{"differing_ids", differing_ids_.size()}});
    if (!differing_ids_.empty()) out += ": " + shown_ids(differing_ids_);
    out += "\n";
  }
  return out;
}

}  // namespace jangwon::harness
