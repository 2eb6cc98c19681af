// Which questions a check looks at: a window of dates, a subset in an order that nobody chose.

#pragma once

#include <string>
#include <vector>

#include "reports/gate/gate_config.h"

namespace jangwon::reports {

// Ids of the items dated in the window (columns contest_date or date; both ends included). An error
// when no item has a date.
Result<std::vector<std::string>> items_in_window(const TaskOutcomes& outcomes,
                                                 const std::pair<std::string, std::string>& window);

// n ids, by SHA-256 of id and `salt`, spread over the values of the stratum column in
// proportion (largest remainders). All of them when there are not more than n. An error when no
// item has the column.
Result<std::vector<std::string>> stratified_subset(const std::vector<const ItemOutcomes*>& items,
                                                   const ItemLimit& limit, const std::string& salt);

// An error that lists the columns there are, when no item has this one; ok when there are no items.
Status expect_column(const TaskOutcomes& outcomes, const std::string& column);

// Items that both sides have.
std::vector<const ItemOutcomes*> common_items(const TaskOutcomes& candidate,
                                              const TaskOutcomes& baseline);

}  // namespace jangwon::reports
