#include "harness/extractors/code_block.h"

#include <gtest/gtest.h>

#include <string>

namespace jangwon::harness {
namespace {

struct Case {
  const char* name;
  std::string text;
  const char* official;  // null: none
  const char* native;
  const char* native_stage;
};

TEST(CodeBlock, OfficialTakesTheLastTwoFencesAndNativeTheLastProgram) {
  const Case kCases[] = {
      {"one block", "So:\n```python\nprint(1)\n```\nDone.", "print(1)", "print(1)", "python_block"},
      {"two blocks", "```python\na = 1\n```\nbetter:\n```python\nb = 2\nc = 3\n```", "b = 2\nc = 3",
       "b = 2\nc = 3", "python_block"},
      {"sample output after the program", "```python\nprint(1)\n```\nprints\n```\n1\n```\n", "1",
       "print(1)", "python_block"},
      {"no label", "```\nprint(1)\n```", "print(1)", "print(1)", "plain_block"},
      {"two without a label", "```\nprint(1)\n```\nBetter:\n```\nprint(2)\n```", "print(2)",
       "print(2)", "plain_block"},
      {"another language is not taken", "```cpp\nint main;\n```", "int main;", nullptr, ""},
      {"no fence, prose", "The answer is 5.", nullptr, nullptr, ""},
      {"no fence, program", "import sys\nprint(1)", nullptr, "import sys\nprint(1)", "bare_code"},
      {"unclosed last fence gives the prose between",
       "```python\na = 1\n```\nprose\n```python\nb = 2", "prose", "a = 1", "python_block"},
      {"only an unclosed fence", "Here:\n```python\nprint(1)\n", nullptr, "print(1)",
       "unclosed_block"},
      {"empty block", "```python\n```", "", nullptr, ""},
      {"fence inside a docstring", "~~~python\ns = '''\n```\nx\n```\n'''\n~~~", "x",
       "s = '''\n```\nx\n```\n'''", "python_block"},
      {"longer fence around", "````python\n```\n````", "", "```", "python_block"},
      {"capital label and attributes", "```Python title=\"a\"\nprint(1)\n```", "print(1)",
       "print(1)", "python_block"},
      {"indented in a list", "1. so\n   ```python\n   if x:\n       y\n   ```",
       "   if x:\n       y", "if x:\n    y", "python_block"},
      {"inline code is no fence", "use ```x``` or\n```python\nprint(1)\n```", "print(1)",
       "print(1)", "python_block"},
      {"carriage returns", "```python\r\nprint(1)\r\n```\r\n", "print(1)\r", "print(1)\r",
       "python_block"},
      {"empty text", "", nullptr, nullptr, ""},
      {"never closed before a new opening", "```python\nhalf\n```python\nprint(1)\n```", "print(1)",
       "print(1)", "python_block"},
  };
  for (const Case& c : kCases) {
    const Extraction official = extract_code_official(c.text);
    const Extraction native = extract_code_native(c.text);
    EXPECT_EQ(official.answer.value_or("(none)"), c.official != nullptr ? c.official : "(none)")
        << c.name;
    EXPECT_EQ(native.answer.value_or("(none)"), c.native != nullptr ? c.native : "(none)")
        << c.name;
    EXPECT_EQ(native.stage, c.native_stage) << c.name;
    EXPECT_EQ(official.stage, c.official != nullptr ? "last_two_fences" : "") << c.name;
  }
}

TEST(CodeBlock, HugeRepliesTakeOnePass) {
  std::string text;
  for (int i = 0; i < 200000; ++i)
    text += "```\n";
  EXPECT_TRUE(extract_code_official(text).found());
  EXPECT_FALSE(extract_code_native(text).found());
}

}  // namespace
}  // namespace jangwon::harness
