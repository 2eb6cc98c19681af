#include "datasets/code_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "datasets/row_reader.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"

namespace jangwon::datasets {
namespace {

using testing::HasSubstr;

constexpr size_t kLimit = 1 << 24;

std::string hash_of(const CodeTestList& list) {
  std::string lines;
  for (const Sample::CodeTest& test : list.tests)
    lines += to_json_line(Json::array({test.input, test.output})) + "\n";
  return sha256_hex(lines);
}

TEST(DecodeCodeTests, ReadsWhatCPythonPacked) {
  const Result<std::string> text =
      read_file(JANGWON_SOURCE_DIR "/tests/golden/datasets/packed_tests.jsonl");
  ASSERT_TRUE(text.ok()) << text.status().message();
  int num_vectors = 0;
  const Status status = visit_rows(*text, FileFormat::kJsonl, [&](Json& row, size_t) {
    SCOPED_TRACE(row["name"].get<std::string>());
    const Result<CodeTestList> list = decode_code_tests(row["column"].get<std::string>(), kLimit);
    EXPECT_TRUE(list.ok()) << list.status().message();
    if (!list.ok()) return ok_status();
    EXPECT_EQ(list->tests.size(), row["num_tests"].get<size_t>());
    EXPECT_EQ(hash_of(*list), row["tests_sha256"].get<std::string>());
    const CodeTestKind kind =
        row["functional"].get<bool>() ? CodeTestKind::kFunctional : CodeTestKind::kStandardInput;
    EXPECT_EQ(list->kinds, std::vector<CodeTestKind>(list->tests.size(), kind));
    ++num_vectors;
    return ok_status();
  });
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(num_vectors, 14);
}

TEST(DecodeCodeTests, RefusesEveryTruncationOfPackedTests) {
  const Result<std::string> text =
      read_file(JANGWON_SOURCE_DIR "/tests/golden/datasets/packed_tests.jsonl");
  ASSERT_TRUE(text.ok());
  const Result<Json> row = parse_json(text->substr(0, text->find('\n')));
  ASSERT_TRUE(row.ok());
  const std::string column = (*row)["column"];
  ASSERT_TRUE(decode_code_tests(column, kLimit).ok());
  for (size_t size = 0; size < column.size(); ++size)
    EXPECT_FALSE(decode_code_tests(column.substr(0, size), kLimit).ok()) << size;
}

TEST(DecodeCodeTests, RefusesInflatedTestsAboveTheLimit) {
  const Result<std::string> text =
      read_file(JANGWON_SOURCE_DIR "/tests/golden/datasets/packed_tests.jsonl");
  ASSERT_TRUE(text.ok());
  const Status status = visit_rows(*text, FileFormat::kJsonl, [&](Json& row, size_t) {
    if (row["name"] == "above_one_frame") {
      EXPECT_THAT(decode_code_tests(row["column"].get<std::string>(), 1000).status().message(),
                  HasSubstr("limit"));
    }
    return ok_status();
  });
  EXPECT_TRUE(status.ok());
}

TEST(DecodeCodeTests, RefusesJsonThatIsNoTestList) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([{"input": "1", "output": "2"}])", "test 1 has no text \"testtype\""},
      {R"([{"input": 1, "output": "2", "testtype": "stdin"}])", "test 1 has no text \"input\""},
      {R"([{"input": "1", "output": "2", "testtype": "stdin"}, {"input": "1", "output": "2", "testtype": "file"}])",
       "test 2 has the testtype \"file\""},
      {R"([1])", "test 1"},
      {R"([{"input": "1")", "not valid JSON"},
      {R"({"input": "1"})", "base64"},
  };
  for (const auto& [column, expected] : cases) {
    const Result<CodeTestList> list = decode_code_tests(column, kLimit);
    ASSERT_FALSE(list.ok()) << column;
    EXPECT_THAT(list.status().message(), HasSubstr(expected));
  }
}

}  // namespace
}  // namespace jangwon::datasets
