// What newcomers type because another harness taught them: values of flags and of tasks
// in its spelling.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/task/task_spec.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// "NAME:8" (NeMo-Skills: runs a question), "NAME|5" (lighteval: shots), "suite|NAME|5|0".
struct TaskWord {
  std::string name;
  std::optional<int> repeats;
  std::optional<int> num_fewshot;
};
Result<TaskWord> parse_task_word(const std::string& word);

// --gen_kwargs temperature=0.6,max_gen_toks=4096 (lm-eval), --generation-config '{"temperature":
// 0.6}' (evalscope), ++inference.temperature=0.6 (NeMo-Skills). A key that is not understood is an
// error: a setting is never dropped.
Status add_generation_setting(const std::string& key, const std::string& value,
                              TaskSampling& sampling);
Status add_generation_settings(const std::string& text, TaskSampling& sampling);

// --model_args pretrained=X,base_url=U (lm-eval) and --base-url: what --model would say.
struct EndpointWords {
  std::string base_url;    // …/v1 or …/v1/chat/completions; empty: none
  std::string model_args;  // key=value,…
};
Status apply_endpoint(const EndpointWords& words, std::vector<std::string>& models);

}  // namespace jangwon::harness
