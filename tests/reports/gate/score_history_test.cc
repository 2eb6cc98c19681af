// Series of builds whose truth is known: since when is the score lower?

#include "reports/gate/score_history.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "reports/gate/baseline_file.h"
#include "reports/history.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

double spread_chance(int item) {
  return 0.3 + 0.6 * (item % 10) / 9.0;
}

// Ten builds, a day each. `change` may turn the recipe of a build.
std::vector<EvaluationSide> builds(uint64_t draw,
                                   const std::function<void(int, SyntheticTask&)>& change) {
  std::vector<EvaluationSide> sides;
  for (int build = 1; build <= 10; ++build) {
    SyntheticTask recipe;
    recipe.items = 60;
    recipe.repeats = 4;
    recipe.chance = spread_chance;
    recipe.draw_seed = draw * 1000 + static_cast<uint64_t>(build);
    change(build, recipe);
    EvaluationSide side = synthetic_side({recipe}, fmt::format("build-{}", build));
    side.date = fmt::format("2026-03-{:02}T08:00:00Z", build);
    side.commit = fmt::format("{:x}{:x}cafe00", build, build);
    sides.push_back(std::move(side));
  }
  return sides;
}

HistorySeries series_of(const std::vector<EvaluationSide>& sides) {
  std::vector<HistorySide> asked;
  for (const EvaluationSide& side : sides)
    asked.push_back({&side, ""});
  const History history = make_history(asked);
  EXPECT_EQ(history.series.size(), 1u);
  return history.series.front();
}

void make_worse(SyntheticTask& recipe, double by) {
  recipe.chance = [by](int item) { return std::max(0.0, spread_chance(item) - by); };
}

TEST(ScoreHistory, ABadCommitIsNamedAsTheFirstPointFromWhichTheDropHolds) {
  const HistorySeries series = series_of(builds(1, [](int build, SyntheticTask& recipe) {
    if (build >= 7) make_worse(recipe, 0.15);
  }));
  ASSERT_EQ(series.changes.size(), 1u) << series.answer.english();
  EXPECT_EQ(series.points[series.changes[0].at].name, "build-7");
  EXPECT_FALSE(series.changes[0].alone);
  EXPECT_LT(series.changes[0].delta, -0.08);
  ASSERT_TRUE(series.changes[0].ci_high);
  EXPECT_LT(*series.changes[0].ci_high, 0.0);
  EXPECT_THAT(series.answer.english(), HasSubstr("Lower since build-7 (2026-03-07, 77cafe00)"));
  EXPECT_THAT(say(series.answer, Language::kKorean),
              HasSubstr("build-7 (2026-03-07, 77cafe00)부터 떨어졌고"));
}

TEST(ScoreHistory, ADropThatNoSingleRunShowsIsFoundOnceItHasLasted) {
  const HistorySeries series = series_of(builds(3, [](int build, SyntheticTask& recipe) {
    if (build >= 5) make_worse(recipe, 0.09);
  }));
  ASSERT_FALSE(series.changes.empty()) << series.answer.english();
  // The place is an estimate; the drop is not a matter of a point more or less.
  EXPECT_NEAR(static_cast<double>(series.changes[0].at), 4.0, 1.0);
  EXPECT_THAT(series.answer.english(), HasSubstr("Lower since"));
}

TEST(ScoreHistory, ABuildThatWasMendedIsNotLowerNow) {
  const HistorySeries alone = series_of(builds(4, [](int build, SyntheticTask& recipe) {
    if (build == 6) make_worse(recipe, 0.25);
  }));
  ASSERT_EQ(alone.changes.size(), 1u) << alone.answer.english();
  EXPECT_TRUE(alone.changes[0].alone);
  EXPECT_THAT(alone.answer.english(), HasSubstr("Only build-6"));

  const HistorySeries mended = series_of(builds(5, [](int build, SyntheticTask& recipe) {
    if (build >= 4 && build <= 7) make_worse(recipe, 0.25);
  }));
  ASSERT_EQ(mended.changes.size(), 2u) << mended.answer.english();
  EXPECT_EQ(mended.points[mended.changes[0].at].name, "build-4");
  EXPECT_EQ(mended.points[mended.changes[1].at].name, "build-8");
  EXPECT_THAT(mended.answer.english(), HasSubstr("Not lower now. It rose with build-8"));
}

TEST(ScoreHistory, UnchangedBuildsGiveNoAlarms) {
  int alarms = 0;
  for (uint64_t draw = 100; draw < 200; ++draw)
    alarms += series_of(builds(draw, [](int, SyntheticTask&) {})).changes.empty() ? 0 : 1;
  EXPECT_LE(alarms, 4);  // alpha is 1 of 100; five or more of 100 happen once in 300 times
}

// One seed on the embedded engine: an unchanged build gives the very same replies, and five
// copies are one run.
TEST(ScoreHistory, CopiesOfARunAreNoEvidence) {
  int alarms = 0;
  for (uint64_t draw = 1; draw <= 60; ++draw) {
    std::vector<EvaluationSide> sides = builds(1, [draw](int build, SyntheticTask& recipe) {
      // other numerics: other draws of the same chances
      recipe.draw_seed = draw * 2 + (build >= 6 ? 1 : 0);
      recipe.items = 30;
      recipe.repeats = 1;
    });
    for (EvaluationSide& side : sides)
      side.tasks[0].settings["model.kind"] = "embedded";
    const HistorySeries series = series_of(sides);
    EXPECT_EQ(series.method, "mcnemar_seed_paired");
    alarms += series.changes.empty() ? 0 : 1;
  }
  EXPECT_LE(alarms, 3);
}

TEST(ScoreHistory, GreedyRunsAreCopiesWhateverTheirSeed) {
  std::vector<EvaluationSide> sides = builds(2, [](int build, SyntheticTask& recipe) {
    recipe.draw_seed = build >= 6 ? 12 : 11;
    recipe.repeats = 1;
    recipe.seed_setting = fmt::format("{}", build);
  });
  for (EvaluationSide& side : sides)
    side.tasks[0].settings["sampling.temperature"] = "0";
  const HistorySeries series = series_of(sides);
  EXPECT_EQ(series.method, "mcnemar_seed_paired");
  EXPECT_TRUE(series.changes.empty()) << series.answer.english();
}

TEST(ScoreHistory, SettingsThatForbidAComparisonEndTheSeries) {
  const HistorySeries series = series_of(builds(6, [](int build, SyntheticTask& recipe) {
    if (build >= 5) {
      recipe.max_tokens = "8192";
      make_worse(recipe, 0.25);
    }
  }));
  EXPECT_TRUE(series.changes.empty());
  for (size_t i = 0; i < series.points.size(); ++i)
    EXPECT_EQ(series.points[i].comparable, i != 4) << i;
  ASSERT_EQ(series.points[4].breaking.size(), 1u);
  EXPECT_EQ(series.points[4].breaking[0].key, "max_tokens");
  EXPECT_EQ(series.points[4].breaking[0].now, "8192");
  EXPECT_THAT(series.answer.english(), HasSubstr("No change is shown among the 6 points"));
}

TEST(ScoreHistory, IncompleteRunsAreShownAndTakeNoPart) {
  const HistorySeries series = series_of(builds(7, [](int build, SyntheticTask& recipe) {
    if (build == 5) {
      recipe.error_chance = 0.3;
      make_worse(recipe, 0.3);
    }
  }));
  EXPECT_FALSE(series.points[4].complete);
  EXPECT_TRUE(series.changes.empty()) << series.answer.english();
  EXPECT_TRUE(series.points[5].comparable);
}

TEST(ScoreHistory, ReadsRunsBaselinesAndVerdicts) {
  const std::string root = fresh_folder("history");
  SyntheticTask recipe;
  for (int build = 1; build <= 3; ++build) {
    recipe.draw_seed = static_cast<uint64_t>(build);
    const std::string folder = fmt::format("{}/build-{}", root, build);
    write_run_folder(folder, {recipe});
    Json run = *read_json_file(folder + "/run.json");
    run["recorded"] = {{"started_at", fmt::format("2026-04-0{}T00:00:00Z", build)},
                       {"tested_commit", build == 2 ? "abc123" : ""},
                       {"build", {{"git_commit", "ffff"}}}};
    ASSERT_TRUE(write_file_atomically(folder + "/run.json", to_json_text(run)).ok());
  }
  const Result<EvaluationSide> second = read_side(root + "/build-2");
  ASSERT_TRUE(second.ok()) << second.status().message();
  ASSERT_TRUE(
      accept_baseline(*second, root + "/main", {"x", "y", "2026-04-09T00:00:00Z", ""}).ok());
  const Json gate = {
      {"schema", "jangwon.gate/1"},
      {"candidate", root + "/build-3"},
      {"checks", {{{"id", "aime"}, {"model", "solar"}, {"task", "aime25"}, {"verdict", "FAIL"}}}}};
  std::filesystem::create_directories(root + "/out");
  ASSERT_TRUE(write_file_atomically(root + "/out/gate.json", to_json_text(gate)).ok());

  const Result<History> history = read_history(
      {root + "/build-3", root + "/out", root + "/main", root + "/build-1", root + "/build-2"});
  ASSERT_TRUE(history.ok()) << history.status().message();
  ASSERT_EQ(history->series.size(), 1u);
  const std::vector<HistoryPoint>& points = history->series[0].points;
  ASSERT_EQ(points.size(), 3u);  // the baseline is a run that stands here itself
  EXPECT_EQ(points[0].commit, "ffff");
  EXPECT_EQ(points[1].commit, "abc123");
  EXPECT_EQ(points[1].accepted_as, "main");
  ASSERT_EQ(points[2].verdicts.size(), 1u);
  EXPECT_EQ(points[2].verdicts[0].verdict, "FAIL");
  EXPECT_THAT(history_csv(*history, false), HasSubstr("build-3,ffff,"));
  EXPECT_THAT(history_csv(*history, false), HasSubstr("aime:FAIL"));
  EXPECT_THAT(history_text(*history, Language::kKorean), HasSubstr("기준선 main"));

  // The run is gone, the baseline remembers when it was made.
  const Result<History> later =
      read_history({root + "/main", root + "/build-1", root + "/build-3"});
  ASSERT_TRUE(later.ok());
  EXPECT_EQ(later->series[0].points[1].name, "main");
  EXPECT_EQ(later->series[0].points[1].date, "2026-04-02T00:00:00Z");
  EXPECT_EQ(later->series[0].points[1].commit, "abc123");

  EXPECT_THAT(read_history({root + "/nothing"}).status().message(), HasSubstr("is no run folder"));
  EXPECT_THAT(read_history({root + "/out"}).status().message(), HasSubstr("--history needs"));
}

TEST(ScoreHistory, ForeignTextStaysText) {
  std::vector<EvaluationSide> sides = builds(8, [](int, SyntheticTask&) {});
  for (EvaluationSide& side : sides)
    side.commit = "=1+2\x1b[31m,\"";
  std::vector<HistorySide> asked;
  for (const EvaluationSide& side : sides)
    asked.push_back({&side, ""});
  const History history = make_history(asked);
  EXPECT_THAT(history_csv(history, false), HasSubstr("'=1+2"));
  EXPECT_THAT(history_text(history, Language::kEnglish), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace jangwon::reports
