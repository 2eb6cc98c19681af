// Every golden template and expression renders to the same text as in Python, or fails
// where it fails there.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/jinja/template.h"

namespace jangwon::jinja {
namespace {

const std::string kGolden = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/templates/";

std::vector<Json> read_rows(const std::string& path) {
  std::ifstream file(path);
  std::vector<Json> rows;
  for (std::string line; std::getline(file, line);)
    rows.push_back(Json::parse(line));
  return rows;
}

void check_case(const Json& row, const std::string& source) {
  std::string error;
  std::string output;
  Result<Template> parsed = Template::parse(source, "golden");
  if (parsed.ok()) {
    const Result<std::string> text = parsed->render(row["context"]);
    if (text.ok()) {
      output = *text;
    } else {
      error = text.status().message();
    }
  } else {
    error = parsed.status().message();
  }
  const std::string what = row.contains("name") ? row["name"].get<std::string>() : source;
  // An address in memory is nothing a template can depend on.
  const bool prints_address = row.contains("output") &&
                              row["output"].get<std::string>().find(" at 0x") != std::string::npos;
  if (row.contains("error") || prints_address) {
    EXPECT_NE(error, "") << what << " rendered " << output;
    EXPECT_EQ(error.rfind("golden:", 0), 0u) << what << ": the message names no line: " << error;
  } else {
    EXPECT_EQ(error, "") << what;
    EXPECT_EQ(output, row["output"].get<std::string>()) << what;
  }
}

TEST(GoldenTemplates, ExpressionsRenderAsInPython) {
  const std::vector<Json> rows = read_rows(kGolden + "expressions.jsonl");
  ASSERT_GT(rows.size(), 100u);
  for (const Json& row : rows)
    check_case(row, row["template"].get<std::string>());
}

class GoldenStyles : public testing::TestWithParam<const char*> {};

TEST_P(GoldenStyles, ConversationsRenderAsInPython) {
  const std::string folder = kGolden + GetParam();
  const Result<std::string> source = read_file(folder + "/chat_template.jinja");
  ASSERT_TRUE(source.ok()) << source.status().message();
  const std::vector<Json> rows = read_rows(folder + "/cases.jsonl");
  ASSERT_GT(rows.size(), 60u);
  for (const Json& row : rows)
    check_case(row, *source);
}

INSTANTIATE_TEST_SUITE_P(Published, GoldenStyles,
                         testing::Values("axk1_style", "deepseek_style", "exaone_style",
                                         "solar_style"));

}  // namespace
}  // namespace jangwon::jinja
