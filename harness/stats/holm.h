// Several tests at once: adjusted p-values.

#pragma once

#include <span>
#include <vector>

namespace jangwon::harness {

// Holm 1979, step-down: controls the chance of any false claim, whatever the dependence. Used for
// pairs of models on a task and for the checks of a gate file.
std::vector<double> holm(std::span<const double> p);

// Benjamini and Hochberg 1995, step-up: controls the share of false claims; for hints over
// hundreds of cells.
std::vector<double> benjamini_hochberg(std::span<const double> p);

std::vector<double> bonferroni(std::span<const double> p);

}  // namespace jangwon::harness
