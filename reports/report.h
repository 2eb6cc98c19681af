// The front door of the reports: run folders and the registry in, files out.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/history.h"
#include "reports/published_rows.h"
#include "reports/ranking.h"
#include "reports/run_folder.h"
#include "reports/table.h"

namespace jangwon::reports {

enum class ReportFormat {
  kMarkdown,  // report.md
  kCsv,       // report.csv
  kLatex,     // report.tex
  kJson,      // report.json
  // report.html: overview, tasks, ratio and licences in one file, for mails and CI artefacts
  kHtml,
  kSite,  // site/: the whole leaderboard
};

// md, csv, tex, json, html, site.
std::optional<ReportFormat> report_format_of_name(std::string_view name);
const std::vector<std::string>& report_format_names();

// Whether it is one text, which may go to stdout; html and site are pages.
bool is_one_text(ReportFormat format);

// What of the samples goes onto the site. Questions and gold answers stay out unless kFull is asked
// for: data sets have terms of their own, and a crawlable page with answers spoils a benchmark.
enum class SampleSelection { kNone, kIds, kFlips, kFailures, kAll };
enum class SampleText { kNone, kOutputs, kFull };

struct ReportOptions {
  std::vector<std::string> runs;  // run folders; may be empty: then the registry alone
  std::vector<ReportFormat> formats;
  std::string out_dir;
  // absent: English tables, Korean site (both languages are in the site)
  std::optional<Language> language;
  // absent: all with no run, else the national models on the site only
  std::optional<PublishedScope> published;
  PublishedRanking ranking = PublishedRanking::kNational;
  TableStyle style;
  SampleSelection samples = SampleSelection::kFlips;
  SampleText sample_text = SampleText::kOutputs;
  std::optional<History> history;  // a page of the site, and history.csv
  std::string
      // YYYY-MM-DD for the six-month window of references; empty: the last sample's day,
      // else the registry's
      as_of;
};

// Everything that the writers need, read and computed once.
struct ReportData {
  Registry registry;
  std::vector<RunFolder> runs;
  std::vector<RunOutcomes> outcomes;  // one a run
  Evidence evidence;
  TableInput table;
  std::vector<TaskRanking> rankings;
  std::string as_of;
};

Result<ReportData> load_report_data(const ReportOptions& options);

// The table of a run as the end of `jangwon run` prints it: measured rows only, with ranks where
// the journal allows.
Result<TableInput> load_run_table(const std::string& run_folder);

// Writes what is asked for under options.out_dir, which is made if it is missing. Each file is
// replaced as a whole.
Status write_report(const ReportOptions& options);

// The usual end of a run: write_report with defaults.
Status write_report(const std::vector<std::string>& runs, const std::vector<ReportFormat>& formats,
                    const std::string& out_dir);

// What write_report writes into the file of a format. REQUIRES: is_one_text(format).
std::string report_text(const ReportData& data, ReportFormat format, const TableStyle& style);

// report.md alone.
std::string write_report_markdown(const ReportData& data, const TableStyle& style);

}  // namespace jangwon::reports
