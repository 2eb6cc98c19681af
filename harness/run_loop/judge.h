// Completion → scores, verdict and flags of a record: the extraction and the scorer of its task, in both modes.

#pragma once

#include <vector>

#include "datasets/sample.h"
#include "harness/record/sample_record.h"
#include "harness/run_loop/prepared_task.h"
#include "runtime/base/thinking_markers.h"

namespace jangwon::harness {

// Splits the thinking off where the task asks for it and the backend has not, then scores. Fills record.scores,
// verdict, truncated, unterminated_reasoning and error. A completion that failed for good gets infra_error in every
// mode.
// `given`: the markers of thinking that the user named for the record's model.
void judge(const PreparedTask& task, const std::vector<ThinkingMarkers>& given, const datasets::Sample& sample,
           Completion& completion, SampleRecord& record);

}  // namespace jangwon::harness
