#include "datasets/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jangwon::datasets {
namespace {

using testing::HasSubstr;
using Fields = std::vector<std::string>;

Result<std::vector<CsvRecord>> read_all(std::string_view text) {
  CsvReader reader(text);
  std::vector<CsvRecord> records;
  while (!reader.at_end()) {
    JANGWON_ASSIGN_OR_RETURN(CsvRecord record, reader.next());
    records.push_back(std::move(record));
  }
  return records;
}

TEST(Csv, SplitsFieldsAsRfc4180Says) {
  const struct {
    const char* text;
    std::vector<Fields> expected;
  } cases[] = {
      {"a,b\n", {{"a", "b"}}},
      {"a,b", {{"a", "b"}}},
      {"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
      {"\"a,b\",c\n", {{"a,b", "c"}}},
      {"\"say \"\"yes\"\"\",\n", {{"say \"yes\"", ""}}},
      {"\"two\nlines\",x\ny,z\n", {{"two\nlines", "x"}, {"y", "z"}}},
      {"\"\r\n\"\n", {{"\r\n"}}},
      {",,\n", {{"", "", ""}}},
      {"\"\"\n", {{""}}},
      {" a , b \n", {{" a ", " b "}}},
      {"장원,급제\n", {{"장원", "급제"}}},
      {"a\n\nb\n", {{"a"}, {""}, {"b"}}},
  };
  for (const auto& c : cases) {
    const auto records = read_all(c.text);
    ASSERT_TRUE(records.ok()) << records.status().message();
    std::vector<Fields> fields;
    for (const CsvRecord& record : *records)
      fields.push_back(record.fields);
    EXPECT_EQ(fields, c.expected) << c.text;
  }
}

TEST(Csv, CountsTheLinesInsideQuotes) {
  const auto records = read_all("a\n\"1\n2\n3\"\nb\n");
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 3u);
  EXPECT_EQ((*records)[1].line, 2u);
  EXPECT_EQ((*records)[2].line, 5u);
}

TEST(Csv, NamesTheLineOfWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"a\n\"never closes\nmore\n", "line 2: the quoted field that begins here never closes"},
      {"a\nb\"c\n", "line 2: a quote stands inside"},
      {"\"a\"b\n", "line 1: text stands after the closing quote"},
      {"\"a\" ,b\n", "line 1: text stands after the closing quote"},
      {"a\rb\n", "line 1: a carriage return stands alone"},
      {"\"\"\"", "line 1: the quoted field"},
  };
  for (const auto& [text, expected] : cases) {
    const auto records = read_all(text);
    ASSERT_FALSE(records.ok()) << text;
    EXPECT_THAT(records.status().message(), HasSubstr(expected));
  }
}

}  // namespace
}  // namespace jangwon::datasets
