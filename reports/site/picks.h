// "Pick" by a persona: hard constraints first, then the group that the evidence does not separate
// from the best, and how much the choice hangs on the weights. Never one number.

#pragma once

#include <string>
#include <vector>

#include "reports/language.h"
#include "reports/registry.h"
#include "reports/table_input.h"
#include "runtime/base/message.h"

namespace jangwon::reports {

struct PickCandidate {
  const RegistryModel* model = nullptr;
  double score = 0.0;  // weighted mean of chance-corrected scores
  double se = 0.0;     // errors of the tasks in quadrature, binomial
  bool in_group = false;
  // of all weightings of the persona's tasks in steps of 1/20 under which it is first
  double first_share = 0.0;
};

struct Pick {
  std::vector<PickCandidate>
      // best first; the national models that pass the constraints and have every score
      candidates;
  std::vector<Message> left_out;  // who was not considered, and why
};

// Scores from the published rows of `table`, first-party and thinking.
Pick make_pick(const Persona& persona, const Registry& registry, const TableInput& table);

Message pick_sentence(const Pick& pick);

}  // namespace jangwon::reports
