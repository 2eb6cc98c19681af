// The summary of `jangwon grade`: counts and accuracy a mode, what the modes disagree on, and the
// figures that belong to a task.

#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/commands/grade_row.h"
#include "harness/record/score.h"
#include "harness/scorers/licence_rule.h"
#include "harness/scorers/scorer.h"
#include "runtime/base/json_value.h"

namespace jangwon::harness {

// What became of one line of the file.
struct GradedRow {
  size_t line = 0;
  Status bad;  // not ok: nothing below is set
  GradeRow row;
  std::vector<Score> scores;        // official first
  std::vector<Score> plain_scores;  // under --rule: what the default rule says
};

// The rule of --rule beside the default one.
struct ComparedRules {
  std::string plain;
  std::string chosen;
};

struct SummaryOptions {
  std::string task;
  std::string task_version;
  std::vector<ScoreMode> modes;
  std::vector<std::string> strata_keys;
  const ScorerEntry* scorer = nullptr;
  ScorerOptions options;
  std::optional<ComparedRules> rules;
  std::optional<LicenceRules> licence_rules;
};

class GradeSummary {
 public:
  // REQUIRES: options.scorer is set.
  explicit GradeSummary(SummaryOptions options);

  void add(const GradedRow& graded);

  size_t num_rows() const { return num_rows_; }
  size_t num_bad_rows() const { return num_bad_rows_; }
  // Rows that ended in an error of ours, in a mode that was asked for.
  size_t num_errors() const { return num_errors_; }

  nlohmann::ordered_json to_json() const;
  std::string to_text() const;

 private:
  struct Tally {
    std::map<Verdict, size_t> counts;
    // key → value → right, of
    std::map<std::string, std::map<std::string, std::pair<size_t, size_t>>> strata;
    std::vector<LicenceQuestion> licence_questions;
    std::string scorer_version;
    std::map<std::string, size_t> right_by_variant;

    void add(const Score& score, const GradeRow& row, const SummaryOptions& options);
    size_t n() const;  // rows that count
    size_t right() const;
    size_t right_under(const ScoreVariant& variant) const;
  };

  nlohmann::ordered_json tally_json(ScoreMode mode, const Tally& tally) const;

  SummaryOptions options_;
  size_t num_rows_ = 0;
  size_t num_bad_rows_ = 0;
  size_t num_errors_ = 0;
  std::map<ScoreMode, Tally> tallies_;
  std::vector<JsonValue> differing_ids_;  // verdicts of the two modes differ
  std::vector<JsonValue> changed_ids_;    // the chosen rule changes the verdict
  size_t plain_right_ = 0;
  size_t chosen_right_ = 0;
  std::unique_ptr<ScorerFigures> figures_;  // null: none
};

}  // namespace jangwon::harness
