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

Message unknown_name_message(Message kind, std::string_view wrong,
                             const std::vector<std::string>& known) {
  if (const std::string nearest = nearest_name(wrong, known); !nearest.empty()) {
    return Message("unknown {kind} \"{name}\"; did you mean \"{nearest}\"?",
                   {{"kind", std::move(kind)}, {"name", wrong}, {"nearest", nearest}});
  }
  std::string list;
  for (const std::string& name : known)
    list += (list.empty() ? "" : ", ") + name;
  return Message("unknown {kind} \"{name}\"; known are {known}",
                 {{"kind", std::move(kind)}, {"name", wrong}, {"known", list}});
}

Message unknown_name_message(MessageTemplate kind, std::string_view wrong,
                             const std::vector<std::string>& known) {
  return unknown_name_message(Message(kind), wrong, known);
}

}  // namespace jangwon
