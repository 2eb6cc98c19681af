#include "runtime/base/nearest_name.h"

#include <gtest/gtest.h>

namespace jangwon {
namespace {

TEST(NearestName, FindsTypos) {
  const std::vector<std::string> known = {"temperature", "top_p", "top_k", "max_tokens"};
  EXPECT_EQ(nearest_name("temprature", known), "temperature");
  EXPECT_EQ(nearest_name("top-k", known), "top_k");
  EXPECT_EQ(nearest_name("zebra", known), "");
  EXPECT_EQ(unknown_name_message("key", "max_token", known).english(),
            "unknown key \"max_token\"; did you mean \"max_tokens\"?");
  EXPECT_EQ(unknown_name_message("key", "zebra", {"a", "b"}).english(),
            "unknown key \"zebra\"; known are a, b");
}

}  // namespace
}  // namespace jangwon
