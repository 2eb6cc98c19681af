// Replies that were there when a run was interrupted and had no verdict yet, because programs take
// their time. They are kept beside the journal, so that going on judges them instead of asking
// (and paying) again.

#pragma once

#include <string>
#include <vector>

#include "harness/record/sample_record.h"

namespace jangwon::harness {

// Records without scores; those of earlier interruptions stay.
Status keep_ungraded(const std::string& run_folder, const std::vector<SampleRecord>& records);
Result<std::vector<SampleRecord>> read_ungraded(const std::string& run_folder);
// Those of a model that was asked to its end.
Status forget_ungraded(const std::string& run_folder, const std::string& model);

}  // namespace jangwon::harness
