// booktabs and threeparttable, plain columns. The output is a table environment to \input; the
// comment on top lists what the preamble needs, Korean included.

#include <fmt/format.h>

#include "reports/escape.h"
#include "reports/grid.h"

namespace jangwon::reports {
namespace {

// Characters outside what pdfLaTeX knows, as commands.
std::string tex_text(std::string_view text) {
  std::string escaped = latex_escape(text);
  static constexpr std::pair<std::string_view, std::string_view> kCommands[] = {
      {"±", "$\\pm$"},   {"×", "$\\times$"}, {"–", "--"},
      {"·", "$\\cdot$"}, {"≥", "$\\ge$"},    {"−", "$-$"}};
  for (auto [symbol, command] : kCommands) {
    for (size_t at = 0; (at = escaped.find(symbol, at)) != std::string::npos;
         at += command.size()) {
      escaped.replace(at, symbol.size(), command);
    }
  }
  return escaped;
}

std::string cell_text(const GridCell& cell) {
  std::string text = tex_text(cell.text);
  if (cell.emphasis == Emphasis::kBest) text = "\\textbf{" + text + "}";
  if (cell.emphasis == Emphasis::kSecond) text = "\\underline{" + text + "}";
  if (!cell.footnotes.empty()) text += "\\tnote{" + cell.footnotes + "}";
  return text;
}

// Behind "\\" and "\item" a bracket would be taken for an argument, and a star for a
// variant of the command.
std::string begun(std::string text) {
  const bool taken = !text.empty() && (text[0] == '[' || text[0] == '*');
  return taken ? "{}" + std::move(text) : std::move(text);
}

std::string line_of(const std::vector<GridCell>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i)
    line += (i == 0 ? "" : " & ") + cell_text(cells[i]);
  return begun(std::move(line)) + " \\\\\n";
}

}  // namespace

std::string write_latex(const Grid& grid) {
  std::string columns(grid.header.size(), 'r');
  for (int i = 0; i < grid.num_label_columns && i < static_cast<int>(columns.size()); ++i)
    columns[static_cast<size_t>(i)] = 'l';
  std::string text =
      "% \\usepackage{booktabs,threeparttable}; for Korean text \\usepackage{kotex} with XeLaTeX "
      "or LuaLaTeX\n"
      "\\begin{table}\n\\centering\n\\begin{threeparttable}\n\\caption{" +
      tex_text(grid.caption) + "}\n\\begin{tabular}{" + columns + "}\n\\toprule\n" +
      line_of(grid.header) + "\\midrule\n";
  for (const GridRow& row : grid.rows) {
    if (row.section) {
      text += fmt::format("\\multicolumn{{{}}}{{l}}{{\\textit{{{}}}}} \\\\\n", grid.header.size(),
                          tex_text(row.cells.front().text));
    } else {
      text += line_of(row.cells);
    }
  }
  text += "\\bottomrule\n\\end{tabular}\n";
  if (!grid.notes.empty()) {
    text += "\\begin{tablenotes}\\footnotesize\n";
    for (const std::string& note : grid.notes)
      text += "\\item " + begun(tex_text(note)) + "\n";
    text += "\\end{tablenotes}\n";
  }
  return text + "\\end{threeparttable}\n\\end{table}\n";
}

}  // namespace jangwon::reports
