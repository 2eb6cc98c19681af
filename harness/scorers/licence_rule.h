// Which licences does a model pass? KMMLU-Pro reports "passed k of 14" beside its accuracy. The
// rule per licence is data: the file that `passes` of a task.yaml names, as
// tasks/kmmlu_pro/licences.yaml.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/licence_figures.h"
#include "runtime/base/message.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// In percent of the questions right.
struct LicenceRule {
  double subject_minimum = 40.0;         // every subject
  std::optional<double> mean_threshold;  // the mean over the subjects; absent: no such condition
};

struct LicenceRules {
  std::string licence_column = "license_name";  // of a question
  std::string subject_column = "subject";
  Message note;  // the rules in words, for readers; may be empty
  LicenceRule fallback;
  std::map<std::string, LicenceRule> exceptions;
  std::vector<std::string> licences;  // all of the data set, in its order

  const LicenceRule& rule_of(const std::string& licence) const;
};

// Strict: an unknown key, a licence that is not in the list or a percentage beyond 0 … 100 is an
// error with its line.
Result<LicenceRules> parse_licence_rules(std::string_view yaml, const std::string& source);
Result<LicenceRules> read_licence_rules(const std::string& path);

// One graded question.
struct LicenceQuestion {
  std::string licence;
  std::string subject;
  double value = 0.0;  // 1 right, 0 wrong, or a mean over repeats
};

// One entry a licence that has a question, those of the rules first and in their order. A licence
// without an entry was not sat.
std::vector<LicenceResult> judge_licences(const LicenceRules& rules,
                                          const std::vector<LicenceQuestion>& questions);

// The same with how many are passed, for a score.
LicenceFigures licence_figures(const LicenceRules& rules,
                               const std::vector<LicenceQuestion>& questions);

}  // namespace jangwon::harness
