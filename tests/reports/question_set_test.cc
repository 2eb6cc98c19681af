// The bundled AIME25 has thirty questions like the real one, and a run of another copy has the same
// ids: only the recorded data set and its hash tell them apart.

#include "reports/question_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/measured_rows.h"
#include "reports/published_rows.h"
#include "reports/ranking.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

RunFolder run_of(const std::string& name, const std::string& model, const std::string& dataset,
                 const std::string& sha256, int n = 30) {
  RunFolder run;
  run.name = name;
  harness::MetricResult metric;
  metric.model = model;
  metric.task = "aime25";
  metric.metric = "accuracy";
  metric.headline = true;
  metric.value = 0.5;
  metric.n = n;
  run.result.complete = true;
  run.result.results = {metric};
  run.result.settings =
      Json{{"tasks", {{{"name", "aime25"}, {"dataset", dataset}, {"dataset_sha256", sha256}}}}};
  return run;
}

Registry shipped() {
  auto registry = read_installed_registry();
  EXPECT_TRUE(registry.ok()) << registry.status().message();
  return std::move(registry).value();
}

const TableCell& only_cell(const TableInput& table) {
  return cell_of(table.rows.front(), "aime25");
}

TEST(QuestionSet, ABundledSetOfTheSameSizeIsNotThePublishedOne) {
  const Registry registry = shipped();
  struct Case {
    RunFolder run;
    QuestionOrigin expected;
  };
  RunFolder unrecorded = run_of("u", "ax_k1", "", "");
  unrecorded.result.settings = Json{{"tasks", 3}};
  const Case cases[] = {
      {run_of("published", "ax_k1", "aime25", "aa"), QuestionOrigin::kPublished},
      {run_of("bundled", "ax_k1", "bundled_aime25", "bb"), QuestionOrigin::kOther},
      {run_of("limited", "ax_k1", "aime25", "cc", 8), QuestionOrigin::kOther},
      {unrecorded, QuestionOrigin::kOther},
  };
  for (const Case& each : cases) {
    TableInput table;
    add_measured_rows(table, {each.run}, &registry);
    EXPECT_EQ(only_cell(table).questions, each.expected) << each.run.name;
    add_published_rows(table, registry, PublishedScope::kNational);
    EXPECT_EQ(only_cell(table).footnotes.empty(), each.expected == QuestionOrigin::kPublished)
        << each.run.name;
  }
}

TEST(QuestionSet, ConfirmedCopiesAreTheOnlyOnesWhereTheyAreListed) {
  harness::TaskProfile task = *find_task(shipped(), "aime25");
  task.published->dataset_sha256 = {"aa"};
  TableRow row;
  TableCell cell;
  cell.n = 30;
  cell.question_set = {"aime25", "aa"};
  EXPECT_FALSE(why_not_published_questions(row, cell, task));
  cell.question_set.dataset_sha256 = "bb";
  EXPECT_TRUE(why_not_published_questions(row, cell, task));
  cell.question_set.dataset_sha256 = "aa";
  row.stand_in = true;
  EXPECT_TRUE(why_not_published_questions(row, cell, task));
}

TEST(QuestionSet, RunsOfOtherQuestionsShareNoRowAndNoRank) {
  const Registry registry = shipped();
  TableInput table;
  add_measured_rows(table,
                    {run_of("one", "a", "aime25", "aa"), run_of("two", "b", "bundled_aime25", "bb"),
                     run_of("three", "c", "aime25", "aa")},
                    &registry);
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(cell_of(table.rows[0], "aime25").state, CellState::kScored);
  EXPECT_EQ(cell_of(table.rows[1], "aime25").state, CellState::kNotComparable);
  EXPECT_EQ(cell_of(table.rows[2], "aime25").state, CellState::kScored);
  Evidence evidence;
  for (const TableRow& row : table.rows) {
    for (int q = 0; q < 30; ++q)
      evidence[{row.id, "aime25"}][std::to_string(q)] = {static_cast<double>(q % 2), 1, q % 2};
  }
  const auto rankings = rank_rows(table, evidence, PublishedRanking::kNone);
  ASSERT_EQ(rankings.size(), 1u);
  EXPECT_EQ(rankings[0].rows, (std::vector<size_t>{0, 2}));
}

TEST(QuestionSet, APartOfTheQuestionsAnotherVersionOrMetricShareNoRow) {
  const Registry registry = shipped();
  const auto states_with = [&](const auto& edit) {
    std::vector<RunFolder> runs;
    for (const char* name : {"one", "two", "three"}) {
      runs.push_back(run_of(name, name, "aime25", "aa"));
      harness::MetricResult& metric = runs.back().result.results[0];
      metric.repeats = 4;
      metric.planned = 120;
      metric.task_version = "1";
    }
    edit(runs[0].result.results[0]);
    TableInput table;
    add_measured_rows(table, runs, &registry);
    std::vector<CellState> states;
    for (const TableRow& row : table.rows)
      states.push_back(cell_of(row, "aime25").state);
    const bool said =
        std::any_of(table.footnotes.begin(), table.footnotes.end(),
                    [](const Message& note) { return note.text().starts_with("Not comparable"); });
    EXPECT_EQ(said, states[0] == CellState::kNotComparable);
    return states;
  };
  using enum CellState;
  const std::vector<CellState> all = {kScored, kScored, kScored},
                               apart = {kNotComparable, kScored, kScored};
  EXPECT_EQ(states_with([](harness::MetricResult&) {}), all);
  EXPECT_EQ(states_with([](harness::MetricResult& m) { m.n = 29; }), all)
      << "an error of ours: asked all the same";
  EXPECT_EQ(states_with([](harness::MetricResult& m) { m.repeats = 1, m.planned = 30; }), all)
      << "fewer runs of each";
  EXPECT_EQ(states_with([](harness::MetricResult& m) { m.planned = 40, m.n = 10; }), apart);
  EXPECT_EQ(states_with([](harness::MetricResult& m) { m.task_version = "2"; }), apart);
  EXPECT_EQ(states_with([](harness::MetricResult& m) { m.metric = "pass@1"; }), apart);
}

TEST(QuestionSet, OnlyThePublishedQuestionsAreRankedWithPublishedValues) {
  const Registry registry = shipped();
  const auto ranked_with_published = [&](const std::string& dataset) {
    TableInput table;
    add_measured_rows(table, {run_of("run", "a", dataset, "aa")}, &registry);
    add_published_rows(table, registry, PublishedScope::kNational);
    Evidence evidence;
    evidence[{table.rows[0].id, "aime25"}]["1"] = {1.0, 1, 1};
    bool found = false;
    for (const TaskRanking& ranking : rank_rows(table, evidence, PublishedRanking::kTogether)) {
      if (ranking.task == "aime25")
        found = std::count(ranking.rows.begin(), ranking.rows.end(), 0u) > 0;
    }
    return found;
  };
  EXPECT_TRUE(ranked_with_published("aime25"));
  EXPECT_FALSE(ranked_with_published("bundled_aime25"));
}

}  // namespace
}  // namespace jangwon::reports
