// A task ready to be asked: its spec, its samples, its compiled prompt and its scorer.

#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "harness/grading/grade_reply.h"
#include "harness/prompt/prompt_renderer.h"
#include "harness/run_loop/run_config.h"
#include "harness/sandbox/sandbox.h"
#include "harness/task/task_spec.h"

namespace jangwon::harness {

struct PreparedTask {
  TaskSpec spec;
  std::string style;       // name of the prompt style in use
  std::string window;      // name of the selection, where it has one
  bool miniature = false;  // the questions are a set that comes with the program
  datasets::Dataset data;
  std::unique_ptr<PromptRenderer> renderer;
  Grading grading;
  int repeats = 1;
  std::string licence_rules;  // the text of the task's licences.yaml, where it has one
  std::map<std::string, const datasets::Sample*> by_id;

  // What run.json says of it.
  nlohmann::ordered_json frozen() const;
};

struct PreparedTasks {
  std::unique_ptr<SandboxPool> sandbox;  // only where a task runs code; outlives the scorers
  std::vector<PreparedTask> tasks;
};

// The tasks that `config` names, without their questions. Errors: an unknown task, one
// that is named twice.
Result<std::vector<TaskSpec>> find_tasks(const RunConfig& config);

// Whether the questions of the task would be a miniature set that comes with the program.
bool asks_miniature_set(const TaskSpec& task, DatasetChoice choice);

// Reads their questions. Errors: an unknown style, a missing data set (with the way to get it), a
// scorer that cannot be made, a kernel that refuses the sandbox.
Result<PreparedTasks> prepare_tasks(const RunConfig& config, const std::vector<TaskSpec>& specs);

// The markers of thinking that hold for a model: those of the model itself, then those of the
// whole run.
std::vector<ThinkingMarkers> thinking_markers_for(const std::string& model,
                                                  const std::vector<ThinkingMarkers>& of_run,
                                                  const std::vector<ThinkingMarkers>& of_model);

}  // namespace jangwon::harness
