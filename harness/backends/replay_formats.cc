// Which format a row has is told by its keys. Ids decide which question a reply belongs to, and
// copies of one data set number their rows differently: so the question itself is kept where the
// file has it, and the backend compares. tests/harness/backends/replay_formats_test.cc.

#include "harness/backends/replay_formats.h"

#include <charconv>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "harness/backends/finish_word.h"
#include "runtime/base/file.h"
#include "runtime/base/foreign_text.h"
#include "runtime/base/json.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

// An id may be written as a number; it is compared as its text.
std::string id_text(const Json& id) {
  return id.is_string() ? id.get<std::string>() : id.dump();
}

std::string text_of(const Json& row, const char* key) {
  return row.contains(key) && row[key].is_string() ? row[key].get<std::string>() : "";
}

std::string first_text_of(const Json& row, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (std::string text = text_of(row, key); !text.empty()) return text;
  }
  return "";
}

Completion reply_of(std::string text) {
  Completion completion;
  completion.answer_text = text;
  completion.text = std::move(text);
  return completion;
}

// Where the program that recorded it got no answer: the question's own error, and no reason to
// refuse the others.
Completion no_reply(const std::string& what) {
  Completion completion;
  completion.finish_reason = FinishReason::kError;
  completion.error = "the recording has no reply here: " + what;
  return completion;
}

Completion null_reply() {
  return no_reply("null stands in its place");
}

// In the spelling of whatever server the reply came from.
void set_finish_reason(const std::string& reason, Completion& completion) {
  const FinishReason meant = finish_reason_of(finish_meaning(reason));
  if (meant == FinishReason::kError) {
    completion = no_reply("its finish_reason is " + reason);
    return;
  }
  completion.finish_reason = meant;
  if (reason != name_of(meant)) completion.server_finish_reason = reason;
}

Status wrong_type(const char* key, const char* wanted) {
  return invalid_argument("\"{key}\" of a recorded reply must be {wanted}",
                          {{"key", key}, {"wanted", wanted}});
}

// null is what programs write for nothing.
bool has(const Json& row, const char* key) {
  return row.contains(key) && !row[key].is_null();
}

// Leaves `text` as it is where the key is absent.
Status read_text(const Json& row, const char* key, std::string& text) {
  if (!has(row, key)) return ok_status();
  if (!row[key].is_string()) return wrong_type(key, "a text");
  text = row[key].get<std::string>();
  return ok_status();
}

// A log-probability, which may be written as text.
std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string text = value.get<std::string>();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

Status read_own_row(const Json& row, std::vector<RecordedReply>& replies) {
  RecordedReply reply;
  JANGWON_RETURN_IF_ERROR(read_text(row, "task", reply.task));
  reply.sample_id = id_text(row["id"]);
  if (has(row, "repeat")) {
    if (!row["repeat"].is_number_integer()) return wrong_type("repeat", "a whole number");
    JANGWON_RETURN_IF_ERROR(read_setting("repeat_index", "repeat", row["repeat"], reply.repeat));
  }
  JANGWON_RETURN_IF_ERROR(read_text(row, "model", reply.model));
  if (row["output"].is_null()) {
    reply.completion = null_reply();
    replies.push_back(std::move(reply));
    return ok_status();
  }
  reply.completion = reply_of(row["output"].get<std::string>());
  JANGWON_RETURN_IF_ERROR(read_text(row, "reasoning", reply.completion.reasoning));
  if (has(row, "continuation_logprobs")) {
    const Json& list = row["continuation_logprobs"];
    if (!list.is_array()) return wrong_type("continuation_logprobs", "a list of numbers");
    for (const Json& item : list) {
      const std::optional<double> number = number_of(item);
      if (!number) return wrong_type("continuation_logprobs", "a list of numbers");
      reply.completion.continuation_logprobs.push_back(*number);
    }
  }
  std::string reason = "stop";
  JANGWON_RETURN_IF_ERROR(read_text(row, "finish_reason", reason));
  set_finish_reason(reason, reply.completion);
  replies.push_back(std::move(reply));
  return ok_status();
}

std::string lm_eval_id(const Json& row) {
  if (row.contains("sample_id")) return id_text(row["sample_id"]);  // our own export
  const Json& doc = row.contains("doc") && row["doc"].is_object() ? row["doc"] : row;
  for (const char* key : {"question_id", "problem_idx", "id"}) {
    if (doc.contains(key) && (doc[key].is_string() || doc[key].is_number_integer()))
      return id_text(doc[key]);
  }
  return id_text(row["doc_id"]);  // the number of the row
}

Status read_lm_eval_row(const Json& row, std::vector<RecordedReply>& replies) {
  RecordedReply reply;
  reply.sample_id = lm_eval_id(row);
  if (row.contains("doc") && row["doc"].is_object()) {
    reply.question = first_text_of(row["doc"], {"question", "problem", "question_content"});
  }
  const Json& resps = row["resps"];
  if (resps.is_null()) {
    reply.completion = null_reply();
    replies.push_back(std::move(reply));
    return ok_status();
  }
  if (!resps.is_array() || resps.empty())
    return invalid_argument("\"resps\" is not a list of replies");
  const bool likelihood = resps[0].is_array() && !resps[0].empty() && resps[0][0].is_array();
  if (likelihood) {  // one request a choice, each [[log-probability, is_greedy]]
    for (const Json& choice : resps) {
      const bool pair =
          choice.is_array() && !choice.empty() && choice[0].is_array() && !choice[0].empty();
      if (!pair && !choice.is_null())
        return wrong_type("resps", "a list of [[log-probability, is_greedy]]");
      const Json number = pair ? choice[0][0] : Json();
      const std::optional<double> logprob = number_of(number);
      if (!logprob && !number.is_null())
        return wrong_type("resps", "a list of [[log-probability, is_greedy]]");
      if (!logprob) {
        reply.completion = null_reply();
        break;
      }
      reply.completion.continuation_logprobs.push_back(*logprob);
    }
    replies.push_back(std::move(reply));
    return ok_status();
  }
  const Json& runs = resps[0].is_array() ? resps[0] : resps;
  const Json reasons = has(row, "finish_reasons") ? row["finish_reasons"] : Json::array();
  for (size_t repeat = 0; repeat < runs.size(); ++repeat) {
    RecordedReply one = reply;
    one.repeat = static_cast<int>(repeat);
    const bool said = reasons.is_array() && repeat < reasons.size() && !reasons[repeat].is_null();
    if (said && !reasons[repeat].is_string())
      return wrong_type("finish_reasons", "a list of texts");
    if (runs[repeat].is_null()) {
      one.completion = null_reply();
    } else if (!runs[repeat].is_string()) {
      return wrong_type("resps", "a list of texts");
    } else {
      one.completion = reply_of(runs[repeat].get<std::string>());
    }
    if (said && one.completion.finish_reason != FinishReason::kError)
      set_finish_reason(reasons[repeat].get<std::string>(), one.completion);
    replies.push_back(std::move(one));
  }
  return ok_status();
}

Status read_livecodebench_row(const Json& row, std::vector<RecordedReply>& replies) {
  const bool whole = row.contains("output_list") && !row["output_list"].empty();
  const char* key = whole || !has(row, "code_list") ? "output_list" : "code_list";
  const Json list = has(row, key) ? row[key] : Json::array({nullptr});
  if (!list.is_array()) return wrong_type(key, "a list of texts");
  for (size_t repeat = 0; repeat < list.size(); ++repeat) {
    if (!list[repeat].is_string() && !list[repeat].is_null())
      return wrong_type(key, "a list of texts");
    RecordedReply reply;
    reply.sample_id = id_text(row["question_id"]);
    reply.repeat = static_cast<int>(repeat);
    reply.question = text_of(row, "question_content");
    if (list[repeat].is_null()) {
      reply.completion = null_reply();
    } else {
      const std::string text = list[repeat].get<std::string>();
      reply.completion = reply_of(whole ? text : "```python\n" + text + "\n```");
    }
    replies.push_back(std::move(reply));
  }
  return ok_status();
}

Status read_mmlu_pro_row(const Json& row, std::vector<RecordedReply>& replies) {
  const Json& outputs = row["model_outputs"];
  const Json list = outputs.is_array() ? outputs : Json::array({outputs});
  for (size_t repeat = 0; repeat < list.size(); ++repeat) {
    if (!list[repeat].is_string() && !list[repeat].is_null())
      return wrong_type("model_outputs", "a list of texts");
    RecordedReply reply;
    reply.sample_id = id_text(row["question_id"]);
    reply.repeat = static_cast<int>(repeat);
    reply.question = text_of(row, "question");
    // Its scripts write null where the server failed.
    reply.completion =
        list[repeat].is_null() ? null_reply() : reply_of(list[repeat].get<std::string>());
    replies.push_back(std::move(reply));
  }
  return ok_status();
}

Status read_row(const Json& row, std::vector<RecordedReply>& replies) {
  if (!row.is_object()) return invalid_argument("a row is a JSON object");
  if (row.contains("id") && row.contains("output") &&
      (row["output"].is_string() || row["output"].is_null()))
    return read_own_row(row, replies);
  if (row.contains("doc_id") && row.contains("resps")) return read_lm_eval_row(row, replies);
  if (row.contains("question_id") && (row.contains("output_list") || row.contains("code_list")))
    return read_livecodebench_row(row, replies);
  if (row.contains("question_id") && row.contains("model_outputs"))
    return read_mmlu_pro_row(row, replies);
  return invalid_argument(
      "a row needs \"id\" and \"output\", a text (or the keys of lm-eval: doc_id and resps; of "
      "LiveCodeBench: "
      "question_id "
      "and output_list; of MMLU-Pro: question_id and model_outputs)");
}

std::string fold(const std::string& name) {
  std::string folded;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') folded += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) folded += c;
  }
  return folded;
}

// Whether a question may stand several times with the same reply: lm-eval writes a line a filter.
enum class SameReply { kRefused, kOnce };
SameReply same_reply(const Json& row) {
  return row.is_object() && row.contains("filter") ? SameReply::kOnce : SameReply::kRefused;
}

// The replies of `fresh` that are not there yet; a question with two replies is an error.
Status add_new(std::vector<RecordedReply> fresh, SameReply same_reply,
               std::map<std::tuple<std::string, std::string, int>, size_t>& known,
               std::vector<RecordedReply>& replies) {
  for (RecordedReply& reply : fresh) {
    const auto [place, is_new] =
        known.try_emplace({reply.task, reply.sample_id, reply.repeat}, replies.size());
    if (is_new) {
      replies.push_back(std::move(reply));
      continue;
    }
    const RecordedReply& before = replies[place->second];
    const bool same =
        before.completion.text == reply.completion.text && before.question == reply.question;
    if (!same || same_reply == SameReply::kRefused) {
      return invalid_argument("id {sample_id}, repeat {repeat} stands twice",
                              {{"sample_id", reply.sample_id}, {"repeat", reply.repeat}});
    }
  }
  return ok_status();
}

}  // namespace

Status read_replies(const std::string& path, std::vector<RecordedReply>& replies) {
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  std::map<std::tuple<std::string, std::string, int>, size_t> known;
  std::vector<RecordedReply> own;
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '[') {
    const Result<Json> list = parse_foreign_json(text);
    if (!list.ok()) return list.status().at(path);
    for (size_t i = 0; i < list->size(); ++i) {
      std::vector<RecordedReply> fresh;
      Status status = read_row((*list)[i], fresh);
      if (status.ok()) status = add_new(std::move(fresh), same_reply((*list)[i]), known, own);
      if (!status.ok()) return status.at(path + ", entry " + std::to_string(i));
    }
  } else {
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      const std::string place = path + ":" + std::to_string(number);
      const Result<Json> row = parse_foreign_json(line);
      if (!row.ok()) return row.status().at(place);
      std::vector<RecordedReply> fresh;
      Status status = read_row(*row, fresh);
      if (status.ok()) status = add_new(std::move(fresh), same_reply(*row), known, own);
      if (!status.ok()) return status.at(place);
    }
  }
  for (RecordedReply& reply : own)
    replies.push_back(std::move(reply));
  return ok_status();
}

std::string task_of_samples_file(const std::string& file_name) {
  constexpr std::string_view kPrefix = "samples_", kSuffix = ".jsonl";
  if (!file_name.starts_with(kPrefix) || !file_name.ends_with(kSuffix)) return "";
  const std::string middle =
      file_name.substr(kPrefix.size(), file_name.size() - kPrefix.size() - kSuffix.size());
  const size_t date = middle.rfind('_');
  return date == std::string::npos ? middle : middle.substr(0, date);
}

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Whether `folded` is what the first words of `name` fold to: "mmlupro" of "MMLU-Pro_biology", but
// not of "mmlu_prox".
bool begins_with_words(const std::string& name, const std::string& folded) {
  std::string words;
  for (size_t i = 0; i < name.size(); ++i) {
    words += fold(name.substr(i, 1));
    const bool word_ends = i + 1 == name.size() || !is_name_character(name[i + 1]);
    if (word_ends && words == folded) return true;
  }
  return false;
}

}  // namespace

TaskMatch match_tasks(const std::string& recorded, const std::string& asked) {
  constexpr std::string_view kLeaderboard = "leaderboard_";
  const std::string theirs =
      recorded.starts_with(kLeaderboard) ? recorded.substr(kLeaderboard.size()) : recorded;
  const std::string their_name = fold(theirs), our_name = fold(asked);
  if (their_name.empty() || our_name.empty()) return TaskMatch::kNone;
  if (their_name == our_name) return TaskMatch::kSame;
  return begins_with_words(theirs, our_name) || begins_with_words(asked, their_name)
             ? TaskMatch::kPart
             : TaskMatch::kNone;
}

std::string squeezed(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (static_cast<unsigned char>(c) > 0x20) out += c;
  }
  return out;
}

}  // namespace jangwon::harness
