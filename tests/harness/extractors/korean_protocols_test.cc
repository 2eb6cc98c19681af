// The extractions of the Korean benchmarks: a hand-judged table of replies, and the quirks of the
// official patterns.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/extractors/choice_extractor.h"
#include "harness/extractors/kmmlu_extractor.h"
#include "harness/extractors/kobalt_extractor.h"
#include "harness/extractors/kormedmcqa_extractor.h"
#include "harness/extractors/named_extractor.h"

namespace jangwon::harness {
namespace {

// The official extractor that each task names in its task.yaml.
const std::map<std::string, const char*> kOfficial = {
    {"kobalt", "kobalt"},         {"kmmlu", "kmmlu_direct"},
    {"kormedmcqa", "kormedmcqa"}, {"mmlu_prox_ko", "mmlu_prox_ko"},
    {"click", "native_korean"},   {"hae_rae", "native_korean"}};

std::string answer_of(const Extraction& extraction) {
  return extraction.answer.value_or("");
}

TEST(KoreanProtocols, RepliesAreReadAsAReaderReadsThem) {
  std::ifstream file(JANGWON_SOURCE_DIR "/tests/golden/grading/korean_replies.jsonl");
  std::map<std::string, int> num_replies;
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    const std::string task = row["task"], reply = row["reply"], why = row["why"];
    const int num_options = row["options"];
    const auto label = [&](const char* mode) {
      return row[mode].is_null() ? "" : row[mode].get<std::string>();
    };
    const NamedExtractor* official = find_extractor(AnswerKind::kLetter, kOfficial.at(task));
    ASSERT_NE(official, nullptr) << task;
    EXPECT_EQ(answer_of(official->extract(reply, num_options)), label("official"))
        << task << ": " << reply << ": " << why;
    const Extraction native =
        extract_choice(reply, korean_choice(num_options, MatchOrder::kLast)).extraction;
    EXPECT_EQ(answer_of(native), label("native"))
        << task << ": " << reply << ": " << why << " [" << native.stage << "]";
    ++num_replies[task];
  }
  EXPECT_EQ(num_replies.size(), kOfficial.size());
  for (const auto& [task, count] : num_replies)
    EXPECT_GE(count, 5) << task;
}

// What re.findall(r"정답은\s*(.*?)\s*입니다", text) and the letters of its groups give.
TEST(KobaltExtractor, FollowsTheLazyGap) {
  const struct {
    const char* text;
    const char* answer;
  } cases[] = {
      {"정답은입니다", ""},
      {"정답은 \n\n B \n 입니다", "B"},  // blanks at both ends may hold line ends
      {"정답은 A\nB입니다", ""},         // the gap itself may not
      {"정답은 A\n정답은 B입니다", "B"},
      {"정답은 정답은 B입니다", "B"},  // the first 정답은 takes the second into its gap
      {"정답은 A 정답은 B입니다", "A, B"},
      {"정답은 A입니다 정답은 A입니다", "A"},
      {"정답은 b입니다", ""},
      {"정답은\xc2\xa0"
       "C입니다",
       "C"},  // a blank to Python's \s
      {"정답은 A", ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(answer_of(extract_kobalt_official(c.text)), c.answer) << c.text;
}

TEST(KormedmcqaExtractor, AsksThePatternsInTurn) {
  const struct {
    const char* text;
    const char* answer;
    const char* stage;
  } cases[] = {
      {"정답 : : b", "B", "answer_ko"},
      {"정답은 C입니다. 정답: A", "A",
       "answer_ko"},  // the first pattern that matches speaks, not the last match of all
      {"정답은 C입니다. D.", "C", "answer_is_ko"},
      {"정답은 C다. D. E", "D", "letter_period"},
      {"정답은 C다", "", ""},  // 다 is a word character, so C stands in a word
      {"B는 아니다", "", ""},
      {"(B)", "B", "letter"},
      {"F", "", ""},
  };
  for (const auto& c : cases) {
    const Extraction found = extract_kormedmcqa_official(c.text);
    EXPECT_EQ(answer_of(found), c.answer) << c.text;
    EXPECT_EQ(found.stage, c.stage) << c.text;
  }
}

TEST(KmmluDirect, IsTheWholeReplyUpToTheStopText) {
  const struct {
    const char* text;
    const char* answer;
  } cases[] = {
      {"A", "A"}, {"A</s>B", "A"}, {"AQ: next", "A"}, {"\"A\"", "A"}, {"A.B", "A"},
      {".A", ""}, {"\n\nA", ""},   {"정답：A", ""},   {"A정", ""},    {"1", ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(answer_of(extract_kmmlu_direct(c.text)), c.answer) << c.text;
}

TEST(KoreanProtocols, ReadEachByteABoundedNumberOfTimes) {
  for (const char* piece :
       {"정답은 ", "정답은 A", "정답은\n", "정답:", "A. ", "정답은 A입", "입니다 "}) {
    const auto reads_of = [&](size_t repeats, Extraction (*extract)(const ScanText&)) {
      std::string text;
      for (size_t i = 0; i < repeats; ++i)
        text += piece;
      const ScanText scan(text);
      extract(scan);
      return static_cast<double>(scan.num_reads()) / static_cast<double>(text.size());
    };
    for (auto* extract :
         {extract_kobalt_official, extract_kormedmcqa_official, extract_kmmlu_direct})
      EXPECT_LE(reads_of(20'000, extract), 1.1 * reads_of(2'000, extract) + 1) << piece;
  }
}

}  // namespace
}  // namespace jangwon::harness
