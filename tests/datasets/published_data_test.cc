// The decoders on real rows. JANGWON_DATA names a folder with public data, which is no part of the
// project; without it these tests are skipped.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "datasets/code_tests.h"
#include "datasets/data_import.h"
#include "datasets/dataset.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/datasets/scratch_folder.h"

namespace jangwon::datasets {
namespace {

class PublishedDataTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("JANGWON_DATA");
    if (folder == nullptr || *folder == '\0')
      GTEST_SKIP() << "JANGWON_DATA is not set: real rows are not checked";
    folder_ = folder;
  }
  Result<SplitReport> import(const std::string& name, const std::string& file,
                             const std::string& split) {
    const Result<Manifest> manifest = find_manifest(name);
    JANGWON_CHECK(manifest.ok(), manifest.status().message());
    ImportOptions options;
    options.split = split;
    options.data_folder = scratch_.path();
    return import_files(*manifest, {folder_ + "/" + file}, options);
  }
  static std::map<std::string, int> count_defects(const SplitReport& report) {
    std::map<std::string, int> counts;
    for (const RowDefect& defect : report.defects)
      ++counts[name_of(defect.kind)];
    return counts;
  }

  std::string folder_;
  ScratchFolder scratch_;
};

TEST_F(PublishedDataTest, MmluProTestSplitLoadsAndItsKnownDefectsAreFound) {
  const Result<SplitReport> report = import("mmlu_pro", "mmlu_pro/mmlu_pro_test.jsonl", "test");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->num_samples, 12032);
  std::map<std::string, int> counts = count_defects(*report);
  EXPECT_EQ(counts["answer_conflict"], 1);
  EXPECT_EQ(counts["leading_blank_option"], 480);
  EXPECT_EQ(counts["leading_blank_on_gold"], 470);
  EXPECT_EQ(counts["trailing_blank_option"], 140);
  EXPECT_EQ(counts["duplicate_row"], 159);
  // the same question with other options or another answer
  EXPECT_EQ(counts["duplicate_question"], 390 - 159);
  EXPECT_EQ(counts["row_count"], 0);
  for (const RowDefect& defect : report->defects) {
    if (defect.kind == DefectKind::kAnswerConflict) {
      EXPECT_EQ(defect.sample_id, "3983");
    }
  }
}

TEST_F(PublishedDataTest, MmluProValidationSplitLoads) {
  const Result<SplitReport> report =
      import("mmlu_pro", "mmlu_pro/mmlu_pro_validation_reconstructed.jsonl", "validation");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->num_samples, 70);
}

TEST_F(PublishedDataTest, AimeGoldsAreTheKnownOnes) {
  const std::string manifest_path =
      scratch_.write("aime.yaml",
                     "name: aime\nsource: here\nlicence: none\ncolumns:\n  id: id\n  question: "
                     "problem_official\n  answer: answer\n"
                     "  answer_form: integer\nsplits:\n  test:\n    - {path: " +
                         folder_ + "/aime25/aime2025.jsonl, sha256: null, rows: 30}\n");
  const Result<Manifest> manifest = read_manifest(manifest_path);
  ASSERT_TRUE(manifest.ok()) << manifest.status().message();
  const Result<Dataset> dataset = load_dataset(*manifest, "test");
  ASSERT_TRUE(dataset.ok()) << dataset.status().message();
  std::string golds;
  for (const Sample& sample : dataset->samples)
    golds += sample.target[0] + " ";
  EXPECT_EQ(golds,
            "70 588 16 117 279 504 821 77 62 81 259 510 204 60 735 "
            "468 49 82 106 336 293 237 610 149 907 113 19 248 104 240 ");
}

TEST_F(PublishedDataTest, EveryDecoderVectorGivesItsTests) {
  const Result<std::string> text = read_file(folder_ + "/lcb/private_test_cases_vectors.jsonl");
  ASSERT_TRUE(text.ok()) << text.status().message();
  int num_vectors = 0;
  const Status status = visit_rows(*text, FileFormat::kJsonl, [&](Json& row, size_t) {
    SCOPED_TRACE(row["name"].get<std::string>());
    const Result<CodeTestList> list =
        decode_code_tests(row["private_test_cases"].get<std::string>(), 1 << 26);
    EXPECT_TRUE(list.ok()) << list.status().message();
    if (!list.ok()) return ok_status();
    EXPECT_EQ(list->tests.size(), row["n_tests"].get<size_t>());
    if (row.contains("decoded") && row["decoded"].is_array()) {
      for (size_t i = 0; i < list->tests.size(); ++i) {
        EXPECT_EQ(list->tests[i].input, row["decoded"][i]["input"].get<std::string>());
        EXPECT_EQ(list->tests[i].output, row["decoded"][i]["output"].get<std::string>());
      }
    }
    ++num_vectors;
    return ok_status();
  });
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(num_vectors, 13);
}

TEST_F(PublishedDataTest, RealCsvFilesReadToTheEnd) {
  for (const char* file :
       {"kmmlu/outputs/KMMLU_gpt-4o-240513.csv", "kmmlu/outputs/KMMLU_phi-4-0shot.csv"}) {
    const Result<std::string> text = read_file(folder_ + "/" + file);
    ASSERT_TRUE(text.ok()) << text.status().message();
    int num_rows = 0;
    const Status status = visit_rows(*text, FileFormat::kCsv, [&](Json&, size_t) {
      ++num_rows;
      return ok_status();
    });
    EXPECT_TRUE(status.ok()) << file << ": " << status.message();
    EXPECT_GT(num_rows, 25000) << file;
  }
}

}  // namespace
}  // namespace jangwon::datasets
