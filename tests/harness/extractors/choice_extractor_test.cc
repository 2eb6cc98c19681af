#include "harness/extractors/choice_extractor.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/harness/extractors/real_data.h"

namespace jangwon::harness {
namespace {

struct Case {
  std::string text;
  std::string answer;  // "": none
  std::string stage;   // "": not looked at
};

void expect_all(const std::vector<Case>& cases, const ChoiceOptions& options) {
  for (const Case& c : cases) {
    const Extraction found = extract_choice(c.text, options).extraction;
    EXPECT_EQ(found.answer.value_or(""), c.answer) << c.text << "  [" << found.stage << "]";
    if (!c.stage.empty()) {
      EXPECT_EQ(found.stage, c.stage) << c.text;
    }
    EXPECT_LE(found.position, c.text.size()) << c.text;
  }
}

TEST(ChoiceExtractor, ReadsKoreanForms) {
  expect_all(
      {
          {"정답: ③", "C", "korean_colon"},
          {"정답은 3번", "C", "korean_is"},
          {"**정답: C**", "C", "korean_colon"},
          {"**정답**: C", "C", "korean_colon"},
          {"정답: **C**", "C", "korean_colon"},
          {"정답 : (C)", "C", "korean_colon"},
          {"정답： Ｃ", "C", "korean_colon"},
          {"정답: 『나』", "B", "korean_colon"},
          {"정답: 나", "B", "korean_colon"},
          {"정답은 나입니다.", "B", "korean_is"},
          {"정답은 (다)입니다.", "C", "korean_is"},
          {"정답: 라번", "D", "korean_colon"},
          {"정답: ㉯", "B", "korean_colon"},
          {"정답: ⑤", "E", "korean_colon"},
          {"정답: ⑵", "B", "korean_colon"},
          {"정답: ❹", "D", "korean_colon"},
          {"정답: Ⓑ", "B", "korean_colon"},
          {"정답: 3", "C", "korean_colon"},
          {"정답: 3번입니다.", "C", "korean_colon"},
          {"정답: 3. 세포벽", "C", "korean_colon"},
          {"정답: 3) 세포벽", "C", "korean_colon"},
          {"정답: C) 세포벽", "C", "korean_colon"},
          {"정답: C. 세포벽", "C", "korean_colon"},
          {"정답: 선택지 C", "C", "korean_colon"},
          {"정답: 보기 2번", "B", "korean_colon"},
          {"정답:\n\n**C**", "C", "korean_colon"},
          {"### 정답\nE", "E", "korean_colon"},
          {"## 최종 정답\n\n②", "B", "korean_colon"},
          {"최종 답: B", "B", "korean_colon"},
          {"최종답: B", "B", "korean_colon"},
          {"답: 4", "D", "korean_colon"},
          {"답변: A", "A", "korean_colon"},
          {"정답 (Answer): B", "B", "korean_colon"},
          {"정답(번호): 2", "B", "korean_colon"},
          {"정답 번호: 2", "B", "korean_colon"},
          {"[정답] C", "C", "korean_colon"},
          {"【정답】 ③", "C", "korean_colon"},
          {"정답입니다: C", "C", "korean_colon"},
          {"정답: c", "C", "korean_colon"},
          {"정답: $\\boxed{C}$", "C", ""},
          {"정답은 B입니다.", "B", "korean_is"},
          {"정답은 **B**입니다.", "B", "korean_is"},
          {"정답은 'B'이다.", "B", "korean_is"},
          {"따라서 정답은 ②번이다", "B", "korean_is"},
          {"정답은 B: 33MPa입니다.", "B", "korean_is"},
          {"정답은 B번 세포벽입니다.", "B", "korean_is"},
          {"정답은 다음과 같습니다: B", "B", "korean_is"},
          {"정답은 보기 3번이다.", "C", "korean_is"},
          {"답은 3이다.", "C", "korean_is"},
          {"정답 B", "B", "korean_is"},
          {"정답 (B)", "B", "korean_is"},
          {"D가 정답입니다.", "D", "korean_is"},
          {"④번이 정답이다.", "D", "korean_is"},
          {"(B)가 정답입니다", "B", "korean_is"},
          {"옳지 않은 것은 C입니다.", "C", "topic"},
          {"가장 적절한 설명은 ②이다.", "B", "topic"},
          {"따라서 B가 맞습니다.", "B", "topic"},
          {"풀이는 이렇다.\n\n③", "C", "sole_line"},
          {"풀이는 이렇다.\n3번", "C", "sole_line"},
          {"풀이는 이렇다.\n**C**", "C", "sole_line"},
          {"풀이는 이렇다.\nC입니다.", "C", "sole_line"},
          {"### ANSWER  \nC", "C", "answer_colon"},
          {"\\boxed{3}", "C", "boxed"},
          {"\\boxed{\\text{C}}", "C", "boxed"},
          {"B입니다. 왜냐하면 그렇기 때문이다.", "B", "leading"},
          {"C: 알루미늄에서와 같다.", "C", "leading"},
          {"D) 54°", "D", "leading"},
          {"D를 선택하십시오. 이유는 많다.", "D", "leading"},
          {"고르면:\n\nB: 경험에 개방적이 되는 것\n\n이것이 목표와 다르다.", "B", "topic"},
      },
      korean_choice(5, MatchOrder::kLast));
}

TEST(ChoiceExtractor, KnowsWhatIsNoChoice) {
  expect_all(
      {
          {"정답은 B형 간염입니다.", "", ""},
          {"정답은 5년입니다.", "", ""},
          {"정답은 3 kg입니다.", "", ""},
          {"정답은 3개입니다.", "", ""},
          {"정답: 3.5", "", ""},
          {"정답: 2,500원", "", ""},
          {"정답: 30", "", ""},
          {"정답은 가장 큰 값이다.", "", ""},
          {"정답은 다음 표와 같다.", "", ""},
          {"정답은 나중에 알려 주겠다.", "", ""},
          {"정답: 없음", "", ""},
          {"정답: KN", "", ""},
          {"정답: DNA", "", ""},
          {"정답: A, C", "", ""},
          {"정답은 1번과 3번이다.", "", ""},
          {"정답: B와 C", "", ""},
          {"정답은 A가 아니다.", "", ""},
          {"A가 정답이 아니다.", "", ""},
          {"오답: A", "", ""},
          {"응답: A", "", ""},
          {"정답: F", "", ""},
          {"정답: 6번", "", ""},
          {"C 언어에서 쓰이는 자료형이 아닌 것은?", "", ""},
          {"D35를 초과하는 철근", "", ""},
          {"A, B, C", "", ""},
          {"A. 무지, B. 질병, C. 재해,", "", ""},
          {"A: 하나\nB: 둘\nC: 셋", "", ""},
          {"1. 먼저 계산한다.\n2. 다음을 본다.", "", ""},
          {"답은 다음과 같습니다.\n\n1. 포도당의 특", "", ""},
          {"3. 세 번째로", "", ""},
          {"질문이 불완전합니다.", "", ""},
          {"", "", ""},
          {"\n\n \n", "", ""},
      },
      korean_choice(5, MatchOrder::kLast));
}

TEST(ChoiceExtractor, TakesTheLastMatchOfTheBestTier) {
  expect_all(
      {
          {"정답: A 다시 보니 정답: B", "B", "korean_colon"},
          {"정답은 A라고 보였지만, 정답은 B입니다.", "B", "korean_is"},
          {"정답: A\n\n결론적으로 정답은 B입니다.", "A", "korean_colon"},
          {"The answer is A.\n정답: B", "B", "korean_colon"},
          {"정답: B\n\n(C는 틀렸다.)", "B", "korean_colon"},
          {"정답은 A가 아니라 다른 것이고, 정답은 C입니다.", "C", "korean_is"},
      },
      korean_choice(5, MatchOrder::kLast));
}

TEST(ChoiceExtractor, ReadsEnglishForms) {
  expect_all(
      {
          {"The answer is (C).", "C", "answer_is"},
          {"The answer is **C**.", "C", "answer_is"},
          {"The correct answer is: (B)", "B", "answer_is"},
          {"answer is $\\boxed{C}$", "C", ""},
          {"**Answer:** B", "B", "answer_colon"},
          {"ANSWER: [B]", "B", "answer_colon"},
          {"Final Answer:\n\n(D)", "D", "answer_colon"},
          {"Answer: Option J", "J", "answer_colon"},
          {"Answer: b", "B", "answer_colon"},
          {"\\[ \\text{The answer is } (B) \\]", "B", "answer_is"},
          {"The answer to this question is C.", "C", "answer_is"},
          {"the correct option is D", "D", "answer_is"},
          {"So the best choice is (E).", "E", "answer_is"},
          {"The answer would be:\n\nB", "B", "answer_is"},
          {"<answer>B</answer>", "B", "boxed"},
          {"\\boxed{\\textbf{(C) }}", "C", "boxed"},
          {"Therefore option C is correct.", "C", "topic"},
          {"(H) is the correct answer.", "H", "topic"},
          {"The option that fits best is (D).", "D", "topic"},
          {"Thus, the incorrect statement is C.", "C", "topic"},
          {"The best description is:\n\nE. The file is broken into packets.", "E", "topic"},
          {"Reasoning here.\n\nG", "G", "sole_line"},
          {"정답: C", "C", "korean_colon"},
          {"정답은 3번", "C", "korean_is"},
          {"C. Because it is", "C", "leading"},
      },
      english_choice(10, MatchOrder::kLast));
  expect_all(
      {
          {"The answer is Argon.", "", ""},
          {"The answer is a large number.", "", ""},
          {"The answer is I think unclear.", "", ""},
          {"I cannot answer this question.", "", ""},
          {"The answer is 3.", "", ""},
          {"The answer is A.M. radio", "", ""},
          {"The answer is B-cells.", "", ""},
          {"The answer is (F) and (I).", "", ""},
          {"The answer is not (A).", "", ""},
          {"The answer is None of the above", "", ""},
          {"Answer: N/A", "", ""},
          {"Answer: A/B/C/D", "", ""},
          {"Answer: C++", "", ""},
          {"A typical case", "", ""},
          {"issue is A matter", "", ""},
      },
      english_choice(10, MatchOrder::kLast));
}

TEST(ChoiceExtractor, TakesTheFirstMatchOfACompletion) {
  const ChoiceOptions options = english_choice(10, MatchOrder::kFirst);
  expect_all(
      {{"The answer is (C).\n\nQuestion: next\nAnswer: the answer is (A).", "C", "answer_is"},
       {"B\n\nQuestion: next\nA", "B", "sole_line"}},
      options);
}

TEST(ChoiceExtractor, CountsLabelsBeyondTheOptions) {
  const ChoiceExtraction found = extract_choice(
      "The answer is (J). No: the answer is (K). Answer: B", english_choice(4, MatchOrder::kLast));
  EXPECT_EQ(found.extraction.answer.value_or(""), "B");
  EXPECT_EQ(found.num_labels_beyond_options, 2);
  EXPECT_EQ(
      extract_choice("정답: E", korean_choice(4, MatchOrder::kLast)).num_labels_beyond_options, 1);
}

TEST(ChoiceExtractor, GivesThePositionInBytes) {
  const std::string text = "따라서 **정답: C**";
  EXPECT_EQ(extract_choice(text, korean_choice(5, MatchOrder::kLast)).extraction.position,
            text.find('C'));
}

// Every form's marker, repeated, and what may follow it, repeated: the look-ahead is bounded,
// so the reads are.
TEST(ChoiceExtractor, ReadsEachUnitAConstantNumberOfTimes) {
  const std::vector<std::string> pieces = {"정답",
                                           "정답은 ",
                                           "정답: ",
                                           "정답\n",
                                           "답 ",
                                           "정답 (",
                                           "가 정답입니다 ",
                                           "것은 ",
                                           "answer is ",
                                           "Answer: ",
                                           "answer\n",
                                           "answer to ",
                                           " is ",
                                           "option is ",
                                           "\\boxed{",
                                           "<answer>",
                                           "(",
                                           "((A",
                                           " ",
                                           "\n",
                                           "A",
                                           "A) ",
                                           "A: x\n",
                                           "A, ",
                                           "3. ",
                                           "D (",
                                           "라면:\n\nB: ",
                                           "맞습",
                                           "정답 /",
                                           "A와 ",
                                           "so, ",
                                           "=> ",
                                           "따라서 ",
                                           "ans: \n",
                                           ". so C",
                                           "를 선택합 ",
                                           "not A but ",
                                           "corresponds to option ",
                                           "<b>",
                                           "① ",
                                           "답입니다.\nA: x\n",
                                           "이 아니라 "};
  for (const std::string& piece : pieces) {
    const auto reads_of = [&](size_t size) {
      std::string text;
      while (text.size() < size)
        text += piece;
      const FoldedText folded(text);
      extract_choice(folded, korean_choice(5, MatchOrder::kLast));
      return folded.num_reads();
    };
    EXPECT_LE(static_cast<double>(reads_of(200'000)), 10.5 * static_cast<double>(reads_of(20'000)))
        << piece;
  }
}

// Replies in the manner of many model families, each with the option that it names
// and a word of why.
TEST(ChoiceExtractor, ReadsTheRepliesOfManyFamilies) {
  size_t num_replies = 0;
  for (const std::string& line :
       read_lines(JANGWON_SOURCE_DIR "/tests/golden/grading/choice_replies.jsonl")) {
    const auto row = nlohmann::ordered_json::parse(line);
    const int num_options = row["options"];
    const MatchOrder order = row["order"] == "first" ? MatchOrder::kFirst : MatchOrder::kLast;
    const ChoiceOptions options = row["task"] == "kmmlu_pro" ? korean_choice(num_options, order)
                                                             : english_choice(num_options, order);
    const std::string reply = row["reply"];
    const Extraction found = extract_choice(reply, options).extraction;
    const std::string label = row["label"].is_null() ? "" : row["label"].get<std::string>();
    EXPECT_EQ(found.answer.value_or(""), label)
        << reply << "  [" << found.stage << "]  " << row["why"].get<std::string>();
    ++num_replies;
  }
  EXPECT_GE(num_replies, 500u);
}

// The labels are ours: 300 replies drawn with a fixed seed and read by a person. Each row names
// a file below kmmlu/, a row from 0 and the option that the reply names, null where it names
// none or several.
TEST(ChoiceExtractor, ReadsKoreanRepliesAtLeastAsWellAsTheirPublisher) {
  JANGWON_REQUIRE_REAL_DATA("kmmlu/korean_answer_forms.jsonl");
  std::map<std::string, std::vector<std::pair<std::string, std::string>>>
      replies;  // file → (response, publisher's parse)
  for_each_row("kmmlu/korean_answer_forms.jsonl", [&](const nlohmann::ordered_json& row) {
    replies["korean_answer_forms.jsonl"].emplace_back(row["response"], row["pred_by_repo"]);
  });
  for (const char* name : {"KMMLU_gpt-4o-240513.csv", "KMMLU_llama-3-1-8b-instruct-5shot.csv",
                           "KMMLU_phi-4-0shot.csv"}) {
    for (auto& row : read_csv(real_data_path(std::string("kmmlu/outputs/") + name))) {
      replies[std::string("outputs/") + name].emplace_back(row["response"], row["pred"]);
    }
  }
  int num_labels = 0;
  int publisher_right = 0;
  int native_right = 0;
  for (const std::string& line :
       read_lines(JANGWON_SOURCE_DIR "/tests/golden/grading/kmmlu_labels.jsonl")) {
    const auto label_row = nlohmann::ordered_json::parse(line);
    const std::string label =
        label_row["label"].is_null() ? "" : label_row["label"].get<std::string>();
    const auto& [response, pred] = replies.at(label_row["file"]).at(label_row["row"].get<size_t>());
    const Extraction found =
        extract_choice(response, korean_choice(4, MatchOrder::kLast)).extraction;
    ++num_labels;
    publisher_right += pred == label;
    native_right += found.answer.value_or("") == label;
  }
  EXPECT_EQ(num_labels, 300);
  RecordProperty("publisher_right", publisher_right);
  RecordProperty("native_right", native_right);
  EXPECT_GE(native_right, publisher_right);
  EXPECT_GE(native_right, 294) << "of 300; 296 when this was written";
}

}  // namespace
}  // namespace jangwon::harness
