// Outcomes are sorted by key before anything is added up: sums of floating point depend on their
// order, and a journal's order is that in which replies came. A question's value is the mean of its
// runs that count, and the score is the mean over questions, so that a question of which one run
// was lost weighs as much as the others. The native mode runs through the same class; a second way
// of counting would be a second definition of the score. tests/harness/run_loop/aggregate_test.cc.

#include "harness/run_loop/aggregate.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "harness/stats/answered_questions.h"
#include "harness/stats/score_interval.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

// Accumulates one score: one model, one task, one mode.
class ScoreRow {
 public:
  ScoreRow(const PlannedModel& model, const PlannedTask& task, ScoreMode mode) : task_(task) {
    row_.model = model.model;
    row_.stand_in = model.stand_in;
    row_.task = task.task;
    row_.task_version = task.task_version;
    row_.mode = mode;
    row_.headline = mode == ScoreMode::kOfficial;
    row_.metric = task.metric;
    row_.repeats = task.repeats;
    row_.planned = task.num_samples * task.repeats;
    for (Verdict verdict : kAllVerdicts)
      row_.counts[name_of(verdict)] = 0;
    row_.counts["truncated"] = 0;
    row_.counts["unterminated_reasoning"] = 0;
  }

  void add(const SampleOutcome& outcome, const ScoreOutcome& score) {
    ++num_records_;
    ++row_.counts[name_of(score.verdict)];
    row_.counts["truncated"] += outcome.truncated ? 1 : 0;
    row_.counts["unterminated_reasoning"] += outcome.unterminated_reasoning ? 1 : 0;
    count_languages(outcome.reply_languages);
    row_.differs_from_headline += score.verdict != outcome.verdict ? 1 : 0;
    QuestionScores& question = questions_[outcome.key.sample_id];
    if (!counts(score.verdict) || !score.value) return;
    question.runs.push_back(*score.value);
    answered_[outcome.key.sample_id].push_back(
        {outcome.key.repeat, score.verdict == Verdict::kCorrect, score.answer});
    for (const auto& [name, passes] : score.variants) {
      std::vector<size_t>& runs = passed_by_variant_[name][outcome.key.sample_id];
      if (passes) runs.push_back(question.runs.size() - 1);
    }
    for (const auto& [name, share] : score.shares) {
      shares_[name].right += share.right;
      shares_[name].all += share.all;
    }
    if (task_.licence_rules) {
      const auto licence = outcome.columns.find(task_.licence_rules->licence_column);
      const auto subject = outcome.columns.find(task_.licence_rules->subject_column);
      if (licence != outcome.columns.end() && subject != outcome.columns.end())
        places_[outcome.key.sample_id] = {licence->second, subject->second};
    }
    if (const auto cluster = outcome.columns.find(task_.cluster_key);
        cluster != outcome.columns.end()) {
      question.cluster = cluster->second;
    }
    for (const std::string& key : task_.strata_keys) {
      const auto column = outcome.columns.find(key);
      if (column != outcome.columns.end())
        by_stratum_[key][column->second].insert(outcome.key.sample_id);
    }
  }

  bool complete() const {
    return num_records_ == row_.planned && row_.counts.at("infra_error") == 0 &&
           row_.counts.at("sandbox_error") == 0;
  }

  MetricResult finish() {
    std::vector<QuestionScores> all;
    for (const auto& [id, question] : questions_)
      all.push_back(question);
    ScoreIntervalOptions options;
    if (!task_.cluster_key.empty()) options.rule = VarianceRule::kClustered;
    const ScoreEstimate estimate = estimate_score(std::span<const QuestionScores>(all), options);
    row_.value = estimate.value;
    row_.ci_low = estimate.ci_low;
    row_.ci_high = estimate.ci_high;
    row_.ci_method = estimate.ci_method;
    row_.se_run = estimate.se_run;
    row_.se_total = estimate.se_total;
    row_.n = estimate.n;
    for (const auto& [key, values] : by_stratum_) {
      for (const auto& [value, ids] : values)
        row_.strata[key][value] = mean_of(ids);
    }
    for (const auto& [name, passed] : passed_by_variant_)
      row_.variants[name] = value_under(passed);
    for (const auto& [name, share] : shares_) {
      if (share.all > 0)
        row_.variants[name] = static_cast<double>(share.right) / static_cast<double>(share.all);
    }
    add_further_figures();
    if (!places_.empty())
      row_.licences = licence_figures(*task_.licence_rules, licence_questions());
    return std::move(row_);
  }

 private:
  // Counts stand for Korean questions alone; what is undecided or had no text is in neither.
  void count_languages(const ReplyLanguages& languages) {
    const auto count = [&](const char* korean, const char* other,
                           const std::optional<ReplyLanguage>& language) {
      if (!language) return;
      row_.counts[korean] += *language == ReplyLanguage::kKorean ? 1 : 0;
      row_.counts[other] += *language == ReplyLanguage::kOther ? 1 : 0;
    };
    count("answer_in_korean", "answer_not_in_korean", languages.answer);
    count("thinking_in_korean", "thinking_not_in_korean", languages.thinking);
  }

  void add_further_figures() {
    std::vector<AnsweredQuestion> questions;
    for (const auto& [id, runs] : answered_)
      questions.push_back(runs);
    for (const FurtherMetric& metric : task_.metrics) {
      FurtherFigure figure{metric.name, {}, {}, {}};
      if (metric.kind == FurtherMetric::Kind::kSpread) {
        figure.value = spread_of(questions);
      } else {
        const ScoreEstimate estimate = metric.kind == FurtherMetric::Kind::kPassAtK
                                           ? pass_at_k_of(questions, metric.k)
                                           : majority_at_k_of(questions, metric.k);
        figure.value = estimate.value;
        figure.ci_low = estimate.ci_low;
        figure.ci_high = estimate.ci_high;
      }
      if (figure.value) row_.further.push_back(std::move(figure));
    }
  }

  // Runs that the variant says nothing of, or does not let pass, keep their value.
  std::optional<double> value_under(
      const std::map<std::string, std::vector<size_t>>& passed) const {
    std::vector<QuestionScores> all;
    for (const auto& [id, question] : questions_) {
      all.push_back(question);
      const auto runs = passed.find(id);
      if (runs == passed.end()) continue;
      for (const size_t run : runs->second)
        all.back().runs[run] = 1.0;
    }
    return estimate_score(std::span<const QuestionScores>(all)).value;
  }

  std::vector<LicenceQuestion> licence_questions() const {
    std::vector<LicenceQuestion> questions;
    for (const auto& [id, place] : places_) {
      const std::vector<double>& runs = questions_.at(id).runs;
      const double sum = std::accumulate(runs.begin(), runs.end(), 0.0);
      questions.push_back({place.first, place.second, sum / static_cast<double>(runs.size())});
    }
    return questions;
  }

  std::optional<double> mean_of(const std::set<std::string>& ids) const {
    std::vector<QuestionScores> part;
    for (const std::string& id : ids)
      part.push_back(questions_.at(id));
    return estimate_score(std::span<const QuestionScores>(part)).value;
  }

  const PlannedTask& task_;
  MetricResult row_;
  int num_records_ = 0;
  std::map<std::string, QuestionScores> questions_;
  std::map<std::string, AnsweredQuestion> answered_;
  // Variant → question → those of its runs that pass under it.
  std::map<std::string, std::map<std::string, std::vector<size_t>>> passed_by_variant_;
  std::map<std::string, Share> shares_;  // summed over all runs
  // question → licence, subject
  std::map<std::string, std::pair<std::string, std::string>> places_;
  std::map<std::string, std::map<std::string, std::set<std::string>>> by_stratum_;
};

}  // namespace

OutcomeFields fields_for(const RunPlan& plan) {
  OutcomeFields fields;
  fields.columns.emplace();
  for (const PlannedTask& task : plan.tasks) {
    fields.columns->insert(task.strata_keys.begin(), task.strata_keys.end());
    if (!task.cluster_key.empty()) fields.columns->insert(task.cluster_key);
    if (task.licence_rules) {
      fields.columns->insert(task.licence_rules->licence_column);
      fields.columns->insert(task.licence_rules->subject_column);
    }
    for (const FurtherMetric& metric : task.metrics)
      fields.answers = fields.answers || metric.kind == FurtherMetric::Kind::kMajorityAtK;
  }
  return fields;
}

RunResult aggregate(const RunPlan& plan, const std::vector<SampleOutcome>& outcomes) {
  std::map<std::pair<std::string, std::string>, std::vector<const SampleOutcome*>> by_row;
  for (const SampleOutcome& outcome : outcomes)
    by_row[{outcome.key.model, outcome.key.task}].push_back(&outcome);
  RunResult result;
  result.complete = true;
  for (const PlannedModel& model : plan.models) {
    for (const PlannedTask& task : plan.tasks) {
      std::vector<const SampleOutcome*>& records = by_row[{model.model, task.task}];
      std::sort(records.begin(), records.end(),
                [](const SampleOutcome* a, const SampleOutcome* b) { return a->key < b->key; });
      for (ScoreMode mode : {ScoreMode::kOfficial, ScoreMode::kNative}) {
        ScoreRow row(model, task, mode);
        for (const SampleOutcome* outcome : records) {
          for (const ScoreOutcome& score : outcome->scores) {
            if (score.mode == mode) row.add(*outcome, score);
          }
        }
        result.complete = result.complete && row.complete();
        result.results.push_back(row.finish());
      }
    }
  }
  return result;
}

}  // namespace jangwon::harness
