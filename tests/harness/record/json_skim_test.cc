#include "harness/record/json_skim.h"

#include <gtest/gtest.h>

namespace jangwon::harness {
namespace {

TEST(JsonSkimmer, ReadsWhatIsAskedForAndSkipsTheRest) {
  JsonSkimmer skim(
      R"( {"a": {"x": ["]}\"", {}]}, "b": "가\n\u00e9\"", "c": -42, "d": [1, [2], 3], "e": true, "f": null} )");
  std::string_view key;
  std::string b;
  int64_t c = 0;
  int items = 0;
  bool e = false, null_seen = false;
  ASSERT_TRUE(skim.enter('{'));
  while (skim.next_key(key)) {
    if (key == "b") {
      b = skim.string_value();
    } else if (key == "c") {
      c = skim.integer_value();
    } else if (key == "d") {
      ASSERT_TRUE(skim.enter('['));
      while (skim.next_item()) {
        skim.skip_value();
        ++items;
      }
    } else if (key == "e") {
      e = skim.bool_value();
    } else {
      null_seen = null_seen || skim.is_null();
      skim.skip_value();
    }
  }
  EXPECT_TRUE(skim.ok());
  EXPECT_TRUE(skim.at_end());
  EXPECT_EQ(b, "가\né\"");
  EXPECT_EQ(c, -42);
  EXPECT_EQ(items, 3);
  EXPECT_TRUE(e);
  EXPECT_TRUE(null_seen);
}

TEST(JsonSkimmer, EmptyContainersHaveNoEntries) {
  std::string_view key;
  JsonSkimmer object("{}");
  ASSERT_TRUE(object.enter('{'));
  EXPECT_FALSE(object.next_key(key));
  EXPECT_TRUE(object.ok());
  JsonSkimmer list("[]");
  ASSERT_TRUE(list.enter('['));
  EXPECT_FALSE(list.next_item());
  EXPECT_TRUE(list.ok());
}

TEST(JsonSkimmer, StopsAtEveryTruncationOfALine) {
  const std::string line = R"({"a":"x\"y","b":[1,{"c":"d"}],"e":12})";
  for (size_t length = 0; length < line.size(); ++length) {
    JsonSkimmer skim(std::string_view(line).substr(0, length));
    std::string_view key;
    if (skim.enter('{')) {
      while (skim.next_key(key))
        skim.skip_value();
    }
    EXPECT_FALSE(skim.ok() && skim.at_end() && length > 0 && line[length - 1] != '}' &&
                 length == line.size())
        << length;
    if (length < line.size()) {
      EXPECT_FALSE(skim.ok()) << length;
    }
  }
}

TEST(JsonSkimmer, RefusesAValueOfAnotherKind) {
  EXPECT_FALSE([] {
    JsonSkimmer skim("1.5");
    skim.integer_value();
    return skim.ok();
  }());
  EXPECT_FALSE([] {
    JsonSkimmer skim("12");
    skim.string_value();
    return skim.ok();
  }());
  EXPECT_FALSE([] {
    JsonSkimmer skim("1");
    skim.bool_value();
    return skim.ok();
  }());
}

}  // namespace
}  // namespace jangwon::harness
