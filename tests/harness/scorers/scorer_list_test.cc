// What the entries of the list promise to the rest of the program.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "datasets/sample.h"
#include "harness/scorers/scorer.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/setting_range.h"
#include "tests/harness/scorers/make_scorer.h"

namespace jangwon::harness {
namespace {

std::string source(const std::string& path) {
  const Result<std::string> text = read_file(std::string(JANGWON_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(text.ok()) << path;
  return text.ok() ? *text : "";
}

TEST(ScorerList, EveryEntryStandsInTheReadmeWithItsOptionsAndValues) {
  const std::string readme = source("harness/scorers/README.md");
  for (const ScorerEntry& scorer : all_scorers()) {
    std::smatch row;
    const std::regex pattern("\\n(\\| `" + std::string(scorer.name) + "` \\|[^\\n]*)");
    ASSERT_TRUE(std::regex_search(readme, row, pattern)) << scorer.name;
    for (const ScorerOption& option : scorer.options) {
      EXPECT_NE(row.str(1).find("`" + std::string(option.name) + "`"), std::string::npos)
          << option.name;
      for (const std::string& value : option.values)
        EXPECT_NE(row.str(1).find(value), std::string::npos)
            << scorer.name << " " << option.name << " " << value;
    }
  }
}

TEST(ScorerList, OptionsAreWordsOrNumbersWithARange) {
  std::set<std::string> names;
  for (const ScorerEntry& scorer : all_scorers()) {
    EXPECT_TRUE(names.insert(scorer.name).second) << scorer.name;
    for (const ScorerOption& option : scorer.options) {
      EXPECT_NE(option.values.empty(), option.range == nullptr)
          << scorer.name << " " << option.name;
      if (option.range != nullptr) {
        EXPECT_FALSE(text_of(setting_range(option.range)).empty());
      }
      const Json wrong = {{option.name, "no such value"}};
      EXPECT_FALSE(scorer.parse_options(wrong).ok()) << scorer.name << " " << option.name;
      for (const std::string& value : option.values) {
        const Json right = {{option.name, value}};
        EXPECT_TRUE(scorer.parse_options(right).ok()) << scorer.name << " " << right;
      }
    }
    EXPECT_EQ(scorer.parse_options(Json{{"extractor", "evalscope"}}).ok(), scorer.reads.has_value())
        << scorer.name;
  }
}

TEST(ScorerList, ARowWithoutItsKeyIsRefusedAndOneOfAllKeysRead) {
  const Json row = {{"id", 1},         {"output", "x"},    {"target", 2},
                    {"inputs", {"1"}}, {"outputs", {"1"}}, {"options", {"a", "b"}}};
  for (const ScorerEntry& scorer : all_scorers()) {
    if (!scorer.rows) continue;
    datasets::Sample sample;
    const Status missing = scorer.rows->read_key(Json{{"id", 1}, {"output", "x"}}, {}, sample);
    EXPECT_NE(missing.message().find(scorer.rows->needs), std::string::npos)
        << scorer.name << missing.message();
    Json own = row;
    if (scorer.reads == AnswerKind::kLetter) own["target"] = "B";
    EXPECT_TRUE(scorer.rows->read_key(own, {}, sample).ok()) << scorer.name;
    EXPECT_FALSE(sample.target.empty() && sample.tests.empty()) << scorer.name;
  }
}

TEST(ScorerList, AnOptionOfOneStyleIsRefusedInAnother) {
  EXPECT_TRUE(make_scorer("letter", R"({"style": "kmmlu_pro", "language": "en"})", {}).ok());
  const auto refused = make_scorer("letter", R"({"style": "mmlu_pro", "language": "en"})", {});
  EXPECT_NE(refused.status().message().find("leave language out"), std::string::npos)
      << refused.status().message();
}

// What depends on a scorer asks its entry: a line that holds a scorer and the name of one would
// be a second list.
TEST(ScorerList, NothingElseKnowsAScorerByItsName) {
  std::string names;
  for (const ScorerEntry& scorer : all_scorers())
    names += (names.empty() ? "" : "|") + std::string(scorer.name);
  const std::regex pattern("([Ss]corer[^\\n]*\"(" + names + ")\"|\"(" + names +
                           ")\"[^\\n]*[Ss]corer)");
  size_t num_files = 0;
  for (const char* folder : {"harness", "reports"}) {
    const std::filesystem::path root = std::filesystem::path(JANGWON_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      const std::string path =
          std::filesystem::relative(entry.path(), JANGWON_SOURCE_DIR).generic_string();
      const std::string extension = entry.path().extension().string();
      if ((extension != ".cc" && extension != ".h") || path.starts_with("harness/scorers/"))
        continue;
      ++num_files;
      std::istringstream lines(source(path));
      int number = 0;
      for (std::string line; std::getline(lines, line);) {
        ++number;
        const std::string code = line.substr(0, line.find("//"));
        EXPECT_FALSE(std::regex_search(code, pattern)) << path << ":" << number << ": " << line;
      }
    }
  }
  EXPECT_GT(num_files, 100u);
}

}  // namespace
}  // namespace jangwon::harness
