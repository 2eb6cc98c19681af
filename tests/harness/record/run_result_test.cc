#include "harness/record/run_result.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

TEST(RunResult, SurvivesItsFileAndKeepsUndefinedAbsent) {
  RunResult result;
  result.complete = true;
  MetricResult metric;
  metric.model = "m";
  metric.task = "aime25";
  metric.metric = "accuracy";
  metric.n = 30;
  metric.counts = {{"correct", 3},     {"incorrect", 26},    {"no_answer", 1},
                   {"infra_error", 0}, {"sandbox_error", 0}, {"truncated", 1}};
  metric.strata["category"]["math"] = 0.5;
  metric.strata["category"]["law"] = std::nullopt;
  metric.further = {{"spread", 0.02, {}, {}}, {"pass@4", 0.5, 0.4, 0.6}};
  result.results = {metric};
  result.warnings = {
      Message::value("한 문장."),
      Message("{model}, {task}: greedy, so its {repeats} runs of a sample are the same run.",
              {{"model", "m"}, {"task", "t"}, {"repeats", 4}}),
      Message("{task}, data: {defect}",
              {{"task", Message::value("Quiz", "퀴즈")},
               {"defect", Message("{kind}: 1 row, first at {place} ({sample})",
                                  {{"kind", "k"}, {"place", "{place}"}, {"sample", ""}})}})};
  const std::string text = to_results_json(result);
  EXPECT_NE(text.find("\"value\": null"), std::string::npos);
  const Result<RunResult> back = parse_results_json(text);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(to_results_json(*back), text);
  EXPECT_EQ(back->warnings, result.warnings) << "with their templates";
  EXPECT_EQ(back->results[0].further, metric.further) << "in their order";
}

TEST(RunResult, RefusesAStoredMessageOfAnotherForm) {
  Json json = Json::parse(to_results_json({}));
  for (const char* wrong :
       {"7", "[]", "{}", R"({"template": "x"})", R"({"template": 1, "arguments": {}})",
        R"({"template": "{a}", "arguments": {"a": null}})", R"({"text": "x", "korean": 1})"}) {
    json["warning_messages"] = Json::array({Json::parse(wrong)});
    EXPECT_FALSE(parse_results_json(json.dump()).ok()) << wrong;
  }
  json["warning_messages"] =
      Json::array({"a text", Json{{"template", "{"}, {"arguments", Json::object()}}});
  const Result<RunResult> back = parse_results_json(json.dump());
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(back->warnings[1], Message::value("{")) << "no template of ours";
}

TEST(RunResult, NamesWhatTheScoreWasDividedBy) {
  RunResult result;
  MetricResult metric;
  metric.n = 29;
  metric.repeats = 4;
  metric.planned = 120;
  metric.counts = {
      {"correct", 80}, {"incorrect", 30}, {"no_answer", 2}, {"infra_error", 3}, {"truncated", 5}};
  result.results = {metric};
  const Json denominator = Json::parse(to_results_json(result))["results"][0]["denominator"];
  EXPECT_EQ(denominator["unit"], "question");
  EXPECT_EQ(denominator["questions"], 29);
  EXPECT_EQ(denominator["counted_runs"], 112);
  EXPECT_EQ(denominator["left_out"], 8);  // three errors of ours and five that did not run
}

TEST(RunResult, RefusesCountsThatAreMissingOrNoWholeNumbers) {
  RunResult result;
  MetricResult metric;
  metric.counts = {{"correct", 3},     {"incorrect", 26},    {"no_answer", 1},
                   {"infra_error", 0}, {"sandbox_error", 0}, {"truncated", 1}};
  metric.licences =
      LicenceFigures{.rule = {},
                     .passed = 1,
                     .of = 2,
                     .licences = {{"a", 2, 50.0, 61.5, true, {{"civil law", 2, 40.5, true}}}}};
  result.results = {metric};
  const Json good = Json::parse(to_results_json(result));
  ASSERT_TRUE(parse_results_json(good.dump()).ok())
      << parse_results_json(good.dump()).status().message();
  for (const char* place :
       {"/n", "/repeats", "/planned", "/differs_from_headline", "/counts/correct",
        "/counts/truncated", "/licences/passed", "/licences/of", "/licences/licences/0/n",
        "/licences/licences/0/subjects/0/n"}) {
    for (const Json& value : {Json(6.5), Json(-1), Json(5000000000), Json("6"), Json(nullptr)}) {
      Json bad = good;
      bad["results"][0][Json::json_pointer(place)] = value;
      EXPECT_FALSE(parse_results_json(bad.dump()).ok()) << place << " " << value;
    }
  }
  for (const char* place :
       {"/licences/licences/0/subjects", "/licences/licences/0/subjects/0/percent",
        "/licences/licences/0/passed", "/licences/licences"}) {
    Json bad = good;
    bad["results"][0][Json::json_pointer(place)] = "x";
    EXPECT_FALSE(parse_results_json(bad.dump()).ok()) << place;
  }
  for (const char* name : {"correct", "incorrect", "no_answer", "infra_error", "sandbox_error"}) {
    Json bad = good;
    bad["results"][0]["counts"].erase(name);
    EXPECT_FALSE(parse_results_json(bad.dump()).ok()) << name;
  }
}

TEST(RunResult, RefusesOtherSchemas) {
  EXPECT_EQ(parse_results_json(R"({"schema": "other"})").status().code(), StatusCode::kUnsupported);
  EXPECT_FALSE(
      parse_results_json(R"({"schema": "jangwon-results-1", "complete": true, "results": [{}]})")
          .ok());
  EXPECT_FALSE(parse_results_json("[]").ok());
}

}  // namespace
}  // namespace jangwon::harness
