#include "harness/scorers/output_comparison.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "tests/harness/scorers/json_lines.h"

namespace jangwon::harness {
namespace {

std::string name_of(Comparison comparison) {
  return comparison == Comparison::kEqual       ? "equal"
         : comparison == Comparison::kDifferent ? "different"
                                                : "error";
}

TEST(OutputComparison, AgreesWithPythonOnItsOwnPairs) {
  for (const auto& row : read_json_lines(golden_path("output_pairs.jsonl"))) {
    EXPECT_EQ(name_of(compare_output_official(row["actual"].get<std::string>(),
                                              row["expected"].get<std::string>())),
              row["verdict"].get<std::string>())
        << row.dump();
  }
}

TEST(OutputComparison, ToleranceAcceptsWhatExactnessRefusesAndNothingElse) {
  struct Case {
    const char* actual;
    const char* expected;
    Comparison exact;
    Comparison tolerant;
  };
  const Case kCases[] = {
      {"0.30000000000000004", "0.3", Comparison::kDifferent, Comparison::kEqual},
      {"1000000.4", "1000000", Comparison::kDifferent, Comparison::kEqual},
      {"1000002", "1000000", Comparison::kDifferent, Comparison::kDifferent},
      // 1e-6 of the expected number, and of 1 where that is less.
      {"1.0000009", "1", Comparison::kDifferent, Comparison::kEqual},
      {"1.0000011", "1", Comparison::kDifferent, Comparison::kDifferent},
      {"0.0000009", "0", Comparison::kDifferent, Comparison::kEqual},
      {"0.1000009", "0.1", Comparison::kDifferent, Comparison::kEqual},
      {"-1.0000009", "-1", Comparison::kDifferent, Comparison::kEqual},
      {"-0.5", "0.5", Comparison::kDifferent, Comparison::kDifferent},
      {"1000000.9", "1000000", Comparison::kDifferent, Comparison::kEqual},
      {"1000001.0000005", "1000000", Comparison::kDifferent, Comparison::kDifferent},
      {"1\n2", "1", Comparison::kDifferent, Comparison::kDifferent},
      {"1 2", "1", Comparison::kDifferent, Comparison::kDifferent},
      {"1", "1 2", Comparison::kDifferent, Comparison::kDifferent},
      {"1 2.0000001\n3", "1 2\n3", Comparison::kDifferent, Comparison::kEqual},
      {"1.0", "1", Comparison::kEqual, Comparison::kEqual},
      {"yes 1.00000001", "yes 1", Comparison::kDifferent, Comparison::kDifferent},
      {"nan", "nan", Comparison::kEqual, Comparison::kEqual},
      {"-Infinity", "-inf", Comparison::kEqual, Comparison::kEqual},
      {"inf", "-inf", Comparison::kDifferent, Comparison::kDifferent},
      {"inf", "1e999", Comparison::kDifferent, Comparison::kDifferent},
      {"nan", "NaN", Comparison::kDifferent, Comparison::kDifferent},
      {"1e400", "2e400", Comparison::kDifferent, Comparison::kDifferent},
      {"5", "1e400", Comparison::kDifferent, Comparison::kDifferent},
      {"-0", "0", Comparison::kEqual, Comparison::kEqual},
      {"0.0", "-0e5", Comparison::kEqual, Comparison::kEqual},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(compare_output_official(c.actual, c.expected), c.exact) << c.actual;
    EXPECT_EQ(compare_output_with_tolerance(c.actual, c.expected), c.tolerant) << c.actual;
  }
}

TEST(OutputComparison, InvalidUtf8IsOnlyEqualToItself) {
  EXPECT_EQ(compare_output_official("\xff\xfe", "\xff\xfe"), Comparison::kEqual);
  EXPECT_EQ(compare_output_official("\xff", "1"), Comparison::kDifferent);
  EXPECT_EQ(compare_output_official("\xe3\x80", "\xe3\x80"), Comparison::kEqual);
}

TEST(OutputComparison, ALineOfMillionsOfTokensTakesNoMemoryWhenItIsTooLong) {
  std::string actual;
  for (int i = 0; i < (6 << 20); ++i)
    actual += "1 ";
  rusage before = {};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_EQ(compare_output_official(actual, "1 1 1"), Comparison::kDifferent);
  rusage after = {};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 128 << 10) << "in kB";
}

TEST(OutputComparison, MillionsOfLinesAreCompared) {
  std::string actual;
  std::string expected;
  for (int i = 0; i < 300000; ++i) {
    actual += std::to_string(i) + ".0 7\n";
    expected += std::to_string(i) + " 7\n";
  }
  EXPECT_EQ(compare_output_official(actual, expected), Comparison::kEqual);
}

}  // namespace
}  // namespace jangwon::harness
