// `jangwon compare A B`: what differs between two sides, task by task. B is the candidate, A the
// baseline or reference; every difference is B minus A.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/gate/comparability.h"
#include "reports/gate/ratio_claim.h"
#include "reports/gate/task_comparison.h"
#include "reports/language.h"

namespace jangwon::reports {

struct CompareRequest {
  std::string model_a;  // empty: see compare_sides
  std::string model_b;
  std::vector<std::string> tasks;  // empty: all that both sides have
  std::optional<Scope> scope;      // absent: fixed_items for one model, population for two
  double rho = 0.95;
};

struct ComparedTask {
  std::string task;
  std::string metric_name;  // of the task: accuracy, pass@1
  Comparability settings;
  std::optional<TaskComparison> comparison;  // absent when not comparable
};

struct ComparedPair {
  std::string model_a;
  std::string model_b;
  bool stand_in = false;
  // what the two computed with, where they are one model
  std::vector<ArithmeticDifference> arithmetic;
  Scope scope = Scope::kFixedItems;
  std::vector<ComparedTask> tasks;
  std::vector<std::string> only_in_a;  // tasks
  std::vector<std::string> only_in_b;
  CombinedRatioClaim ratio;  // over the comparable tasks
};

struct CompareReport {
  std::string name_a;
  std::string name_b;
  std::vector<ComparedPair> pairs;
  bool comparable() const;  // every task of every pair
};

// Which models are paired: the two that are named; else every model that both sides have; else,
// when each side has a single one, those two. Errors: no such pair (kNotComparable), an unknown
// model or task (with those there are), no common task.
Result<CompareReport> compare_sides(const EvaluationSide& a, const EvaluationSide& b,
                                    const CompareRequest& request);

// A status for the exit code: not comparable names the first key that differs.
Status comparability_status(const CompareReport& report);

std::string compare_text(const CompareReport& report, Language language, int max_flips);
nlohmann::ordered_json compare_json(const CompareReport& report);

}  // namespace jangwon::reports
