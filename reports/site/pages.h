// The pages of the site, one function each. They read SiteData and write nothing.

#pragma once

#include <string>
#include <vector>

#include "reports/report.h"
#include "reports/site/page_frame.h"
#include "reports/site/task_groups.h"

namespace jangwon::reports {

// kBrief: what fits one file of at most 300 kB; the ratio page then keeps its standard reference
// alone, the licences are those of the national models, and a task says neither how it is read nor
// how each score came about.
enum class PageDepth { kFull, kBrief };

struct SiteData {
  const ReportData& data;
  const ReportOptions& options;
  std::vector<ColumnGroup> groups;  // of data.table.tasks
  TableInput published;             // all published rows, national ones ranked among themselves
  std::vector<TaskRanking> published_ranks;
  PageDepth depth = PageDepth::kFull;
};

Result<SiteData> make_site_data(const ReportData& data, const ReportOptions& options);

// task-NAME.html; other characters than letters, digits and _ become -
std::string task_file(const std::string& task);

Page make_overview_page(const SiteData& site);
Page make_task_page(const SiteData& site, const TableColumn& task);
Page make_ratio_page(const SiteData& site);
Page make_efficiency_page(const SiteData& site);
Page make_licence_page(const SiteData& site);
Page make_reproduce_page(const SiteData& site);
Page make_diff_page(const SiteData& site);
Page make_samples_page(const SiteData& site);
Page make_runs_page(const SiteData& site);
Page make_method_page(const SiteData& site);
Page make_history_page(const History& history);

// Outcomes of every measured row on a task, one character a question: '2' always right, '1'
// sometimes, '0' never, 'e' an error of ours and nothing that counts, '-' not asked. Rows in the
// order of the table; items in the order of the first run.
struct OutcomeStrings {
  std::vector<std::string> ids;
  std::vector<std::string> categories;
  std::vector<size_t> rows;  // indices into data.table.rows
  std::vector<std::string> outcomes;
};
OutcomeStrings make_outcome_strings(const ReportData& data, const std::string& task);

// The run and outcomes behind a measured row; null for published rows and missing journals.
struct RowOutcomes {
  const RunFolder* run = nullptr;
  const OutcomeTask* task = nullptr;
  const std::vector<SampleOutcome>* samples = nullptr;
};
RowOutcomes outcomes_of(const ReportData& data, const TableRow& row, const std::string& task);

}  // namespace jangwon::reports
