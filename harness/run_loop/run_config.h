// RunConfig: what was asked for, resolved once and then frozen in run.json.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/run_json.h"
#include "harness/record/score.h"
#include "harness/run_loop/sample_limit.h"
#include "harness/run_loop/shard.h"
#include "harness/task/task_spec.h"
#include "runtime/base/json_value.h"
#include "runtime/base/thinking_markers.h"

namespace jangwon::harness {

// Which rows are asked. The miniature sets that come with the program are the default, because
// they are always there; a published set has to be imported first. Everything made from a
// miniature set says so.
enum class DatasetChoice { kBundled, kPublished };
const char* name_of(DatasetChoice choice);

// What an estimate of the run is told (run_estimate.h).
struct EstimateSettings {
  // an earlier run, whose replies say how long these will be and how fast they come
  std::string like;
  std::optional<int> reply_tokens;
  std::optional<double> tokens_a_second;         // of replies, all in flight together
  std::optional<double> prompt_tokens_a_second;  // absent: the replies' speed has the prompts in it
  double prompt_price = 0.0;                     // of a million tokens, in whatever currency
  double reply_price = 0.0;
  std::string tokenizer;  // a folder with that of a served model
  bool probe = false;     // a server is asked a few questions
};

struct RunConfig {
  // What is asked.
  std::vector<AskedModel> models;
  std::vector<std::string> tasks;  // names, or folders with a task.yaml
  // the same as they were asked for, which may say more: NAME:8
  std::vector<std::string> task_words;
  std::string include_path;  // a folder of further tasks
  DatasetChoice dataset = DatasetChoice::kBundled;
  SampleLimit limit;        // of each task
  int repeats = 0;          // runs a sample; 0: as the task says
  std::string style;        // prompt style; empty: the task's default
  std::string window;       // a named selection of the task; excludes the three below
  std::string release_tag;  // LiveCodeBench: which release's problems, e.g. release_v6 or v6
  std::string start_date;   // contest dates from here, YYYY-MM-DD
  // up to here; a problem dated later on that day is left out, as the official scripts do
  std::string end_date;
  uint64_t seed = 0;
  TaskSampling sampling;  // flags: they stand above the task's and the model's own
  JsonValue scorer_options = JsonValue::object();  // above the task's and the style's
  // of the chat template: enable_thinking, reasoning_effort, …
  JsonValue template_arguments = JsonValue::object();
  std::vector<ThinkingMarkers> thinking_markers;  // above the known ones
  // of the embedded engine; empty: what suits each checkpoint
  std::string numerics;
  // of the embedded engine, made at load; empty: as they are stored
  std::string weights;
  // of the embedded engine; empty: what suits the numerics
  std::string kv_cache_dtype;

  // only this part of the questions; `jangwon merge` puts the parts together
  std::optional<Shard> shard;

  // the flags that were given: recorded for the next call
  JsonValue asked_settings = JsonValue::object();

  // How it is run: no result depends on these.
  std::string output_folder;
  // of the embedded engine: "cpu" or empty, "cuda", "auto": a GPU where there is one
  std::string device;
  int num_threads = 0;     // of the embedded engine; 0: all
  int max_batch_size = 0;  // 0: the engine's default
  int num_drafts = 0;      // that an embedded model's draft module proposes for a step
  // "layer-major": embedded models run layer by layer, and every task only scores
  std::string scoring;
  int num_graders = 0;  // replies graded at once; 0: as many as cores
  std::vector<ScoreMode> modes = {ScoreMode::kOfficial, ScoreMode::kNative};  // that are judged
  bool allow_unsandboxed = false;
  EstimateSettings estimate;
};

}  // namespace jangwon::harness
