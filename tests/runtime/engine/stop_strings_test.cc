#include "runtime/engine/stop_strings.h"

#include <gtest/gtest.h>

namespace jangwon::runtime {
namespace {

struct Case {
  std::vector<std::string> stops;
  std::vector<std::string> pieces;
  std::optional<size_t> end;  // text before the stop
};

class StopStringsTest : public testing::TestWithParam<Case> {};

TEST_P(StopStringsTest, FindsTheFirstStopAcrossTheSeams) {
  StopStrings stops(GetParam().stops);
  std::optional<size_t> end;
  for (const std::string& piece : GetParam().pieces) {
    ASSERT_FALSE(end) << "found before the last piece";
    end = stops.push(piece);
  }
  EXPECT_EQ(end, GetParam().end);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, StopStringsTest,
    testing::Values(Case{{"END"}, {"one END"}, 4}, Case{{"END"}, {"a", "E", "N", "D"}, 1},
                    Case{{"END"}, {"EN", "EN", "D"}, 2}, Case{{"END"}, {"EN", "", "d"}, {}},
                    Case{{"\n\n"}, {"x\n", "\n"}, 1}, Case{{"은", "답은"}, {"정답", "은"}, 3},
                    Case{{"b", "abc"}, {"ab"}, 1}, Case{{""}, {"abc", "def"}, {}},
                    Case{{}, {"abc"}, {}}, Case{{"aab"}, {"a", "a", "a", "b"}, 1}));

}  // namespace
}  // namespace jangwon::runtime
