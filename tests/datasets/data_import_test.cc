#include "datasets/data_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "datasets/imported_files.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"
#include "tests/datasets/defect_lines.h"
#include "tests/datasets/scratch_folder.h"

namespace jangwon::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string problem(const std::string& id) {
  const std::string tests =
      "\"[{\\\"input\\\": \\\"1\\\", \\\"output\\\": \\\"2\\\", \\\"testtype\\\": "
      "\\\"stdin\\\"}]\"";
  return "{\"question_id\": \"" + id + "\", \"question_content\": \"Q " + id +
         "\", \"contest_date\": \"2025-02-01T00:00:00\", \"starter_code\": \"\", \"metadata\": "
         "\"{}\", "
         "\"public_test_cases\": " +
         tests + ", \"private_test_cases\": " + tests + "}\n";
}

class DataImportTest : public testing::Test {
 protected:
  Manifest manifest(const char* name) {
    Result<Manifest> found = find_manifest(name);
    JANGWON_CHECK(found.ok(), found.status().message());
    return std::move(*found);
  }
  Result<SplitReport> import(const char* name, const std::vector<std::string>& paths,
                             const std::string& split = "test") {
    ImportOptions options;
    options.data_folder = data_.path();
    options.split = split;
    return import_files(manifest(name), paths, options);
  }
  Result<Dataset> load(const char* name, const std::string& tag = {}) {
    DataOptions options;
    options.data_folder = data_.path();
    options.tag = tag;
    return load_dataset(manifest(name), "test", options);
  }

  ScratchFolder source_, data_;
};

const std::string kAime = "[{\"problem_idx\": 1, \"problem\": \"P\", \"answer\": \"070\"}]";

TEST_F(DataImportTest, FilesOfOthersAreNeitherReplacedNorFollowed) {
  namespace fs = std::filesystem;
  const std::string source = source_.write("aime.json", kAime);
  const fs::path place = fs::path(data_.path()) / "aime25" / "test" / "aime.json";
  fs::create_directories(place.parent_path());
  const std::string theirs = source_.write("theirs", "mine");
  fs::copy_file(theirs, place);
  EXPECT_THAT(import("aime25", {source}).status().message(),
              HasSubstr("was not imported by this program"));
  EXPECT_EQ(fs::file_size(place), 4u);
  fs::remove(place);
  fs::create_symlink(theirs, place);
  EXPECT_THAT(import("aime25", {source}).status().message(), HasSubstr("is a link"));
  fs::remove(place.parent_path() / "aime.json");
  fs::remove(place.parent_path());
  fs::create_directory_symlink(source_.path(), place.parent_path());
  EXPECT_THAT(import("aime25", {source}).status().message(), HasSubstr("is a link"));
  EXPECT_EQ(fs::file_size(theirs), 4u);
  // What an import that was killed has left is no hindrance.
  fs::remove(place.parent_path());
  fs::create_directories(place.parent_path());
  fs::copy_file(source, place);
  EXPECT_TRUE(import("aime25", {source}).ok());
}

TEST_F(DataImportTest, CopiesRecordsAndLoads) {
  const Result<SplitReport> report = import("aime25", {source_.write("aime.json", kAime)});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->num_samples, 1);
  EXPECT_EQ(report->files[0].sha256, sha256_hex(kAime));
  EXPECT_THAT(defect_lines(report->defects),
              ElementsAre("row_count: aime.json: 1 rows where 30 are expected"));
  const Result<ImportRecord> record = read_import_record(data_.path(), "aime25");
  ASSERT_TRUE(record.ok()) << record.status().message();
  EXPECT_EQ(record->splits[0].files[0].path, "test/aime.json");
  const Result<Dataset> dataset = load("aime25");
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  EXPECT_THAT(dataset->samples[0].target, ElementsAre("70"));
  EXPECT_EQ(dataset->rows_sha256, report->rows_sha256);
}

TEST_F(DataImportTest, ABadRowLeavesEverythingAsItWas) {
  ASSERT_TRUE(import("aime25", {source_.write("aime.json", kAime)}).ok());
  const std::string bad =
      source_.write("bad.jsonl", "{\"problem_idx\": 1, \"problem\": \"P\", \"answer\": \"x\"}\n");
  const Status status = import("aime25", {bad}).status();
  EXPECT_THAT(status.message(), HasSubstr("bad.jsonl: line 1: the answer \"x\""));
  EXPECT_FALSE(std::filesystem::exists(data_.path() + "/aime25/test/bad.jsonl"));
  EXPECT_TRUE(load("aime25").ok());
}

TEST_F(DataImportTest, ANewImportReplacesTheOldFiles) {
  ASSERT_TRUE(import("aime25", {source_.write("old.json", kAime)}).ok());
  ASSERT_TRUE(
      import("aime25", {source_.write("new.csv", "problem_idx,problem,answer\n2,P,5\n")}).ok());
  EXPECT_FALSE(std::filesystem::exists(data_.path() + "/aime25/test/old.json"));
  EXPECT_EQ(load("aime25")->samples[0].id, "2");
}

TEST_F(DataImportTest, SeveralFilesMakeOneSplit) {
  const std::string one =
      source_.write("I.jsonl", "{\"id\": \"I-1\", \"question\": \"P\", \"answer\": \"5\"}\n");
  const std::string two = source_.write(
      "II.jsonl", "{\"id\": \"II-1\", \"question\": \"P2\", \"answer\": \"336^\\\\circ\"}\n");
  const Result<SplitReport> report = import("aime25", {one, two});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->defects.empty());
  EXPECT_EQ(load("aime25")->samples.size(), 2u);
  EXPECT_THAT(import("aime25", {one, one}).status().message(), HasSubstr("stands twice"));
}

TEST_F(DataImportTest, FilesWithReleasesAddUp) {
  ASSERT_TRUE(import("livecodebench_v6", {source_.write("test6.jsonl", problem("f"))}).ok());
  EXPECT_THAT(load("livecodebench_v6").status().message(),
              HasSubstr("lacks test.jsonl, test2.jsonl"));
  EXPECT_EQ(load("livecodebench_v6", "v6")->samples.size(), 1u);
  ASSERT_TRUE(
      import("livecodebench_v6", {source_.write("test5.jsonl", problem("e") + problem("d"))}).ok());
  const Result<Dataset> both = load("livecodebench_v6", "v5_v6");
  ASSERT_TRUE(both.ok()) << both.status().message();
  ASSERT_EQ(both->samples.size(), 3u);
  EXPECT_EQ(both->samples[0].id, "e");
  EXPECT_EQ(both->tag, "v5_v6");
  const Result<SplitReport> report =
      verify_split(manifest("livecodebench_v6"), "test", data_.path());
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->num_samples, 3);
  EXPECT_THAT(
      import("livecodebench_v6", {source_.write("tset6.jsonl", problem("f"))}).status().message(),
      HasSubstr("did you mean \"test6.jsonl\""));
}

TEST_F(DataImportTest, VerifyFindsAChangedFile) {
  ASSERT_TRUE(import("aime25", {source_.write("aime.json", kAime)}).ok());
  EXPECT_TRUE(verify_split(manifest("aime25"), "test", data_.path()).ok());
  data_.write("aime25/test/aime.json", kAime + " ");
  EXPECT_THAT(verify_split(manifest("aime25"), "test", data_.path()).status().message(),
              HasSubstr("has changed"));
}

// An import agrees with its own record; the published number decides.
TEST_F(DataImportTest, VerifyCountsRowsAgainstThePublishedNumber) {
  const auto counted = [&](const char* name) {
    std::vector<std::string> lines;
    const Result<SplitReport> report = verify_split(manifest(name), "test", data_.path());
    EXPECT_TRUE(report.ok()) << report.status().message();
    for (const RowDefect& defect : report->defects) {
      if (defect.kind == DefectKind::kRowCount)
        lines.push_back(defect.place + ": " + defect.detail.english());
    }
    return lines;
  };
  const auto rows = [](int first, int last) {
    std::string text;
    for (int i = first; i <= last; ++i)
      text += "{\"problem_idx\": " + std::to_string(i) + ", \"problem\": \"P" + std::to_string(i) +
              "\", \"answer\": \"5\"}\n";
    return text;
  };
  ASSERT_TRUE(import("aime25", {source_.write("few.jsonl", rows(1, 29))}).ok());
  EXPECT_THAT(counted("aime25"), ElementsAre("few.jsonl: 29 rows where 30 are expected"));
  ASSERT_TRUE(import("aime25", {source_.write("many.jsonl", rows(1, 31))}).ok());
  EXPECT_THAT(counted("aime25"), ElementsAre("many.jsonl: 31 rows where 30 are expected"));
  ASSERT_TRUE(import("aime25", {source_.write("I.jsonl", rows(1, 15)),
                                source_.write("II.jsonl", rows(16, 30))})
                  .ok());
  EXPECT_THAT(counted("aime25"), testing::IsEmpty());
  ASSERT_TRUE(import("livecodebench_v6", {source_.write("test6.jsonl", problem("f"))}).ok());
  EXPECT_THAT(counted("livecodebench_v6"),
              ElementsAre("test6.jsonl: 1 rows where 175 are expected"));
  EXPECT_THAT(counted("bundled_aime25"), testing::IsEmpty());
}

TEST_F(DataImportTest, PresenceSaysWhatIsHere) {
  EXPECT_EQ(find_presence(manifest("aime25"), data_.path())->front().presence, Presence::kAbsent);
  ASSERT_TRUE(import("aime25", {source_.write("aime.json", kAime)}).ok());
  const auto presences = find_presence(manifest("aime25"), data_.path());
  EXPECT_EQ(presences->front().presence, Presence::kImported);
  EXPECT_EQ(presences->front().num_rows, 1);
  EXPECT_EQ(presences->front().num_published, 30);
  EXPECT_EQ(find_presence(manifest("bundled_aime25"), data_.path())->front().presence,
            Presence::kBundled);
}

TEST_F(DataImportTest, RefusesWhatCannotBeImported) {
  EXPECT_THAT(import("bundled_aime25", {source_.write("a.json", kAime)}).status().message(),
              HasSubstr("nothing to import"));
  EXPECT_THAT(import("aime25", {source_.write("a.parquet", "PAR1")}).status().message(),
              HasSubstr("must end in"));
  EXPECT_THAT(import("aime25", {source_.path() + "/absent.json"}).status().message(),
              HasSubstr("absent.json"));
  EXPECT_THAT(import("aime25", {}).status().message(), HasSubstr("no file"));
  EXPECT_THAT(import("aime25", {source_.write("a.json", kAime)}, "tset").status().message(),
              HasSubstr("did you mean \"test\""));
}

TEST_F(DataImportTest, ADamagedRecordIsAnErrorWithAWayOut) {
  data_.write("aime25/record.json", "{\"schema\": \"other\"}");
  EXPECT_THAT(load("aime25").status().message(), HasSubstr("import the data set again"));
}

// --- parts

std::string problem_csv(const std::string& question) {
  return "question,answer,original\n" + question + ",1,Q\n";
}

TEST_F(DataImportTest, PartsAreToldApartByTheirNamesAndKeepTheirOrder) {
  const char* names[] = {"ksm_test.csv", "gsm8k_test.csv", "mmmlu_test.csv", "math_do_test.csv",
                         "omni-math_do_test.csv"};
  for (const char* name : names) {
    const auto report =
        import("hrm8k", {source_.write(name, problem_csv(std::string("of ") + name))});
    ASSERT_TRUE(report.ok()) << report.status().message();
    if (name == names[1]) {
      EXPECT_THAT(load("hrm8k").status().message(),
                  HasSubstr("lacks the part HRM8K/math_do_test.csv, HRM8K/omni-math_do_test.csv, "
                            "HRM8K/mmmlu_test.csv"));
    }
  }
  const Result<Dataset> dataset = load("hrm8k");
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  std::vector<std::string> parts;
  for (const Sample& sample : dataset->samples)
    parts.push_back(sample.columns->at("part"));
  EXPECT_THAT(parts, ElementsAre("GSM8K", "MATH", "OMNI_MATH", "MMMLU", "KSM"))
      << "as published, not as imported";
  EXPECT_THAT(dataset->samples[4].question, "of ksm_test.csv");

  DataOptions options;
  options.data_folder = data_.path();
  options.where = {{"part", "KSM"}};
  EXPECT_EQ(load_dataset(manifest("hrm8k"), "test", options)->samples.size(), 1u);

  const auto verified = verify_split(manifest("hrm8k"), "test", data_.path());
  ASSERT_TRUE(verified.ok()) << verified.status().message();
  EXPECT_EQ(verified->rows_sha256, dataset->rows_sha256);
  EXPECT_EQ(
      std::count_if(verified->defects.begin(), verified->defects.end(),
                    [](const RowDefect& defect) { return defect.kind == DefectKind::kRowCount; }),
      5)
      << "each part against its own number";
}

TEST_F(DataImportTest, APartIsReplacedAloneAndAStrangerIsRefused) {
  ASSERT_TRUE(import("hrm8k", {source_.write("ksm_test.csv", problem_csv("old"))}).ok());
  ASSERT_TRUE(import("hrm8k", {source_.write("gsm8k_test.csv", problem_csv("kept"))}).ok());
  ASSERT_TRUE(import("hrm8k", {source_.write("ksm_test.csv", problem_csv("new"))}).ok());
  const auto record = read_import_record(data_.path(), "hrm8k");
  ASSERT_TRUE(record.ok());
  ASSERT_EQ(record->splits.front().files.size(), 2u);
  EXPECT_EQ(record->splits.front().files[0].path, "test/gsm8k_test.csv");
  EXPECT_THAT(import("hrm8k", {source_.write("ksm.csv", problem_csv("x"))}).status().message(),
              HasSubstr("which part of the set is"));
}

}  // namespace
}  // namespace jangwon::datasets
