// TaskSpec: what is asked and how it is judged, read from tasks/NAME/task.yaml. A task of an
// existing kind needs no C++.
//
// The format is described, key by key, in tasks/README.md; a wrong key is an error with its line
// and the nearest right name.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/task/task_profile.h"
#include "runtime/base/completion.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

enum class TaskKind {
  kGenerate,        // the model writes; an extractor and a scorer judge
  kMultipleChoice,  // the log-probability of each option is asked; the likeliest is the answer
};

// What an extractor is given of a reply.
enum class ReasoningRule {
  kKeep,   // all of it
  kStrip,  // what stands behind the thinking
};

// One way of asking: the messages (or the raw completion prompt) as Jinja templates over the
// sample's columns.
struct PromptStyle {
  std::string name;
  std::vector<std::string> aliases;  // other names of it
  struct Part {
    std::string role;  // system, user, assistant
    std::string template_text;
  };
  std::vector<Part> messages;  // empty for a completion style
  std::string completion;      // raw prompt; empty for a chat style
  // multiple choice: rendered once an option, with `choice` and `letter`
  std::string continuation;
  int num_fewshot = 0;
  // above the task's: a prompt and its extractor are chosen as a pair
  JsonValue scorer_options = JsonValue::object();
};

struct FewshotRule {
  std::string split;  // where the shots come from; empty: no shots
  // only rows whose column equals the sample's, e.g. category; empty: any row
  std::string same_key;
};

// Sampling as the task prescribes it. What is absent falls to the model's generation_config.json,
// then to greedy; with a server, to its own defaults.
struct TaskSampling {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> top_k;
  std::optional<double> min_p;
  std::optional<double> presence_penalty;
  std::optional<int> max_tokens;
  std::vector<std::string> stop;
};

// A named selection of a data set that grows: "v6" of LiveCodeBench means four different
// sets in reports.
struct WindowSpec {
  std::string name;
  std::string release;     // empty: the manifest's default
  std::string start_date;  // YYYY-MM-DD; empty: open
  std::string end_date;
  int num_samples = 0;  // of the published set; 0: not known
};

struct ScorerSpec {
  std::string name;
  JsonValue options = JsonValue::object();
};

struct TaskSpec {
  std::string name;
  std::string version;
  TaskProfile profile;                               // what it says of itself
  JsonValue recorded_profile = JsonValue::object();  // the same as run.json has it
  std::string folder;                                // where task.yaml stands
  std::string sha256;                                // of task.yaml
  TaskKind kind = TaskKind::kGenerate;

  std::string bundled_manifest;    // name or path relative to the task's folder; may be empty
  std::string published_manifest;  // likewise
  std::string split = "test";

  std::vector<WindowSpec> windows;  // may be empty

  std::vector<PromptStyle> styles;  // the first is the default
  std::string bundled_style;        // the default for the bundled set; empty: the same
  FewshotRule fewshot;
  TaskSampling sampling;
  int repeats = 1;
  ReasoningRule reasoning = ReasoningRule::kKeep;
  std::vector<ScorerSpec> scorers;  // exactly one today: it gives the scores of both modes
  std::string metric = "accuracy";
  // questions with known defects, relative to the task's folder; empty: none
  std::string errata_file;
};

Result<TaskSpec> read_task_spec(const std::string& folder);

// The style called `name`, or the default one for an empty name. Case, - and _ do not matter, so
// that the names that the benchmarks' own code uses (OpenAIChat) are understood.
Result<const PromptStyle*> find_style(const TaskSpec& task, const std::string& name);

// The window called `name`; folded like a style's name.
Result<const WindowSpec*> find_window(const TaskSpec& task, const std::string& name);

// The name of the window that selects just this, or "" where it has none.
std::string window_name(const TaskSpec& task, const std::string& release,
                        const std::string& start_date, const std::string& end_date);

}  // namespace jangwon::harness
