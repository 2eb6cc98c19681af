#include "harness/commands/grade_row.h"

#include <nlohmann/json.hpp>

#include "harness/backends/finish_word.h"
#include "harness/scorers/foreign_row.h"
#include "runtime/base/foreign_text.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

Result<Json> parse_row(std::string_view line) {
  Result<Json> row = parse_foreign_json(line);
  if (row.ok() && !row->is_object()) return invalid_argument("a row is a JSON object");
  return row;
}

Status read_reply(const Json& row, const GradeShape& shape, GradeRow& out) {
  const std::string column = shape.rows.answer_column;
  const bool is_answer = !column.empty() && row.contains(column) && !row[column].is_null();
  const std::string key = is_answer ? column : "output";
  if (!row.contains(key)) return missing_key(row, key, shape.rows.needs);
  const Json& reply = row[key];
  if (!reply.is_string() && !reply.is_null())
    return invalid_argument(is_answer
                                ? Message("\"{column}\" must be a string", {{"column", column}})
                                : Message("\"output\" must be a string"));
  if (reply.is_string()) out.output = reply.get<std::string>();
  out.form = is_answer ? ReplyForm::kAnswer : ReplyForm::kReply;
  return ok_status();
}

}  // namespace

Result<GradeShape> grade_shape_of(const TaskSpec& task, const ScorerEntry& scorer,
                                  const ScorerOptions& options) {
  if (!scorer.rows) {
    return unsupported(
        "task {task} is judged by the scorer \"{scorer}\", which needs more than the text of a "
        "reply, so rows cannot "
        "be graded by it",
        {{"task", task.name}, {"scorer", scorer.name}});
  }
  return GradeShape{*scorer.rows, options, {}};
}

Result<GradeRow> parse_grade_row(std::string_view line, const GradeShape& shape) {
  JANGWON_ASSIGN_OR_RETURN(const Json row, parse_row(line));
  GradeRow out;
  if (!row.contains("id")) return missing_key(row, "id", "id");
  const Json& id = row["id"];
  if (!id.is_string() && !id.is_number())
    return invalid_argument("\"id\" must be a string or a number, not {id}", {{"id", id.dump()}});
  out.id = id;
  out.sample.id = text_of_value(id);
  JANGWON_RETURN_IF_ERROR(read_reply(row, shape, out));
  JANGWON_RETURN_IF_ERROR(shape.rows.read_key(row, shape.options, out.sample));
  if (row.contains("finish_reason") && row["finish_reason"].is_string()) {
    const FinishMeaning meaning = finish_meaning(row["finish_reason"].get<std::string>());
    out.truncated = meaning == FinishMeaning::kTruncated || meaning == FinishMeaning::kContext;
  }
  out.question_id = out.sample.id;
  if (row.contains("question_id") && row["question_id"].is_string())
    out.question_id = row["question_id"];
  if (row.contains("contest_date") && row["contest_date"].is_string())
    out.date = row["contest_date"];
  for (const std::string& column : shape.columns) {
    if (row.contains(column) && !row[column].is_null())
      out.columns[column] = text_of_value(row[column]);
  }
  return out;
}

std::vector<Score> grade_row(const Grading& grading, const GradeRow& row,
                             const std::vector<ThinkingMarkers>& given) {
  Completion completion;
  if (row.output) {
    completion.text = completion.answer_text = *row.output;
    completion.finish_reason = row.truncated ? FinishReason::kLength : FinishReason::kStop;
  } else {
    completion.finish_reason = FinishReason::kError;
    completion.error = "the output is null: no reply came, which is not the model's doing";
  }
  return grade_reply(grading, row.sample, given, completion, row.form);
}

}  // namespace jangwon::harness
