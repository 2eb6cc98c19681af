// RunResult: results.json, computed from the journal alone. The same journal gives the same bytes.

#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/licence_figures.h"
#include "harness/record/score.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

inline constexpr const char* kResultsSchema = "jangwon-results-1";

// A figure beside the headline that a task asks for: pass@4, majority@4, spread. Absent where
// it is not defined.
struct FurtherFigure {
  std::string name;
  std::optional<double> value;
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  bool operator==(const FurtherFigure&) const = default;
};

// One score: a row of `results`.
struct MetricResult {
  std::string model;
  bool stand_in = false;
  std::string task;
  std::string task_version;
  ScoreMode mode = ScoreMode::kOfficial;
  bool headline = false;
  std::string metric;           // accuracy, pass@1, …
  std::optional<double> value;  // absent when nothing counted
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  std::string ci_method;
  std::optional<double> se_run;       // same questions again
  std::optional<double> se_total;     // other questions of the same kind
  int n = 0;                          // questions
  int repeats = 1;                    // runs a question
  int planned = 0;                    // n × repeats that were asked for
  std::map<std::string, int> counts;  // one entry a verdict and a flag, over samples × repeats
  // samples on which this mode's verdict is another than the headline's
  int differs_from_headline = 0;
  // key → value of the key → accuracy
  std::map<std::string, std::map<std::string, std::optional<double>>> strata;
  // The same verdicts under one named change of rule, e.g. float_tolerance: the value it would
  // give. And the shares of what a reply is judged by piece by piece, e.g. instruction_strict.
  std::map<std::string, std::optional<double>> variants;
  std::vector<FurtherFigure> further;      // in the task's order
  std::optional<LicenceFigures> licences;  // where the task says when one is passed
};

struct RunResult {
  bool complete = false;
  std::vector<MetricResult> results;
  // hashes and settings that a reader needs to judge comparability, an object
  JsonValue settings = JsonValue::object();
  // in results.json in English, and as templates for readers of Korean
  std::vector<Message> warnings;
};

std::string to_results_json(const RunResult& result);
Result<RunResult> parse_results_json(std::string_view text);

}  // namespace jangwon::harness
