// "Did you mean …": the nearest of the known names, by edit distance.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/message.h"

namespace jangwon {

// Empty when nothing is near (distance above a third of the length, at least 2).
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

// `unknown KIND "WRONG"; did you mean "NEAREST"?`, or the list of what is known when nothing is
// near. The kind is a word of the catalogue.
Message unknown_name_message(Message kind, std::string_view wrong,
                             const std::vector<std::string>& known);
Message unknown_name_message(MessageTemplate kind, std::string_view wrong,
                             const std::vector<std::string>& known);

}  // namespace jangwon
