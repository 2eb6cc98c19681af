// The transcripts beside the site: classic script files of at most 32 questions each, which file://
// can load one at a time.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "reports/report.h"

namespace jangwon::reports {

// For the samples page: by task, `models`, `ids`, `categories`, `outcomes` (one string a model)
// and `chunks`, one list a model with the chunk's name for each question, or null where its text
// is not included.
nlohmann::ordered_json make_sample_index(const ReportData& data, const ReportOptions& options);

// Writes site_dir/data/samples/…: __jangwon("NAME", [records]). One chunk is held in memory at a
// time; records are read from the journals where read_outcomes found them.
Status write_sample_chunks(const ReportData& data, const ReportOptions& options,
                           const std::string& site_dir);

}  // namespace jangwon::reports
