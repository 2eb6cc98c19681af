#include "reports/ranking.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace jangwon::reports {
namespace {

// A table of measured rows whose answers to one task are given as strings of 0 and 1.
struct RankCase {
  TableInput table;
  Evidence evidence;
};

RankCase make_case(const std::vector<std::string>& answers) {
  RankCase made;
  made.table.tasks = {{"t", Message::value("t"), {}, ""}};
  for (size_t m = 0; m < answers.size(); ++m) {
    TableRow row;
    row.id = row.model = fmt::format("m{}", m);
    QuestionScores scores;
    int right = 0;
    for (size_t q = 0; q < answers[m].size(); ++q) {
      int correct = answers[m][q] == '1';
      scores[fmt::format("{:04}", q)] = {static_cast<double>(correct), 1, correct};
      right += correct;
    }
    TableCell cell;
    cell.state = CellState::kScored;
    cell.n = static_cast<int>(answers[m].size());
    cell.value = static_cast<double>(right) / cell.n;
    row.cells["t"] = cell;
    made.table.rows.push_back(row);
    made.evidence[{row.id, "t"}] = scores;
  }
  return made;
}

std::string repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += text;
  return all;
}

TEST(RankRows, SeparatesWhatTheQuestionsSeparate) {
  // 40 questions; the second model is wrong on ten that the first has right and never the other way
  // round: the exact sign-flip p is 2 / 2^10.
  RankCase made = make_case({repeat("1", 30) + repeat("0", 10), repeat("1", 20) + repeat("0", 20)});
  std::vector<TaskRanking> rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNone);
  ASSERT_EQ(rankings.size(), 1u);
  const PairTest& test = rankings[0].pairs.at({0, 1});
  EXPECT_EQ(test.method, "sign_flip_exact");
  EXPECT_EQ(test.questions, 40);
  EXPECT_NEAR(test.p, 2.0 / 1024.0, 1e-12);
  EXPECT_EQ(made.table.rows[0].cells["t"].tie_group, 1);
  EXPECT_EQ(made.table.rows[1].cells["t"].tie_group, 2);
}

TEST(RankRows, SharesTheFirstPlaceWhereTheEvidenceIsThin) {
  RankCase made = make_case({repeat("1", 28) + "00", repeat("1", 27) + "000", repeat("0", 30)});
  rank_rows(made.table, made.evidence, PublishedRanking::kNone);
  const TableCell& first = made.table.rows[0].cells["t"];
  const TableCell& second = made.table.rows[1].cells["t"];
  const TableCell& third = made.table.rows[2].cells["t"];
  EXPECT_EQ(first.rank->best, 1);
  EXPECT_EQ(first.rank->worst, 2);
  EXPECT_EQ(second.rank->best, 1);
  EXPECT_EQ(third.rank->best, 3);
  EXPECT_EQ(first.tie_group, 1);
  EXPECT_EQ(second.tie_group, 1);
  EXPECT_EQ(third.tie_group, 2) << "groups are counted, not ranks";
}

TEST(RankRows, IdenticalAnswersTie) {
  RankCase made = make_case({"1100", "1100"});
  std::vector<TaskRanking> rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNone);
  EXPECT_DOUBLE_EQ(rankings[0].pairs.at({0, 1}).p, 1.0);
  EXPECT_EQ(made.table.rows[1].cells["t"].tie_group, 1);
}

TEST(RankRows, HolmIsOverAllPairsOfATask) {
  // The first is ahead of both others on six questions of six: the exact p is 2/64 = 0.031, and
  // 0.094 among three pairs.
  const std::string ahead = repeat("1", 30), behind = repeat("1", 24) + repeat("0", 6);
  RankCase three = make_case({ahead, behind, behind});
  const auto rankings = rank_rows(three.table, three.evidence, PublishedRanking::kNone);
  EXPECT_DOUBLE_EQ(rankings[0].pairs.at({0, 1}).p, 2.0 / 64);
  EXPECT_DOUBLE_EQ(rankings[0].pairs.at({0, 1}).adjusted_p, 6.0 / 64);
  EXPECT_DOUBLE_EQ(rankings[0].pairs.at({0, 2}).adjusted_p, 6.0 / 64);
  EXPECT_DOUBLE_EQ(rankings[0].pairs.at({1, 2}).adjusted_p, 1.0);
  EXPECT_EQ(three.table.rows[0].cells["t"].rank->worst, 3);
  EXPECT_EQ(three.table.rows[1].cells["t"].rank->best, 1);
  RankCase two = make_case({ahead, behind});
  rank_rows(two.table, two.evidence, PublishedRanking::kNone);
  EXPECT_EQ(two.table.rows[1].cells["t"].rank->best, 2) << "one pair needs no correction";
}

TEST(RankRows, FivePercentSeparateAndSixDoNot) {
  // Ahead on five questions of five: 2/32 = 0.0625. On six: 0.031.
  for (const int questions : {5, 6}) {
    RankCase made =
        make_case({repeat("1", 30), repeat("1", 30 - questions) + repeat("0", questions)});
    rank_rows(made.table, made.evidence, PublishedRanking::kNone);
    EXPECT_EQ(made.table.rows[1].cells["t"].tie_group, questions == 5 ? 1 : 2) << questions;
  }
}

TEST(AddEvidence, LeavesErrorsOfOursOut) {
  using harness::Verdict;
  RunFolder run;
  run.name = "r";
  RunOutcomes outcomes;
  outcomes.tasks = {{"t", {{"a", {}}, {"b", {}}, {"c", {}}}, {}}};
  const auto add = [&](uint32_t item, int repeat, Verdict verdict) {
    SampleOutcome sample;
    sample.item = item;
    sample.repeat = repeat;
    sample.verdict = verdict;
    outcomes.tasks[0].by_model["m"].push_back(sample);
  };
  add(0, 0, Verdict::kCorrect);
  add(0, 1, Verdict::kSandboxError);
  add(1, 0, Verdict::kIncorrect);
  add(1, 1, Verdict::kNoAnswer);
  add(2, 0, Verdict::kInfraError);
  add(2, 1, Verdict::kInfraError);
  Evidence evidence;
  add_evidence(evidence, run, outcomes);
  const QuestionScores& scores = evidence.at({"r/m", "t"});
  ASSERT_EQ(scores.size(), 2u) << "nothing is known of c";
  EXPECT_EQ(scores.at("a").runs, 1);
  EXPECT_DOUBLE_EQ(scores.at("a").mean, 1.0);
  EXPECT_EQ(scores.at("b").runs, 2) << "no answer is wrong";
  EXPECT_DOUBLE_EQ(scores.at("b").mean, 0.0);
}

// ---- published rows

RankCase published_case() {
  RankCase made;
  made.table.tasks = {{"t", Message::value("t"), {}, ""}};
  return made;
}

TableRow& add_published(RankCase& made, const std::string& model, const std::string& mode,
                        double value, int n) {
  TableRow row;
  row.id = model + "/" + mode;
  row.model = model;
  row.mode = mode;
  row.source = RowSource::kPublished;
  row.national = true;
  TableCell cell;
  cell.state = CellState::kScored;
  cell.value = value;
  cell.n = n;
  row.cells["t"] = cell;
  made.table.rows.push_back(row);
  return made.table.rows.back();
}

TEST(RankRows, PublishedTotalsAreTestedUnpairedAndTwoSided) {
  RankCase made = published_case();
  add_published(made, "a", "thinking", 0.838, 12032);
  add_published(made, "b", "thinking", 0.815, 12032);
  const auto rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNational);
  const PairTest& test = rankings.at(0).pairs.at({0, 1});
  const double se = std::sqrt(0.838 * 0.162 / 12032 + 0.815 * 0.185 / 12032);
  EXPECT_EQ(test.method, "two_proportions");
  EXPECT_NEAR(test.p, std::erfc(0.023 / se / std::sqrt(2.0)), 1e-12)
      << "the normal tail on both sides";
  EXPECT_NEAR(*test.ci_low, 0.023 - 1.959964 * se, 1e-6);
  EXPECT_EQ(made.table.rows[1].cells["t"].rank->best, 2);
}

TEST(RankRows, PublishedTotalsKeepTheirOwnNumbersOfQuestions) {
  RankCase made = published_case();
  add_published(made, "a", "thinking", 0.9, 30);
  add_published(made, "b", "thinking", 0.8, 12032);
  const auto rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNational);
  const double se = std::sqrt(0.9 * 0.1 / 30 + 0.8 * 0.2 / 12032);
  EXPECT_NEAR(*rankings.at(0).pairs.at({0, 1}).ci_low, 0.1 - 1.959964 * se, 1e-6);
}

TEST(RankRows, APublishedModelIsRankedOnceInItsThinkingMode) {
  RankCase made = published_case();
  add_published(made, "a", "non_thinking", 0.99, 12032);
  add_published(made, "a", "thinking", 0.838, 12032);
  add_published(made, "a", "thinking", 0.7, 12032).id = "a/elsewhere";
  add_published(made, "b", "medium", 0.98, 12032);
  add_published(made, "b", "thinking", 0.815, 12032);
  add_published(made, "reference", "thinking", 0.9, 12032).national = false;
  const auto rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNational);
  ASSERT_EQ(rankings.size(), 1u);
  EXPECT_EQ(rankings[0].rows, (std::vector<size_t>{1, 4}));
  EXPECT_FALSE(made.table.rows[0].cells["t"].rank.has_value());
  EXPECT_EQ(made.table.rows[1].cells["t"].rank->best, 1);
  EXPECT_TRUE(rank_rows(made.table, made.evidence, PublishedRanking::kNone).empty());
}

TEST(RankRows, MeasuredRowsOfOtherQuestionsAreNotRankedWithPublishedOnes) {
  RankCase made = make_case({repeat("1", 30), repeat("1", 20) + repeat("0", 10)});
  made.table.rows[0].cells["t"].questions = QuestionOrigin::kOther;
  made.table.rows[1].cells["t"].questions = QuestionOrigin::kPublished;
  add_published(made, "p", "thinking", 0.5, 30);
  const auto rankings = rank_rows(made.table, made.evidence, PublishedRanking::kTogether);
  ASSERT_EQ(rankings.size(), 1u) << "one row of other questions is no ranking";
  EXPECT_EQ(rankings[0].rows, (std::vector<size_t>{1, 2}));
  EXPECT_EQ(rankings[0].pairs.at({0, 1}).method, "two_proportions");
  EXPECT_FALSE(made.table.rows[0].cells["t"].rank.has_value());
}

TEST(RankRows, UnequalRunsAreComparedByTheirMeans) {
  // The second was asked twice: counts of right answers are no common scale, question means are.
  RankCase made = make_case({repeat("10", 20), repeat("10", 20)});
  for (auto& [id, score] : made.evidence.at({"m1", "t"})) {
    score.runs = 2;
    score.correct *= 2;
  }
  const auto rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNone);
  EXPECT_EQ(rankings[0].pairs.at({0, 1}).method, "paired_t");
  EXPECT_DOUBLE_EQ(rankings[0].pairs.at({0, 1}).difference, 0.0);
  EXPECT_DOUBLE_EQ(rankings[0].pairs.at({0, 1}).p, 1.0);
}

TEST(RankRows, QuestionsThatAllDifferAlikeAreAsManyFlipsOfASign) {
  for (const auto& [questions, p] : std::map<int, double>{{2, 0.5}, {4, 0.125}, {10, 1.0 / 512}}) {
    RankCase made = make_case({repeat("1", questions), repeat("0", questions)});
    for (auto& [id, score] : made.evidence.at({"m1", "t"}))
      score.runs = 2;
    const auto rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNone);
    EXPECT_EQ(rankings[0].pairs.at({0, 1}).method, "paired_t");
    EXPECT_DOUBLE_EQ(rankings[0].pairs.at({0, 1}).p, p) << questions << " questions";
  }
}

TEST(RankRows, TwoPerfectTotalsTie) {
  RankCase made = published_case();
  add_published(made, "a", "thinking", 1.0, 30);
  add_published(made, "b", "thinking", 1.0, 30);
  const auto rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNational);
  EXPECT_DOUBLE_EQ(rankings.at(0).pairs.at({0, 1}).p, 1.0);
  EXPECT_EQ(made.table.rows[1].cells["t"].rank->best, 1);
}

TEST(FootnoteLetters, GoOnAfterZ) {
  EXPECT_EQ(footnote_letter(0), "a");
  EXPECT_EQ(footnote_letter(25), "z");
  EXPECT_EQ(footnote_letter(26), "aa");
  EXPECT_EQ(footnote_letter(51), "az");
  EXPECT_EQ(footnote_letter(52), "ba");
  EXPECT_EQ(footnote_letter(701), "zz");
  EXPECT_EQ(footnote_letter(702), "aaa");
  TableInput table;
  EXPECT_EQ(footnote_index(table, Message::value("a", "가")), 0);
  EXPECT_EQ(footnote_index(table, Message::value("b", "나")), 1);
  EXPECT_EQ(footnote_index(table, Message::value("a", "가")), 0) << "a footnote stands once";
}

TEST(RankRows, LeavesAloneWhatCannotBeRanked) {
  RankCase made = make_case({"1100", "1000", "1111"});
  made.table.rows[0].cells["t"].state = CellState::kNotComparable;
  made.evidence.erase({"m1", "t"});
  std::vector<TaskRanking> rankings = rank_rows(made.table, made.evidence, PublishedRanking::kNone);
  EXPECT_TRUE(rankings.empty()) << "one row is no ranking";
  for (const TableRow& row : made.table.rows)
    EXPECT_FALSE(row.cells.at("t").rank.has_value());
}

TEST(RankRows, OrderOfRowsChangesNothing) {
  std::vector<std::string> answers = {repeat("1", 25) + repeat("0", 15), repeat("10", 20),
                                      repeat("1", 35) + repeat("0", 5)};
  RankCase forward = make_case(answers);
  RankCase backward = make_case({answers[2], answers[1], answers[0]});
  rank_rows(forward.table, forward.evidence, PublishedRanking::kNone);
  rank_rows(backward.table, backward.evidence, PublishedRanking::kNone);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(forward.table.rows[i].cells["t"].rank->best,
              backward.table.rows[2 - i].cells["t"].rank->best);
    EXPECT_EQ(forward.table.rows[i].cells["t"].tie_group,
              backward.table.rows[2 - i].cells["t"].tie_group);
  }
}

}  // namespace
}  // namespace jangwon::reports
