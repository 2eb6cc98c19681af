#include <fmt/format.h>

#include "reports/escape.h"
#include "reports/grid.h"

namespace jangwon::reports {
namespace {

std::string cell_text(const GridCell& cell) {
  std::string text = markdown_escape(cell.text);
  if (cell.emphasis == Emphasis::kBest) text = fmt::format("**{}**", text);
  if (cell.emphasis == Emphasis::kSecond) text = fmt::format("<u>{}</u>", text);
  if (!cell.footnotes.empty()) text += " <sup>" + cell.footnotes + "</sup>";
  return text;
}

std::string line_of(const std::vector<GridCell>& cells) {
  std::string line = "|";
  for (const GridCell& cell : cells)
    line += fmt::format(" {} |", cell_text(cell));
  return line + "\n";
}

}  // namespace

std::string write_markdown(const Grid& grid) {
  std::string text = line_of(grid.header) + "|";
  for (size_t i = 0; i < grid.header.size(); ++i)
    text += static_cast<int>(i) < grid.num_label_columns ? " :-- |" : " --: |";
  text += "\n";
  for (const GridRow& row : grid.rows) {
    if (row.section) {
      text += "| *" + markdown_escape(row.cells.front().text) + "* |";
      for (size_t i = 1; i < grid.header.size(); ++i)
        text += " |";
      text += "\n";
    } else {
      text += line_of(row.cells);
    }
  }
  for (const std::string& note : grid.notes)
    text += fmt::format("\n{}\n", markdown_escape(note));
  return text;
}

}  // namespace jangwon::reports
