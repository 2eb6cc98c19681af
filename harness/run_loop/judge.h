// Completion → scores, verdict and flags of a record: the filters and the scorer of its task, in both modes.

#pragma once

#include "datasets/sample.h"
#include "harness/record/sample_record.h"
#include "harness/run_loop/prepared_task.h"

namespace jangwon::harness {

// Splits the thinking off where the task asks for it and the backend has not, then scores. Fills record.scores,
// verdict, truncated, unterminated_reasoning and error. A completion that failed for good gets infra_error in every
// mode.
void judge(const PreparedTask& task, const datasets::Sample& sample, Completion& completion, SampleRecord& record);

}  // namespace jangwon::harness
