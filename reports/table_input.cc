#include "reports/table_input.h"

#include <algorithm>

namespace jangwon::reports {

const TableCell& cell_of(const TableRow& row, const std::string& task) {
  static const TableCell kAbsentCell;
  auto found = row.cells.find(task);
  return found == row.cells.end() ? kAbsentCell : found->second;
}

LanguageShare language_share(const std::map<std::string, int>& counts, const std::string& part) {
  const auto count = [&](const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  };
  return {count(part + "_in_korean"), count(part + "_not_in_korean")};
}

bool has_told_languages(const TableCell& cell) {
  return language_share(cell.counts, "answer").decided() +
             language_share(cell.counts, "thinking").decided() >
         0;
}

int footnote_index(TableInput& table, const Message& text) {
  auto found = std::find(table.footnotes.begin(), table.footnotes.end(), text);
  if (found != table.footnotes.end()) return static_cast<int>(found - table.footnotes.begin());
  table.footnotes.push_back(text);
  return static_cast<int>(table.footnotes.size()) - 1;
}

std::string footnote_letter(int index) {
  std::string letters;
  for (int rest = index; rest >= 0; rest = rest / 26 - 1)
    letters.insert(letters.begin(), static_cast<char>('a' + rest % 26));
  return letters;
}

}  // namespace jangwon::reports
