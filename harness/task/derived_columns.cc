#include "harness/task/derived_columns.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/yaml.h"

namespace jangwon::harness {

Result<std::map<std::string, std::string>> read_errata(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(path));
  JANGWON_RETURN_IF_ERROR(root.expect_keys({"version", "errata"}));
  int version = 0;
  JANGWON_RETURN_IF_ERROR(root.read("version", version));
  if (version != 1)
    return root.error("version 1 of an errata file is known, not {version}",
                      {{"version", version}});
  JANGWON_ASSIGN_OR_RETURN(const YamlNode kinds, root.at("errata"));
  std::map<std::string, std::string> errata;
  for (const std::string& kind : kinds.keys()) {
    std::vector<std::string> ids;
    JANGWON_RETURN_IF_ERROR(kinds.read(kind, ids));
    for (const std::string& id : ids) {
      const bool added = errata.emplace(id, kind).second;
      if (!added) return kinds.error("the question {id} stands under two kinds", {{"id", id}});
    }
  }
  return errata;
}

Result<DerivedColumns> DerivedColumns::make(const TaskSpec& task) {
  DerivedColumns columns;
  if (task.errata_file.empty()) return columns;
  columns.has_errata_ = true;
  JANGWON_ASSIGN_OR_RETURN(columns.errata_, read_errata(task.folder + "/" + task.errata_file));
  return columns;
}

std::map<std::string, std::string> DerivedColumns::of(const std::string& sample_id,
                                                      const std::string& date) const {
  constexpr size_t kMonthSize = 7;  // "2025-01" of an ISO date
  std::map<std::string, std::string> columns;
  if (date.size() >= kMonthSize) columns[kMonthColumn] = date.substr(0, kMonthSize);
  if (has_errata_) {
    const auto found = errata_.find(sample_id);
    columns[kErratumColumn] = found == errata_.end() ? kNoErratum : found->second;
  }
  return columns;
}

void DerivedColumns::add_to(Json& columns, const std::string& sample_id,
                            const std::string& date_column) const {
  std::string date;
  if (!date_column.empty() && columns.contains(date_column) && columns[date_column].is_string())
    date = columns[date_column].get<std::string>();
  for (const auto& [name, value] : of(sample_id, date))
    columns[name] = value;
}

}  // namespace jangwon::harness
