// Defects of a data set as lines for people.

#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.h"

namespace jangwon::datasets {

inline std::vector<std::string> defect_lines(const std::vector<RowDefect>& defects) {
  std::vector<std::string> lines;
  for (const Message& line : summarize_defects(defects))
    lines.push_back(line.english());
  return lines;
}

}  // namespace jangwon::datasets
