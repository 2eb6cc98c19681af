// The items of a baseline as one short text: JSON, deflated, base64. One character a run holds its
// verdict and its flags.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/gate/evaluation_side.h"

namespace jangwon::reports {

std::string encode_items(const std::vector<ItemOutcomes>& items);
Result<std::vector<ItemOutcomes>> decode_items(std::string_view blob);

}  // namespace jangwon::reports
