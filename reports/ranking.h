// Who is ahead of whom, as far as the evidence goes: pairwise tests, adjusted by Holm over the
// pairs of a task, give each cell a rank interval and a tie group.
//
// Measured rows are tested on question means of the questions that both answered; published rows
// only on their totals. The two kinds are never ranked together unless asked for.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/run_folder.h"
#include "reports/table_input.h"

namespace jangwon::reports {

enum class PublishedRanking {
  kNone,      // published values stay unranked
  kNational,  // the first-party thinking rows of the national models among themselves
  // everything comparable with everything, measured values of the published questions included
  kTogether,
};

// Question means of a measured row on a task, by sample id; with the number of runs behind each.
struct QuestionScore {
  double mean = 0.0;
  int runs = 0;
  int correct = 0;
};
using QuestionScores = std::map<std::string, QuestionScore>;
// by (row id, task)
using Evidence = std::map<std::pair<std::string, std::string>, QuestionScores>;

// From the journals of the runs; row ids as add_measured_rows makes them.
void add_evidence(Evidence& evidence, const RunFolder& run, const RunOutcomes& outcomes);

struct PairTest {
  double difference = 0.0;  // first − second
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  double p = 1.0;           // two-sided
  double adjusted_p = 1.0;  // Holm over all pairs of the task
  int questions = 0;        // common ones; 0: from published totals
  std::string method;       // sign_flip_exact, paired_t, two_proportions
};

struct TaskRanking {
  std::string task;
  // indices into TableInput::rows, those ranked
  std::vector<size_t> rows;
  std::map<std::pair<size_t, size_t>, PairTest> pairs;  // by positions in `rows`, first < second
};

// Fills rank and tie_group of the cells and returns the tests behind them. Cells that are not
// kScored are never ranked; rows without evidence (a journal is missing) are not either.
std::vector<TaskRanking> rank_rows(TableInput& table, const Evidence& evidence,
                                   PublishedRanking published);

}  // namespace jangwon::reports
