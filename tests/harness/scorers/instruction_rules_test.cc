// A table an instruction, from its definition: replies that follow it and replies that do not, by
// IFEval's reading and by the Korean one.

#include "harness/scorers/instruction_rules.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

struct Case {
  const char* reply;
  bool original;
  bool korean;
};

std::set<std::string>& tested() {
  static std::set<std::string> ids;
  return ids;
}

void expect(const std::string& id, const std::string& parameters, const std::vector<Case>& cases,
            const std::string& prompt = "") {
  const auto kwargs = parse_json("[" + parameters + "]");
  ASSERT_TRUE(kwargs.ok()) << parameters;
  const auto instructions = read_instructions({id}, *kwargs);
  ASSERT_TRUE(instructions.ok()) << instructions.status().message();
  tested().insert(id);
  for (const Case& c : cases) {
    EXPECT_EQ(follows(instructions->front(), c.reply, prompt, InstructionReading::kOriginal),
              c.original)
        << id << " original: " << c.reply;
    EXPECT_EQ(follows(instructions->front(), c.reply, prompt, InstructionReading::kKorean),
              c.korean)
        << id << " korean: " << c.reply;
  }
}

TEST(InstructionRules, Keywords) {
  expect("keywords:existence", R"({"keywords": ["멸치", "Tofu"]})",
         {{"멸치와 tofu", true, true},
          {"멸치만", false, false},
          {"멸치볶음, TOFU찌개", true, true},
          {"", false, false}});
  expect("keywords:existence", R"json({"keywords": ["c++ (17)"]})json",
         {{"C++ (17)로", true, true}, {"c 17", false, false}});
  expect("keywords:frequency", R"({"keyword": "병원", "frequency": 2, "relation": "at least"})",
         {{"병원 병원", true, true}, {"병원에서 병원으로", true, true}, {"병원", false, false}});
  expect("keywords:frequency", R"({"keyword": "a", "frequency": 2, "relation": "less than"})",
         {{"b", true, true}, {"A b", true, true}, {"a A", false, false}});
  // \b…\b: a particle makes another word of it in the original reading.
  expect("keywords:forbidden_words", R"({"forbidden_words": ["사과", "Red"]})",
         {{"배와 귤", true, true},
          {"사과 하나", false, false},
          {"사과는 달다", true, false},
          {"풋사과", true, false},
          {"red", false, false},
          {"hundred", true, true},
          {"red색", true, true}});
  expect("keywords:letter_frequency",
         R"({"letter": "가", "let_frequency": 2, "let_relation": "at least"})",
         {{"가나가", true, true}, {"가나", false, false}});
  expect("keywords:letter_frequency",
         R"({"letter": "A", "let_frequency": 2, "let_relation": "less than"})",
         {{"a", true, true}, {"Aa", false, false}});
}

TEST(InstructionRules, Language) {
  expect("language:response_language", R"({"language": "ko"})",
         {{"한국어 답변입니다.", true, true}, {"This is the reply in English.", false, false}});
  expect("language:response_language", R"({"language": "en"})",
         {{"This is the reply.", true, true}, {"답변입니다.", false, false}});
}

TEST(InstructionRules, Length) {
  const std::string at_least_3 = R"({"num_sentences": 3, "relation": "at least"})";
  expect("length_constraints:number_sentences", at_least_3,
         {{"하나. 둘. 셋.", true, true},
          {"하나. 둘.", false, false},
          {"하나! 둘? 셋", true, true},
          {"값은 3.5입니다. 끝.", false, false},
          {"\"하나.\" 둘이다. 셋이다.", true, true},
          {"하나\n둘\n셋", false, true},    // a line end ends a sentence in Korean
          {"1. 하나\n2. 둘", true, false},  // the number of a list does in English
          {"Dr. Kim met Mr. Lee. They talked.", false, false}});
  expect("length_constraints:number_sentences", R"({"num_sentences": 2, "relation": "less than"})",
         {{"한 문장입니다.", true, true}, {"한 문장. 두 문장.", false, false}});
  expect("length_constraints:number_paragraphs", R"({"num_paragraphs": 2})",
         {{"하나\n***\n둘", true, true},
          {"하나 *** 둘", true, true},
          {"***\n하나\n***\n둘\n***", true, true},  // blank ones at the ends do not count
          {"하나\n***\n\n***\n둘", false, false},
          {"하나", false, false},
          {"하나\n\n둘", false, false}});
  expect("length_constraints:number_words", R"({"num_words": 4, "relation": "less than"})",
         {{"하나 둘 셋", true, true},
          {"하나 둘 셋 넷", false, false},
          {"3.5kg 두 봉지", false, true},  // 3, 5kg, 두, 봉지
          {"하나 - 둘", true, true}});
  expect("length_constraints:number_words", R"({"num_words": 2, "relation": "at least"})",
         {{"하나-둘", true, false}, {"하나 둘", true, true}});
  expect("length_constraints:number_letter_excluded",
         R"({"num_letters": 5, "relation": "less than"})",
         {{"가나 다라", true, true}, {"가나 다라 마", false, false}});
  expect("length_constraints:nth_paragraph_first_word",
         R"({"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Also"})",
         {{"One.\n\nalso two.", true, true},
          {"One.\n\n\"Also,\" two.", true, true},
          {"One.\n\n**Also** two.", false, true},
          {"One.\n\nAlsoo two.", false, false},
          {"Also.\n\nTwo.", false, false},
          {"One.\n\nAlso two.\n\nThree.", false, false},
          {"One.", false, false}});
}

TEST(InstructionRules, Content) {
  expect("detectable_content:number_placeholders", R"({"num_placeholders": 2})",
         {{"[이름]님, [주소]", true, true},
          {"[이름]", false, false},
          {"[이\n름] [주소]", false, false},
          {"[[a] [b]", true, true}});
  expect("detectable_content:postscript", R"({"postscript_marker": "P.S."})",
         {{"본문\n\nP.S. 추신", true, true},
          {"본문 p. s. 추신", true, true},
          {"본문 PS 추신", false, false}});
  expect("detectable_content:postscript", R"({"postscript_marker": "P.P.S"})",
         {{"P.P.S 추신", true, true}, {"p. p. s", true, true}, {"P.S. 추신", false, false}});
  expect("detectable_content:postscript", R"({"postscript_marker": "추신:"})",
         {{"본문\n추신: 하나 더", true, true}, {"추신 없음", false, false}});
}

TEST(InstructionRules, Format) {
  expect("detectable_format:number_bullet_lists", R"({"num_bullets": 2})",
         {{"* 하나\n* 둘", true, true},
          {"- 하나\n  - 둘", true, true},
          {"* 하나", false, false},
          {"**굵게**\n* 하나\n- 둘", true, true},
          {"• 하나\n• 둘", false, true},
          {"* 하나\n* 둘\n* 셋", false, false}});
  expect("detectable_format:constrained_response", "{}",
         {{"My answer is yes.", true, true}, {"글쎄요.", false, false}});
  expect("detectable_format:constrained_response", "{}",
         {{"제 답은 예입니다.", true, true},
          {"네, 제 답은 아니요입니다. 왜냐하면", true, true},
          {"예", false, false}},
         "다음 중에서 답하세요: \"제 답은 예입니다.\", “제 답은 아니요입니다.”");
  expect("detectable_format:number_highlighted_sections", R"({"num_highlights": 2})",
         {{"*하나*와 *둘*", true, true},
          {"**하나**와 **둘**", true, true},
          {"*하나*와 **둘**", true, true},
          {"**하나**", false, false},
          {"* *와 *하\n나*", false, false},
          {"하나 둘", false, false}});
  expect("detectable_format:multiple_sections", R"({"section_spliter": "섹션", "num_sections": 2})",
         {{"섹션 1\n가\n섹션 2\n나", true, true},
          {"섹션1 섹션2", true, true},
          {"섹션 1", false, false},
          {"섹션 가 섹션 나", false, false}});
  expect("detectable_format:json_format", "{}",
         {{"{\"a\": 1}", true, true},
          {"```json\n[1, 2]\n```", true, true},
          {"```\n{}\n```", true, true},
          {"{\"a\": NaN}", true, true},  // Python's json reads it
          {"{a: 1}", false, false},
          {"답: {\"a\": 1}", false, false}});
  expect("detectable_format:title", "{}",
         {{"<<여름>>\n본문", true, true},
          {"본문 <<<제목>>> 끝", true, true},
          {"<< >>", false, false},
          {"<<제\n목>>", false, false},
          {"<제목>", false, false}});
}

TEST(InstructionRules, CombinationStartAndEnd) {
  expect("combination:two_responses", "{}",
         {{"하나\n******\n둘", true, true},
          {"******하나******둘******", true, true},
          {"하나\n******\n하나", false, false},
          {"하나", false, false},
          {"하나******둘******셋", false, false},
          {"하나************둘", false, false}});
  expect("combination:repeat_prompt", R"({"prompt_to_repeat": "가을을 묘사하세요."})",
         {{"가을을 묘사하세요.\n맑다.", true, true},
          {"  가을을 묘사하세요.", true, true},
          {"네. 가을을 묘사하세요.", false, false}});
  expect("startend:end_checker", R"({"end_phrase": "응원합니다."})",
         {{"당신을 응원합니다.", true, true},
          {"\"응원합니다.\"", true, true},
          {"응원합니다.  \n", true, true},
          {"응원합니다. 끝", false, false}});
  expect("startend:quotation", "{}",
         {{"\"답\"", true, true},
          {" \"답\" ", true, true},
          {"“답”", false, true},
          {"\"답", false, false},
          {"\"", false, false}});
}

TEST(InstructionRules, CaseAndPunctuation) {
  expect("change_case:english_capital", "{}",
         {{"THIS IS THE ANSWER TO YOU.", true, true},
          {"This is the answer.", false, false},
          {"한국어", false, false}});
  expect("change_case:english_lowercase", "{}",
         {{"this is the answer to you.", true, true}, {"This is the answer.", false, false}});
  expect("change_case:capital_word_frequency",
         R"({"capital_frequency": 2, "capital_relation": "at least"})",
         {{"WHO and UN", true, true},
          {"WHO-UN", false, false},
          {"A B c", true, true},
          {"Who Un", false, false}});
  expect("punctuation:no_comma", "{}",
         {{"쉼표 없음", true, true},
          {"하나, 둘", false, false},
          {"하나、둘", true, false},
          {"하나，둘", true, false}});
}

// Runs last of this file's tests by its name, and fails where an instruction is added
// without a table.
TEST(InstructionRulesZ, EveryInstructionHasATable) {
  if (tested().empty()) GTEST_SKIP() << "the tables were filtered out";
  for (const std::string& id : instruction_ids())
    EXPECT_TRUE(tested().contains(id)) << id;
}

TEST(InstructionRules, LooseTakesOffLinesAndAsterisks) {
  const auto instruction = [](const std::string& id, const std::string& parameters) {
    return read_instructions({id}, *parse_json("[" + parameters + "]"))->front();
  };
  const auto loose = [](const Instruction& rule, const char* reply) {
    return follows_loosely(rule, reply, "", InstructionReading::kOriginal);
  };
  const Instruction ends = instruction("startend:end_checker", R"({"end_phrase": "끝."})");
  EXPECT_TRUE(loose(ends, "본문. 끝."));
  EXPECT_TRUE(loose(ends, "본문. 끝.\n도움이 되었기를 바랍니다!")) << "without the last line";
  EXPECT_TRUE(loose(ends, "본문. **끝.**")) << "without asterisks";
  EXPECT_FALSE(loose(ends, "본문."));
  const Instruction json = instruction("detectable_format:json_format", "{}");
  EXPECT_TRUE(loose(json, "다음은 JSON입니다.\n{\"a\": 1}\n이상입니다.")) << "without both";
  EXPECT_TRUE(loose(json, "다음은 JSON입니다.\n{\"a\": 1}")) << "without the first line";
  EXPECT_FALSE(loose(instruction("punctuation:no_comma", "{}"), "하나, 둘"))
      << "one line without itself is blank";
}

// Replies are foreign bytes: torn UTF-8, asterisks and brackets without partners.
TEST(InstructionRules, AnyBytesAreAReply) {
  const Json parameters = *parse_json(
      R"({"keywords": ["가"], "keyword": "가", "frequency": 1, "relation": "at least", "forbidden_words": ["가"],
          "letter": "a", "let_frequency": 1, "let_relation": "less than", "language": "ko", "num_sentences": 2,
          "num_paragraphs": 1, "num_words": 3, "num_letters": 3, "nth_paragraph": 1, "first_word": "가",
          "num_placeholders": 1, "postscript_marker": "P.S.", "num_bullets": 1, "num_highlights": 1,
          "section_spliter": "섹션", "num_sections": 1, "prompt_to_repeat": "가", "end_phrase": "끝",
          "capital_frequency": 1, "capital_relation": "at least"})");
  std::vector<Instruction> rules;
  for (const std::string& id : instruction_ids())
    rules.push_back(read_instructions({id}, Json::array({parameters}))->front());
  std::mt19937 random(11);
  const std::vector<std::string> pieces = {"*",  "**",   "***", "[",  "]",           "<<",     ">>",
                                           "\n", "\n\n", ".",   "가", "\xea\xb0",    "\xff",   "\"",
                                           "“",  "```",  "A",   "p.", "s.",          "섹션 1", "{",
                                           "}",  " ",    "끝",  "-",  "\xe3\x80\x80"};
  for (int i = 0; i < 500; ++i) {
    std::string reply;
    for (size_t k = random() % 12; k > 0; --k)
      reply += pieces[random() % pieces.size()];
    for (const Instruction& rule : rules) {
      for (const InstructionReading reading :
           {InstructionReading::kOriginal, InstructionReading::kKorean}) {
        const bool strict = follows(rule, reply, reply, reading);
        EXPECT_TRUE(!strict || follows_loosely(rule, reply, reply, reading))
            << rule.id << ": " << reply;
      }
    }
  }
}

TEST(ReadInstructions, RefusesWhatItCannotCheck) {
  const struct {
    const char* id;
    const char* kwargs;
    const char* expected;
  } cases[] = {
      {"punctuation:no_coma", "[{}]", "did you mean \"punctuation:no_comma\"?"},
      {"keywords:existence", "[{}]",
       "the instruction keywords:existence needs the parameter keywords, which is null"},
      {"keywords:existence", R"([{"keywords": []}])", "needs the parameter keywords"},
      {"length_constraints:number_words", R"([{"num_words": 3, "relation": "around"}])",
       "needs the parameter relation"},
      {"length_constraints:number_words", R"([{"num_words": "3", "relation": "at least"}])",
       "needs the parameter num_words"},
      {"language:response_language", R"([{"language": "xx"}])", "the language \"xx\""},
      {"punctuation:no_comma", "[]", "one mapping for each of the 1 instructions"},
      {"punctuation:no_comma", "[1]", "are no mapping"},
      {"punctuation:no_comma", "\"x\"", "kwargs"},
  };
  for (const auto& c : cases) {
    const auto read = read_instructions({c.id}, *parse_json(c.kwargs));
    ASSERT_FALSE(read.ok()) << c.kwargs;
    EXPECT_NE(read.status().message().find(c.expected), std::string::npos)
        << read.status().message();
  }
  // As rows come out of tables: nulls for what does not belong, 3.0 for 3, a text
  // instead of a list.
  EXPECT_TRUE(read_instructions(
                  {"length_constraints:number_words"},
                  *parse_json(R"([{"num_words": 3.0, "relation": "미만", "keywords": null}])"))
                  .ok());
  EXPECT_TRUE(read_instructions({"punctuation:no_comma"}, Json("[{}]")).ok());
}

}  // namespace
}  // namespace jangwon::harness
