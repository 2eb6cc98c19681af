#include "harness/extractors/integer_extractor.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/extractors/reasoning_split.h"
#include "tests/harness/extractors/real_data.h"

namespace jangwon::harness {
namespace {

using Kind = IntegerReading::Kind;

TEST(IntegerExtractor, ReadsAnIntegerInItsDecorations) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"70", "70"},
      {" 70 ", "70"},
      {"070", "70"},
      {"000", "0"},
      {"-5", "-5"},
      {"−5", "-5"},
      {"+5", "5"},
      {"-0", "0"},
      {"70.", "70"},
      {"70.0", "70"},
      {"70.00", "70"},
      {"$70$", "70"},
      {"\\(70\\)", "70"},
      {"**70**", "70"},
      {"{70}", "70"},
      {"~70\\,", "70"},
      {"\\text{70}", "70"},
      {"\\mathbf{70}", "70"},
      {"\\textbf{Answer: }70", "70"},
      {"\\boxed{70}", "70"},
      {"\\left( 70 \\right)", "70"},
      {"\\displaystyle 70", "70"},
      {"336^\\circ", "336"},
      {"336^{\\circ}", "336"},
      {"336°", "336"},
      {"70\\text{ units}", "70"},
      {"15\\mbox{ cm}^2", "15"},
      {"70\\ \\mathrm{cm}^{2}", "70"},
      {"70 cm", "70"},
      {"70개", "70"},
      {"70입니다", "70"},
      {"70\\%", "70"},
      {"\\$70", "70"},
      {"x=70", "70"},
      {"m+n = 70", "70"},
      {"m + n = 33 + 37 = 70", "70"},
      {"\\angle APC = 74^\\circ", "74"},
      {"C(5,2)=10", "10"},
      {"7,425,000", "7425000"},
      {"14{,}916", "14916"},
      {"15,\\!000", "15000"},
      {"32,\\! 349", "32349"},
      {"1\\,000", "1000"},
      {"\\frac{140}{2}", "70"},
      {"\\dfrac{140}{2}", "70"},
      {"\\frac 63", "2"},
      {"\\frac{-140}{2}", "-70"},
      {"140/2", "70"},
      {"70, 70", "70"},
      {"７０", "70"},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
  };
  for (const auto& [text, expected] : cases) {
    const IntegerReading reading = read_integer_expression(text);
    EXPECT_EQ(reading.kind, Kind::kInteger) << text;
    EXPECT_EQ(reading.text, expected) << text;
  }
}

TEST(IntegerExtractor, KnowsWhatIsNoInteger) {
  const std::vector<std::pair<std::string, Kind>> cases = {
      {"", Kind::kNone},
      {"  ", Kind::kNone},
      {"70, 71", Kind::kSeveral},
      {"70 \\text{ and } 71", Kind::kSeveral},
      {"70 or 71", Kind::kSeveral},
      {"m=3, n=7", Kind::kSeveral},
      {"32, 349", Kind::kSeveral},
      {"1,22", Kind::kSeveral},
      {"(6,31,-1)", Kind::kSeveral},
      {"70.5", Kind::kOther},
      {"2\\sqrt{3}", Kind::kOther},
      {"\\frac{1}{2}", Kind::kOther},
      {"1/2", Kind::kOther},
      {"\\frac{1}{0}", Kind::kOther},
      {"7/0", Kind::kOther},
      {"2^5", Kind::kOther},
      {"9^{9^9}", Kind::kOther},
      {"204_5", Kind::kOther},
      {"70x", Kind::kOther},
      {"x", Kind::kOther},
      {"70\\pi", Kind::kOther},
      {"70 pi", Kind::kOther},
      {"7 \\times 10", Kind::kOther},
      {"1.5 \\times 10^3", Kind::kOther},
      {"5!", Kind::kOther},
      {"3:4", Kind::kOther},
      {"70 71", Kind::kOther},
      {"--70", Kind::kOther},
      {"x=", Kind::kOther},
      {"\\approx 70", Kind::kOther},
      {"918\\frac{1}{2}", Kind::kOther},
      {"AZYUK2A", Kind::kOther},
      {"\\text{no}", Kind::kOther},
  };
  for (const auto& [text, kind] : cases)
    EXPECT_EQ(read_integer_expression(text).kind, kind) << text;
}

TEST(IntegerExtractor, NormalisesGoldAnswers) {
  EXPECT_EQ(normalise_integer_answer("336^\\circ"), "336");
  EXPECT_EQ(normalise_integer_answer("016"), "16");
  EXPECT_EQ(normalise_integer_answer("70.0"), "70");
  EXPECT_EQ(normalise_integer_answer("unknown"), std::nullopt);
  EXPECT_EQ(normalise_integer_answer("1, 2"), std::nullopt);
}

struct Case {
  std::string text;
  std::string exact;  // "": none
  std::string stage;
  std::string loose;
};

TEST(IntegerExtractor, TakesTheLastBoxThenTheFinalAnswer) {
  const std::vector<Case> cases = {
      {"so \\boxed{70}", "70", "boxed", "70"},
      {"\\boxed{1} then \\boxed{2}", "2", "boxed", "2"},
      {"\\fbox{70}", "70", "boxed", "70"},
      {"\\boxed {70}", "70", "boxed", "70"},
      {"\\boxed{\\boxed{70}}", "70", "boxed", "70"},
      {"\\boxed{m+n=\\frac{140}{2}}", "70", "boxed", "70"},
      {"\\boxed{70} is it, in \\boxed{7", "70", "boxed", "70"},      // the last one was cut off
      {"\\boxed{70}. I put it in \\boxed{}.", "70", "boxed", "70"},  // a blank box says nothing
      {"\\boxed{ } 12", "", "", "12"},
      {"\\boxed 70", "70", "boxed_token", "70"},
      {"\\boxed70.", "70", "boxed_token", "70"},
      {"$\\boxed{70}$ and later 71", "70", "boxed", "70"},
      {"\\\\boxed{004}", "4", "boxed", "4"},
      {"\\boxed{70, 71}", "70, 71", "boxed", "70, 71"},
      {"\\boxed{2\\sqrt{3}}", "2\\sqrt{3}", "boxed", "2\\sqrt{3}"},
      {"\\beginboxed{8}", "", "", "8"},
      {"{ \\boxed{70}", "70", "boxed", "70"},
      {"\\{ \\boxed{70} \\}", "70", "boxed", "70"},
      {"The final answer is 70.", "70", "final_answer", "70"},
      {"**Final Answer**\n\n70", "70", "final_answer", "70"},
      {"Final Answer: $70$", "70", "final_answer", "70"},
      {"The final answer is \\(m+n = 70\\).", "70", "final_answer", "70"},
      {"Final Answer: The final answer is $28$. I hope it is correct.", "28", "final_answer", "28"},
      {"The final answer is 70, which we double.", "70", "final_answer", "70"},
      {"The final answer is 70 or 71.", "70, 71", "final_answer", "70, 71"},
      {"The final answer is 70/3", "70/3", "final_answer", "70/3"},
      {"The final answer is unknown; 12 tries.", "", "", "12"},
      {"최종 답: 70", "70", "final_answer", "70"},
      {"최종 정답은 70입니다.", "70", "final_answer", "70"},
      {"The answer is 42", "", "", "42"},
      {"1", "", "", "1"},
      {"x = 1,234 apples", "", "", "1234"},
      {"about 70.5", "", "", "70.5"},
      {"from 3-5", "", "", "5"},
      {"it is -5", "", "", "-5"},
      {"AZYUK2A", "", "", ""},
      {"", "", "", ""},
  };
  for (const Case& c : cases) {
    const Extraction exact = extract_integer(c.text, IntegerRule::kExact);
    EXPECT_EQ(exact.answer.value_or(""), c.exact) << c.text;
    EXPECT_EQ(exact.stage, c.stage) << c.text;
    EXPECT_EQ(extract_integer(c.text, IntegerRule::kLoose).answer.value_or(""), c.loose) << c.text;
  }
}

TEST(IntegerExtractor, ReadsEachByteAConstantNumberOfTimes) {
  for (const std::string piece :
       {"\\boxed{", "\\boxed{}", "{", "}", "\\", "\\boxed", "final answer ", "최종 답 ", "1,234",
        "1", "-", "\\boxed{\\text{", "\\frac{", "^{", "final answer is $", "( ", "\\boxed 1"}) {
    for (size_t size : {size_t{100'000}, size_t{1'000'000}}) {
      std::string text;
      while (text.size() < size)
        text += piece;
      const ScanText scan(text);
      extract_integer(scan, IntegerRule::kLoose);
      EXPECT_LE(scan.num_reads(), 150 * text.size()) << piece;
    }
  }
}

// The box is lexed once; what is in it may be as long as the reply.
TEST(IntegerExtractor, BoundsTheAnswerItKeeps) {
  std::string text = "\\boxed{";
  while (text.size() < 1'000'000)
    text += "가\\text{{^_\\frac{1}2,3=(";
  std::string closed = text + std::string(1'000'000, '}');
  for (const std::string& reply : {text, closed}) {
    const Extraction found = extract_integer(reply, IntegerRule::kLoose);
    if (found.found()) {
      EXPECT_LE(found.answer->size(), 200u);
    }
  }
}

// Every case of the graders' own unit tests whose gold is an integer. Where our rule gives
// another verdict than the grader expects, the case stands in the table with the reason; nothing
// else may differ.
TEST(IntegerExtractor, DiffersFromOtherGradersOnlyAsTheTableSays) {
  JANGWON_REQUIRE_REAL_DATA("grader_cases/math_verify_test_all.jsonl");
  std::map<std::string, bool> table;  // "FILE:row" → our verdict
  for (const std::string& line :
       read_lines(JANGWON_SOURCE_DIR "/tests/golden/grading/integer_cases.jsonl")) {
    const auto row = nlohmann::ordered_json::parse(line);
    EXPECT_FALSE(row["reason"].get<std::string>().empty());
    table[row["file"].get<std::string>() + ":" + std::to_string(row["row"].get<int>())] =
        row["ours"].get<bool>();
  }
  int num_cases = 0;
  size_t num_different = 0;
  const auto check = [&](const std::string& file, int row, const std::string& gold,
                         const std::optional<std::string>& ours, bool expected) {
    // A gold that is a whole solution holds its integer in a box.
    auto target = normalise_integer_answer(gold);
    if (!target && gold.find("boxed") != std::string::npos) {
      target = normalise_integer_answer(extract_integer(gold).answer.value_or(""));
    }
    if (!target) return;
    ++num_cases;
    const bool right = ours == target;
    const std::string key = file + ":" + std::to_string(row);
    if (right == expected) {
      EXPECT_FALSE(table.contains(key)) << key << " stands in the table but agrees";
      return;
    }
    ++num_different;
    ASSERT_TRUE(table.contains(key)) << key << ": gold " << gold.substr(0, 100) << ", ours "
                                     << ours.value_or("none") << ", theirs " << expected;
    EXPECT_EQ(table[key], right) << key;
  };
  const auto text_of = [](const nlohmann::ordered_json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const auto answer_to = [&](const nlohmann::ordered_json& reply) {
    const std::string text = text_of(reply);
    return extract_integer(remove_reasoning(text).answer_text).answer;
  };
  for (const std::string file : {"math_verify_test_all.jsonl", "math_verify_test_boxed.jsonl",
                                 "math_verify_test_strict.jsonl"}) {
    int row = 0;
    for_each_row("grader_cases/" + file, [&](const nlohmann::ordered_json& c) {
      check(file, row++, text_of(c["gold"]), answer_to(c["pred"]), c["expected"].get<int>() == 1);
    });
  }
  int row = 0;
  for_each_row("grader_cases/inspect_ai_answer.jsonl", [&](const nlohmann::ordered_json& c) {
    check("inspect_ai_answer.jsonl", row++, text_of(c["target"]), answer_to(c["model_output"]),
          true);
  });
  row = 0;
  for_each_row("grader_cases/nemo_skills_math_equal.jsonl", [&](const nlohmann::ordered_json& c) {
    // A pair of expressions, as that grader compares them once they are out of the reply.
    check("nemo_skills_math_equal.jsonl", row++, text_of(c["output_pair"][1]),
          normalise_integer_answer(text_of(c["output_pair"][0])),
          c["_test"] == "test_correct_examples");
  });
  row = 0;
  std::ifstream inspect_file(real_data_path("grader_cases/inspect_ai_math_cases.json"));
  for (const auto& c : nlohmann::ordered_json::parse(inspect_file)) {
    check("inspect_ai_math_cases.json", row++, text_of(c["target"]), answer_to(c["output"]),
          c["expected"] == "C");
  }
  EXPECT_EQ(num_different, table.size());
  RecordProperty("num_cases", num_cases);
  EXPECT_GE(num_cases, 60);
}

}  // namespace
}  // namespace jangwon::harness
