#include "datasets/integer_gold.h"

#include <gtest/gtest.h>

namespace jangwon::datasets {
namespace {

TEST(ParseIntegerGold, ReadsTheSpellingsOfTheCopies) {
  const std::pair<const char*, int> cases[] = {
      {"70", 70},          {"070", 70},
      {"016", 16},         {"70.0", 70},
      {"70.", 70},         {"0", 0},
      {"000", 0},          {"999", 999},
      {"336^\\circ", 336}, {"$336$", 336},
      {" 70\n", 70},       {"336°", 336},
      {"0999", 999},       {"$336^{\\circ}$", 336},
  };
  for (const auto& [text, expected] : cases) {
    const Result<int> value = parse_integer_gold(text);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(*value, expected) << text;
  }
}

TEST(ParseIntegerGold, RefusesWhatIsNoIntegerFrom0To999) {
  for (const char* text : {"", " ", "1000", "-1", "70.5", "7 0", "1,000", "x", "70x", "$$", ".0",
                           "99999999999999999999", "7e1", "seventy", "70, 71", "70.0.0"})
    EXPECT_FALSE(parse_integer_gold(text).ok()) << text;
}

}  // namespace
}  // namespace jangwon::datasets
