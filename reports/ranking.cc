// Why tests and not interval overlap: two intervals may overlap while the paired difference is
// clear, because the same questions are hard for everybody. Exact sign flips where the numbers are
// small integers (AIME has 30 questions, and a t-test trusts a normal mean), the paired t-test
// otherwise. Method: harness/stats; known cases in tests/reports/ranking_test.cc.

#include "reports/ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/stats/holm.h"
#include "harness/stats/paired_difference.h"
#include "harness/stats/rank_intervals.h"
#include "harness/stats/sign_flip.h"
#include "harness/stats/special_functions.h"

namespace jangwon::reports {
namespace {

constexpr double kAlpha = 0.05;
constexpr long kLargestExactSum = 20000;  // n × Σ|d| stays below a second

PairTest test_measured(const QuestionScores& first, const QuestionScores& second) {
  std::vector<double> x, y;
  std::vector<long> differences;
  bool same_runs = true;
  for (const auto& [id, score] : first) {
    auto other = second.find(id);
    if (other == second.end()) continue;
    x.push_back(score.mean);
    y.push_back(other->second.mean);
    same_runs = same_runs && score.runs == other->second.runs;
    differences.push_back(score.correct - other->second.correct);
  }
  PairTest test;
  test.questions = static_cast<int>(x.size());
  auto paired = harness::paired_mean(x, y);
  if (!paired) return test;
  test.difference = paired->diff;
  test.ci_low = paired->ci.low;
  test.ci_high = paired->ci.high;
  long sum = 0;
  for (long difference : differences)
    sum += std::abs(difference);
  // Equal numbers of runs make the differences integers of one scale.
  if (same_runs && sum <= kLargestExactSum && x.size() <= 3000) {
    test.method = "sign_flip_exact";
    test.p = harness::sign_flip_exact(differences).p_two_sided;
  } else {
    test.method = "paired_t";
    // All questions differ alike: a deviation of zero would call two questions certain, flipping
    // their signs does not.
    const double all_alike = test.difference == 0.0 ? 1.0 : std::exp2(1 - test.questions);
    test.p = paired->p_two_sided.value_or(all_alike);
  }
  return test;
}

// Two published shares: unpaired, binomial variance. Conservative, because the pairing that would
// help is unknown.
PairTest test_totals(const TableCell& first, const TableCell& second) {
  PairTest test;
  test.method = "two_proportions";
  test.difference = *first.value - *second.value;
  double variance = *first.value * (1.0 - *first.value) / first.n +
                    *second.value * (1.0 - *second.value) / second.n;
  if (variance <= 0.0) {
    test.p = test.difference == 0.0 ? 1.0 : 0.0;
    return test;
  }
  double se = std::sqrt(variance);
  double z = harness::normal_two_sided(harness::kDefaultConfidence);
  test.ci_low = test.difference - z * se;
  test.ci_high = test.difference + z * se;
  test.p = 2.0 * harness::normal_upper_tail(std::abs(test.difference) / se);
  return test;
}

// One row a published model: the first-party one where there is one, else the first.
std::vector<size_t> published_candidates(const TableInput& table, PublishedRanking published) {
  std::vector<size_t> rows;
  std::set<std::string> models;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const TableRow& row = table.rows[i];
    if (row.source != RowSource::kPublished || row.mode == "non_thinking" || row.mode == "medium")
      continue;
    if (published == PublishedRanking::kNational && !row.national) continue;
    if (models.insert(row.model).second) rows.push_back(i);
  }
  return rows;
}

void rank_group(TableInput& table, const std::string& task, const Evidence& evidence,
                TaskRanking& ranking) {
  size_t count = ranking.rows.size();
  if (count < 2) return;
  std::vector<double> scores;
  for (size_t row : ranking.rows)
    scores.push_back(*cell_of(table.rows[row], task).value);
  std::vector<double> p;
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = i + 1; j < count; ++j) {
      const TableRow& first = table.rows[ranking.rows[i]];
      const TableRow& second = table.rows[ranking.rows[j]];
      auto first_evidence = evidence.find({first.id, task});
      auto second_evidence = evidence.find({second.id, task});
      bool measured = first_evidence != evidence.end() && second_evidence != evidence.end();
      PairTest test = measured ? test_measured(first_evidence->second, second_evidence->second)
                               : test_totals(cell_of(first, task), cell_of(second, task));
      p.push_back(test.p);
      ranking.pairs[{i, j}] = test;
    }
  }
  std::vector<double> adjusted = harness::holm(p);
  size_t next = 0;
  for (auto& [pair, test] : ranking.pairs)
    test.adjusted_p = adjusted[next++];  // the map's order is the loop's
  auto ranks = harness::rank_intervals(
      scores,
      [&](size_t i, size_t j) {
        return ranking.pairs.at({std::min(i, j), std::max(i, j)}).adjusted_p;
      },
      kAlpha);
  std::set<int> bests;
  for (const harness::RankInterval& rank : ranks)
    bests.insert(rank.best);
  for (size_t i = 0; i < count; ++i) {
    TableCell& cell = table.rows[ranking.rows[i]].cells.at(task);
    cell.rank = ranks[i];
    cell.tie_group = 1 + static_cast<int>(std::distance(bests.begin(), bests.find(ranks[i].best)));
  }
}

}  // namespace

void add_evidence(Evidence& evidence, const RunFolder& run, const RunOutcomes& outcomes) {
  for (const OutcomeTask& task : outcomes.tasks) {
    for (const auto& [model, samples] : task.by_model) {
      QuestionScores& scores = evidence[{fmt::format("{}/{}", run.name, model), task.task}];
      for (const SampleOutcome& sample : samples) {
        if (!harness::counts(sample.verdict)) continue;
        QuestionScore& score = scores[task.items[sample.item].id];
        ++score.runs;
        if (sample.verdict == harness::Verdict::kCorrect) ++score.correct;
      }
      for (auto& [id, score] : scores)
        score.mean = static_cast<double>(score.correct) / score.runs;
    }
  }
}

std::vector<TaskRanking> rank_rows(TableInput& table, const Evidence& evidence,
                                   PublishedRanking published) {
  std::vector<TaskRanking> rankings;
  std::vector<size_t> candidates = published_candidates(table, published);
  for (const TableColumn& task : table.tasks) {
    TaskRanking measured{task.id, {}, {}};
    TaskRanking totals{task.id, {}, {}};
    for (size_t i = 0; i < table.rows.size(); ++i) {
      if (cell_of(table.rows[i], task.id).state != CellState::kScored) continue;
      if (table.rows[i].source == RowSource::kMeasured &&
          evidence.count({table.rows[i].id, task.id}) > 0) {
        measured.rows.push_back(i);
      }
      if (std::find(candidates.begin(), candidates.end(), i) != candidates.end())
        totals.rows.push_back(i);
    }
    if (published == PublishedRanking::kTogether) {
      // Only those that answered the published questions; the others keep their own ranking.
      const auto other =
          std::stable_partition(measured.rows.begin(), measured.rows.end(), [&](size_t row) {
            return cell_of(table.rows[row], task.id).questions == QuestionOrigin::kOther;
          });
      totals.rows.insert(totals.rows.begin(), other, measured.rows.end());
      measured.rows.erase(other, measured.rows.end());
    }
    if (published == PublishedRanking::kNone) totals.rows.clear();
    for (TaskRanking* ranking : {&measured, &totals}) {
      rank_group(table, task.id, evidence, *ranking);
      if (!ranking->pairs.empty()) rankings.push_back(std::move(*ranking));
    }
  }
  return rankings;
}

}  // namespace jangwon::reports
