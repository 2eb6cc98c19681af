#include "harness/stats/license_pass.h"

#include <algorithm>

#include "harness/stats/moments.h"

namespace jangwon::harness {

namespace {

// A mean that is 60 on paper must not fail by its last bit.
constexpr double kRounding = 1e-12;

}  // namespace

std::optional<LicensePass> license_pass(std::span<const double> subjects, double min_subject,
                                        double min_average) {
  if (subjects.empty()) return std::nullopt;
  LicensePass result;
  result.average = *mean_of(subjects);
  result.lowest = *std::min_element(subjects.begin(), subjects.end());
  result.passed =
      result.average >= min_average - kRounding && result.lowest >= min_subject - kRounding;
  return result;
}

}  // namespace jangwon::harness
