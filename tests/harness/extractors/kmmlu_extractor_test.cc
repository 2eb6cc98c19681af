#include "harness/extractors/kmmlu_extractor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jangwon::harness {
namespace {

struct Case {
  std::string text;
  std::string answer;  // "": none
};

// What Python's re.findall(r"(?i)정답[^A-E]*:[^A-E]*([A-E])", text)[-1:] gives, in upper case.
TEST(KmmluExtractor, TakesTheLastMatchOfTheOfficialPattern) {
  const std::vector<Case> cases = {
      {"정답: C", "C"},
      {"**정답: D**", "D"},
      {"정답 : (B)", "B"},
      {"정답: A 아니 정답: B", "B"},
      {"정답: 없음\n\n그래서 (B)", "B"},  // the gap runs over line ends
      {"정답: KN", ""},                   //
      {"### 정답\nE", ""},                // no colon
      {"정답은 B입니다", ""},             //
      {"정답：B", ""},                    // the full-width colon is none
      {"정답: 3번", ""},                  // digits and circles are none
      {"정답: ③", ""},                    //
      {"정답: the answer", "E"},  // (?i): the first of a … e ends the gap and is the answer
      {"정답 c: D", ""},          // a letter in front of the colon ends the gap
      {"정답 정답: C", "C"},
      {"정답: F", ""},
      {"정답: ", ""},
      {"정답", ""},
      {"정답:A정답:B:C", "B"},
      {"", ""},
  };
  for (const Case& c : cases) {
    const Extraction found = extract_kmmlu_pro_official(c.text);
    EXPECT_EQ(found.answer.value_or(""), c.answer) << c.text;
    EXPECT_EQ(found.stage, c.answer.empty() ? "" : "answer_colon_ko") << c.text;
  }
}

// (?i)Answer[^A-E]*: [^A-E]*([A-E])
TEST(KmmluExtractor, TakesTheLastMatchOfTheEnglishPattern) {
  const std::vector<Case> cases = {
      {"Answer: C", "C"},
      {"answer: b", "B"},
      {"Answer:C", ""},  // a blank must follow the colon
      // the second "Answer" gives the letter of the first and is used up
      {"Answer: Answer: C", "A"},
      {"Answer Answer: C", "C"},  // the gap of the first ends at once
      {"Answer: C\nANSWER: D", "D"},
      {"The answer is C", ""},
      {"An\u017fwer: C", "C"},  // the long s, as Python's re folds it
      {"An\u017f", ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(extract_kmmlu_pro_official(c.text, PromptLanguage::kEnglish).answer.value_or(""),
              c.answer)
        << c.text;
  }
}

TEST(KmmluExtractor, ReadsEachByteAConstantNumberOfTimes) {
  for (const std::string piece : {"정답", "정답:", "정답: ", "정", ":", "A", "Answer: ", "Answe"}) {
    std::string text;
    while (text.size() < 1'000'000)
      text += piece;
    for (PromptLanguage language : {PromptLanguage::kKorean, PromptLanguage::kEnglish}) {
      const ScanText scan(text);
      extract_kmmlu_pro_official(scan, language);
      EXPECT_LE(scan.num_reads(), 12 * text.size()) << piece;
    }
  }
}

}  // namespace
}  // namespace jangwon::harness
