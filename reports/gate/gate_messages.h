// The sentences of a verdict, Korean and English side by side.

#pragma once

#include <string>

#include "reports/bilingual.h"
#include "reports/gate/gate_run.h"

namespace jangwon::reports {

Bilingual verdict_label(CheckVerdict verdict);

// What a reason code means, in a sentence.
Bilingual reason_sentence(const std::string& reason_code);

// Where to look first when a side metric moved; empty when there is nothing to say.
Bilingual where_to_look(const std::string& metric);

// "30 questions × 32 runs"
Bilingual size_text(int n, int repeats);

// How likely such a harm is when nothing changed.
Bilingual chance_sentence(double p, std::optional<double> p_adjusted);

}  // namespace jangwon::reports
