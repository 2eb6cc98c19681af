// The order of a failure's lines is the order in which a reader asks: what fell, by how much,
// could it be chance, which items, what moved with it, what did we change, how do I see it again,
// how do I accept it.

#include <fmt/format.h>

#include <algorithm>

#include "reports/display_width.h"
#include "reports/escape.h"
#include "reports/gate/gate_messages.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/wording.h"

namespace jangwon::reports {

namespace {

// Numbers of a share in points, of the token count as they are.
std::string level_text(const CheckResult& check, const std::optional<double>& value) {
  if (!value) return "-";
  return check.check.metric == kOutputTokensMetric ? fmt::format("{:.0f}", *value) : points(*value);
}

// A difference of what the check is about: points, of the token count a percentage.
Message amount_of(const CheckResult& check, std::string number) {
  if (check.check.metric == kOutputTokensMetric) return Message::value(number + " %");
  return Message("{number} points", {{"number", std::move(number)}});
}

std::string headline(const CheckResult& check, Language language) {
  std::string text = fmt::format("{}  {}", name_of(check.verdict), check.id);
  if (!check.model.empty()) text += "   " + visible_text(check.model);
  if (check.comparison) {
    text += " · " + check.task + " · " +
            say(size_text(check.comparison->n, check.comparison->candidate_repeats), language);
    if (check.check.metric != kAccuracyMetric)
      text += " · " + say(metric_label(check.check.metric), language);
  } else if (check.claim) {
    text +=
        fmt::format(" ≥ {:.0f} % {}", 100 * check.check.ratio, visible_text(check.check.reference));
  }
  if (!check.against.empty() && check.comparison)
    text += "   " + say(Message("against {baseline}", {{"baseline", check.against}}), language);
  if (check.stand_in) text += "   [" + say(Message("stand-in"), language) + "]";
  return text;
}

std::string numbers_line(const CheckResult& check, double alpha, Language language) {
  const TaskComparison& c = *check.comparison;
  std::string text = "  " + say(Message("baseline {before} → candidate {now}",
                                        {{"before", level_text(check, c.baseline.value)},
                                         {"now", level_text(check, c.candidate.value)}}),
                                language);
  if (c.delta) text += "   Δ " + say(amount_of(check, signed_points(*c.delta)), language);
  text += fmt::format("  {:.0f} % {}", 100 * c.ci_level, interval_points(c.ci));
  if (check.p_harm && check.p_harm_adjusted) {
    text += "   " + say(Message("p={p}, corrected {corrected} {relation} {alpha}",
                                {{"p", p_text(*check.p_harm)},
                                 {"corrected", p_text(*check.p_harm_adjusted)},
                                 {"relation", *check.p_harm_adjusted < alpha ? "<" : "≥"},
                                 {"alpha", alpha}}),
                        language);
  } else if (check.p_harm) {
    text += "   p=" + p_text(*check.p_harm);
  }
  text +=
      "   " + say(Message("margin {margin}", {{"margin", amount_of(check, points(check.margin))}}),
                  language);
  text += "\n";
  if (c.one_run_counts) text += "  " + say(copies_sentence(), language) + "\n";
  return text;
}

std::string flips_line(const CheckResult& check, Language language, int max_flips) {
  const TaskComparison& c = *check.comparison;
  if (check.check.metric != kAccuracyMetric || (c.regressions.empty() && c.improvements.empty()))
    return "";
  std::string text =
      "  " + say(Message("flipped  right→wrong {worse} · wrong→right {better}",
                         {{"worse", c.regressions.size()}, {"better", c.improvements.size()}}),
                 language);
  for (size_t i = 0; i < c.regressions.size() && static_cast<int>(i) < max_flips; ++i) {
    text += i == 0 ? "      " : " · ";
    text += flip_text(c.regressions[i], language);
  }
  if (static_cast<int>(c.regressions.size()) > max_flips) text += " · …";
  return text + "\n";
}

// Side metrics that moved more than chance allows, or tokens that moved by a tenth.
std::string moved_lines(const CheckResult& check, Language language) {
  std::string text;
  for (const SideMetric& side : check.comparison->side_metrics) {
    if (!side.baseline || !side.candidate) continue;
    const bool tokens = side.name == kOutputTokensMetric;
    const bool moved = tokens ? std::abs(*side.candidate - *side.baseline) > 0.1 * *side.baseline
                              : side.p_two_sided && *side.p_two_sided < 0.01;
    if (!moved) continue;
    const auto level = [&](double value) {
      return tokens ? fmt::format("{:.0f}", value) : points(value) + " %";
    };
    text += "  " + say(Message("moved with it  {metric} {before} → {now}",
                               {{"metric", metric_label(side.name)},
                                {"before", level(*side.baseline)},
                                {"now", level(*side.candidate)}}),
                       language);
    const Message hint = where_to_look(side.name);
    if (!hint.empty())
      text += "  ← " + say(Message("look first at: {places}", {{"places", hint}}), language);
    text += "\n";
  }
  return text;
}

std::string hints_line(const CheckResult& check, Language language) {
  std::string text;
  for (const StratumHint& hint : check.comparison->by) {
    if (hint.p_adjusted >= 0.1) continue;
    text += text.empty() ? "  " + say(Message("where (a hint)"), language) + "  " : " · ";
    text += fmt::format("{} {} (n={}, q={})", visible_text(hint.value), signed_points(hint.delta),
                        hint.n, p_text(hint.p_adjusted));
  }
  return text.empty() ? text : text + "\n";
}

std::string settings_lines(const CheckResult& check, Language language) {
  std::string text;
  const auto list = [&](const std::vector<SettingDifference>& differences, const Message& label) {
    if (differences.empty()) return;
    text += fmt::format("  {}  ", say(label, language));
    for (size_t i = 0; i < differences.size() && i < 6; ++i) {
      if (i > 0) text += ", ";
      text += fmt::format("{} {}→{}", differences[i].key,
                          visible_text(differences[i].baseline).substr(0, 60),
                          visible_text(differences[i].candidate).substr(0, 60));
    }
    if (differences.size() > 6) text += fmt::format(", … {}", differences.size() - 6);
    text += "\n";
  };
  list(check.comparability.hard_mismatch, Message("settings that forbid it"));
  list(check.comparability.soft_difference, Message("settings that changed (comparable)"));
  return text;
}

std::string claim_lines(const CheckResult& check, Language language) {
  std::string text;
  for (const RatioClaim& claim : check.claim->tasks) {
    text += fmt::format("  {}  ", claim.task);
    text += claim.ratio ? fmt::format("{:.1f} %", 100 * *claim.ratio) : std::string("-");
    if (claim.ci)
      text += fmt::format(" [{:.1f}, {:.1f}]", 100 * claim.ci->low, 100 * claim.ci->high);
    text += claim.p_shown ? fmt::format("  p={}", p_text(*claim.p_shown)) : std::string();
    text += fmt::format("  n={}\n", claim.n);
  }
  if (check.claim->ratio_of_averages && check.claim->p_average) {
    text +=
        fmt::format("  {}  {:.1f} %  p={}\n", say(Message("on average (another claim)"), language),
                    100 * *check.claim->ratio_of_averages, p_text(*check.claim->p_average));
  }
  return text;
}

std::string probe_lines(const CheckResult& check) {
  std::string text;
  if (check.replay) {
    for (size_t i = 0; i < check.replay->differences.size() && i < 10; ++i) {
      const auto& difference = check.replay->differences[i];
      text += fmt::format("  #{}  {} → {}\n", visible_text(difference.id),
                          visible_text(difference.recorded), visible_text(difference.now));
    }
  }
  if (check.parity) {
    for (const std::string& id : check.parity->worst_ids)
      text += fmt::format("  #{}\n", visible_text(id));
  }
  return text;
}

std::string next_steps(const GateResult& gate, const CheckResult& check, Language language) {
  std::string text;
  const auto add = [&](const Message& line) { text += "  " + say(line, language) + "\n"; };
  const bool inconclusive = check.verdict == CheckVerdict::kInconclusive;
  if (inconclusive && check.next_repeats) {
    add(Message(
        "next  look {look} of {looks}: ask each question {repeats} times and judge again.",
        {{"look", check.look + 1}, {"looks", check.num_looks}, {"repeats", *check.next_repeats}}));
  }
  if (inconclusive && check.comparison && check.power) {
    const std::string power = fmt::format("{:.0f}", 100 * *check.power);
    add(check.mde
            ? Message("this size finds a fall of {points} points with a chance of 80 %; power at "
                      "the margin {power} %",
                      {{"points", points(*check.mde)}, {"power", power}})
            : Message(
                  "at this size even a fall to zero could be missed; power at the margin {power} %",
                  {{"power", power}}));
  }
  if (inconclusive && check.claim_plan) {
    const std::string power = fmt::format("{:.0f}", 100 * check.claim_plan->power_at_parity);
    const std::optional<double>& ratio = check.claim_plan->detectable_ratio;
    add(ratio ? Message("at this size a model as good as the reference is shown with a chance of "
                        "{power} %; to be shown with 80 % the true ratio must be {ratio} %",
                        {{"power", power}, {"ratio", fmt::format("{:.1f}", 100 * *ratio)}})
              : Message("at this size a model as good as the reference is shown with a chance of "
                        "{power} %",
                        {{"power", power}}));
  }
  // What to type, after what it does.
  const auto add_command = [&](const Message& purpose, const std::string& command) {
    text += fmt::format("  {}   jangwon {}\n", say(purpose, language), command);
  };
  const std::string review = "   " + say(Message("(needs a review)"), language);
  if (check.comparison && !check.model.empty()) {
    const int repeats = check.next_repeats && inconclusive ? *check.next_repeats
                                                           : check.comparison->candidate_repeats;
    add_command(
        Message("reproduce"),
        fmt::format("run --model {} --tasks {} --repeats {}{}{} -o runs/again",
                    visible_text(check.model_spec.empty() ? check.model : check.model_spec),
                    check.task, repeats, check.run_seed.empty() ? "" : " --seed " + check.run_seed,
                    visible_text(check.run_arithmetic)));
    add_command(Message("compare"), fmt::format("compare {} {} --tasks {}", gate.baseline_path,
                                                gate.candidate_path, check.task));
  }
  if (check.verdict != CheckVerdict::kFail) return text;
  if (check.replay) {
    add_command(Message("reproduce"), "score RUN | jangwon grade TASK ROWS");
    add_command(Message("accept"),
                fmt::format("gate record --task TASK ROWS > {}", check.check.corpus) + review);
  }
  if (check.parity) {
    add_command(Message("accept"), fmt::format("gate record --model {} {} > NEW.jsonl", check.model,
                                               check.check.prompts) +
                                       review);
  }
  if (check.comparison) {
    add_command(Message("accept"), fmt::format("baseline accept {} --as {} --reason \"…\"",
                                               gate.candidate_path, gate.accept_as) +
                                       review);
  }
  return text;
}

std::string summary_line(const CheckResult& check, Language language) {
  std::string text = pad_to_width(name_of(check.verdict), 15, Align::kLeft) +
                     pad_to_width(check.id + " ", 24, Align::kLeft);
  if (check.comparison && check.comparison->delta) {
    text += fmt::format("Δ {} {}",
                        say(amount_of(check, signed_points(*check.comparison->delta)), language),
                        interval_points(check.comparison->ci));
    if (check.p_harm_adjusted) text += fmt::format("  p={}", p_text(*check.p_harm_adjusted));
  } else if (check.claim && check.claim->p_all) {
    text += fmt::format("p={}", p_text(*check.claim->p_all));
  } else {
    text += say(check.detail, language);
  }
  return text + "\n";
}

bool in_full(const CheckResult& check) {
  return check.verdict != CheckVerdict::kPass && check.verdict != CheckVerdict::kSkipped;
}

}  // namespace

std::vector<Message> gate_warnings(const GateResult& gate) {
  std::vector<Message> warnings;
  for (const CheckResult& check : gate.checks) {
    const Message note =
        arithmetic_note(visible_text(check.model), check.comparability.arithmetic_difference);
    if (!note.empty() && std::find(warnings.begin(), warnings.end(), note) == warnings.end())
      warnings.push_back(note);
  }
  return warnings;
}

std::string check_text(const GateResult& gate, const CheckResult& check, Language language,
                       int max_flips) {
  std::string text = headline(check, language) + "\n";
  if (check.comparison) text += numbers_line(check, gate.alpha, language);
  text +=
      "  " + say(Message("meaning: {sentence}", {{"sentence", reason_sentence(check.reason_code)}}),
                 language);
  if (!check.detail.empty()) text += " " + say(check.detail, language);
  if (check.p_harm && check.comparison &&
      (check.verdict == CheckVerdict::kFail || check.verdict == CheckVerdict::kPassChanged))
    text += " " + say(chance_sentence(*check.p_harm, check.p_harm_adjusted), language);
  text += "\n";
  if (check.claim) text += claim_lines(check, language);
  text += probe_lines(check);
  if (check.comparison) {
    text += flips_line(check, language, max_flips);
    text += hints_line(check, language);
    text += moved_lines(check, language);
  }
  text += settings_lines(check, language);
  return text + next_steps(gate, check, language);
}

std::string gate_text(const GateResult& gate, const GateTextOptions& options) {
  std::string text =
      say(Message("gate {gate}: {verdict} ({meaning})", {{"gate", gate.gate},
                                                         {"verdict", name_of(gate.verdict)},
                                                         {"meaning", verdict_label(gate.verdict)}}),
          options.language);
  if (gate.informational)
    text += "  " + say(Message("[informational: exit code 0]"), options.language);
  text += fmt::format("   {} → {}   alpha {}\n",
                      gate.baseline_path.empty() ? say(Message("no baseline"), options.language)
                                                 : gate.baseline_path,
                      gate.candidate_path, gate.alpha);
  for (const CheckResult& check : gate.checks)
    text += summary_line(check, options.language);
  for (const Message& warning : gate_warnings(gate))
    text += say(Message("warning: {warning}", {{"warning", warning}}), options.language) + "\n";
  for (const CheckResult& check : gate.checks) {
    if (in_full(check)) text += "\n" + check_text(gate, check, options.language, options.max_flips);
  }
  if (options.max_lines <= 0) return text;
  size_t end = 0;
  for (int line = 0; line < options.max_lines; ++line) {
    end = text.find('\n', end);
    if (end == std::string::npos) return text;
    ++end;
  }
  if (end >= text.size()) return text;
  const auto left = std::count(text.begin() + static_cast<long>(end), text.end(), '\n');
  return text.substr(0, end) +
         say(Message("… {lines} more lines (--verbose)", {{"lines", left}}), options.language) +
         "\n";
}

}  // namespace jangwon::reports
