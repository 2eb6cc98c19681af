// Numbers and chances in words: the small parts that `compare` and the gate share.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "harness/stats/interval.h"
#include "reports/gate/task_comparison.h"
#include "reports/language.h"

namespace jangwon::reports {

std::string points(double share);         // 0.8975 → "89.8": a score out of 100
std::string signed_points(double share);  // -0.033 → "-3.3"
std::string p_text(double p);             // "0.0004", "<0.0001", "0.21"

// "[-5.2, -1.4]" in points; "-" when absent.
std::string interval_points(const std::optional<harness::Interval>& interval);

// A chance as "about 1 in N": p = 0.0004 → 2500, rounded to two digits.
long one_in(double p);

// "truncated 21, wrong_answer 2" in the reader's language.
std::string reasons_text(const Flip& flip, Language language);

// "#14 32/32→9/32 (길이 초과 21)"; with one run a side "#14 B→C (오답)".
std::string flip_text(const Flip& flip, Language language);

Message metric_label(const std::string& metric);

// Why only one of several runs stands in a comparison.
Message copies_sentence();

// ---- JSON of the shared types
nlohmann::ordered_json arithmetic_json(const std::vector<ArithmeticDifference>& differences);
nlohmann::ordered_json interval_json(const std::optional<harness::Interval>& interval);
nlohmann::ordered_json comparison_json(const TaskComparison& comparison);

}  // namespace jangwon::reports
