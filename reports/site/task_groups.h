// The columns of the table in the groups of `jangwon tasks list`, for navigation and headings.

#pragma once

#include <vector>

#include "reports/registry.h"
#include "reports/table_input.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

struct ColumnGroup {
  Message title;  // empty: tasks without a group
  std::vector<const TableColumn*> tasks;
};

// Every column once, in the order of the groups, then in that of the table. A task of several
// groups stands in the one that it names last, its narrowest: of Korean mathematics, in
// mathematics.
// Errors: groups.yaml cannot be read; where it is not there the groups have no titles.
Result<std::vector<ColumnGroup>> group_columns(const std::vector<TableColumn>& columns,
                                               const Registry& registry);

}  // namespace jangwon::reports
