#include "reports/ranking.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace jangwon::reports {
namespace {

// A table of measured rows whose answers to one task are given as strings of 0 and 1.
struct RankCase {
  TableInput table;
  Evidence evidence;
};

RankCase make_case(const std::vector<std::string>& answers) {
  RankCase made;
  made.table.tasks = {{"t", "t", {}, ""}};
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
  // 40 questions; the second model is wrong on ten that the first has right and never the other way round:
  // the exact sign-flip p is 2 / 2^10.
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
    EXPECT_EQ(forward.table.rows[i].cells["t"].rank->best, backward.table.rows[2 - i].cells["t"].rank->best);
    EXPECT_EQ(forward.table.rows[i].cells["t"].tie_group, backward.table.rows[2 - i].cells["t"].tie_group);
  }
}

}  // namespace
}  // namespace jangwon::reports
