// "Did you mean …": the nearest of the known names, by edit distance.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jangwon {

// Empty when nothing is near (distance above a third of the length, at least 2).
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

// `unknown KIND "WRONG"; did you mean "NEAREST"?`, or the list of what is known when nothing is near.
std::string unknown_name_message(std::string_view kind, std::string_view wrong, const std::vector<std::string>& known);

}  // namespace jangwon
