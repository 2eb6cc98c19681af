#include "reports/gate/item_selection.h"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/nearest_name.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

Result<std::vector<std::string>> items_in_window(
    const TaskOutcomes& outcomes, const std::pair<std::string, std::string>& window) {
  std::vector<std::string> ids;
  bool dated = false;
  for (const ItemOutcomes& item : outcomes.items) {
    for (const char* column : {"contest_date", "date"}) {
      const auto value = item.columns.find(column);
      if (value == item.columns.end()) continue;
      dated = true;
      const std::string day = value->second.substr(0, 10);
      if (window.first <= day && day <= window.second) ids.push_back(item.id);
      break;
    }
  }
  if (!dated)
    return invalid_argument("the items of {task} have no date; remove `window` from the check",
                            {{"task", outcomes.task}});
  return ids;
}

Status expect_column(const TaskOutcomes& outcomes, const std::string& column) {
  std::set<std::string> known;
  for (const ItemOutcomes& item : outcomes.items) {
    for (const auto& [name, value] : item.columns)
      known.insert(name);
  }
  if (outcomes.items.empty() || known.contains(column)) return ok_status();
  return invalid_argument(
      unknown_name_message(Message("column of {table}", {{"table", outcomes.task}}), column,
                           {known.begin(), known.end()}));
}

std::vector<const ItemOutcomes*> common_items(const TaskOutcomes& candidate,
                                              const TaskOutcomes& baseline) {
  std::set<std::string> known;
  for (const ItemOutcomes& item : baseline.items)
    known.insert(item.id);
  std::vector<const ItemOutcomes*> items;
  for (const ItemOutcomes& item : candidate.items) {
    if (known.contains(item.id)) items.push_back(&item);
  }
  return items;
}

Result<std::vector<std::string>> stratified_subset(const std::vector<const ItemOutcomes*>& items,
                                                   const ItemLimit& limit,
                                                   const std::string& salt) {
  // value → (digest, id)
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> strata;
  bool has_column = limit.stratify.empty();
  for (const ItemOutcomes* item : items) {
    const auto value = item->columns.find(limit.stratify);
    has_column = has_column || value != item->columns.end();
    const std::string stratum = value == item->columns.end() ? "" : value->second;
    strata[stratum].emplace_back(sha256_hex(item->id + "\n" + salt), item->id);
  }
  if (!has_column)
    return invalid_argument("no item has the column {stratify}", {{"stratify", limit.stratify}});
  const size_t total = items.size(), wanted = std::min(total, static_cast<size_t>(limit.n));

  // Whole shares first, then one more for the largest remainders; ties by the stratum's name.
  std::map<std::string, size_t> quota;
  std::vector<std::pair<size_t, std::string>> remainders;
  size_t given = 0;
  for (const auto& [name, members] : strata) {
    quota[name] = members.size() * wanted / total;
    given += quota[name];
    remainders.emplace_back(members.size() * wanted % total, name);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (size_t i = 0; given < wanted; ++i, ++given)
    ++quota[remainders[i % remainders.size()].second];

  std::vector<std::string> ids;
  for (auto& [name, members] : strata) {
    std::sort(members.begin(), members.end());
    for (size_t i = 0; i < quota[name] && i < members.size(); ++i)
      ids.push_back(members[i].second);
  }
  return ids;
}

}  // namespace jangwon::reports
