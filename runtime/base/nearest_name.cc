#include "runtime/base/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace jangwon {

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, wrong.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t distance = edit_distance(wrong, name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

std::string unknown_name_message(std::string_view kind, std::string_view wrong, const std::vector<std::string>& known) {
  std::string message = "unknown " + std::string(kind) + " \"" + std::string(wrong) + "\"";
  const std::string nearest = nearest_name(wrong, known);
  if (!nearest.empty()) return message + "; did you mean \"" + nearest + "\"?";
  message += "; known are";
  for (size_t i = 0; i < known.size(); ++i)
    message += (i == 0 ? " " : ", ") + known[i];
  return message;
}

}  // namespace jangwon
