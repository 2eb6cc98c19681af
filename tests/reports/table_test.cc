#include "reports/table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/grid.h"
#include "reports/measured_rows.h"
#include "reports/published_rows.h"
#include "reports/ranking.h"
#include "reports/report.h"
#include "reports/run_folder.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/reports/fixture_run.h"

namespace jangwon::reports {
namespace {

TableStyle style_of(Language language, TableLayout layout) {
  TableStyle style;
  style.language = language;
  style.layout = layout;
  return style;
}

TEST(RenderTable, EveryFormatShowsEveryKindOfCell) {
  TableInput table = table_of_all_kinds();
  TableStyle report = style_of(Language::kEnglish, TableLayout::kReport);
  TableStyle leaderboard = style_of(Language::kKorean, TableLayout::kLeaderboard);
  expect_approved("all_kinds.txt", render_table(table, TableFormat::kText, report));
  expect_approved("all_kinds_ko.txt", render_table(table, TableFormat::kText, leaderboard));
  expect_approved("all_kinds.md", render_table(table, TableFormat::kMarkdown, report));
  expect_approved("all_kinds_ko.md", render_table(table, TableFormat::kMarkdown, leaderboard));
  expect_approved("all_kinds.tex", render_table(table, TableFormat::kLatex, report));
  expect_approved("all_kinds.csv", render_table(table, TableFormat::kCsv, report));
  expect_approved("all_kinds.json", render_table(table, TableFormat::kJson, report));
}

TEST(ScoreText, UndefinedIsNeverZero) {
  TableCell cell;
  EXPECT_EQ(score_text(cell), "·");
  cell.state = CellState::kUndefined;
  EXPECT_EQ(score_text(cell), "–");
  cell.state = CellState::kNotComparable;
  EXPECT_EQ(score_text(cell), "n/c");
  cell.value = 0.742;
  EXPECT_EQ(score_text(cell), "n/c (74.2)");
  EXPECT_EQ(points_text(std::nullopt), "–");
  cell.state = CellState::kScored;
  cell.value = 0.0;
  EXPECT_EQ(score_text(cell), "0.0 [–]") << "a zero with its missing interval said, not hidden";
}

TEST(ScoreText, ShowsAHalfWidthOnlyForLargeSymmetricIntervals) {
  TableCell cell;
  cell.state = CellState::kScored;
  cell.value = 0.815;
  cell.ci_low = 0.808;
  cell.ci_high = 0.822;
  cell.n = 12032;
  EXPECT_EQ(score_text(cell), "81.5 ±0.7");
  cell.n = 30;
  EXPECT_EQ(score_text(cell), "81.5 [80.8, 82.2]");
  cell.n = 12032;
  cell.ci_low = 0.80;
  EXPECT_EQ(score_text(cell), "81.5 [80.0, 82.2]");
}

TEST(RenderTable, MarksByTieGroupAndByPointOnlyOnRequest) {
  TableInput table = table_of_all_kinds();
  table.rows.pop_back();
  TableStyle style = style_of(Language::kEnglish, TableLayout::kReport);
  EXPECT_NE(render_table(table, TableFormat::kLatex, style).find("\\textbf{85.8"),
            std::string::npos);
  table.rows[1].cells["aime25"].tie_group = 1;
  std::string shared = render_table(table, TableFormat::kMarkdown, style);
  EXPECT_NE(shared.find("**50.0"), std::string::npos) << "every member of the first group is bold";
  style.mark = TableStyle::Mark::kPoint;
  std::string by_point = render_table(table, TableFormat::kMarkdown, style);
  EXPECT_EQ(by_point.find("**50.0"), std::string::npos);
  EXPECT_NE(by_point.find("point value alone"), std::string::npos)
      << "the habit is named where it is followed";
}

TEST(RenderTable, CsvStartsWithAByteOrderMarkOnlyOnRequest) {
  TableStyle style;
  EXPECT_EQ(render_table(table_of_all_kinds(), TableFormat::kCsv, style).substr(0, 5), "task,");
  style.byte_order_mark = TableStyle::ByteOrderMark::kWrite;
  EXPECT_EQ(render_table(table_of_all_kinds(), TableFormat::kCsv, style).substr(0, 3),
            "\xEF\xBB\xBF");
}

TEST(RenderTable, AnEmptyTableIsStillATable) {
  for (TableFormat format : {TableFormat::kText, TableFormat::kMarkdown, TableFormat::kCsv,
                             TableFormat::kJson, TableFormat::kLatex}) {
    EXPECT_FALSE(render_table(TableInput(), format).empty());
  }
}

TEST(FootnoteLetter, GoesOnAfterZ) {
  EXPECT_EQ(footnote_letter(0), "a");
  EXPECT_EQ(footnote_letter(25), "z");
  EXPECT_EQ(footnote_letter(26), "aa");
  EXPECT_EQ(footnote_letter(52), "ba");
}

TEST(Grid, LettersOfACellStandInOrderAndOnce) {
  TableInput table;
  table.tasks = {{"t", Message::value("t"), {}, ""}};
  for (const char* text : {"x", "y", "z"})
    footnote_index(table, Message::value(text));
  TableRow row;
  row.id = row.model = row.name = "m";
  TableCell cell;
  cell.state = CellState::kScored;
  cell.value = 0.5;
  cell.n = 1;
  cell.footnotes = {2, 0, 2};
  TableCell beside = cell;
  beside.footnotes = {1};
  cell.beside = {beside};
  row.cells["t"] = cell;
  table.rows.push_back(row);
  std::vector<std::string> letters;
  for (const GridRow& line : make_score_grid(table, {}).rows) {
    for (const GridCell& shown : line.cells) {
      if (!shown.footnotes.empty()) letters.push_back(shown.footnotes);
    }
  }
  EXPECT_EQ(letters, std::vector<std::string>{"a,c,b"});
}

TEST(MeasuredRows, ShowNumbersCountsAndTheOtherModeOfARun) {
  std::string folder = make_temporary_folder("measured") + "/demo";
  write_fixture_run(folder, demo_like_run());
  Result<TableInput> table = load_run_table(folder);
  ASSERT_TRUE(table.ok()) << table.status().message();
  expect_approved("demo_like.txt", render_table(*table, TableFormat::kText));
  Result<Json> json = parse_json(render_table(*table, TableFormat::kJson));
  ASSERT_TRUE(json.ok());
  Result<RunFolder> run = read_run_folder(folder);
  ASSERT_TRUE(run.ok());
  for (const harness::MetricResult& metric : run->result.results) {
    if (!metric.headline) continue;
    for (const Json& row : (*json)["rows"]) {
      if (row["model"] != metric.model) continue;
      EXPECT_EQ(row["cells"][metric.task]["score"].get<double>(), *metric.value);
      EXPECT_EQ(row["cells"][metric.task]["counts"]["correct"].get<int>(),
                metric.counts.at("correct"));
      EXPECT_TRUE(row["stand_in"].get<bool>());
    }
  }
}

TEST(MeasuredRows, SurviveMissingTasksZeroSamplesAndHostileNames) {
  std::string folder = make_temporary_folder("hostile_table") + "/demo";
  write_fixture_run(folder, hostile_run());
  Result<TableInput> table = load_run_table(folder);
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_FALSE(table->complete);
  std::string text = render_table(*table, TableFormat::kText);
  EXPECT_EQ(text.find("\u202E"), std::string::npos);
  EXPECT_NE(text.find("⟨U+202E⟩"), std::string::npos);
  expect_approved("hostile.md", render_table(*table, TableFormat::kMarkdown));
}

TEST(MeasuredRows, WhatSeveralRunsWarnOfIsSaidOnce) {
  RunFolder first;
  first.name = "first";
  first.result.complete = true;
  first.result.warnings = {Message::value("The server ignores seeds."),
                           Message::value("Only here.")};
  RunFolder second = first;
  second.name = "second";
  second.result.warnings = {Message::value("The server ignores seeds.")};
  TableInput table;
  add_measured_rows(table, {first, second}, nullptr);
  ASSERT_EQ(table.notes.size(), 2u);
  EXPECT_EQ(table.notes[0].english(), "The server ignores seeds.");
  EXPECT_EQ(table.notes[1].english(), "Only here.");
}

TEST(MeasuredRows, WhatARunWarnsOfIsSaidInTheReadersLanguage) {
  RunFolder run;
  run.result.complete = true;
  run.result.warnings = {
      Message("{model}, {task}: greedy, so its {repeats} runs of a sample are the same run.",
              {{"model", "m"}, {"task", "t"}, {"repeats", 4}})};
  Result<harness::RunResult> stored =
      harness::parse_results_json(harness::to_results_json(run.result));
  ASSERT_TRUE(stored.ok()) << stored.status().message();
  run.result = std::move(stored).value();
  TableInput table;
  add_measured_rows(table, {run}, nullptr);
  ASSERT_EQ(table.notes.size(), 1u);
  EXPECT_NE(say(table.notes[0], Language::kEnglish).find("m, t: greedy"), std::string::npos);
  EXPECT_NE(say(table.notes[0], Language::kKorean).find("m, t: 탐욕적 생성이므로"),
            std::string::npos);
}

TEST(ReportMarkdown, HoldsTheTableTheAccountAndTheSettings) {
  std::string folder = make_temporary_folder("markdown") + "/demo";
  write_fixture_run(folder, demo_like_run());
  ReportOptions options;
  options.runs = {folder};
  Result<ReportData> data = load_report_data(options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  expect_approved("report.md", write_report_markdown(*data, TableStyle()));
}

// Variants and licences stand in results.json; a report without them would hide half of
// what was measured.
TEST(ReportMarkdown, HoldsVariantsAndLicences) {
  const std::string folder = make_temporary_folder("further_figures") + "/demo";
  write_fixture_run(folder, demo_like_run());
  ReportOptions options;
  options.runs = {folder};
  Result<RunFolder> run = read_run_folder(folder);
  ASSERT_TRUE(run.ok()) << run.status().message();
  for (harness::MetricResult& metric : run->result.results) {
    const bool official = metric.mode == harness::ScoreMode::kOfficial;
    if (metric.task == "livecodebench_v6" && !official) metric.variants["float_tolerance"] = 0.625;
    if (metric.task != "kmmlu_pro") continue;
    harness::LicenceFigures& figures = metric.licences.emplace();
    figures.of = 14;
    if (!official) continue;
    figures.passed = 1;
    figures.licences = {
        {"세무사", 4, 60.0, 61.5, true, {{"회계학", 2, 40.5, true}, {"세법", 2, 82.5, true}}},
        {"약사", 2, 40.0, 70.0, false, {{"약학", 2, 39.9, false}}}};
  }
  ASSERT_TRUE(
      write_file_atomically(folder + "/results.json", harness::to_results_json(run->result)).ok());
  Result<ReportData> data = load_report_data(options);
  ASSERT_TRUE(data.ok()) << data.status().message();
  TableStyle korean;
  korean.language = Language::kKorean;
  const std::string markdown = write_report_markdown(*data, TableStyle());
  for (const char* text :
       {"## Under another rule", "| native | float tolerance 1e-6 | 62.5 |", "## Licences passed",
        "| 세무사 | ✓ 61.5 (lowest 40.5) |", "| 약사 | ✕ 70.0 (lowest 39.9) |", "1 / 14"})
    EXPECT_NE(markdown.find(text), std::string::npos) << text << "\n" << markdown;
  EXPECT_NE(
      write_report_markdown(*data, korean).find("| native | 부동소수점 허용 오차 1e-6 | 62.5 |"),
      std::string::npos);

  options.out_dir = folder + "-site";
  options.formats = {ReportFormat::kSite};
  ASSERT_TRUE(write_report(options).ok());
  const Result<std::string> kmmlu = read_file(options.out_dir + "/site/task-kmmlu_pro.html");
  ASSERT_TRUE(kmmlu.ok()) << kmmlu.status().message();
  EXPECT_NE(kmmlu->find("id=\"pass-table\""), std::string::npos);
  EXPECT_NE(kmmlu->find("1 / 14"), std::string::npos);
  const Result<std::string> code = read_file(options.out_dir + "/site/task-livecodebench_v6.html");
  ASSERT_TRUE(code.ok()) << code.status().message();
  EXPECT_NE(code->find("부동소수점 허용 오차 1e-6"), std::string::npos);
}

}  // namespace
}  // namespace jangwon::reports
