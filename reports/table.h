// Comparison tables: models × tasks with intervals, and below them the account of every sample.
//
// No score stands without its n, its interval and its counts; undefined is "–", not asked "·", not
// comparable "n/c", never 0. Formats: text for terminals (Hangul takes two columns), Markdown, CSV
// (long form, one line a cell), JSON, LaTeX (booktabs).

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reports/language.h"
#include "reports/table_input.h"

namespace jangwon::reports {

enum class TableFormat { kText, kMarkdown, kCsv, kJson, kLatex };

// kReport: benchmarks as rows, models as columns, as the technical reports print it. kLeaderboard:
// the transpose. kAuto: the report layout up to four models, the leaderboard beyond, where columns
// would no longer fit a page.
enum class TableLayout { kAuto, kReport, kLeaderboard };

struct TableStyle {
  Language language = Language::kEnglish;
  TableLayout layout = TableLayout::kAuto;
  // What is set in bold. kTieGroup: all models that the evidence cannot separate from the best;
  // kPoint: the highest number, with a footnote that says what that ignores.
  enum class Mark { kTieGroup, kPoint } mark = Mark::kTieGroup;
  // Korean Excel reads a CSV file as UTF-8 only when it starts with a byte order mark.
  enum class ByteOrderMark { kOmit, kWrite } byte_order_mark = ByteOrderMark::kOmit;
};

std::string render_table(const TableInput& table, TableFormat format, const TableStyle& style);
std::string render_table(const TableInput& table, TableFormat format);

// "85.8 [73.1, 93.4]", or "81.5 ±0.7" where n ≥ 100 and the two arms differ by less than 0.1; "–",
// "·" or "n/c (74.2)" where there is no score to show.
std::string score_text(const TableCell& cell);

// The value alone, in points with one decimal: "85.8"; "–" when absent.
std::string points_text(const std::optional<double>& value);

// What the row is, beside its name: "stand-in", "published", the mode, the source. Empty for a
// plain measured row.
std::string row_note(const TableRow& row, Language language);

}  // namespace jangwon::reports
