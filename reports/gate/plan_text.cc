// What `plan` prints, and why it refuses: one line a check, and the alpha that the
// figures stand for.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/display_width.h"
#include "reports/gate/gate_plan.h"
#include "runtime/base/json.h"

namespace jangwon::reports {

namespace {

std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// The L2 checks of a file share one alpha; a claim does not take part in looks and stream.
Message alpha_sentence(const std::vector<PlannedCheck>& plan) {
  const auto first =
      std::find_if(plan.begin(), plan.end(), [](const PlannedCheck& c) { return !c.claim; });
  const PlanRequest& request = first == plan.end() ? plan.front().request : first->request;
  const std::string alpha = fmt::format("{:.2g}", request.alpha);
  if (request.num_tests == 1) return Message("Power at alpha {alpha}.", {{"alpha", alpha}});
  return Message(
      "Power at the alpha that the gate leaves one check: {alpha} after look and stream, over "
      "{tests} tests (Holm) = {used}.",
      {{"alpha", alpha},
       {"tests", request.num_tests},
       {"used", fmt::format("{:.2g}", request.alpha_used())}});
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json claim_json(const PlannedClaim& claim) {
  return {{"ratio", claim.rho},
          {"claim_alpha", claim.claim_alpha},
          {"power_at_parity", claim.power_at_parity},
          {"detectable_ratio", optional_json(claim.detectable_ratio)},
          {"failing_ratio", optional_json(claim.failing_ratio)}};
}

Json drop_json(const PlannedCheck& check) {
  const PlanRequest& request = check.request;
  return {{"margin", request.margin},
          {"sigma2_run", request.variance.sigma2_run},
          {"variance_measured", request.variance.measured},
          {"detectable_drop", optional_json(check.detectable_drop)},
          {"power_at_margin", check.power_at_margin},
          {"finding_power", check.finding_power},
          {"naive_false_alarm_1pt", check.naive_false_alarm},
          {"naive_false_alarm_margin", check.naive_at_margin},
          {"engine_seconds", optional_json(check.engine_seconds)},
          {"repeats_needed", check.repeats_needed > 0 ? Json(check.repeats_needed) : Json()}};
}

// What would make a check decide.
Message way_out_of(const PlannedCheck& check) {
  if (!check.detectable_drop)
    return Message(
        "even a fall to zero could be missed; ask more questions, or let the file check less");
  const std::string wide = fmt::format("{:.1f}", 100 * *check.detectable_drop);
  if (check.repeats_needed > 0) {
    return Message(
        "ask each question {repeats_needed} times on both sides, or raise the margin to {wide}pt",
        {{"repeats_needed", check.repeats_needed}, {"wide", wide}});
  }
  if (check.request.greedy)
    return Message("at temperature 0 more runs are copies; sample, or raise the margin to {wide}pt",
                   {{"wide", wide}});
  return Message("no number of runs is enough with {count} questions; raise the margin to {wide}pt",
                 {{"count", check.request.n}, {"wide", wide}});
}

}  // namespace

Status plan_status(const std::vector<PlannedCheck>& plan) {
  for (const PlannedCheck& check : plan) {
    if (check.decidable || check.claim) continue;
    return invalid_argument(
               "{count} questions × {repeats} runs find a drop of {margin}pt with a power of "
               "{finding_power} % only (at least {min_power} % is asked); {way_out}; min_power: 0 "
               "at the top of the file keeps checks that cannot decide",
               {{"count", check.request.n},
                {"repeats", check.request.repeats},
                {"margin", fmt::format("{:.1f}", 100 * check.request.margin)},
                {"finding_power", fmt::format("{:.0f}", 100 * check.finding_power)},
                {"min_power", fmt::format("{:.0f}", 100 * check.request.min_power)},
                {"way_out", way_out_of(check)}})
        .at(check.id);
  }
  return ok_status();
}

std::string plan_text(const std::vector<PlannedCheck>& plan, Language language) {
  std::vector<std::string> header;
  for (const Message& title :
       {Message("check"), Message("questions×runs"), Message("scope"), Message("detects (80 %)"),
        Message("power at margin"), Message("naive -1 pt"), Message("generations"),
        Message("engine time"), Message("verdict")})
    header.push_back(say(title, language));
  std::vector<std::vector<std::string>> rows = {header};
  for (const PlannedCheck& check : plan) {
    const PlanRequest& request = check.request;
    if (check.claim) {
      const auto ratio = [](const std::optional<double>& value) {
        return value ? fmt::format("{:.1f} %", 100 * *value) : std::string("-");
      };
      rows.push_back(
          {check.id, fmt::format("{}×{}", request.n, request.repeats), name_of(request.scope),
           "≥ " + ratio(check.claim->detectable_ratio),
           fmt::format("{} @ 100 %", percent(check.claim->power_at_parity)), "-",
           std::to_string(check.generations), "-",
           say(check.decidable ? Message("can be shown") : Message("HARD TO SHOW"), language)});
      continue;
    }
    rows.push_back(
        {check.id, fmt::format("{}×{}", request.n, request.repeats), name_of(request.scope),
         check.detectable_drop ? fmt::format("{:.1f}pt", 100 * *check.detectable_drop) : "-",
         fmt::format("{} @ {:.1f}pt", percent(check.power_at_margin), 100 * request.margin),
         percent(check.naive_false_alarm), std::to_string(check.generations),
         check.engine_seconds ? duration(*check.engine_seconds) : "-",
         say(check.decidable ? Message("decidable") : Message("UNDECIDABLE"), language)});
  }
  std::vector<int> widths(header.size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      out += pad_to_width(row[i], widths[i] + (i + 1 < row.size() ? 2 : 0), Align::kLeft);
    while (!out.empty() && out.back() == ' ')
      out.pop_back();
    out += "\n";
  }
  const auto add = [&](const Message& sentence) { out += say(sentence, language) + "\n"; };
  add(alpha_sentence(plan));
  const bool claims = std::any_of(plan.begin(), plan.end(),
                                  [](const PlannedCheck& c) { return c.claim.has_value(); });
  if (claims)
    add(
        Message("Of an L3 check: the true ratio that is shown with 80 %, and the chance that a "
                "model as good as the reference is shown."));
  const bool measured = std::all_of(plan.begin(), plan.end(), [](const PlannedCheck& c) {
    return c.claim || c.request.variance.measured;
  });
  if (!measured)
    add(
        Message("Variances are planning values; give a baseline with two or more runs (--baseline) "
                "to use measured ones."));
  add(Message(
      "Engine time is the baseline's time of one generation × generations; batching shortens it."));
  return out;
}

Json plan_json(const std::vector<PlannedCheck>& plan) {
  Json list = Json::array();
  for (const PlannedCheck& check : plan) {
    const PlanRequest& request = check.request;
    Json json = {{"id", check.id},
                 {"tier", name_of(check.claim ? Tier::kClaim : Tier::kAccuracy)},
                 {"task", request.task},
                 {"metric", request.metric},
                 {"scope", name_of(request.scope)},
                 {"n", request.n},
                 {"repeats", request.repeats},
                 {"alpha", request.alpha_used()},
                 {"num_tests", request.num_tests},
                 {"generations", check.generations}};
    json.update(check.claim ? claim_json(*check.claim) : drop_json(check));
    json["decidable"] = check.decidable;
    list.push_back(std::move(json));
  }
  return {{"schema", "jangwon-plan-1"}, {"checks", list}};
}

}  // namespace jangwon::reports
