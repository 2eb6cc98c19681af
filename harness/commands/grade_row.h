// A row of a file for `jangwon grade`: an output made elsewhere with its key.
//
//   {"id", "output", "target", "options"}
//       letters and integers
//   {"id", "output" or "code", "fn_name", "inputs", "outputs", "timeout_s"}
//       programs; fn_name null: standard input
//
// What a row says of its key is read by the scorer's entry (ForeignRows in
// harness/scorers/scorer.h). Further keys are allowed; "finish_reason": "length" marks a truncated
// reply, and the task's columns (category, license_name, subject …) are used for the summary.
// "contest_date" gives the month, and "question_id" or else the id the erratum.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/sample.h"
#include "harness/grading/grade_reply.h"
#include "harness/scorers/scorer.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// What the rows of a task look like.
struct GradeShape {
  ForeignRows rows;
  ScorerOptions options;
  std::vector<std::string> columns;  // kept where a row has them
};

// Errors: the scorer needs more than the text of a reply.
Result<GradeShape> grade_shape_of(const TaskSpec& task, const ScorerEntry& scorer,
                                  const ScorerOptions& options);

struct GradeRow {
  JsonValue id;  // a text or a number, as the row has it
  datasets::Sample sample;
  // the reply, or what stands in the answer column; absent where it is null
  std::optional<std::string> output;
  ReplyForm form = ReplyForm::kReply;
  bool truncated = false;
  std::string question_id;  // "question_id", or the id where the row has none
  // "contest_date" of a programming problem, ISO; empty where the row has none
  std::string date;
  std::map<std::string, std::string> columns;
};

// Errors are one sentence without the line number.
Result<GradeRow> parse_grade_row(std::string_view line, const GradeShape& shape);

// REQUIRES: the grading is of the task whose shape the row has.
std::vector<Score> grade_row(const Grading& grading, const GradeRow& row,
                             const std::vector<ThinkingMarkers>& given);

}  // namespace jangwon::harness
