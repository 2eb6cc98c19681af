// The sentences of a verdict.

#pragma once

#include <string>

#include "reports/gate/gate_run.h"
#include "reports/language.h"

namespace jangwon::reports {

Message verdict_label(CheckVerdict verdict);

Message reason_sentence(const std::string& reason_code);

// Where to look first when a side metric moved; empty when there is nothing to say.
Message where_to_look(const std::string& metric);

// "30 questions × 32 runs"
Message size_text(int n, int repeats);

// How likely such a harm is when nothing changed.
Message chance_sentence(double p, std::optional<double> p_adjusted);

}  // namespace jangwon::reports
