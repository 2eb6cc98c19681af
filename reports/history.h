// Scores over time: the same model on the same task in one run after the other, and since when it
// is not what it was. Made from runs and baselines by reports/gate/score_history.h; shown by the
// text, the CSV and the page of the site.

#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/language.h"

namespace jangwon::reports {

struct HistorySetting {
  std::string key;
  std::string before;
  std::string now;
};

struct HistoryVerdict {
  std::string check;    // of a gate
  std::string verdict;  // PASS, FAIL, …
};

struct HistoryPoint {
  std::string name;         // of the run or the baseline
  std::string date;         // RFC 3339; when the run began, or the baseline was accepted
  std::string commit;       // of what was tested, where the run knows it, else of this program
  std::string accepted_as;  // the baseline that was made of it; empty: none
  bool complete = true;     // an incomplete one is shown, and takes part in no test and no line
  bool comparable = true;   // with the point before it
  int num_questions = 0;
  int repeats = 0;
  std::optional<double> value;
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  std::vector<HistorySetting> breaking;  // settings that forbid a comparison with the point before
  std::vector<HistorySetting> changed;   // that differ from it and do not
  std::vector<HistoryVerdict> verdicts;
};

// The score before a point and from it on are shown to differ.
struct HistoryChange {
  size_t at = 0;          // index of the first point after it
  bool alone = false;     // this point differs from those before and behind it
  bool in_steps = false;  // the last point differs from the first, and none from the one before it
  double delta = 0.0;     // after minus before
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  double p = 1.0;  // times the number of tests on the series
};

struct HistorySeries {
  std::string model;
  std::string task;
  Message title;  // of the task
  bool stand_in = false;
  std::vector<HistoryPoint> points;    // by date
  std::vector<HistoryChange> changes;  // by place
  double alpha = 0.01;
  std::string method;
  Message answer;  // since when, in a sentence
};

struct History {
  std::vector<HistorySeries> series;
};

std::string history_text(const History& history, Language language);
std::string history_csv(const History& history, bool byte_order_mark);
nlohmann::ordered_json history_json(const History& history);

}  // namespace jangwon::reports
