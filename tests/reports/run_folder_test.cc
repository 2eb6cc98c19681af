#include "reports/run_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "runtime/base/file.h"
#include "tests/reports/fixture_run.h"

namespace jangwon::reports {
namespace {

TEST(ReadRunFolder, SaysHowToEndARunThatHasNoResults) {
  std::string folder = make_temporary_folder("empty");
  Result<RunFolder> run = read_run_folder(folder);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.status().code(), StatusCode::kNotFound);
  EXPECT_NE(run.status().message().find("results.json"), std::string::npos);
}

TEST(ReadRunFolders, GivesEachRunANameOfItsOwn) {
  std::string folder = make_temporary_folder("names");
  for (const char* path : {"/a/demo", "/b/demo"})
    write_fixture_run(folder + path, demo_like_run());
  Result<std::vector<RunFolder>> runs = read_run_folders({folder + "/a/demo", folder + "/b/demo/"});
  ASSERT_TRUE(runs.ok()) << runs.status().message();
  EXPECT_EQ((*runs)[0].name, "demo");
  EXPECT_EQ((*runs)[1].name, "demo-2");
}

TEST(ReadOutcomes, AgreesWithTheRecords) {
  std::string folder = make_temporary_folder("outcomes");
  write_fixture_run(folder, demo_like_run());
  Result<RunOutcomes> outcomes = read_outcomes(folder, {"license_name", "difficulty"});
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().message();
  ASSERT_EQ(outcomes->tasks.size(), 4u);
  const OutcomeTask* aime = find_task(*outcomes, "aime25");
  ASSERT_NE(aime, nullptr);
  EXPECT_EQ(aime->items.size(), 30u);
  EXPECT_EQ(aime->by_model.size(), 3u);
  EXPECT_EQ(aime->by_model.at("standin-axk1").size(), 120u);
  const OutcomeTask* kmmlu = find_task(*outcomes, "kmmlu_pro");
  EXPECT_EQ(kmmlu->items[0].columns.at("license_name"), "변호사");
  Result<RunFolder> run = read_run_folder(folder);
  ASSERT_TRUE(run.ok());
  for (const harness::MetricResult& metric : run->result.results) {
    const OutcomeTask* task = find_task(*outcomes, metric.task);
    int correct = 0, differs = 0;
    for (const SampleOutcome& sample : task->by_model.at(metric.model)) {
      correct += (metric.headline ? sample.verdict : sample.native) == harness::Verdict::kCorrect;
      differs += sample.verdict != sample.native;
    }
    EXPECT_EQ(correct, metric.counts.at("correct")) << metric.model << " " << metric.task;
    if (!metric.headline) {
      EXPECT_EQ(differs, metric.differs_from_headline);
    }
    if (!metric.headline) continue;
    double sum = 0.0;
    int n = 0;
    for (const std::optional<double>& mean : question_means(*task, metric.model)) {
      if (!mean) continue;
      sum += *mean;
      ++n;
    }
    EXPECT_NEAR(sum / n, *metric.value, 1e-12);
  }
  // Offsets lead back to the very lines.
  std::string journal = *read_file(folder + "/samples.jsonl");
  for (const SampleOutcome& sample : aime->by_model.at("standin-k-exaone")) {
    std::string line = journal.substr(sample.offset, sample.length);
    EXPECT_EQ(line.front(), '{');
    EXPECT_EQ(line.back(), '}');
    EXPECT_NE(line.find(aime->items[sample.item].id), std::string::npos);
  }
}

TEST(ReadOutcomes, SkipsALineThatWasBeingWritten) {
  std::string folder = make_temporary_folder("cut");
  write_fixture_run(folder, demo_like_run());
  std::string journal = *read_file(folder + "/samples.jsonl");
  size_t records = static_cast<size_t>(std::count(journal.begin(), journal.end(), '\n'));
  std::ofstream(folder + "/samples.jsonl", std::ios::binary)
      << journal.substr(0, journal.size() - 10);
  Result<RunOutcomes> outcomes = read_outcomes(folder, {"license_name", "difficulty"});
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().message();
  size_t read = 0;
  for (const OutcomeTask& task : outcomes->tasks) {
    for (const auto& [model, samples] : task.by_model)
      read += samples.size();
  }
  EXPECT_EQ(read, records - 1);
}

TEST(ReadOutcomes, NamesTheLineThatItCannotRead) {
  std::string folder = make_temporary_folder("broken");
  write_fixture_run(folder, demo_like_run());
  std::string journal = *read_file(folder + "/samples.jsonl");
  size_t second = journal.find('\n') + 1;
  journal.insert(second, "{\"model\": 3}\n");
  std::ofstream(folder + "/samples.jsonl", std::ios::binary) << journal;
  Result<RunOutcomes> outcomes = read_outcomes(folder, {"license_name", "difficulty"});
  ASSERT_FALSE(outcomes.ok());
  EXPECT_NE(outcomes.status().message().find("samples.jsonl:2"), std::string::npos)
      << outcomes.status().message();
}

TEST(ReadOutcomes, WorksWithoutAJournalAndWithAReplyOfFiveMegabytes) {
  std::string folder = make_temporary_folder("large");
  write_fixture_run(folder, hostile_run());
  Result<RunOutcomes> outcomes = read_outcomes(folder, {"license_name", "difficulty"});
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().message();
  EXPECT_GT(find_task(*outcomes, "aime25")->by_model.at("standin-axk1")[0].length, 5'000'000u);
  std::filesystem::remove(folder + "/samples.jsonl");
  outcomes = read_outcomes(folder, {"license_name", "difficulty"});
  ASSERT_TRUE(outcomes.ok());
  EXPECT_TRUE(outcomes->tasks.empty());
}

}  // namespace
}  // namespace jangwon::reports
