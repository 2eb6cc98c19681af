#include "datasets/row_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Visited {
  Status status;
  std::vector<std::string> rows;  // "NUMBER JSON"
};

Visited visit(std::string_view text, FileFormat format) {
  Visited visited;
  visited.status = visit_rows(text, format, [&](Json& row, size_t number) {
    visited.rows.push_back(std::to_string(number) + " " + to_json_line(row));
    return ok_status();
  });
  return visited;
}

TEST(VisitRows, GivesTheSameRowsInEveryFormat) {
  const auto jsonl =
      visit("{\"q\":\"a\",\"n\":\"1\"}\n{\"q\":\"b\",\"n\":\"2\"}\n", FileFormat::kJsonl);
  const auto json =
      visit("[{\"q\":\"a\",\"n\":\"1\"},\n {\"q\":\"b\",\"n\":\"2\"}]", FileFormat::kJson);
  EXPECT_THAT(jsonl.rows, ElementsAre(R"(1 {"q":"a","n":"1"})", R"(2 {"q":"b","n":"2"})"));
  EXPECT_EQ(json.rows, jsonl.rows);
  const auto csv = visit("q,n\na,1\nb,2\n", FileFormat::kCsv);
  EXPECT_THAT(csv.rows, ElementsAre(R"(2 {"q":"a","n":"1"})", R"(3 {"q":"b","n":"2"})"));
}

TEST(VisitRows, SkipsBlankLinesButCountsThem) {
  const auto visited = visit("\n{\"a\":1}\r\n  \n{\"a\":2}", FileFormat::kJsonl);
  EXPECT_TRUE(visited.status.ok());
  EXPECT_THAT(visited.rows, ElementsAre(R"(2 {"a":1})", R"(4 {"a":2})"));
}

TEST(VisitRows, SkipsAByteOrderMark) {
  EXPECT_THAT(visit("\xEF\xBB\xBFq\na\n", FileFormat::kCsv).rows, ElementsAre(R"(2 {"q":"a"})"));
}

TEST(VisitRows, NamesThePlaceOfWhatIsWrong) {
  const struct {
    const char* text;
    FileFormat format;
    const char* expected;
  } cases[] = {
      {"{\"a\":1}\n{\"a\":}\n", FileFormat::kJsonl, "line 2: not valid JSON at column 6"},
      {"{\"a\":1}\n[1]\n", FileFormat::kJsonl, "line 2: a row must be a JSON object, not array"},
      {"{\"a\":1,\"a\":2}\n", FileFormat::kJsonl,
       "line 1: not valid JSON: the key \"a\" stands twice"},
      {"{\"a\":1}\n{\"a\":\"\xFF\"}\n", FileFormat::kJsonl, "line 2: not UTF-8"},
      {"{\"a\":\"cut", FileFormat::kJsonl, "line 1: not valid JSON"},
      {"{\"a\":1}", FileFormat::kJson, "a JSON array of rows is expected, not object"},
      {"[{\"a\":1}, 2]", FileFormat::kJson, "row 2: a row must be a JSON object"},
      {"", FileFormat::kCsv, "line 1: the file is empty"},
      {"a,b\n1\n", FileFormat::kCsv, "line 2: 1 fields where the first line names 2 columns"},
      {"a,b\n1,2\n1,2,3\n", FileFormat::kCsv, "line 3: 3 fields"},
      {"a,a\n", FileFormat::kCsv, "line 1: the column \"a\" stands twice"},
      {"a\n\"x\n", FileFormat::kCsv, "line 2: the quoted field"},
  };
  for (const auto& c : cases)
    EXPECT_THAT(visit(c.text, c.format).status.message(), HasSubstr(c.expected)) << c.text;
}

TEST(VisitRows, StopsAtTheVisitorsFailureAndNamesTheLine) {
  int calls = 0;
  const Status status = visit_rows("{}\n{}\n{}\n", FileFormat::kJsonl, [&](Json&, size_t number) {
    ++calls;
    return number == 2 ? invalid_argument("no") : ok_status();
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(status.message(), "line 2: no");
}

TEST(FileFormatOf, LooksAtTheEnding) {
  EXPECT_EQ(*file_format_of("x/test.jsonl"), FileFormat::kJsonl);
  EXPECT_EQ(*file_format_of("x/test.json"), FileFormat::kJson);
  EXPECT_EQ(*file_format_of("test.csv"), FileFormat::kCsv);
  EXPECT_THAT(file_format_of("test.parquet").status().message(),
              HasSubstr(".jsonl, .json or .csv"));
}

TEST(ParseFileFormat, NamesTheNearest) {
  EXPECT_THAT(parse_file_format("jsonlines").status().message(), HasSubstr("unknown file format"));
  EXPECT_THAT(parse_file_format("jsnol").status().message(), HasSubstr("did you mean \"jsonl\""));
}

}  // namespace
}  // namespace jangwon::datasets
