// Would the model pass the licence examination? The usual Korean rule: every subject at least 40 of
// 100 and the mean at least 60.

#pragma once

#include <optional>
#include <span>

namespace jangwon::harness {

struct LicensePass {
  double average = 0;
  double lowest = 0;
  bool passed = false;
};

// Subject scores out of 100. Absent without subjects.
std::optional<LicensePass> license_pass(std::span<const double> subjects, double min_subject = 40.0,
                                        double min_average = 60.0);

}  // namespace jangwon::harness
