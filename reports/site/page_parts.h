// Pieces that several pages show: a score with everything that must stand beside it, chips, the
// account of all samples.

#pragma once

#include <string>

#include "reports/registry.h"
#include "reports/site/html.h"
#include "reports/site/svg_plots.h"
#include "reports/table_input.h"

namespace jangwon::reports {

// <td>: value, interval, n × runs, rank, footnotes, flags, and the values that stand beside.
std::string score_cell(const TableRow& row, const TableColumn& task);

// <th scope="row">: name with its chips.
std::string row_heading(const TableRow& row);

// data-f of a row: source, role, licence, mode, active parameters.
std::string row_filters(const TableRow& row);

std::string rank_chip(const harness::RankInterval& rank, bool shared);

// Opens a table that scrolls inside its own focusable region. Close with "</table></div>".
std::string open_table(std::string_view id, std::string_view classes, const Bilingual& caption);

// <th><button>: sortable; `first` is the direction of the first click.
std::string sortable_head(const Bilingual& label, std::string_view first, bool numeric,
                          std::string_view column = "");

std::string account_table(const TableInput& table);
// Footnotes and notes. With a task only the footnotes that its column uses, under the same letters.
std::string footnote_list(const TableInput& table, const std::string& task = "");

// A difference of fractions in points with its sign: "+3.0"; what rounds to zero is "0.0".
std::string signed_points_html(double difference);

WhiskerPlot make_task_plot(const TableInput& table, const TableColumn& task);

Bilingual verdict_word(const std::string& licence_verdict);
Bilingual confidence_word(Confidence confidence);

}  // namespace jangwon::reports
