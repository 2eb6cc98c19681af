#include "datasets/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "runtime/base/sha256.h"
#include "tests/datasets/defect_lines.h"
#include "tests/datasets/scratch_folder.h"

namespace jangwon::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> ids_of(const Dataset& dataset) {
  std::vector<std::string> ids;
  for (const Sample& sample : dataset.samples)
    ids.push_back(sample.id);
  return ids;
}

class LoadDatasetTest : public testing::Test {
 protected:
  // A set of dated rows in one file, with further lines for its manifest entry.
  Result<Dataset> load(const std::string& rows, const DataOptions& options = {},
                       const std::string& sha256 = "null", const std::string& file = "rows.jsonl") {
    folder_.write(file, rows);
    const std::string path = folder_.write(
        "data.yaml",
        "name: dated\nsource: here\nlicence: MIT\ncolumns:\n  id: id\n  question: q\n  answer: a\n"
        "  answer_form: text\n  date: day\nsplits:\n  test:\n    - {path: " +
            file + ", sha256: " + sha256 + ", rows: 4}\n");
    const Result<Manifest> manifest = read_manifest(path);
    JANGWON_CHECK(manifest.ok(), manifest.status().message());
    return load_dataset(*manifest, "test", options);
  }

  const std::string rows_ =
      "{\"id\":\"d\",\"q\":\"1\",\"a\":\"x\",\"day\":\"2025-02-01\",\"kind\":\"odd\"}\n"
      "{\"id\":\"c\",\"q\":\"2\",\"a\":\"x\",\"day\":\"2025-02-28T23:00:00\",\"kind\":\"even\"}\n"
      "{\"id\":\"b\",\"q\":\"3\",\"a\":\"x\",\"day\":\"2025-03-01T00:00:00\",\"kind\":\"odd\"}\n"
      "{\"id\":\"a\",\"q\":\"4\",\"a\":\"x\",\"day\":\"2025-03-01T00:00:01\",\"kind\":\"even\"}\n";
  ScratchFolder folder_;
};

TEST_F(LoadDatasetTest, KeepsTheOrderOfTheFile) {
  const Result<Dataset> dataset = load(rows_);
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  EXPECT_THAT(ids_of(*dataset), ElementsAre("d", "c", "b", "a"));
  EXPECT_EQ(dataset->files[0].sha256, sha256_hex(rows_));
  EXPECT_EQ(dataset->files[0].num_rows, 4);
  EXPECT_TRUE(dataset->defects.empty());
}

TEST_F(LoadDatasetTest, WindowEndsAtMidnightOfItsLastDay) {
  const struct {
    const char* start;
    const char* end;
    std::vector<std::string> ids;
  } cases[] = {
      {"2025-02-01", "2025-03-01", {"d", "c", "b"}},
      {"2025-02-02", "", {"c", "b", "a"}},
      {"", "2025-02-28", {"d"}},
      {"2025-03-01", "2025-03-02", {"b", "a"}},
  };
  for (const auto& c : cases) {
    DataOptions options;
    options.start_date = c.start;
    options.end_date = c.end;
    const Result<Dataset> dataset = load(rows_, options);
    ASSERT_TRUE(dataset.ok()) << dataset.status().message();
    EXPECT_EQ(ids_of(*dataset), c.ids) << c.start << " to " << c.end;
  }
}

TEST_F(LoadDatasetTest, SelectsByColumnIdAndLimit) {
  DataOptions options;
  options.where = {{"kind", "even"}};
  EXPECT_THAT(ids_of(*load(rows_, options)), ElementsAre("c", "a"));
  options.limit = 1;
  EXPECT_THAT(ids_of(*load(rows_, options)), ElementsAre("c"));
  options = {};
  options.sample_ids = {"a", "d"};
  EXPECT_THAT(ids_of(*load(rows_, options)), ElementsAre("d", "a"));
}

TEST_F(LoadDatasetTest, RefusesSelectionsThatMakeNoSense) {
  const auto message = [&](auto change) {
    DataOptions options;
    change(options);
    return load(rows_, options).status().message();
  };
  EXPECT_THAT(message([](DataOptions& o) { o.limit = 0; }), HasSubstr("at least 1"));
  EXPECT_THAT(message([](DataOptions& o) { o.start_date = "2030-01-01"; }),
              HasSubstr("leaves no sample"));
  EXPECT_THAT(message([](DataOptions& o) { o.start_date = "1.2.2025"; }),
              HasSubstr("must be written as"));
  EXPECT_THAT(
      message([](DataOptions& o) { o.start_date = "2025-03-01", o.end_date = "2025-02-01"; }),
      HasSubstr("before it starts"));
  EXPECT_THAT(message([](DataOptions& o) {
                o.sample_ids = {"a", "zz"};
              }),
              HasSubstr("has no sample zz"));
  EXPECT_THAT(message([](DataOptions& o) {
                o.where = {{"knd", "odd"}};
              }),
              HasSubstr("(\"kind\" is the nearest)"));
  EXPECT_THAT(message([](DataOptions& o) { o.tag = "v1"; }), HasSubstr("has no releases"));
}

TEST_F(LoadDatasetTest, HashIsOverTheSelectedRowsInOrder) {
  const std::string all = load(rows_)->rows_sha256;
  EXPECT_EQ(load(rows_)->rows_sha256, all);
  DataOptions options;
  options.limit = 2;
  EXPECT_NE(load(rows_, options)->rows_sha256, all);
  const std::string one = R"({"id":"d","q":"1","a":"x","day":"2025-02-01","kind":"odd"})";
  EXPECT_EQ(load(one)->rows_sha256, sha256_hex("[\"d\",\"1\",[],[\"x\"],\"\",\"\",\"\",[[\"day\","
                                               "\"2025-02-01\"],[\"kind\",\"odd\"]]]\n"));
}

TEST_F(LoadDatasetTest, TheSameRowsInCsvAndJsonHaveTheSameHash) {
  const std::string csv =
      "day,kind,a,q,id\n2025-02-01,odd,x,1,d\n2025-02-28T23:00:00,even,x,2,c\n2025-03-01T00:00:00,"
      "odd,x,3,b\n"
      "2025-03-01T00:00:01,even,x,\"4\",a\n";
  const Result<Dataset> from_csv = load(csv, {}, "null", "rows.csv");
  ASSERT_TRUE(from_csv.ok()) << from_csv.status().message();
  EXPECT_EQ(from_csv->rows_sha256, load(rows_)->rows_sha256);
}

TEST_F(LoadDatasetTest, NamesFileAndLineOfABadRow) {
  EXPECT_THAT(load("{\"id\":\"d\",\"q\":\"1\",\"a\":\"x\"}\n{\"id\":\"e\",\"q\":\"1\"}\n")
                  .status()
                  .message(),
              HasSubstr("rows.jsonl: line 2: the column \"a\" is missing"));
  EXPECT_THAT(
      load("{\"id\":\"d\",\"q\":\"1\",\"a\":\"x\"}\n\n{\"id\":\"d\",\"q\":\"2\",\"a\":\"x\"}\n")
          .status()
          .message(),
      HasSubstr("line 3: the id \"d\" stands twice, first at rows.jsonl:1"));
}

TEST_F(LoadDatasetTest, RefusesAFileThatIsNotTheRecordedOne) {
  EXPECT_TRUE(load(rows_, {}, sha256_hex(rows_)).ok());
  const Status status = load(rows_, {}, sha256_hex(rows_ + "x")).status();
  EXPECT_THAT(status.message(), HasSubstr("the file has changed"));
  EXPECT_THAT(status.message(), HasSubstr("import the data set again"));
}

TEST_F(LoadDatasetTest, ListsDuplicatesAndWrongRowCounts) {
  const Result<Dataset> dataset = load(
      "{\"id\":\"1\",\"q\":\"Q\",\"a\":\"x\"}\n{\"id\":\"2\",\"q\":\"Q\",\"a\":\"x\"}\n{\"id\":"
      "\"3\",\"q\":\"Q\",\"a\":"
      "\"y\"}\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  EXPECT_THAT(
      defect_lines(dataset->defects),
      ElementsAre("duplicate_question: 1 row, first at rows.jsonl:3 (3): asks the same as 1",
                  "duplicate_row: 1 row, first at rows.jsonl:2 (2): the same as 1",
                  "row_count: rows.jsonl: 3 rows where 4 are expected"));
}

TEST(LoadDataset, SaysHowToGetASetThatIsNotHere) {
  const ScratchFolder folder;
  const Result<Manifest> manifest = find_manifest("mmlu_pro");
  ASSERT_TRUE(manifest.ok());
  DataOptions options;
  options.data_folder = folder.path();
  const Status status = load_dataset(*manifest, "test", options).status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("jangwon data import mmlu_pro FILE --split test"));
}

TEST(DefaultDataFolder, FollowsTheEnvironmentInItsOrder) {
  ::setenv("JANGWON_DATA_DIR", "/a", 1);
  ::setenv("XDG_DATA_HOME", "/b", 1);
  EXPECT_EQ(*default_data_folder(), "/a");
  ::unsetenv("JANGWON_DATA_DIR");
  EXPECT_EQ(*default_data_folder(), "/b/jangwon");
  ::unsetenv("XDG_DATA_HOME");
  const char* home = std::getenv("HOME");
  const std::string before = home != nullptr ? home : "";
  ::setenv("HOME", "/c", 1);
  EXPECT_EQ(*default_data_folder(), "/c/.local/share/jangwon");
  ::setenv("HOME", before.c_str(), 1);
}

}  // namespace
}  // namespace jangwon::datasets
