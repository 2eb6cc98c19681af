// The run: the one place that tells the whole story, in order. Every step is a call; see
// run_evaluation in run_loop.cc.

#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include "harness/record/run_result.h"
#include "harness/run_loop/run_config.h"
#include "harness/run_loop/run_manifest.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

struct RunOutcome {
  RunResult result;
  int num_asked = 0;    // samples this call generated and graded
  int num_resumed = 0;  // samples that were in the journal already
  bool interrupted = false;
};

// Evaluates, or goes on with the run in config.output_folder. `stop` is asked between steps; a run
// that was stopped goes on by being called again. results.json is written in any case; an
// incomplete run is not an error here, the caller looks at result.complete.
Result<RunOutcome> run_evaluation(const RunConfig& config, std::FILE* progress_stream,
                                  const std::function<bool()>& stop);

// Computes results.json again from the journal and run.json alone. A record that run.json does not
// name is an error.
Result<RunResult> aggregate_run(const std::string& run_folder, const RunManifest& manifest);
Status write_results(const std::string& run_folder, const RunResult& result);

}  // namespace jangwon::harness
