#include "harness/record/reply_language.h"

#include <gtest/gtest.h>

#include <string>

namespace jangwon::harness {
namespace {

constexpr auto kKorean = ReplyLanguage::kKorean;
constexpr auto kOther = ReplyLanguage::kOther;
constexpr auto kUndecided = ReplyLanguage::kUndecided;

TEST(ReplyLanguage, IsReadFromProseAlone) {
  struct Case {
    const char* what;
    std::string text;
    ReplyLanguage expected;
  };
  const Case cases[] = {
      {"nothing", "", kUndecided},
      {"a letter", "B", kUndecided},
      {"an answer line", "정답: B", kUndecided},
      {"an answer line in English", "The answer is (B).", kUndecided},
      {"a number in a box", R"(\boxed{204})", kUndecided},
      {"a short sentence", "정답은 B입니다.", kUndecided},
      {"a sentence", "이 조항은 2020년에 개정되었으므로 정답은 B입니다.", kKorean},
      {"a sentence in English", "The clause was amended in 2020, so the answer is B.", kOther},
      {"Korean with technical words",
       "Transformer 모델의 attention은 query와 key의 내적을 softmax로 정규화한 값으로 value를 가중 "
       "평균한다.",
       kKorean},
      {"English with a Korean name",
       "Under Korean law a 변호사 may act as a patent attorney after registration, so option C is "
       "right.",
       kOther},
      {"English that ends in the Korean form",
       "First we compute the tax base and then subtract the deduction that applies to the "
       "household. 정답: C",
       kOther},
      {"Korean that ends in a box",
       "두 수의 합이 12이고 곱이 35이므로 두 수는 5와 7이다. 따라서 답은 \\boxed{7}이다.", kKorean},
      {"Korean around formulas",
       "주어진 식 $\\text{speed} = \\frac{distance}{time}$ 에 값을 넣으면 \\(v = "
       "12\\,\\text{kilometres per hour}\\) "
       "가 되어 "
       "둘째 보기가 옳다.",
       kKorean},
      {"a formula alone",
       "$$\\int_0^1 x^2\\,dx = \\text{one third of the whole interval and no more}$$", kUndecided},
      {"Korean around a program",
       "문자열을 뒤집으면 된다. 아래 코드를 보라.\n```python\ndef "
       "reverse_the_whole_string(text):\n    return "
       "text[::-1]\n```\n",
       kKorean},
      {"a program alone", "```python\nfor line in sys.stdin:\n    print(line.strip().upper())\n```",
       kUndecided},
      {"a program that does not end",
       "```cpp\nint main() { std::cout << \"hello world\" << std::endl;", kUndecided},
      {"an inline name",
       "함수 `compute_the_total_of_all_rows` 는 행의 합을 돌려주므로 첫째가 맞다.", kKorean},
      {"an address",
       "근거: https://www.law.go.kr/LSW/lsInfoP.do?lsiSeq=24444 에 있는 조문을 보면 둘째가 옳다.",
       kKorean},
      {"options one by one",
       "A) 틀림 B) 틀림 C) 옳음 D) 틀림. 셋째 보기만 조문과 일치하기 때문이다.", kKorean},
      {"letters alone",
       "A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z, A, B, C, D, "
       "E",
       kUndecided},
      {"Chinese",
       "这个问题的正确答案是第二个选项，因为法律在二零二零年进行了修改，所以其他选项都不正确。",
       kOther},
      {"Japanese",
       "この問題の正解は二番目の選択肢です。法律が改正されたため、他の選択肢は正しくありません。",
       kOther},
      {"Korean with Chinese characters",
       "이 사건은 大法院 判例에 따라 무효(無效)로 보아야 하므로 셋째가 옳다.", kKorean},
      {"prices are no formulas",
       "The ticket costs $5 and the book costs $12, which is seventeen dollars together.", kOther},
      {"letters apart, as old input methods send them",
       "ㄱ과 ㄴ이 옳고 ㄷ은 옳지 않으므로 ㄱ, ㄴ을 고른다.", kKorean},
      {"bytes that are no UTF-8",
       std::string("\xff\xfe\xea\xb0") + "옳은 것은 둘째 보기이며 나머지는 틀린 설명이다.",
       kKorean},
  };
  for (const Case& c : cases)
    EXPECT_STREQ(name_of(language_of_reply(c.text)), name_of(c.expected)) << c.what;
}

// Three in ten letters: just below it and at it.
TEST(ReplyLanguage, TheBoundaryIsThreeInTen) {
  std::string text = std::string(70, 'x') + " ";
  for (int i = 0; i < 29; ++i)
    text += "가";
  EXPECT_EQ(language_of_reply(text), kOther);
  EXPECT_EQ(language_of_reply(text + "가"), kKorean);
}

TEST(ReplyLanguage, AnswerAndThinkingAreToldApartAndOnlyOfKoreanQuestions) {
  const std::string korean = "이 조항은 2020년에 개정되었으므로 정답은 B입니다.";
  const std::string english = "The clause was amended in 2020, so the answer is B.";
  EXPECT_EQ(languages_of_reply("ko", korean, english), (ReplyLanguages{kKorean, kOther}));
  EXPECT_EQ(languages_of_reply("ko", "정답: B", ""), (ReplyLanguages{kUndecided, std::nullopt}));
  EXPECT_EQ(languages_of_reply("en", korean, english), ReplyLanguages());
  EXPECT_EQ(languages_of_reply("", korean, english), ReplyLanguages());
}

TEST(ReplyLanguage, NamesComeBack) {
  for (const ReplyLanguage language : {kKorean, kOther, kUndecided})
    EXPECT_EQ(reply_language_of_name(name_of(language)), language);
  EXPECT_FALSE(reply_language_of_name("en").has_value());
}

// A reply has no bounded length: marks that never close must not make every further one
// search to the end.
TEST(ReplyLanguage, OpenMarksCostNoMoreThanTheirBound) {
  std::string text;
  for (int i = 0; i < 20000; ++i)
    text += "$a `b \\boxed{ ";
  EXPECT_EQ(language_of_reply(text), kUndecided);
}

}  // namespace
}  // namespace jangwon::harness
