// jangwon grade as a user calls it: rows in, rows out, a summary on stderr.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/program.h"
#include "tests/harness/extractors/real_data.h"

namespace jangwon::harness {
namespace {

using Json = nlohmann::ordered_json;
using e2e::ProgramResult;

std::vector<Json> rows_of(const std::string& out) {
  std::vector<Json> rows;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);)
    rows.push_back(Json::parse(line));
  return rows;
}

ProgramResult grade(std::vector<std::string> arguments, const std::vector<Json>& rows) {
  std::string text;
  for (const Json& row : rows)
    text += row.dump() + "\n";
  arguments.insert(arguments.begin(), "grade");
  return e2e::run_program(arguments, text);
}

// "id verdict answer stage"
std::string text_of(const Json& row) {
  return row["id"].dump() + " " + row["verdict"].get<std::string>() + " " + row["answer"].dump() +
         " " + row["stage"].get<std::string>();
}

bool has_no_sandbox(const ProgramResult& result) {
  return result.out.empty() && result.err.find("--allow-unsandboxed") != std::string::npos;
}

TEST(Grade, WritesOneRowARowInOrder) {
  const ProgramResult result = grade(
      {"mmlu_pro", "-"},
      {{{"id", 7}, {"output", "The answer is (C)."}, {"target", "C"}, {"options", {"a", "b", "c"}}},
       {{"id", "x"}, {"output", "Answer: B"}, {"target", "C"}},
       {{"id", 8.5}, {"output", "no idea"}, {"target", "C"}, {"options", nullptr}}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::vector<Json> rows = rows_of(result.out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(text_of(rows[0]), R"(7 correct "C" answer_is)");
  EXPECT_EQ(text_of(rows[1]), R"("x" incorrect "B" answer_colon)");
  EXPECT_EQ(text_of(rows[2]), R"(8.5 no_answer null )");
  EXPECT_EQ(rows[0]["passed"], true);
  EXPECT_EQ(rows[1]["passed"], false);
  EXPECT_EQ(rows[0]["mode"], "official");
  EXPECT_TRUE(rows[0]["results"].is_array());
  EXPECT_NE(result.err.find("level 1"), std::string::npos) << result.err;
}

TEST(Grade, GivesTheFourFiguresOfMmluPro) {
  // The fallback draws G, A, E for level 1 and F for level 2.
  const ProgramResult result =
      grade({"mmlu_pro", "-", "--json"}, {{{"id", 1}, {"output", "none"}, {"target", "G"}},
                                          {{"id", 2}, {"output", "Answer: B"}, {"target", "B"}},
                                          {{"id", 3}, {"output", "Answer: E"}, {"target", "E"}},
                                          {{"id", 4}, {"output", "answer is C"}, {"target", "C"}}});
  const Json summary = Json::parse(result.err);
  EXPECT_EQ(summary["rows"], 4);
  EXPECT_EQ(summary["mmlu_pro"]["level_1"]["correct"], 1);
  EXPECT_EQ(summary["mmlu_pro"]["level_1"]["no_answer"], 3);
  EXPECT_EQ(summary["mmlu_pro"]["level_1"]["correct_with_random"], 3);
  EXPECT_EQ(summary["mmlu_pro"]["level_2"]["correct"], 3);
  EXPECT_EQ(summary["mmlu_pro"]["level_2"]["no_answer"], 1);
  EXPECT_EQ(summary["mmlu_pro"]["level_2"]["correct_with_random"], 3);
  EXPECT_EQ(summary["scores"][0]["counts"]["no_answer"], 1);
}

TEST(Grade, ShowsBothModesAndWhereTheyDiffer) {
  const ProgramResult result = grade({"kmmlu_pro", "-", "--mode", "both", "--json"},
                                     {{{"id", "a"},
                                       {"output", "정답은 ③번입니다."},
                                       {"target", "3"},
                                       {"options", {"1", "2", "3", "4"}}},
                                      {{"id", "b"},
                                       {"output", "정답: B"},
                                       {"target", 2},
                                       {"options", {"1", "2", "3", "4", "5"}}}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::vector<Json> rows = rows_of(result.out);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["mode"].get<std::string>() + " " + text_of(rows[0]),
            R"(official "a" no_answer null )");
  EXPECT_EQ(rows[1]["mode"].get<std::string>() + " " + text_of(rows[1]),
            R"(native "a" correct "C" korean_is)");
  EXPECT_EQ(rows[3]["passed"], true);
  EXPECT_EQ(Json::parse(result.err)["modes_differ"], Json::array({"a"}));
}

TEST(Grade, TellsWhatTheLooseRuleChanges) {
  const std::vector<Json> rows = {
      {{"id", 1}, {"output", "1"}, {"target", 1}},
      {{"id", 2}, {"output", "<think>\\boxed{3}</think>\\boxed{070}"}, {"target", "70"}},
      {{"id", 3}, {"output", "<think>\\boxed{70}"}, {"target", "70"}},
      {{"id", 4}, {"output", "so 5"}, {"target", "336^\\circ"}}};
  EXPECT_EQ(rows_of(grade({"aime25", "-"}, rows).out)[0]["verdict"], "no_answer");
  const ProgramResult loose = grade({"aime25", "-", "--rule", "loose", "--json"}, rows);
  const std::vector<Json> out = rows_of(loose.out);
  EXPECT_EQ(text_of(out[0]), R"(1 correct "1" last_number)");
  EXPECT_EQ(text_of(out[1]), R"(2 correct "70" boxed)");
  EXPECT_EQ(text_of(out[2]), R"(3 no_answer null )");
  EXPECT_EQ(text_of(out[3]), R"(4 incorrect "5" last_number)");
  const Json rule = Json::parse(loose.err)["rule"];
  EXPECT_EQ(rule["exact_correct"], 1);
  EXPECT_EQ(rule["loose_correct"], 2);
  EXPECT_EQ(rule["changed"], Json::array({1, 4}));
}

TEST(Grade, GradesWhatItCanAndNamesTheBadLines) {
  const std::string text =
      "{\"id\": 1, \"output\": \"\\\\boxed{70}\", \"target\": 70}\n"
      "not json\n"
      "\n"
      "{\"id\": 2, \"output\": \"\\\\boxed{71}\", \"targett\": 70}\n"
      "{\"id\": 3, \"output\": \"\\\\boxed{70}\", \"target\": \"x\"}\n"
      "{\"output\": \"\\\\boxed{70}\", \"target\": 70}\n"
      "{\"id\": 5, \"output\": 70, \"target\": 70}\n"
      "[]\n"
      "{\"id\": 6, \"output\": \"\\\\boxed{71} \\ud83d\", \"target\": 70}";
  const ProgramResult result = e2e::run_program({"grade", "aime25", "-"}, text);
  EXPECT_EQ(result.exit_code, 2);
  const std::vector<Json> rows = rows_of(result.out);
  ASSERT_EQ(rows.size(), 2u) << result.out;
  EXPECT_EQ(rows[0]["verdict"], "correct");
  EXPECT_EQ(rows[1]["verdict"], "incorrect");
  for (const char* hint :
       {"line 2:", "line 4: \"target\" is missing (there is \"targett\")",
        "line 5:", "line 6: \"id\"", "line 7: \"output\"", "line 8:", "6 of 8 rows"}) {
    EXPECT_NE(result.err.find(hint), std::string::npos) << hint << "\n" << result.err;
  }
  EXPECT_EQ(result.err.find("line 3:"), std::string::npos);
}

TEST(Grade, CountsAMissingReplyAsAnErrorOfOurs) {
  const ProgramResult result =
      grade({"aime25", "-"}, {{{"id", 1}, {"output", nullptr}, {"target", 70}},
                              {{"id", 2}, {"output", "\\boxed{70}"}, {"target", 70}}});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(rows_of(result.out)[0]["verdict"], "infra_error");
  EXPECT_EQ(rows_of(result.out)[0]["passed"], false);
  EXPECT_NE(result.err.find("1 of 1 correct"), std::string::npos) << result.err;
}

TEST(Grade, ChecksLetterTargetsAgainstTheOptions) {
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"id", 1}, {"output", "x"}, {"target", "J"}, {"options", {"a", "b"}}},
       "beyond the 2 options"},
      {{{"id", 1}, {"output", "x"}, {"target", "3"}, {"options", {"a", "b", "c"}}}, "no option"},
      {{{"id", 1}, {"output", "x"}, {"target", ""}}, "no option"},
      {{{"id", 1}, {"output", "x"}, {"target", Json::array()}}, "empty list"},
      {{{"id", 1}, {"output", "x"}, {"target", true}}, "string or a number"},
      {{{"id", 1}, {"output", "x"}, {"target", "A"}, {"options", "a"}}, "list"},
  };
  for (const auto& [row, hint] : cases) {
    const ProgramResult result = grade({"mmlu_pro", "-"}, {row});
    EXPECT_EQ(result.exit_code, 2) << row;
    EXPECT_NE(result.err.find(hint), std::string::npos) << result.err;
  }
}

TEST(Grade, RefusesWrongWordsWithTheNearestRightOne) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"aime52", "-"}, "aime25"},
      {{"aime25", "-", "--mode", "offical"}, "official"},
      {{"aime25", "-", "--rule", "lose"}, "loose"},
      {{"mmlu_pro", "-", "--rule", "loose"}, "letter"},
      {{"mmlu_pro", "-", "--prompt", "chatt"}, "chat"},
      {{"aime25", "-", "--language", "ko"}, "integer"},
      {{"mmlu_pro", "-", "--language", "ko"}, "leave language out"},
      {{"aime25", "/nowhere/rows.jsonl"}, "/nowhere/rows.jsonl"},
      {{"aime25", "/"}, "folder"},
  };
  for (const auto& [arguments, hint] : cases) {
    const ProgramResult result = grade(arguments, {});
    EXPECT_EQ(result.exit_code, 2) << hint;
    EXPECT_NE(result.err.find(hint), std::string::npos) << result.err;
    EXPECT_TRUE(result.out.empty());
  }
  EXPECT_EQ(grade({"aime25", "-"}, {}).exit_code, 2);  // no rows
}

TEST(Grade, TakesThePromptKindForNativeLetters) {
  const std::vector<Json> rows = {
      {{"id", 1}, {"output", "answer is (A), no, answer is (B)"}, {"target", "B"}}};
  const auto verdict = [&](const char* prompt) {
    return rows_of(
        grade({"mmlu_pro", "-", "--mode", "native", "--prompt", prompt}, rows).out)[0]["verdict"];
  };
  EXPECT_EQ(verdict("chat"), "correct");
  EXPECT_EQ(verdict("completion"), "incorrect");
}

TEST(Grade, ReportsStrataAndLicences) {
  std::vector<Json> rows;
  for (int i = 0; i < 10; ++i) {
    rows.push_back({{"id", i},
                    {"output", i < 6 ? "정답: A" : "정답: B"},
                    {"target", "A"},
                    {"license_name", i % 2 == 0 ? "세무사" : "법무사"},
                    {"subject", "민법"}});
  }
  const Json score = Json::parse(grade({"kmmlu_pro", "-", "--json"}, rows).err)["scores"][0];
  EXPECT_EQ(score["strata"]["license_name"]["세무사"]["correct"], 3);
  EXPECT_EQ(score["strata"]["license_name"]["세무사"]["n"], 5);
  EXPECT_EQ(score["licences_passed"], 2);
  EXPECT_EQ(score["licences_of"], 14);
  EXPECT_DOUBLE_EQ(score["licences"][0]["mean_of_subjects"].get<double>(), 60.0);
}

TEST(Grade, RunsProgramsWithAndWithoutAReplyAroundThem) {
  const Json inputs = {"3\n", "4\n"};
  const Json outputs = {"9\n", "16\n"};
  const std::string right = "n = int(input())\nprint(n * n)\n";
  const ProgramResult result =
      grade({"livecodebench_v6", "-"},
            {{{"id", "a"},
              {"code", right},
              {"fn_name", nullptr},
              {"inputs", inputs},
              {"outputs", outputs},
              {"timeout_s", 5}},
             {{"id", "b"},
              {"output", "Here:\n```python\n" + right + "```\n"},
              {"inputs", inputs},
              {"outputs", outputs}},
             {{"id", "c"}, {"code", "print(9)"}, {"inputs", inputs}, {"outputs", outputs}},
             {{"id", "d"}, {"output", "no program"}, {"inputs", inputs}, {"outputs", outputs}},
             {{"id", "e"},
              {"code", "class Solution:\n    def square(self, n):\n        return n * n\n"},
              {"fn_name", "square"},
              {"inputs", {"3"}},
              {"outputs", {"9"}}},
             {{"id", "f"},
              {"code", "while True: pass"},
              {"inputs", inputs},
              {"outputs", outputs},
              {"timeout_s", 0.5}}});
  if (has_no_sandbox(result)) GTEST_SKIP() << "no sandbox on this machine: " << result.err;
  const std::vector<Json> rows = rows_of(result.out);
  ASSERT_EQ(rows.size(), 6u) << result.err;
  EXPECT_EQ(rows[0]["verdict"], "correct");
  EXPECT_EQ(rows[0]["results"], Json::array({1, 1}));
  EXPECT_EQ(rows[1]["verdict"], "correct");
  EXPECT_EQ(rows[2]["verdict"], "incorrect");
  EXPECT_EQ(rows[2]["results"], Json::array({1, -2}));
  EXPECT_EQ(rows[3]["verdict"], "no_answer");
  EXPECT_EQ(rows[4]["verdict"], "correct");
  EXPECT_EQ(rows[5]["results"], Json::array({-3}));
  const std::vector<std::string> ids = {"a", "b", "c", "d", "e", "f"};
  for (size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(rows[i]["id"], ids[i]);
}

TEST(Grade, DerivesTheMonthAndTheErratumOfAProblem) {
  const auto problem = [](const std::string& id, const Json& more) {
    Json row = {{"id", id}, {"code", "print(1)"}, {"inputs", {""}}, {"outputs", {"1"}}};
    row.update(more);
    return row;
  };
  const ProgramResult result =
      grade({"livecodebench_v6", "-", "--json"},
            {problem("abc337_e", {{"contest_date", "2025-01-04T18:30:00"}}),
             problem("model/abc326_d", {{"question_id", "abc326_d"}, {"difficulty", "easy"}}),
             problem("fine", {{"contest_date", "2025-01-11T00:00:00"}, {"erratum", "other"}})});
  if (has_no_sandbox(result)) GTEST_SKIP() << "no sandbox on this machine: " << result.err;
  const Json strata = Json::parse(result.err)["scores"][0]["strata"];
  EXPECT_EQ(strata["month"]["2025-01"]["n"], 2) << strata;
  EXPECT_EQ(strata["erratum"]["interactive"]["n"], 1) << strata;
  EXPECT_EQ(strata["erratum"]["several_answers"]["n"], 1) << strata;
  EXPECT_EQ(strata["erratum"]["other"]["n"], 1) << "a row's own column stays: " << strata;
  EXPECT_EQ(strata["difficulty"]["easy"]["n"], 1) << strata;
}

TEST(Grade, ReportsBadProgramRowsByLine) {
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"id", 1}, {"code", "x"}, {"inputs", {"1"}}}, "\"outputs\" is missing"},
      {{{"id", 1}, {"code", "x"}, {"inputs", {"1"}}, {"outputs", Json::array()}},
       "1 inputs but 0 outputs"},
      {{{"id", 1}, {"code", "x"}, {"inputs", {1}}, {"outputs", {"1"}}}, "strings"},
      {{{"id", 1}, {"inputs", {"1"}}, {"outputs", {"1"}}}, "\"output\" is missing"},
      {{{"id", 1}, {"code", "x"}, {"inputs", {"1"}}, {"outputs", {"1"}}, {"timeout_s", 0}},
       "timeout_s"},
      {{{"id", 1}, {"code", "x"}, {"inputs", {"1"}}, {"outputs", {"1"}}, {"fn_name", 3}},
       "fn_name"},
  };
  std::vector<Json> rows;
  for (const auto& [row, hint] : cases)
    rows.push_back(row);
  const ProgramResult result = grade({"livecodebench_v6", "-"}, rows);
  if (has_no_sandbox(result)) GTEST_SKIP() << "no sandbox on this machine: " << result.err;
  EXPECT_EQ(result.exit_code, 2);
  for (size_t i = 0; i < cases.size(); ++i) {
    const size_t at = result.err.find("line " + std::to_string(i + 1) + ":");
    ASSERT_NE(at, std::string::npos) << result.err;
    EXPECT_NE(result.err.substr(at, result.err.find('\n', at) - at).find(cases[i].second),
              std::string::npos)
        << result.err;
  }
}

// All 29 figures of MMLU-Pro through the command, from the published outputs.
TEST(Grade, ReproducesTheFiguresOfRealOutputs) {
  JANGWON_REQUIRE_REAL_DATA("expected_scores.json");
  std::ifstream file(real_data_path("expected_scores.json"));
  const auto expected_scores = Json::parse(file)["mmlu_pro"];
  for (const auto& [model, expected] : expected_scores.items()) {
    std::vector<Json> rows;
    for_each_row("mmlu_pro/outputs/" + model + ".jsonl.gz", [&](const Json& row) {
      rows.push_back({{"id", row["question_id"]},
                      {"output", row["output"]},
                      {"target", row["answer"]},
                      {"options", std::vector<std::string>(row["n_options"].get<size_t>(), "o")},
                      {"category", row["category"]}});
    });
    const Json summary = Json::parse(grade({"mmlu_pro", "-", "--json"}, rows).err);
    EXPECT_EQ(summary["mmlu_pro"]["n"], expected["n"]);
    EXPECT_EQ(summary["mmlu_pro"]["level_1"]["correct"], expected["L1_correct"]);
    EXPECT_EQ(summary["mmlu_pro"]["level_2"]["correct"], expected["L2_correct"]);
    EXPECT_EQ(summary["mmlu_pro"]["level_1"]["value_with_random"],
              expected["official_L1_with_random"]);
    EXPECT_EQ(summary["mmlu_pro"]["level_2"]["value_with_random"],
              expected["official_L2_with_random"]);
    EXPECT_NEAR(summary["scores"][0]["macro"]["category"].get<double>(),
                expected["macro_L2"].get<double>(), 1e-12);
    for (const auto& [category, counts] : expected["per_category_L2"].items()) {
      EXPECT_EQ(summary["scores"][0]["strata"]["category"][category]["correct"], counts[0])
          << model << category;
      EXPECT_EQ(summary["scores"][0]["strata"]["category"][category]["n"], counts[1])
          << model << category;
    }
  }
}

}  // namespace
}  // namespace jangwon::harness
