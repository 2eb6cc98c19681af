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
      {R"(['\\frac{1}{2}', 'tab\there', '\x41\u00e9\U0001f393'])", {"\\frac{1}{2}", "tab\there", "Aé🎓"}},
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
  for (const char* text : {"", "a, b", "['a'", "['a", "['a'] x", "[a]", "[1, 2]", "['a', 1]", "('a', 'b')", R"(['\q'])",
                           R"(['\x4'])", R"(['\ud800'])", "['a',, 'b']", "{}"})
    EXPECT_FALSE(parse_option_list(text).ok()) << text;
}

}  // namespace
}  // namespace jangwon::datasets
