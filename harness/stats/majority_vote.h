// maj@k: how often a plurality vote over k of the drawn answers is right, in closed form.

#pragma once

#include <optional>
#include <span>

namespace jangwon::harness {

// The expected accuracy over all subsets of k draws without replacement; ties are split evenly
// among the leaders. counts[i] is how often the distinct answer i was drawn; "no answer" is a
// category of its own that can never be the correct one. correct_index is absent when no draw was
// correct. Absent result: k < 1 or k > number of draws.
std::optional<double> majority_at_k(std::span<const int> counts,
                                    std::optional<size_t> correct_index, int k);

}  // namespace jangwon::harness
