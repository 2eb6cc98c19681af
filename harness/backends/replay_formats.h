// Files of replies that were made elsewhere, in the formats of the programs that made them.
//
//   ours              {"id", "output"} and optional "task", "repeat", "model", "finish_reason",
//                     "reasoning", "continuation_logprobs"
//   lm-eval           samples_*.jsonl: {"doc_id", "doc", "resps"}
//   LiveCodeBench     a list of {"question_id", "output_list"} (or "code_list" alone), also its
//                     _eval_all.json
//   MMLU-Pro          a list of {"question_id", "model_outputs"}
//
// Each of them as a JSON list or as JSON Lines. null in the place of a reply, and the finish_reason
// "error", are kept as an error of that question.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/completion.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

struct RecordedReply {
  std::string task;  // as the file calls it; empty: not said
  std::string sample_id;
  int repeat = 0;
  std::string model;     // empty: not said
  std::string question;  // its text, where the file has it: the prompt of a request must contain it
  Completion completion;
};

// Appends the replies of the file; where one question stands several times with the same reply
// (lm-eval writes a line a filter), once. Errors name the line or the entry.
Status read_replies(const std::string& path, std::vector<RecordedReply>& replies);

// The folder of a task's name in samples_TASK_DATE.jsonl; empty for other names.
std::string task_of_samples_file(const std::string& file_name);

// How the task of a recorded reply is related to the one that is asked: the same name but for case
// and punctuation, or a part of it by whole words ("NAME_biology" of NAME, or the other way round).
// One task's name may begin another's, so a part may also be a stranger: take it only where there
// is no reply of the same name, and its question can be compared.
enum class TaskMatch { kNone, kPart, kSame };
TaskMatch match_tasks(const std::string& recorded, const std::string& asked);

// Without white space: for the comparison of a question with a prompt that contains it.
std::string squeezed(const std::string& text);

}  // namespace jangwon::harness
