#include "harness/stats/golden_cases.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jangwon::harness {
namespace {

Json golden_file() {
  auto golden =
      read_json_file(std::string(JANGWON_SOURCE_DIR) + "/tests/golden/stats/stats_golden.json");
  EXPECT_TRUE(golden.ok()) << golden.status().message();
  return std::move(golden).value();
}

TEST(GoldenCasesTest, EveryCaseAgrees) {
  const auto outcomes = run_golden_cases(golden_file());
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().message();
  EXPECT_EQ(outcomes->size(), 159u);
  for (const GoldenOutcome& outcome : *outcomes)
    EXPECT_TRUE(outcome.passed) << outcome.name << ": " << outcome.detail;
}

TEST(GoldenCasesTest, EveryFunctionNoticesAChangedExpectation) {
  Json golden = golden_file();
  // Every number at any depth is moved by more than its tolerance; every case must then fail.
  const std::function<void(Json&)> disturb = [&](Json& value) {
    if (value.is_structured()) {
      for (auto& inner : value)
        disturb(inner);
    } else if (value.is_number()) {
      value = value.get<double>() * 1.001 + 1e-6;
    } else if (value.is_string()) {
      value = value.get<std::string>() + "?";
    } else if (value.is_boolean()) {
      value = !value.get<bool>();
    } else {
      value = 1;
    }
  };
  for (Json& item : golden.at("cases"))
    disturb(item.at("expected"));
  const auto outcomes = run_golden_cases(golden);
  ASSERT_TRUE(outcomes.ok());
  for (const GoldenOutcome& outcome : *outcomes) {
    EXPECT_FALSE(outcome.passed) << outcome.name;
    EXPECT_FALSE(outcome.detail.empty()) << outcome.name;
  }
}

TEST(GoldenCasesTest, AnUnknownFunctionIsNotAPass) {
  const auto outcomes = run_golden_cases(Json::parse(
      R"({"cases": [{"name": "x", "function": "astrology", "inputs": {}, "expected": 1}]})"));
  ASSERT_TRUE(outcomes.ok());
  EXPECT_FALSE(outcomes->front().passed);
}

TEST(GoldenCasesTest, AMalformedFileIsAnError) {
  EXPECT_FALSE(run_golden_cases(Json::parse(R"({"case": []})")).ok());
  EXPECT_FALSE(
      run_golden_cases(
          Json::parse(
              R"({"cases": [{"name": "x", "function": "norm_cdf", "inputs": {}, "expected": 1}]})"))
          .ok());
}

TEST(GoldenCasesTest, TheCopyInTheProgramIsTheFile) {
  const auto embedded = parse_json(embedded_stats_golden());
  ASSERT_TRUE(embedded.ok()) << embedded.status().message();
  EXPECT_EQ(*embedded, golden_file());
}

}  // namespace
}  // namespace jangwon::harness
