#include "reports/gate/baseline_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "reports/gate/outcome_blob.h"
#include "reports/gate/task_scores.h"
#include "runtime/base/file.h"
#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

const BaselineNote kNote = {"first reference", "tester", "2026-11-21T00:00:00Z", ""};

TEST(EvaluationSideTest, ReadsARunFolderAsTheRunLoopWritesIt) {
  const std::string folder = fresh_folder("read");
  write_run_folder(folder, {{.draw_seed = 3}, {.model = "exaone", .draw_seed = 4}});
  const auto side = read_side(folder);
  ASSERT_TRUE(side.ok()) << side.status().message();
  EXPECT_EQ(side->models(), (std::vector<std::string>{"solar", "exaone"}));
  const TaskOutcomes* outcomes = side->find("solar", "aime25");
  ASSERT_NE(outcomes, nullptr);
  EXPECT_TRUE(outcomes->complete());
  EXPECT_EQ(outcomes->items.size(), 30u);
  EXPECT_EQ(outcomes->settings.at("sampling.max_tokens"), "32768");
  EXPECT_EQ(outcomes->settings.at("task.dataset_sha256"), "d0");
  EXPECT_EQ(outcomes->items.front().columns.at("category"), "number theory");
  EXPECT_DOUBLE_EQ(*score_of(*outcomes).value, *score_of(synthetic_task({.draw_seed = 3})).value);
  EXPECT_DOUBLE_EQ(*mean_output_tokens(*outcomes), 7);
}

TEST(EvaluationSideTest, AFolderThatIsNeitherSaysSo) {
  const auto side = read_side(fresh_folder("nothing"));
  ASSERT_FALSE(side.ok());
  EXPECT_EQ(side.status().code(), StatusCode::kNotComparable);
}

TEST(OutcomeBlobTest, ItemsComeBackAsTheyWere) {
  auto outcomes =
      synthetic_task({.truncation_chance = [](int) { return 0.2; }, .error_chance = 0.1});
  outcomes.items[3].runs[1] = {};  // a run that is missing
  outcomes.items[4].runs[0].timed_out = true;
  outcomes.items[5].columns.erase("category");
  const auto back = decode_items(encode_items(outcomes.items));
  ASSERT_TRUE(back.ok()) << back.status().message();
  ASSERT_EQ(back->size(), outcomes.items.size());
  for (size_t i = 0; i < back->size(); ++i) {
    const ItemOutcomes &a = outcomes.items[i], &b = (*back)[i];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.columns, b.columns);
    EXPECT_EQ(a.prompt_digest, b.prompt_digest);
    EXPECT_EQ(a.num_output_tokens, b.num_output_tokens);
    ASSERT_EQ(a.runs.size(), b.runs.size());
    for (size_t k = 0; k < a.runs.size(); ++k) {
      EXPECT_EQ(a.runs[k].present, b.runs[k].present);
      if (!a.runs[k].present) continue;
      EXPECT_EQ(a.runs[k].verdict, b.runs[k].verdict);
      EXPECT_EQ(a.runs[k].truncated, b.runs[k].truncated);
      EXPECT_EQ(a.runs[k].timed_out, b.runs[k].timed_out);
    }
  }
}

TEST(OutcomeBlobTest, DamagedTextIsRefused) {
  const std::string blob = encode_items(synthetic_task({}).items);
  for (const std::string& bad :
       {std::string(), std::string("!!!!"), blob.substr(0, blob.size() / 8 * 4),
        std::string("AAAA") + blob, blob + "AAA"})
    EXPECT_FALSE(decode_items(bad).ok());
}

TEST(BaselineTest, AcceptedRunsReadBackEqual) {
  const std::string run_folder = fresh_folder("run"), baseline_folder = fresh_folder("main");
  write_run_folder(run_folder, {{.draw_seed = 3}});
  const auto run = read_side(run_folder);
  ASSERT_TRUE(run.ok()) << run.status().message();
  ASSERT_TRUE(accept_baseline(*run, baseline_folder, kNote).ok());
  const auto back = read_side(baseline_folder);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_TRUE(back->is_baseline);
  EXPECT_EQ(back->journal_sha256, run->journal_sha256);
  EXPECT_EQ(*score_of(back->tasks[0]).value, *score_of(run->tasks[0]).value);
  EXPECT_EQ(back->tasks[0].settings, run->tasks[0].settings);
  const auto summary = read_baseline_summary(baseline_folder);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->note.reason, "first reference");
  // Again, on top of itself.
  EXPECT_TRUE(accept_baseline(*run, baseline_folder, kNote).ok());
}

TEST(BaselineTest, IncompleteAndFailedRunsAreRefused) {
  const std::string folder = fresh_folder("refused");
  EvaluationSide missing = synthetic_side({{}});
  missing.tasks[0].items[2].runs[0].present = false;
  EvaluationSide failed = synthetic_side({{}});
  failed.tasks[0].items[2].runs[0].verdict = harness::Verdict::kInfraError;
  EvaluationSide fewer = synthetic_side({{}});
  fewer.tasks[0].items.pop_back();
  for (const EvaluationSide& side : {missing, failed, fewer, EvaluationSide{}}) {
    const Status status = accept_baseline(side, folder, kNote);
    EXPECT_EQ(status.code(), StatusCode::kIncomplete) << status.message();
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(BaselineTest, AReasonIsRequired) {
  EXPECT_EQ(accept_baseline(synthetic_side({{}}), fresh_folder("reason"), {}).code(),
            StatusCode::kInvalidArgument);
}

TEST(BaselineTest, AChangedFileIsNoticed) {
  const std::string folder = fresh_folder("changed");
  ASSERT_TRUE(accept_baseline(synthetic_side({{.model = "org/solar"}}), folder, kNote).ok());
  ASSERT_TRUE(verify_baseline(folder).ok());
  const std::string file = folder + "/aime25/org_solar.json";
  const std::string text = *read_file(file);
  ASSERT_TRUE(write_file_atomically(file, text + "\n").ok());
  const Status changed = verify_baseline(folder);
  ASSERT_FALSE(changed.ok());
  EXPECT_NE(changed.message().find("org_solar.json"), std::string::npos);
  ASSERT_TRUE(write_file_atomically(file, text).ok());
  ASSERT_TRUE(write_file_atomically(folder + "/aime25/extra.json", "{}").ok());
  EXPECT_FALSE(verify_baseline(folder).ok());
}

TEST(BaselineTest, AFolderOfSomethingElseIsNotOverwritten) {
  const std::string folder = fresh_folder("foreign");
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(write_file_atomically(folder + "/thesis.txt", "important").ok());
  EXPECT_FALSE(accept_baseline(synthetic_side({{}}), folder, kNote).ok());
  EXPECT_TRUE(std::filesystem::exists(folder + "/thesis.txt"));
}

}  // namespace
}  // namespace jangwon::reports
