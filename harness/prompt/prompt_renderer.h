// Sample → what is asked: a task's prompt style as compiled templates, with its few-shot rule.
//
// The templates see every column of the sample under its own name, and besides: question, choices
// (options in order), letters ("A", "B", …, one a choice), starter_code, and fewshot, a list of the
// shots with the same names.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "datasets/sample.h"
#include "harness/record/request.h"
#include "harness/task/task_spec.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

enum class Shots {
  kAsStyleSays,
  kNone,  // what a prompt would be without them, for its share of them
};

class PromptRenderer {
 public:
  // `shots` is the split that the few-shot rule names, in file order; it may be empty where the
  // style wants no shots. Errors name the task, the style and the line of the template.
  static Result<PromptRenderer> make(const TaskSpec& task, const PromptStyle& style,
                                     std::vector<datasets::Sample> shots);
  ~PromptRenderer();
  PromptRenderer(PromptRenderer&&) noexcept;
  PromptRenderer& operator=(PromptRenderer&&) noexcept;

  // Fills kind, messages or raw_prompt, continuations and num_fewshot. A sample for which the
  // rule finds fewer shots than the style wants is an error: a prompt with fewer shots is
  // another benchmark.
  Status render(const datasets::Sample& sample, Request& request,
                Shots shots = Shots::kAsStyleSays) const;

  // SHA-256 over the style's templates and the rendered shots' ids: what stands in run.json.
  const std::string& style_sha256() const;

  // Ids of the shots that a prompt may hold, by the value of the rule's same_key ("" without one),
  // in prompt order.
  const std::map<std::string, std::vector<std::string>>& fewshot_ids() const;

 private:
  struct State;
  explicit PromptRenderer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jangwon::harness
