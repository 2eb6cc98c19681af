#include "harness/scorers/reply_language.h"

#include <gtest/gtest.h>

namespace jangwon::harness {
namespace {

TEST(ReplyLanguage, IsToldByScriptAndCommonWords) {
  const struct {
    const char* text;
    const char* code;
  } cases[] = {
      {"오늘은 날씨가 맑습니다.", "ko"},
      {"오늘 KTX를 타고 Seoul에 갑니다.", "ko"},
      {"This is the answer to the question that you asked.", "en"},
      {"Das ist nicht die Antwort, und ich weiß es.", "de"},
      {"C'est une réponse qui est dans le livre et pas dans les notes.", "fr"},
      {"El libro es una historia de los niños que viven en la ciudad.", "es"},
      {"Il libro è una storia che non è di mio padre, con gli amici.", "it"},
      {"Você não é o único que tem uma casa com os filhos.", "pt"},
      {"これは日本語の文章です。", "ja"},
      {"这是中文的句子。", "zh"},
      {"Это ответ на вопрос, который мы задали.", "ru"},
      {"Това е отговорът на въпроса, който се задава от учителя.", "bg"},
      {"यह एक वाक्य है और इसमें हिन्दी के शब्द हैं।", "hi"},
      {"هذا هو الجواب على السؤال الذي طرح في الكتاب.", "ar"},
      {"این یک پاسخ است که در کتاب برای شما می گوید", "fa"},
      {"นี่คือประโยคภาษาไทย", "th"},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(is_in_language(c.text, c.code)) << c.text;
    for (const auto& other : cases) {
      if (std::string(other.code) != c.code) {
        EXPECT_FALSE(is_in_language(c.text, other.code)) << c.text << other.code;
      }
    }
  }
  EXPECT_TRUE(is_in_language("123 ... !?", "ko")) << "without letters it is in every language";
  EXPECT_FALSE(is_known_language("xx"));
  EXPECT_FALSE(is_in_language("text", "xx"));
  EXPECT_TRUE(is_known_language("zh-cn"));
}

}  // namespace
}  // namespace jangwon::harness
