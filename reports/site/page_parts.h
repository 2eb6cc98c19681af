// Pieces that several pages show: a score with everything that must stand beside it, chips, the
// account of all samples.

#pragma once

#include <optional>
#include <string>

#include "reports/registry.h"
#include "reports/site/html.h"
#include "reports/site/html_table.h"
#include "reports/site/svg_plots.h"
#include "reports/table_input.h"

namespace jangwon::reports {

// The cell of a score: value, interval, n × runs, rank, footnotes, flags, and the values that stand
// beside. Sorted by the value.
void add_score(HtmlTable& table, const TableCell& cell);

// A row's name with its chips.
Html row_name(const TableRow& row);

// The filters that a row answers to: source, role, licence, mode, active parameters.
std::string row_filters(const TableRow& row);

// The headings above measured and above published rows.
Message measured_rows_title();
Message published_rows_title();

Html account_table(const TableInput& table);
// Footnotes and notes. With a task only the footnotes that its column uses, under the same letters.
Html footnote_list(const TableInput& table, const std::string& task = "");

// A difference of fractions in points with its sign: "+3.0"; what rounds to zero is "0.0".
std::string points_with_sign(double difference);
// The same with its interval, where it has one.
Html difference_with_interval(double difference, std::optional<double> low,
                              std::optional<double> high);
// "71.2 [68.0, 74.1]" of fractions, in points; "–" where there is none.
Html points_with_interval(std::optional<double> points, std::optional<double> low,
                          std::optional<double> high);

WhiskerPlot make_task_plot(const TableInput& table, const TableColumn& task);
PlotStyle plot_style(const TableRow& row);

Message verdict_word(const std::string& licence_verdict);
Message confidence_word(Confidence confidence);

}  // namespace jangwon::reports
