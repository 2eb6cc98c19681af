// Which professional licences a model passes: figures of a score beside its value, in results.json
// under "licences". They are computed in harness/scorers/licence_rule.h.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/message.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

struct SubjectResult {
  std::string subject;
  int n = 0;
  double percent = 0.0;
  bool passed = false;
};

struct LicenceResult {
  std::string licence;
  int n = 0;
  double percent_of_questions = 0.0;
  double mean_of_subjects = 0.0;  // in percent
  bool passed = false;
  std::vector<SubjectResult> subjects;  // in the order of their first question
};

struct LicenceFigures {
  Message rule;  // when an examination is passed, in words; may be empty
  int passed = 0;
  int of = 0;                           // licences of the benchmark, sat or not
  std::vector<LicenceResult> licences;  // those of which there were questions
};

// {"rule": {"ko", "en"} (where there is one), "passed", "of", "sat": of how many there were
// questions, "licences": [{"licence", "n", "percent_of_questions", "mean_of_subjects", "passed",
// "subjects": [{"subject", "n", "percent", "passed"}]}]}
nlohmann::ordered_json to_json(const LicenceFigures& figures);

// May throw what the JSON library throws of a missing key or a value of the wrong type.
Result<LicenceFigures> parse_licence_figures(const nlohmann::ordered_json& json);

}  // namespace jangwon::harness
