// The wire form of a record. Reading is strict, because a field that is silently defaulted is a
// wrong number that looks right; tests/harness/record/sample_record_test.cc holds the round trip
// and the refusals.

#include "harness/record/sample_record.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

// Reads fields of one object and remembers the first problem, so that the list of fields
// below stays a list.
class FieldReader {
 public:
  FieldReader(const Json& object, MessageTemplate place) : object_(object), place_(place) {
    if (!object.is_object()) problem_ = Message("{place} is not an object", {{"place", place_}});
  }

  template <typename T>
  void read(const char* name, T& value) {
    if (!problem_.empty()) return;
    const auto field = object_.find(name);
    if (field == object_.end()) {
      problem_ = Message("{place} lacks \"{name}\"", {{"place", place_}, {"name", name}});
      return;
    }
    assign(*field, name, value);
  }
  template <typename T>
  void read_if_present(const char* name, T& value) {
    if (problem_.empty() && object_.contains(name)) read(name, value);
  }

  Status status() const { return problem_.empty() ? ok_status() : invalid_argument(problem_); }

 private:
  void mismatch(const char* name, MessageTemplate expected) {
    problem_ = Message("{place} has a \"{name}\" that is not {expected}",
                       {{"place", place_}, {"name", name}, {"expected", Message(expected)}});
  }
  void assign(const Json& field, const char* name, std::string& value) {
    if (field.is_string()) {
      value = field.get<std::string>();
    } else {
      mismatch(name, "a string");
    }
  }
  void assign(const Json& field, const char* name, bool& value) {
    if (field.is_boolean()) {
      value = field.get<bool>();
    } else {
      mismatch(name, "true or false");
    }
  }
  void assign(const Json& field, const char* name, int& value) {
    // get<int> would wrap.
    if (field.is_number_integer() && field >= INT32_MIN && field <= INT32_MAX) {
      value = field.get<int>();
    } else {
      mismatch(name, "an integer");
    }
  }
  void assign(const Json& field, const char* name, double& value) {
    if (field.is_number()) {
      value = field.get<double>();
    } else {
      mismatch(name, "a number");
    }
  }
  template <typename T>
  void assign(const Json& field, const char* name, std::optional<T>& value) {
    if (field.is_null()) {
      value.reset();
    } else {
      assign(field, name, value.emplace());
    }
  }
  template <typename T>
  void assign(const Json& field, const char* name, std::vector<T>& values) {
    if (!field.is_array()) return mismatch(name, "a list");
    values.clear();
    for (const Json& item : field) {
      if (!problem_.empty()) return;
      T value{};
      assign(item, name, value);
      values.push_back(std::move(value));
    }
  }

  const Json& object_;
  Message place_;
  Message problem_;
};

}  // namespace

int64_t num_output_tokens(const Completion& completion) {
  return completion.token_ids.empty() ? completion.num_completion_tokens
                                      : static_cast<int64_t>(completion.token_ids.size());
}

namespace {

Json completion_json(const Completion& completion) {
  Json json;
  json["text"] = completion.text;
  json["reasoning"] = completion.reasoning;
  json["answer_text"] = completion.answer_text;
  json["finish_reason"] = name_of(completion.finish_reason);
  if (!completion.server_finish_reason.empty())
    json["server_finish_reason"] = completion.server_finish_reason;
  json["num_prompt_tokens"] = completion.num_prompt_tokens;
  json["num_cached_tokens"] = completion.num_cached_tokens;
  json["num_completion_tokens"] = num_output_tokens(completion);
  json["num_reasoning_tokens"] = completion.num_reasoning_tokens;
  json["token_ids"] = completion.token_ids;
  if (!completion.continuation_logprobs.empty()) {
    json["continuation_logprobs"] = completion.continuation_logprobs;
    json["continuation_num_tokens"] = completion.continuation_num_tokens;
  }
  json["prefill_ms"] = completion.prefill_ms;
  json["decode_ms"] = completion.decode_ms;
  return json;
}

std::optional<FinishReason> finish_reason_of_name(const std::string& name) {
  for (FinishReason reason :
       {FinishReason::kStop, FinishReason::kLength, FinishReason::kContext, FinishReason::kError}) {
    if (name == name_of(reason)) return reason;
  }
  return std::nullopt;
}

Status parse_completion(const Json& json, SampleRecord& record) {
  Completion& completion = record.completion;
  FieldReader reader(json, "the completion");
  std::string finish_reason;
  reader.read("text", completion.text);
  reader.read("reasoning", completion.reasoning);
  reader.read("answer_text", completion.answer_text);
  reader.read("finish_reason", finish_reason);
  reader.read_if_present("server_finish_reason", completion.server_finish_reason);
  reader.read("num_prompt_tokens", completion.num_prompt_tokens);
  reader.read("num_cached_tokens", completion.num_cached_tokens);
  reader.read_if_present("num_completion_tokens", completion.num_completion_tokens);
  reader.read("num_reasoning_tokens", completion.num_reasoning_tokens);
  reader.read("token_ids", completion.token_ids);
  reader.read_if_present("continuation_logprobs", completion.continuation_logprobs);
  reader.read_if_present("continuation_num_tokens", completion.continuation_num_tokens);
  reader.read("prefill_ms", completion.prefill_ms);
  reader.read("decode_ms", completion.decode_ms);
  JANGWON_RETURN_IF_ERROR(reader.status());
  const std::optional<FinishReason> reason = finish_reason_of_name(finish_reason);
  if (!reason)
    return invalid_argument("the completion has an unknown finish_reason \"{finish_reason}\"",
                            {{"finish_reason", finish_reason}});
  completion.finish_reason = *reason;
  completion.error = record.error;
  completion.reasoning_terminated = !record.unterminated_reasoning;
  return ok_status();
}

Result<Score> parse_score(Json& json) {
  Score score;
  FieldReader reader(json, "a score");
  std::string mode, verdict;
  reader.read("mode", mode);
  reader.read("scorer", score.scorer);
  reader.read("scorer_version", score.scorer_version);
  reader.read("verdict", verdict);
  reader.read("value", score.value);
  reader.read("answer", score.answer);
  reader.read("stage", score.stage);
  reader.read_if_present("explanation", score.explanation);
  reader.read_if_present("results", score.results);
  JANGWON_RETURN_IF_ERROR(reader.status());
  if (mode != "official" && mode != "native")
    return invalid_argument("a score has an unknown mode \"{mode}\"", {{"mode", mode}});
  score.mode = mode == "official" ? ScoreMode::kOfficial : ScoreMode::kNative;
  const std::optional<Verdict> known = verdict_of_name(verdict);
  if (!known)
    return invalid_argument("a score has an unknown verdict \"{verdict}\"", {{"verdict", verdict}});
  score.verdict = *known;
  if (json.contains("metadata")) score.metadata = std::move(json["metadata"]);
  return score;
}

Json language_json(const std::optional<ReplyLanguage>& language) {
  return language ? Json(name_of(*language)) : Json();
}

Status parse_reply_languages(const Json& json, ReplyLanguages& languages) {
  FieldReader reader(json, "\"reply_languages\"");
  std::optional<std::string> answer, thinking;
  reader.read("answer", answer);
  reader.read("thinking", thinking);
  JANGWON_RETURN_IF_ERROR(reader.status());
  for (const auto& [name, language] :
       {std::pair(&answer, &languages.answer), std::pair(&thinking, &languages.thinking)}) {
    if (!*name) continue;
    *language = reply_language_of_name(**name);
    if (!*language)
      return invalid_argument("the record has an unknown reply language \"{language}\"",
                              {{"language", **name}});
  }
  return ok_status();
}

}  // namespace

void SampleRecord::set_scores(std::vector<Score> scores_of_modes) {
  scores = std::move(scores_of_modes);
  verdict = scores.front().verdict;
  error.clear();
  for (const Score& score : scores) {
    if (!counts(score.verdict) && error.empty()) error = score.explanation;
  }
}

const Score* find_score(const SampleRecord& record, ScoreMode mode) {
  for (const Score& score : record.scores) {
    if (score.mode == mode) return &score;
  }
  return nullptr;
}

std::string to_journal_line(const SampleRecord& record) {
  Json json;
  json["schema_version"] = record.schema_version;
  json["model"] = record.key.model;
  json["task"] = record.key.task;
  json["sample_id"] = record.key.sample_id;
  json["repeat"] = record.key.repeat;
  json["task_version"] = record.task_version;
  json["verdict"] = name_of(record.verdict);
  json["truncated"] = record.truncated;
  json["unterminated_reasoning"] = record.unterminated_reasoning;
  if (record.reply_languages != ReplyLanguages()) {
    json["reply_languages"] = {{"answer", language_json(record.reply_languages.answer)},
                               {"thinking", language_json(record.reply_languages.thinking)}};
  }
  json["target"] = record.target;
  json["scores"] = Json::array();
  for (const Score& score : record.scores)
    json["scores"].push_back(to_json(score));
  json["num_fewshot"] = record.num_fewshot;
  json["prompt_sha256"] = record.prompt_sha256;
  json["prompt_text"] = record.prompt_text;
  json["completion"] = completion_json(record.completion);
  json["metadata"] = record.metadata.is_null() ? Json::object() : *record.metadata;
  json["error"] = record.error;
  json["started_at"] = record.started_at;
  json["duration_ms"] = record.duration_ms;
  return to_json_line(json);
}

Result<SampleRecord> parse_journal_line(std::string_view line) {
  JANGWON_ASSIGN_OR_RETURN(Json json, parse_json(line));
  SampleRecord record;
  FieldReader reader(json, "the record");
  std::string verdict;
  reader.read("schema_version", record.schema_version);
  reader.read("model", record.key.model);
  reader.read("task", record.key.task);
  reader.read("sample_id", record.key.sample_id);
  reader.read("repeat", record.key.repeat);
  reader.read("task_version", record.task_version);
  reader.read("verdict", verdict);
  reader.read("truncated", record.truncated);
  reader.read("unterminated_reasoning", record.unterminated_reasoning);
  reader.read("target", record.target);
  reader.read("num_fewshot", record.num_fewshot);
  reader.read("prompt_sha256", record.prompt_sha256);
  reader.read("prompt_text", record.prompt_text);
  reader.read("error", record.error);
  reader.read("started_at", record.started_at);
  reader.read("duration_ms", record.duration_ms);
  JANGWON_RETURN_IF_ERROR(reader.status());
  if (record.schema_version != kRecordSchemaVersion) {
    return unsupported(
        "the record has schema_version {schema_version}, this program reads "
        "{record_schema_version}",
        {{"schema_version", record.schema_version},
         {"record_schema_version", kRecordSchemaVersion}});
  }
  const std::optional<Verdict> known = verdict_of_name(verdict);
  if (!known)
    return invalid_argument("the record has an unknown verdict \"{verdict}\"",
                            {{"verdict", verdict}});
  record.verdict = *known;
  for (const char* name : {"scores", "completion", "metadata"}) {
    if (!json.contains(name))
      return invalid_argument("the record lacks \"{name}\"", {{"name", name}});
  }
  if (!json["scores"].is_array()) return invalid_argument("the record's \"scores\" is not a list");
  if (!json["metadata"].is_object())
    return invalid_argument("the record's \"metadata\" is not an object");
  for (Json& item : json["scores"]) {
    JANGWON_ASSIGN_OR_RETURN(Score score, parse_score(item));
    record.scores.push_back(std::move(score));
  }
  record.metadata = std::move(json["metadata"]);
  if (json.contains("reply_languages"))
    JANGWON_RETURN_IF_ERROR(parse_reply_languages(json["reply_languages"], record.reply_languages));
  JANGWON_RETURN_IF_ERROR(parse_completion(json["completion"], record));
  return record;
}

}  // namespace jangwon::harness
