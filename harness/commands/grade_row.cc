#include "harness/commands/grade_row.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/backends/finish_word.h"
#include "harness/extractors/integer_extractor.h"
#include "runtime/base/foreign_text.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

Result<Json> parse_row(std::string_view line) {
  Result<Json> row = parse_foreign_json(line);
  if (!row.ok()) {
    // The parser counts lines of its own text, and this is one line of a file.
    std::string message = row.status().message();
    constexpr std::string_view kLine = "line 1, ";
    if (const size_t at = message.find(kLine); at != std::string::npos) message.erase(at, kLine.size());
    return invalid_argument(std::move(message));
  }
  if (!row->is_object()) return invalid_argument("a row is a JSON object");
  return row;
}

Status missing_key(const Json& row, const std::string& key, const std::string& needed) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : row.items())
    keys.push_back(name);
  const std::string near = nearest_name(key, keys);
  return invalid_argument("\"" + key + "\" is missing" + (near.empty() ? "" : " (there is \"" + near + "\")") +
                          "; a row needs " + needed);
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Result<std::vector<std::string>> read_strings(const Json& row, const std::string& key) {
  const Json& list = row[key];
  if (!list.is_array()) return invalid_argument("\"" + key + "\" must be a list of strings");
  std::vector<std::string> out;
  for (const Json& item : list) {
    if (!item.is_string()) return invalid_argument("\"" + key + "\" must be a list of strings, and has " + item.dump());
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<std::string> letter_target(const Json& target, const GradeShape& shape, size_t num_options) {
  const std::string text = text_of(target);
  int index = -1;
  if (text.size() == 1) {
    const char c = text[0];
    if (c >= 'A' && c <= 'Z') index = c - 'A';
    if (c >= 'a' && c <= 'z') index = c - 'a';
    if (shape.digits_are_targets && c >= '1' && c <= '9') index = c - '1';
  }
  if (index < 0) {
    return invalid_argument("the target " + target.dump() + " is no option: a letter" +
                            (shape.digits_are_targets ? " or a number from 1" : "") + " is expected");
  }
  if (num_options > 0 && static_cast<size_t>(index) >= num_options) {
    return invalid_argument("the target " + target.dump() + " is beyond the " + std::to_string(num_options) +
                            " options");
  }
  return std::string(1, static_cast<char>('A' + index));
}

Status read_options(const Json& row, datasets::Sample& sample) {
  if (!row.contains("options") || row["options"].is_null()) return ok_status();
  if (!row["options"].is_array()) return invalid_argument("\"options\" must be a list");
  for (const Json& option : row["options"]) {
    // MMLU-Pro pads its lists to ten with this string, and its scripts drop it.
    if (option != "N/A") sample.choices.push_back(text_of(option));
  }
  if (sample.choices.empty() && !row["options"].empty()) return invalid_argument("\"options\" holds pads alone");
  return ok_status();
}

Status read_target(const Json& row, const GradeShape& shape, datasets::Sample& sample) {
  if (!row.contains("target")) return missing_key(row, "target", "id, output and target");
  JANGWON_RETURN_IF_ERROR(read_options(row, sample));
  const Json& target = row["target"];
  const Json targets = target.is_array() ? target : Json::array({target});
  if (targets.empty()) return invalid_argument("\"target\" is an empty list");
  for (const Json& one : targets) {
    if (!one.is_string() && !one.is_number()) {
      return invalid_argument("\"target\" must be a string or a number, not " + one.dump());
    }
    if (shape.kind == GradeKind::kLetter) {
      JANGWON_ASSIGN_OR_RETURN(std::string letter, letter_target(one, shape, sample.choices.size()));
      sample.target.push_back(std::move(letter));
    } else {
      const auto integer = normalise_integer_answer(text_of(one));
      if (!integer) return invalid_argument("the target " + one.dump() + " is no integer");
      sample.target.push_back(*integer);
    }
  }
  return ok_status();
}

Status read_tests(const Json& row, datasets::Sample& sample) {
  for (const char* key : {"inputs", "outputs"}) {
    if (!row.contains(key)) return missing_key(row, key, "id, output or code, inputs and outputs");
  }
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> inputs, read_strings(row, "inputs"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> outputs, read_strings(row, "outputs"));
  if (inputs.size() != outputs.size()) {
    return invalid_argument("there are " + std::to_string(inputs.size()) + " inputs but " +
                            std::to_string(outputs.size()) + " outputs");
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    sample.tests.push_back({inputs[i], outputs[i]});
  if (row.contains("fn_name") && !row["fn_name"].is_null()) {
    if (!row["fn_name"].is_string()) return invalid_argument("\"fn_name\" must be a string or null");
    sample.fn_name = row["fn_name"].get<std::string>();
  }
  if (row.contains("timeout_s") && !row["timeout_s"].is_null()) {
    const Json& timeout = row["timeout_s"];
    double seconds = 0;
    JANGWON_RETURN_IF_ERROR(read_setting("test_seconds", "timeout_s", timeout, seconds));
    sample.metadata_json = to_json_line(Json{{"timeout_s", timeout}});
  }
  return ok_status();
}

Status read_reply(const Json& row, const GradeShape& shape, GradeRow& out) {
  const bool code = shape.kind == GradeKind::kCode && row.contains("code") && !row["code"].is_null();
  const char* key = code ? "code" : "output";
  if (!row.contains(key)) {
    return missing_key(
        row, key, shape.kind == GradeKind::kCode ? "id, output or code, inputs and outputs" : "id, output and target");
  }
  const Json& reply = row[key];
  if (!reply.is_string() && !reply.is_null()) return invalid_argument("\"" + std::string(key) + "\" must be a string");
  if (reply.is_string()) (code ? out.code : out.output) = reply.get<std::string>();
  return ok_status();
}

}  // namespace

Result<GradeRow> parse_grade_row(std::string_view line, const GradeShape& shape) {
  JANGWON_ASSIGN_OR_RETURN(const Json row, parse_row(line));
  GradeRow out;
  if (!row.contains("id")) return missing_key(row, "id", "an id");
  const Json& id = row["id"];
  if (!id.is_string() && !id.is_number())
    return invalid_argument("\"id\" must be a string or a number, not " + id.dump());
  out.id_json = to_json_line(id);
  while (!out.id_json.empty() && out.id_json.back() == '\n')
    out.id_json.pop_back();
  out.sample.id = text_of(id);
  JANGWON_RETURN_IF_ERROR(read_reply(row, shape, out));
  JANGWON_RETURN_IF_ERROR(shape.kind == GradeKind::kCode ? read_tests(row, out.sample)
                                                         : read_target(row, shape, out.sample));
  if (row.contains("finish_reason") && row["finish_reason"].is_string()) {
    const FinishMeaning meaning = finish_meaning(row["finish_reason"].get<std::string>());
    out.truncated = meaning == FinishMeaning::kTruncated || meaning == FinishMeaning::kContext;
  }
  out.question_id = out.sample.id;
  if (row.contains("question_id") && row["question_id"].is_string()) out.question_id = row["question_id"];
  if (row.contains("contest_date") && row["contest_date"].is_string()) out.date = row["contest_date"];
  for (const std::string& column : shape.columns) {
    if (row.contains(column) && !row[column].is_null()) out.columns[column] = text_of(row[column]);
  }
  return out;
}

}  // namespace jangwon::harness
