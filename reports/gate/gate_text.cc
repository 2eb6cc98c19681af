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

std::string unit_of(const CheckResult& check, Language language) {
  if (check.check.metric == kOutputTokensMetric) return " %";
  return language == Language::kKorean ? "점" : " points";
}

std::string headline(const CheckResult& check, Language language) {
  std::string text = fmt::format("{}  {}", name_of(check.verdict), check.id);
  if (!check.model.empty()) text += "   " + visible_text(check.model);
  if (check.comparison) {
    text += " · " + check.task + " · " +
            size_text(check.comparison->n, check.comparison->candidate_repeats).in(language);
    if (check.check.metric != kAccuracyMetric)
      text += " · " + metric_label(check.check.metric).in(language);
  } else if (check.claim) {
    text +=
        fmt::format(" ≥ {:.0f} % {}", 100 * check.check.ratio, visible_text(check.check.reference));
  }
  if (!check.against.empty() && check.comparison)
    text += (language == Language::kKorean ? "   기준 " : "   against ") + check.against;
  if (check.stand_in) text += language == Language::kKorean ? "   [대역 모델]" : "   [stand-in]";
  return text;
}

std::string numbers_line(const CheckResult& check, double alpha, Language language) {
  const TaskComparison& c = *check.comparison;
  const bool ko = language == Language::kKorean;
  std::string text =
      fmt::format("  {} {} → {} {}", ko ? "기준" : "baseline", level_text(check, c.baseline.value),
                  ko ? "이번" : "candidate", level_text(check, c.candidate.value));
  if (c.delta) text += fmt::format("   Δ {}{}", signed_points(*c.delta), unit_of(check, language));
  text += fmt::format("  {:.0f} % {}", 100 * c.ci_level, interval_points(c.ci));
  if (check.p_harm) text += fmt::format("   p={}", p_text(*check.p_harm));
  if (check.p_harm_adjusted) {
    text +=
        fmt::format("{} {} {} {}", ko ? ", 보정 후" : ", corrected", p_text(*check.p_harm_adjusted),
                    *check.p_harm_adjusted < alpha ? "<" : "≥", alpha);
  }
  text += fmt::format("   {} {}", ko ? "허용 폭" : "margin", points(check.margin)) +
          unit_of(check, language);
  text += "\n";
  if (c.one_run_counts) text += "  " + say(copies_sentence(), language) + "\n";
  return text;
}

std::string flips_line(const CheckResult& check, Language language, int max_flips) {
  const TaskComparison& c = *check.comparison;
  if (check.check.metric != kAccuracyMetric || (c.regressions.empty() && c.improvements.empty()))
    return "";
  const bool ko = language == Language::kKorean;
  std::string text = fmt::format("  {}  {} {} · {} {}", ko ? "뒤집힌 문항" : "flipped",
                                 ko ? "맞음→틀림" : "right→wrong", c.regressions.size(),
                                 ko ? "틀림→맞음" : "wrong→right", c.improvements.size());
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
    text += language == Language::kKorean ? "  함께 변한 지표  " : "  moved with it  ";
    text += metric_label(side.name).in(language);
    text += tokens ? fmt::format(" {:.0f} → {:.0f}", *side.baseline, *side.candidate)
                   : fmt::format(" {} % → {} %", points(*side.baseline), points(*side.candidate));
    const Bilingual hint = where_to_look(side.name);
    if (!hint.empty())
      text += (language == Language::kKorean ? "  ← 먼저 볼 곳: " : "  ← look first at: ") +
              hint.in(language);
    text += "\n";
  }
  return text;
}

std::string hints_line(const CheckResult& check, Language language) {
  std::string text;
  for (const StratumHint& hint : check.comparison->by) {
    if (hint.p_adjusted >= 0.1) continue;
    text += text.empty()
                ? (language == Language::kKorean ? "  어디서 (참고)  " : "  where (a hint)  ")
                : " · ";
    text += fmt::format("{} {} (n={}, q={})", visible_text(hint.value), signed_points(hint.delta),
                        hint.n, p_text(hint.p_adjusted));
  }
  return text.empty() ? text : text + "\n";
}

std::string settings_lines(const CheckResult& check, Language language) {
  const bool ko = language == Language::kKorean;
  std::string text;
  const auto list = [&](const std::vector<SettingDifference>& differences, const char* label) {
    if (differences.empty()) return;
    text += fmt::format("  {}  ", label);
    for (size_t i = 0; i < differences.size() && i < 6; ++i) {
      if (i > 0) text += ", ";
      text += fmt::format("{} {}→{}", differences[i].key,
                          visible_text(differences[i].baseline).substr(0, 60),
                          visible_text(differences[i].candidate).substr(0, 60));
    }
    if (differences.size() > 6) text += fmt::format(", … {}", differences.size() - 6);
    text += "\n";
  };
  list(check.comparability.hard_mismatch, ko ? "비교를 막는 설정" : "settings that forbid it");
  list(check.comparability.soft_difference,
       ko ? "바뀐 설정(비교 가능 범위)" : "settings that changed (comparable)");
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
    text += fmt::format(
        "  {}  {:.1f} %  p={}\n",
        language == Language::kKorean ? "평균 (다른 주장)" : "on average (another claim)",
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
  const bool ko = language == Language::kKorean;
  std::string text;
  if (check.verdict == CheckVerdict::kInconclusive && check.next_repeats) {
    text += fmt::format(
        fmt::runtime(ko ? "  다음 단계  {}회차 ({}회 중): 문항당 {}회로 늘려 다시 판정합니다.\n"
                        : "  next  look {} of {}: ask each question {} times and judge again.\n"),
        check.look + 1, check.num_looks, *check.next_repeats);
  }
  if (check.comparison && check.power && check.verdict == CheckVerdict::kInconclusive) {
    text +=
        check.mde
            ? fmt::format(
                  fmt::runtime(ko ? "  이 크기로는 {}점 하락을 80 % 확률로 찾습니다."
                                  : "  this size finds a fall of {} points with a chance of 80 %;"),
                  points(*check.mde))
            : std::string(ko ? "  이 크기로는 0점으로 떨어져도 놓칠 수 있습니다."
                             : "  at this size even a fall to zero could be missed;");
    text += fmt::format(
        fmt::runtime(ko ? " 허용 폭에서의 검정력 {:.0f} %\n" : " power at the margin {:.0f} %\n"),
        100 * *check.power);
  }
  if (check.claim_plan && check.verdict == CheckVerdict::kInconclusive) {
    text += fmt::format(
        fmt::runtime(
            ko ? "  이 크기로는 기준 모델과 똑같이 잘하는 모델이 {:.0f} % 확률로 입증됩니다"
               : "  at this size a model as good as the reference is shown with a chance of "
                 "{:.0f} %"),
        100 * check.claim_plan->power_at_parity);
    if (check.claim_plan->detectable_ratio) {
      text +=
          fmt::format(fmt::runtime(ko ? "; 80 % 확률로 입증되려면 실제 비율이 {:.1f} %여야 합니다"
                                      : "; to be shown with 80 % the true ratio must be {:.1f} %"),
                      100 * *check.claim_plan->detectable_ratio);
    }
    text += "\n";
  }
  if (check.comparison && !check.model.empty()) {
    const int repeats = check.next_repeats && check.verdict == CheckVerdict::kInconclusive
                            ? *check.next_repeats
                            : check.comparison->candidate_repeats;
    text +=
        fmt::format("  {}   jangwon run --model {} --tasks {} --repeats {}{}{} -o runs/again\n",
                    ko ? "재현" : "reproduce",
                    visible_text(check.model_spec.empty() ? check.model : check.model_spec),
                    check.task, repeats, check.run_seed.empty() ? "" : " --seed " + check.run_seed,
                    visible_text(check.run_arithmetic));
    text += fmt::format("  {}   jangwon compare {} {} --tasks {}\n", ko ? "비교" : "compare",
                        gate.baseline_path, gate.candidate_path, check.task);
  }
  if (check.verdict == CheckVerdict::kFail && check.replay) {
    text += fmt::format("  {}   jangwon score RUN | jangwon grade TASK ROWS\n",
                        ko ? "재현" : "reproduce");
    text += fmt::format("  {}   jangwon gate record --task TASK ROWS > {}   {}\n",
                        ko ? "수락" : "accept", check.check.corpus,
                        ko ? "(리뷰 필요)" : "(needs a review)");
  }
  if (check.verdict == CheckVerdict::kFail && check.parity) {
    text += fmt::format("  {}   jangwon gate record --model {} {} > {}   {}\n",
                        ko ? "수락" : "accept", check.model, check.check.prompts, "NEW.jsonl",
                        ko ? "(리뷰 필요)" : "(needs a review)");
  }
  if (check.verdict == CheckVerdict::kFail && check.comparison) {
    text += fmt::format(
        fmt::runtime(
            ko ? "  수락   jangwon baseline accept {} --as {} --reason \"…\"   (리뷰 필요)\n"
               : "  accept   jangwon baseline accept {} --as {} --reason \"…\"   (needs a "
                 "review)\n"),
        gate.candidate_path, gate.accept_as);
  }
  return text;
}

std::string summary_line(const CheckResult& check, Language language) {
  std::string text = pad_to_width(name_of(check.verdict), 15, Align::kLeft) +
                     pad_to_width(check.id + " ", 24, Align::kLeft);
  if (check.comparison && check.comparison->delta) {
    text += fmt::format("Δ {}{} {}", signed_points(*check.comparison->delta),
                        unit_of(check, language), interval_points(check.comparison->ci));
    if (check.p_harm_adjusted) text += fmt::format("  p={}", p_text(*check.p_harm_adjusted));
  } else if (check.claim && check.claim->p_all) {
    text += fmt::format("p={}", p_text(*check.claim->p_all));
  } else {
    text += check.detail.in(language);
  }
  return text + "\n";
}

bool in_full(const CheckResult& check) {
  return check.verdict != CheckVerdict::kPass && check.verdict != CheckVerdict::kSkipped;
}

}  // namespace

std::vector<Bilingual> gate_warnings(const GateResult& gate) {
  std::vector<Bilingual> warnings;
  for (const CheckResult& check : gate.checks) {
    const Bilingual note =
        arithmetic_note(visible_text(check.model), check.comparability.arithmetic_difference);
    if (!note.empty() && std::find(warnings.begin(), warnings.end(), note) == warnings.end())
      warnings.push_back(note);
  }
  return warnings;
}

std::string check_text(const GateResult& gate, const CheckResult& check, Language language,
                       int max_flips) {
  const bool ko = language == Language::kKorean;
  std::string text = headline(check, language) + "\n";
  if (check.comparison) text += numbers_line(check, gate.alpha, language);
  text += (ko ? "  의미: " : "  meaning: ") + reason_sentence(check.reason_code).in(language);
  if (!check.detail.empty()) text += " " + check.detail.in(language);
  if (check.p_harm && check.comparison &&
      (check.verdict == CheckVerdict::kFail || check.verdict == CheckVerdict::kPassChanged))
    text += " " + chance_sentence(*check.p_harm, check.p_harm_adjusted).in(language);
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
  const bool ko = options.language == Language::kKorean;
  std::string text =
      fmt::format("{} {}: {} ({})", ko ? "게이트" : "gate", gate.gate, name_of(gate.verdict),
                  verdict_label(gate.verdict).in(options.language));
  if (gate.informational) text += ko ? "  [참고용: 종료 코드 0]" : "  [informational: exit code 0]";
  text += fmt::format(
      "   {} → {}   alpha {}\n",
      gate.baseline_path.empty() ? (ko ? "기준선 없음" : "no baseline") : gate.baseline_path,
      gate.candidate_path, gate.alpha);
  for (const CheckResult& check : gate.checks)
    text += summary_line(check, options.language);
  for (const Bilingual& warning : gate_warnings(gate))
    text += (ko ? "경고: " : "warning: ") + warning.in(options.language) + "\n";
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
  return text.substr(0, end) + fmt::format(fmt::runtime(ko ? "… {}줄 더 있습니다 (--verbose)\n"
                                                           : "… {} more lines (--verbose)\n"),
                                           left);
}

}  // namespace jangwon::reports
