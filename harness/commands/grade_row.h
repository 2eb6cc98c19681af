// A row of a file for `jangwon grade`: an output made elsewhere with its key.
//
//   {"id", "output", "target", "options"}                                          letters and integers
//   {"id", "output" or "code", "fn_name", "inputs", "outputs", "timeout_s"}        programs; fn_name null: standard
//   input
//
// Further keys are allowed; "finish_reason": "length" marks a truncated reply, and the task's columns (category,
// license_name, subject …) are used for the summary. "contest_date" gives the month, and
// "question_id" or else the id the erratum.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/sample.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

enum class GradeKind { kLetter, kInteger, kCode };

// What the rows of a task look like.
struct GradeShape {
  GradeKind kind = GradeKind::kLetter;
  bool digits_are_targets = false;   // KMMLU-Pro's keys are 1 … 5
  std::vector<std::string> columns;  // kept where a row has them
};

struct GradeRow {
  std::string id_json;  // as the row spells it
  datasets::Sample sample;
  std::optional<std::string> output;  // the reply; absent where it is null
  std::optional<std::string> code;    // the program itself
  bool truncated = false;
  std::string question_id;  // "question_id", or the id where the row has none
  std::string date;         // "contest_date" of a programming problem, ISO; empty where the row has none
  std::map<std::string, std::string> columns;
};

// Errors are one sentence without the line number.
Result<GradeRow> parse_grade_row(std::string_view line, const GradeShape& shape);

}  // namespace jangwon::harness
