// Conditions come before scores, because no score makes up for a licence that forbids the use. A
// model without one of the scores is left out and named: a mean over the tasks that it happens to
// have would favour whoever published the easy ones.
//
// The others are compared with the best by their binomial errors, which is all that a published
// total gives (paired answers do not exist), corrected by Holm. Since nobody's weights are right to
// the digit, the shares say under how many weightings of the same tasks each model would be first.
// tests/reports/registry_test.cc, on the shipped registry.

#include "reports/site/picks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/stats/efficiency.h"
#include "harness/stats/holm.h"
#include "harness/stats/special_functions.h"
#include "reports/site/html.h"

namespace jangwon::reports {
namespace {

const TableRow* first_party_row(const TableInput& table, const RegistryModel& model) {
  for (const TableRow& row : table.rows) {
    if (row.source == RowSource::kPublished && row.model == model.id && row.mode != "non_thinking")
      return &row;
  }
  return nullptr;
}

// Empty when the model passes the persona's constraints.
Message failed_constraint(const Persona& persona, const RegistryModel& model) {
  const auto above = [](const std::optional<double>& limit, const std::optional<double>& size) {
    return limit && (!size || *size > *limit);
  };
  if (above(persona.max_total_params_b, model.total_params_b)) {
    return Message("{model}: more than {limit}B parameters",
                   {{"model", model.name}, {"limit", *persona.max_total_params_b}});
  }
  if (above(persona.max_active_params_b, model.active_params_b)) {
    return Message("{model}: more than {limit}B active parameters",
                   {{"model", model.name}, {"limit", *persona.max_active_params_b}});
  }
  for (const auto& [axis, verdicts] : persona.required_clauses) {
    const LicenceClause* clause = find_clause(model, axis);
    const std::string verdict = clause == nullptr ? "unconfirmed" : clause->verdict;
    if (std::find(verdicts.begin(), verdicts.end(), verdict) != verdicts.end()) continue;
    Message condition = Message::value(axis);
    for (const LicenceAxis& known : licence_axes()) {
      if (axis == known.id) condition = known.title;
    }
    return Message("{model}: licence condition ({condition}) not met or unconfirmed",
                   {{"model", model.name}, {"condition", condition}});
  }
  return {};
}

}  // namespace

Pick make_pick(const Persona& persona, const Registry& registry, const TableInput& table) {
  Pick pick;
  std::vector<std::vector<double>> matrix;
  for (const RegistryModel& model : registry.models) {
    if (model.role == ModelRole::kReference) continue;
    const Message failed = failed_constraint(persona, model);
    if (!failed.empty()) {
      pick.left_out.push_back(failed);
      continue;
    }
    const TableRow* row = first_party_row(table, model);
    PickCandidate candidate{&model};
    double weight_sum = 0.0, variance = 0.0;
    std::vector<double> utilities;
    Message missing;
    for (const auto& [task_id, weight] : persona.weights) {
      const harness::TaskProfile& task = *find_task(registry, task_id);
      const TableCell* cell = row == nullptr ? nullptr : &cell_of(*row, task_id);
      if (cell == nullptr || cell->state != CellState::kScored) {
        missing = task.title;
        break;
      }
      double corrected = harness::chance_corrected(*cell->value, task.chance);
      double scale = weight / (1.0 - task.chance);
      candidate.score += weight * corrected;
      variance += scale * scale * *cell->value * (1.0 - *cell->value) / task.published->questions;
      weight_sum += weight;
      utilities.push_back(corrected);
    }
    if (!missing.empty()) {
      pick.left_out.push_back(
          Message("{model}: no {task} score", {{"model", model.name}, {"task", missing}}));
      continue;
    }
    candidate.score /= weight_sum;
    candidate.se = std::sqrt(variance) / weight_sum;
    pick.candidates.push_back(candidate);
    matrix.push_back(std::move(utilities));
  }
  if (pick.candidates.empty()) return pick;
  std::vector<double> shares = harness::first_place_shares(matrix, 20);
  for (size_t i = 0; i < shares.size(); ++i)
    pick.candidates[i].first_share = shares[i];
  std::stable_sort(
      pick.candidates.begin(), pick.candidates.end(),
      [](const PickCandidate& a, const PickCandidate& b) { return a.score > b.score; });
  const PickCandidate& best = pick.candidates.front();
  std::vector<double> p;
  for (size_t i = 1; i < pick.candidates.size(); ++i) {
    double se = std::hypot(best.se, pick.candidates[i].se);
    double difference = best.score - pick.candidates[i].score;
    p.push_back(se > 0.0           ? 2.0 * harness::normal_upper_tail(difference / se)
                : difference > 0.0 ? 0.0
                                   : 1.0);
  }
  std::vector<double> adjusted = harness::holm(p);
  pick.candidates.front().in_group = true;
  for (size_t i = 1; i < pick.candidates.size(); ++i)
    pick.candidates[i].in_group = adjusted[i - 1] >= 0.05;
  return pick;
}

Message pick_sentence(const Pick& pick) {
  if (pick.candidates.empty()) return Message("No model meets the conditions");
  std::vector<std::string> names, shares;
  for (const PickCandidate& candidate : pick.candidates) {
    if (!candidate.in_group) continue;
    names.push_back(candidate.model->name);
    shares.push_back(fmt::format("{:.0f} %", 100.0 * candidate.first_share));
  }
  const std::string list = fmt::format("{}", fmt::join(names, ", "));
  if (pick.candidates.size() == 1)
    return Message("{models} (the only one that qualifies)", {{"models", list}});
  const std::string share = fmt::format("{}", fmt::join(shares, " · "));
  if (names.size() == 1) {
    return Message("{models} (first under {shares} of all weightings)",
                   {{"models", list}, {"shares", share}});
  }
  return Message("{models}: not separated by the evidence (first under {shares} of all weightings)",
                 {{"models", list}, {"shares", share}});
}

}  // namespace jangwon::reports
