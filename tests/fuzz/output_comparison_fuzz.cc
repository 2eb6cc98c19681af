#include <cstdint>
#include <string_view>

#include "harness/scorers/output_comparison.h"
#include "runtime/base/check.h"

// What a program printed and what it should have: two texts with a NUL between them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::harness;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t cut = std::min(input.find('\0'), input.size());
  const std::string_view actual = input.substr(0, cut);
  const std::string_view expected = cut < input.size() ? input.substr(cut + 1) : std::string_view();
  const Comparison official = compare_output_official(actual, expected);
  const Comparison tolerant = compare_output_with_tolerance(actual, expected);
  if (official == Comparison::kEqual) JANGWON_CHECK(tolerant == Comparison::kEqual);
  // Equal texts are equal, whatever they hold.
  JANGWON_CHECK(compare_output_official(actual, actual) == Comparison::kEqual);
  JANGWON_CHECK(compare_output_with_tolerance(actual, actual) == Comparison::kEqual);
  return 0;
}
