#include "harness/extractors/mmlu_pro_extractor.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/harness/extractors/real_data.h"

namespace jangwon::harness {
namespace {

struct Case {
  std::string text;
  std::string level_1;  // "": none
  std::string level_2;
  std::string stage;  // of level 2
};

std::string answer_of(const Extraction& extraction) {
  return extraction.answer.value_or("");
}

TEST(MmluProExtractor, FollowsTheOfficialStages) {
  const std::vector<Case> cases = {
      {"The answer is (C).", "C", "C", "answer_is"},
      {"The answer is C", "C", "C", "answer_is"},
      {"the answer is Argon", "A", "A", "answer_is"},               // no boundary behind the letter
      {"The Answer is (C)", "", "C", "last_letter"},                // case-sensitive
      {"answer is (K)", "", "", ""},                                // ten letters
      {"answer is: (B)", "", "B", "last_letter"},                   //
      {"answer is  (B)", "", "B", "last_letter"},                   // one blank
      {"answer is ((B))", "", "B", "last_letter"},                  //
      {"answer is (A), no, answer is (B)", "A", "A", "answer_is"},  // first match
      {"Answer: D", "", "D", "answer_colon"},                       //
      {"Answer:D and answer: E", "", "E", "answer_colon"},          // the last one on the line
      {"Answer: A\nAnswer: B", "", "A", "answer_colon"},            // but of the first line
      {"Answer:\n\n C", "", "C", "answer_colon"},                   // \s runs over line ends
      {"Answer:\xe3\x80\x80"
       "C",
       "", "C", "answer_colon"},                                   // and knows U+3000
      {"Answer: Answer: B", "", "B", "answer_colon"},              // matches overlap
      {"ANSWER: B", "", "B", "last_letter"},                       //
      {"Answer: none of these\nB or C?", "", "C", "last_letter"},  //
      {"I think so", "", "I", "last_letter"},                      // the pronoun counts
      // A는 맞다: no boundary in front of Hangul
      {"A\xeb\x8a\x94 \xeb\xa7\x9e\xeb\x8b\xa4", "", "", ""},
      {"A, \xeb\x8a\x94", "", "A", "last_letter"},  //
      // a superscript digit is a word character
      {"B\xc2\xb2", "", "", ""},
      {"B_1 \xe2\x91\xa0"
       "C",
       "", "", ""},                     // so is a circled one
      {"(D)", "", "D", "last_letter"},  //
      {"\xff"
       "D\xff",
       "", "D", "last_letter"},        // bytes that are no UTF-8
      {"no letter here", "", "", ""},  //
      {"", "", "", ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(answer_of(extract_mmlu_pro_official(c.text, MmluProLevel::kOne)), c.level_1)
        << c.text;
    const Extraction level_2 = extract_mmlu_pro_official(c.text, MmluProLevel::kTwo);
    EXPECT_EQ(answer_of(level_2), c.level_2) << c.text;
    EXPECT_EQ(level_2.stage, c.stage) << c.text;
    if (level_2.found()) {
      EXPECT_EQ(c.text.substr(level_2.position, 1), c.level_2) << c.text;
    }
  }
}

TEST(MmluProExtractor, TakesTheLastMatchOnRequest) {
  const auto last = [](const char* text) {
    return answer_of(extract_mmlu_pro_official(text, MmluProLevel::kTwo, MatchOrder::kLast));
  };
  EXPECT_EQ(last("answer is (A), no, answer is (B), answer is unknown"), "B");
  EXPECT_EQ(last("Answer: A\nAnswer: B\nnothing"), "B");
  EXPECT_EQ(last("Answer:\nA Answer: B\nC"), "B");
}

// The published regexes would need minutes here.
TEST(MmluProExtractor, ReadsEachByteAConstantNumberOfTimes) {
  for (const std::string piece : {"answer is ", "Answer: ", "Answer:", "nswer:", "A", " ",
                                  "answer is (", "A ", "Answer:\n"}) {
    std::string text;
    while (text.size() < 1'000'000)
      text += piece;
    for (MatchOrder order : {MatchOrder::kFirst, MatchOrder::kLast}) {
      const ScanText scan(text);
      extract_mmlu_pro_official(scan, MmluProLevel::kTwo, order);
      EXPECT_LE(scan.num_reads(), 12 * text.size()) << piece;
    }
  }
}

TEST(MmluProExtractor, AgreesWithTheOfficialScriptOnRealOutputsByStage) {
  JANGWON_REQUIRE_REAL_DATA("mmlu_pro/extraction_fixture.jsonl");
  size_t num_rows = 0;
  for_each_row("mmlu_pro/extraction_fixture.jsonl", [&](const nlohmann::ordered_json& row) {
    const std::string output = row["output"];
    const auto text_of = [&](const char* key) {
      return row[key].is_null() ? std::string() : row[key].get<std::string>();
    };
    EXPECT_EQ(answer_of(extract_mmlu_pro_official(output, MmluProLevel::kOne)),
              text_of("official_l1"))
        << num_rows;
    EXPECT_EQ(answer_of(extract_mmlu_pro_official(output, MmluProLevel::kTwo)),
              text_of("official_l2"))
        << num_rows;
    EXPECT_EQ(answer_of(extract_mmlu_pro_official(output, MmluProLevel::kOne, MatchOrder::kLast)),
              text_of("stage1_last"))
        << num_rows;
    ++num_rows;
  });
  EXPECT_EQ(num_rows, 576u);
}

}  // namespace
}  // namespace jangwon::harness
