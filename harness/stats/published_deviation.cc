#include "harness/stats/published_deviation.h"

#include <cmath>

#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

constexpr double kPrintedStep = 0.001;  // one tenth of a point

}  // namespace

PublishedDeviation published_deviation(double measured, double se_run,
                                       const PublishedScore& published, double tolerance) {
  JANGWON_CHECK(published.num_questions > 0 && tolerance > 0);
  PublishedDeviation result;
  result.diff = measured - published.value;
  result.se = std::sqrt(se_run * se_run +
                        published.sigma2_run / (published.num_questions * published.repeats) +
                        kPrintedStep * kPrintedStep / 12);
  result.z = result.diff / result.se;
  result.p_two_sided = 2 * normal_upper_tail(std::fabs(result.z));
  result.tost = equivalent(result.diff, result.se, -tolerance, tolerance);
  return result;
}

}  // namespace jangwon::harness
