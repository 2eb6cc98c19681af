#include "runtime/base/status.h"

#include <gtest/gtest.h>

namespace jangwon {
namespace {

Result<int> half(int x) {
  if (x % 2 != 0) return invalid_argument("odd");
  return x / 2;
}

Result<int> quarter(int x) {
  JANGWON_ASSIGN_OR_RETURN(const int first, half(x));
  JANGWON_ASSIGN_OR_RETURN(const int second, half(first));
  return second;
}

TEST(Status, MacrosPassFailuresUp) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).status().message(), "odd");
  EXPECT_EQ(quarter(6).status().at("x.json").message(), "x.json: odd");
}

TEST(Status, ExitCodesAreTheDocumentedOnes) {
  EXPECT_EQ(exit_code(StatusCode::kOk), 0);
  EXPECT_EQ(exit_code(StatusCode::kCheckFailed), 1);
  EXPECT_EQ(exit_code(StatusCode::kInvalidArgument), 2);
  EXPECT_EQ(exit_code(StatusCode::kUndecided), 3);
  EXPECT_EQ(exit_code(StatusCode::kNotComparable), 4);
  EXPECT_EQ(exit_code(StatusCode::kIncomplete), 5);
}

TEST(StatusDeathTest, ValueOfAFailureIsAProgrammersError) {
  EXPECT_DEATH(half(1).value(), "odd");
}

}  // namespace
}  // namespace jangwon
