// Sentences whose answer is known because they were made from it, and what the
// extractors read in them.

#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/extractors/choice_extractor.h"
#include "harness/extractors/integer_extractor.h"
#include "tests/harness/extractors/real_data.h"

namespace jangwon::harness {
namespace {

using Json = nlohmann::ordered_json;

const std::string kGrading = JANGWON_SOURCE_DIR "/tests/golden/grading/";

// Whether a scorer could take the answer for an integer of its target.
bool is_integer(const std::string& answer) {
  return !answer.empty() && answer.find_first_not_of("-0123456789") == std::string::npos;
}

void check_integer(const Json& row) {
  const Extraction found = extract_integer(row["reply"].get_ref<const std::string&>());
  const std::string answer = found.answer.value_or("");
  if (row["answer"].is_null()) {
    EXPECT_FALSE(is_integer(answer)) << row.dump() << "  read as " << answer;
  } else {
    EXPECT_EQ(answer, row["answer"].get<std::string>())
        << row.dump() << "  [" << found.stage << "]";
  }
}

void check_choice(const Json& row) {
  const int num_options = row["options"];
  const ChoiceOptions options = row["task"] == "kmmlu_pro"
                                    ? korean_choice(num_options, MatchOrder::kLast)
                                    : english_choice(num_options, MatchOrder::kLast);
  const Extraction found =
      extract_choice(row["reply"].get_ref<const std::string&>(), options).extraction;
  const std::string label = row["label"].is_null() ? "" : row["label"].get<std::string>();
  EXPECT_EQ(found.answer.value_or(""), label) << row.dump() << "  [" << found.stage << "]";
}

size_t check_file(const std::string& name) {
  size_t num_rows = 0;
  for (const std::string& line : read_lines(kGrading + name)) {
    const Json row = Json::parse(line);
    row.contains("answer") ? check_integer(row) : check_choice(row);
    ++num_rows;
  }
  return num_rows;
}

TEST(DrawnSentences, GiveTheIntegerThatTheyWereMadeFrom) {
  EXPECT_GE(check_file("integer_sentences.jsonl"), 700u);
}

TEST(DrawnSentences, GiveTheOptionThatTheyWereMadeFrom) {
  EXPECT_GE(check_file("choice_sentences.jsonl"), 600u);
}

TEST(DrawnSentences, AreReadInOtherWordingsToo) {
  EXPECT_GE(check_file("composed_sentences.jsonl"), 900u);
}

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  for (size_t size = fread(buffer, 1, sizeof(buffer), pipe); size > 0;
       size = fread(buffer, 1, sizeof(buffer), pipe))
    out.append(buffer, size);
  pclose(pipe);
  return out;
}

TEST(DrawnSentences, AreWhatTheirScriptsDraw) {
  if (output_of("python3 --version 2>&1").rfind("Python 3", 0) != 0)
    GTEST_SKIP() << "skipped: no python3";
  for (const std::string name : {"integer_sentences", "choice_sentences"}) {
    std::string kept;
    for (const std::string& line : read_lines(kGrading + name + ".jsonl"))
      kept += line + "\n";
    EXPECT_EQ(output_of("PYTHONIOENCODING=utf-8 python3 '" + kGrading + "draw_" + name + ".py'"),
              kept)
        << name;
  }
}

}  // namespace
}  // namespace jangwon::harness
