#include <algorithm>

#include "reports/display_width.h"
#include "reports/escape.h"
#include "reports/grid.h"

namespace jangwon::reports {
namespace {

std::string cell_text(const GridCell& cell) {
  std::string text = visible_text(cell.text);
  if (cell.emphasis == Emphasis::kBest) text += " *";
  if (cell.emphasis == Emphasis::kSecond) text += " +";
  if (!cell.footnotes.empty()) text += " " + cell.footnotes + ")";
  return text;
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string write_text(const Grid& grid) {
  std::vector<int> widths(grid.header.size(), 0);
  auto widen = [&](const std::vector<GridCell>& cells) {
    for (size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], display_width(cell_text(cells[i])));
  };
  widen(grid.header);
  for (const GridRow& row : grid.rows) {
    if (!row.section) widen(row.cells);
  }
  auto line = [&](const std::vector<GridCell>& cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      Align align = static_cast<int>(i) < grid.num_label_columns ? Align::kLeft : Align::kRight;
      text += (i > 0 ? "  " : "") + pad_to_width(cell_text(cells[i]), widths[i], align);
    }
    return without_trailing_spaces(text);
  };
  size_t total = 0;
  for (int width : widths)
    total += static_cast<size_t>(width) + 2;
  std::string rule;
  for (size_t i = 2; i < total; ++i)
    rule += "─";

  std::string text =
      visible_text(grid.caption) + "\n" + rule + "\n" + line(grid.header) + rule + "\n";
  for (const GridRow& row : grid.rows) {
    text += row.section ? "· " + visible_text(row.cells.front().text) + "\n" : line(row.cells);
  }
  text += rule + "\n";
  for (const std::string& note : grid.notes)
    text += visible_text(note) + "\n";
  return text;
}

}  // namespace jangwon::reports
