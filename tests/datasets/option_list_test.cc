#include "datasets/option_list.h"

#include <gtest/gtest.h>

namespace jangwon::datasets {
namespace {

using Options = std::vector<std::string>;

TEST(ParseOptionList, ReadsJsonPythonAndNumpyForms) {
  const struct {
    const char* text;
    Options expected;
  } cases[] = {
      {R"(["a", "b"])", {"a", "b"}},
      {R"(["a\nb", "\uc7a5"])", {"a\nb", "장"}},
      {R"(['a', 'b'])", {"a", "b"}},
      {R"(['a', "b's"])", {"a", "b's"}},
      {R"(['say "yes"', 'it\'s "so"'])", {"say \"yes\"", "it's \"so\""}},
      {R"(['\\frac{1}{2}', 'tab\there', '\x41\u00e9\U0001f393'])",
       {"\\frac{1}{2}", "tab\there", "Aé🎓"}},
      {"['a' 'b'\n 'c']", {"a", "b", "c"}},
      {R"(['장원', '급제'])", {"장원", "급제"}},
      {"  ['a']  ", {"a"}},
      {"[]", {}},
  };
  for (const auto& c : cases) {
    const auto options = parse_option_list(c.text);
    ASSERT_TRUE(options.ok()) << c.text << ": " << options.status().message();
    EXPECT_EQ(*options, c.expected) << c.text;
  }
}

TEST(ParseOptionList, RefusesEverythingElse) {
  for (const char* text :
       {"", "a, b", "['a'", "['a", "['a'] x", "[a]", "[1, 2]", "['a', 1]", "('a', 'b')",
        R"(['\q'])", R"(['\x4'])", R"(['\ud800'])", "['a',, 'b']", "{}"})
    EXPECT_FALSE(parse_option_list(text).ok()) << text;
}

TEST(FindOptionsIn, ReadsLettersInTheWaysQuestionsWriteThem) {
  const struct {
    const char* question;
    std::vector<std::string> expected;
  } cases[] = {
      {"맞는 것은?\nA: 하나\nB: 둘\nC: 셋", {"하나", "둘", "셋"}},
      {"Q?\nA. one\nB. two", {"one", "two"}},
      {"Q?\n(A) one\n(B) two\n(C) three", {"one", "two", "three"}},
      {"Q?\nA) one\n  B) two", {"one", "two"}},
      {"Q?\nA：하나\nB：둘", {"하나", "둘"}},
      {"Q?\nA:one\nB:two", {"one", "two"}},
      {"Q? A: one B: two C: three", {"one", "two", "three"}},
      {"Q?\nA: one\nstill one\nB: two\n", {"one\nstill one", "two"}},
      // The speakers of a dialogue are called A and B as well.
      {"A: 밥 먹었어?\nB: 아직.\n뜻은?\nA: 하나\nB: 둘\nC: 셋", {"하나", "둘", "셋"}},
      // Of two runs of one length the last.
      {"A: 가자.\nB: 그래.\n뜻은?\nA: 하나\nB: 둘", {"하나", "둘"}},
      // A letter in an option is no label.
      {"Q?\nA: 비타민 A: 지용성\nB: 비타민 C: 수용성", {"비타민 A: 지용성", "비타민 C: 수용성"}},
  };
  for (const auto& c : cases) {
    const auto options = find_options_in(c.question);
    ASSERT_TRUE(options.ok()) << c.question << ": " << options.status().message();
    EXPECT_EQ(*options, c.expected) << c.question;
  }
}

TEST(FindOptionsIn, RefusesAQuestionWithoutThem) {
  for (const char* question :
       {"", "Q?", "A: one", "B: two\nC: three", "1: one\n2: two", "Answer: x\nB: y"})
    EXPECT_FALSE(find_options_in(question).ok()) << question;
}

TEST(FindOptionsIn, ManyLabelsCostNoMoreThanTheirNumber) {
  std::string question;
  for (int i = 0; i < 50000; ++i)
    question += i % 2 == 0 ? "A: x\n" : "B: y\n";
  EXPECT_EQ(find_options_in(question)->size(), 2u);
}

}  // namespace
}  // namespace jangwon::datasets
