// The HTML leaderboard: static files, no server, no network, works from file://.

#pragma once

#include "reports/report.h"

namespace jangwon::reports {

// options.out_dir/site/: all pages, data/summary.json, and the sample chunks. Where the table
// has no published rows, those of the national models are added below the measured ones,
// marked and unranked.
Status write_site(const ReportData& data, const ReportOptions& options);

// options.out_dir/report.html.
Status write_single_file_site(const ReportData& data, const ReportOptions& options);

}  // namespace jangwon::reports
