// A table as people read it, before it is written as text, Markdown or LaTeX: rows of cells whose
// content is decided. The three writers differ in escaping and rules only.

#pragma once

#include <string>
#include <vector>

#include "reports/table.h"

namespace jangwon::reports {

enum class Emphasis { kNone, kBest, kSecond };

struct GridCell {
  std::string text;
  std::string footnotes;  // "a,b", or empty
  Emphasis emphasis = Emphasis::kNone;
};

struct GridRow {
  std::vector<GridCell> cells;
  bool section = false;  // one cell over the whole width
};

struct Grid {
  std::string caption;
  std::vector<GridCell> header;  // the first column is left-aligned, all others right
  std::vector<GridRow> rows;
  std::vector<std::string> notes;  // footnotes and remarks, plain text
  int num_label_columns = 1;       // left-aligned ones
};

Grid make_score_grid(const TableInput& table, const TableStyle& style);

// What became of every sample: verdicts, flags, the other mode. Rows without counts (published
// values) do not stand here; no rows when there is none.
Grid make_account_grid(const TableInput& table, const TableStyle& style);

// Named variants of a rule beside the scores they belong to; no rows when there is none.
Grid make_variant_grid(const TableInput& table, const TableStyle& style);

// Figures that tasks ask for beside their score; no rows when there is none.
Grid make_further_grid(const TableInput& table, const TableStyle& style);

// Replies to Korean questions that are in Korean; no rows when of none it could be told.
Grid make_language_grid(const TableInput& table, const TableStyle& style);

// Licence by licence, whether each row's answers would pass its examination; no rows when no
// task has licences.
Grid make_licence_grid(const TableInput& table, const TableStyle& style);

Message variant_title(const std::string& name);

// A figure with its interval: "71.2 [60.1, 80.4]"; of the spread, which has none, points alone.
std::string further_text(const FurtherScore& score);
Message further_title(const std::string& name);

// "12 of 14", or "–" where no text could be told.
Message language_share_text(const LanguageShare& share);

std::string write_text(const Grid& grid);
std::string write_markdown(const Grid& grid);
std::string write_latex(const Grid& grid);

}  // namespace jangwon::reports
