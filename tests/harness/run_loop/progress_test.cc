#include "harness/run_loop/progress.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace jangwon::harness {
namespace {

std::string text_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  for (int c; (c = std::fgetc(file)) != EOF;)
    text += static_cast<char>(c);
  return text;
}

TEST(Progress, LogHasOneLineATaskAndNoControlCharacters) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    Progress progress(file);
    progress.begin("m", 3, {{"a", 2}, {"b", 1}});
    progress.add("a", Verdict::kCorrect);
    progress.add("a", Verdict::kInfraError);
    progress.add("b", Verdict::kIncorrect);
    progress.end();
  }
  const std::string text = text_of(file);
  std::fclose(file);
  EXPECT_EQ(text,
            "m: 3 of 6 are in the journal already\nm: a 1/1 correct, 0s\nm: b 0/1 correct, 0s\n");
}

TEST(Progress, StoppedRunSaysWhatIsLeft) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    Progress progress(file);
    progress.begin("m", 0, {{"a", 5}});
    progress.add("a", Verdict::kCorrect);
    progress.end();
  }
  const std::string text = text_of(file);
  std::fclose(file);
  EXPECT_EQ(text, "m: a 1/1 correct, 4 left, 0s\n");
}

}  // namespace
}  // namespace jangwon::harness
