// The verdict for continuous integration: JSON, JUnit, GitHub, GitLab, a badge. Limits of the
// services stand where they are kept to: GitHub shows ten annotations of a kind and step, and drops
// a summary above 1 MiB as a whole.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "reports/gate/gate_messages.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/wording.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

constexpr int kMaxAnnotations = 9;
constexpr size_t kMaxSummary = 60000;
constexpr int kExplainedFlips = 20;

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json differences_json(const std::vector<SettingDifference>& differences) {
  Json list = Json::array();
  for (const SettingDifference& d : differences)
    list.push_back({{"key", d.key}, {"baseline", d.baseline}, {"candidate", d.candidate}});
  return list;
}

Json claim_json(const CombinedRatioClaim& claim) {
  Json tasks = Json::array();
  for (const RatioClaim& task : claim.tasks) {
    tasks.push_back({{"task", task.task},
                     {"n", task.n},
                     {"ratio", optional_json(task.ratio)},
                     {"ci", interval_json(task.ci)},
                     {"p_shown", optional_json(task.p_shown)},
                     {"p_below", optional_json(task.p_below)}});
  }
  return {{"rho", claim.rho},
          {"tasks", tasks},
          {"p_all", optional_json(claim.p_all)},
          {"ratio_of_averages", optional_json(claim.ratio_of_averages)},
          {"p_average", optional_json(claim.p_average)}};
}

Json check_json(const GateResult& gate, const CheckResult& check) {
  Json json = {{"id", check.id},
               {"tier", name_of(check.check.tier)},
               {"task", check.task},
               {"model", check.model},
               {"stand_in", check.stand_in},
               {"against", check.against},
               {"metric", check.check.metric},
               {"verdict", name_of(check.verdict)},
               {"reason_code", check.reason_code},
               {"detail", check.detail.english()},
               {"p_harm", optional_json(check.p_harm)},
               {"p_harm_adj", optional_json(check.p_harm_adjusted)},
               {"margin", check.margin},
               {"min_effect", check.min_effect},
               {"look", check.look},
               {"num_looks", check.num_looks},
               {"next_repeats", check.next_repeats ? Json(*check.next_repeats) : Json()},
               {"stopped_by_stream", check.stopped_by_stream},
               {"mde", optional_json(check.mde)},
               {"power", optional_json(check.power)}};
  if (check.comparison) json["comparison"] = comparison_json(*check.comparison);
  if (check.claim) json["claim"] = claim_json(*check.claim);
  if (check.claim_plan) {
    json["claim"]["detectable_ratio"] = optional_json(check.claim_plan->detectable_ratio);
    json["claim"]["failing_ratio"] = optional_json(check.claim_plan->failing_ratio);
  }
  if (check.replay) {
    Json differences = Json::array();
    for (const auto& difference : check.replay->differences)
      differences.push_back(
          {{"id", difference.id}, {"recorded", difference.recorded}, {"now", difference.now}});
    json["replay"] = {{"items", check.replay->num_items}, {"differences", differences}};
  }
  if (check.parity) {
    json["parity"] = {{"prompts", check.parity->num_prompts},
                      {"mean_abs_dlogp", check.parity->mean_abs_dlogp},
                      {"max_abs_dlogp", check.parity->max_abs_dlogp},
                      {"top1_agreement", check.parity->top1_agreement},
                      {"worst_ids", check.parity->worst_ids}};
  }
  json["comparability"] = {
      {"hard_mismatch", differences_json(check.comparability.hard_mismatch)},
      {"soft_diff", differences_json(check.comparability.soft_difference)},
      {"arithmetic_diff", arithmetic_json(check.comparability.arithmetic_difference)}};
  json["config"] = {{"file", gate.config_path}, {"line", check.check.line}};
  json["explanation"] = {{"ko", check_text(gate, check, Language::kKorean, kExplainedFlips)},
                         {"en", check_text(gate, check, Language::kEnglish, kExplainedFlips)}};
  return json;
}

// Control characters have no place in XML 1.0; visible_text has replaced them before.
std::string xml(const std::string& text) {
  return html_escape(text, LineBreaks::kKeep);
}

bool is_error(CheckVerdict verdict) {
  return verdict == CheckVerdict::kIncomplete || verdict == CheckVerdict::kNotComparable;
}

bool is_skipped(CheckVerdict verdict) {
  return verdict == CheckVerdict::kInconclusive || verdict == CheckVerdict::kSkipped;
}

bool is_failure(const CheckResult& check) {
  return check.verdict == CheckVerdict::kFail ||
         (check.verdict == CheckVerdict::kInconclusive &&
          check.check.on_inconclusive == OnInconclusive::kFail);
}

std::string junit_case(const GateResult& gate, const CheckResult& check) {
  std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\">",
                                xml("jangwon." + gate.gate + "." + check.task), xml(check.id));
  const std::string text = xml(check_text(gate, check, Language::kEnglish, 20));
  const std::string message = xml(reason_sentence(check.reason_code).english() +
                                  (check.detail.empty() ? "" : " " + check.detail.english()));
  if (is_failure(check)) {
    out += fmt::format("\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    ",
                       check.verdict == CheckVerdict::kFail ? "regression" : "inconclusive",
                       message, text);
  } else if (is_error(check.verdict)) {
    out += fmt::format("\n      <error type=\"{}\" message=\"{}\">{}</error>\n    ",
                       xml(check.reason_code), message, text);
  } else if (is_skipped(check.verdict)) {
    out += fmt::format("\n      <skipped message=\"{}\"/>\n    ", message);
  } else if (check.verdict == CheckVerdict::kPassChanged) {
    out += fmt::format("\n      <system-out>{}</system-out>\n    ", text);
  }
  return out + "</testcase>\n";
}

// The numbers of a suite's checks as name and value.
std::vector<std::pair<std::string, std::string>> junit_properties(
    const std::vector<const CheckResult*>& checks) {
  std::vector<std::pair<std::string, std::string>> properties;
  for (const CheckResult* check : checks) {
    const auto add = [&](const char* name, const std::optional<double>& value) {
      if (value) properties.emplace_back(check->id + "." + name, fmt::format("{:.6g}", *value));
    };
    if (check->comparison) {
      add("baseline", check->comparison->baseline.value);
      add("candidate", check->comparison->candidate.value);
      add("delta", check->comparison->delta);
      if (check->comparison->ci) {
        add("ci_low", check->comparison->ci->low);
        add("ci_high", check->comparison->ci->high);
      }
    }
    add("p_harm", check->p_harm);
    add("p_harm_adj", check->p_harm_adjusted);
    properties.emplace_back(check->id + ".verdict", name_of(check->verdict));
  }
  return properties;
}

// Workflow commands: % \r \n in the message, and : , in properties, end a field.
std::string github_escape(const std::string& text, bool property) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      case ':':
        out += property ? "%3A" : ":";
        break;
      case ',':
        out += property ? "%2C" : ",";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string metric_label_text(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

Json gate_json(const GateResult& gate) {
  Json json = {{"schema", "jangwon.gate/1"},          {"gate", gate.gate},
               {"verdict", name_of(gate.verdict)},    {"exit_code", exit_code(gate.code)},
               {"informational", gate.informational}, {"alpha", gate.alpha},
               {"candidate", gate.candidate_path},    {"baseline", gate.baseline_path},
               {"warnings", Json::array()},           {"checks", Json::array()},
               {"reproduce", Json::array()}};
  for (const Message& warning : gate_warnings(gate))
    json["warnings"].push_back(warning.english());
  for (const CheckResult& check : gate.checks)
    json["checks"].push_back(check_json(gate, check));
  json["reproduce"].push_back(fmt::format(
      "jangwon gate --config {} --candidate {}{}", gate.config_path, gate.candidate_path,
      gate.baseline_path.empty() ? "" : " --baseline " + gate.baseline_path));
  return json;
}

std::string gate_junit(const GateResult& gate) {
  std::map<std::string, std::vector<const CheckResult*>> suites;
  for (const CheckResult& check : gate.checks)
    suites[check.task].push_back(&check);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& [task, checks] : suites) {
    int failures = 0, errors = 0, skipped = 0;
    for (const CheckResult* check : checks) {
      failures += is_failure(*check);
      errors += is_error(check->verdict);
      skipped += !is_failure(*check) && is_skipped(check->verdict);
    }
    out += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "time=\"0\">\n",
        xml(task), checks.size(), failures, errors, skipped);
    out += "    <properties>\n";
    for (const auto& [name, value] : junit_properties(checks))
      out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml(name), xml(value));
    out += "    </properties>\n";
    for (const CheckResult* check : checks)
      out += junit_case(gate, *check);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

std::string gate_github_annotations(const GateResult& gate, Language language) {
  std::string out;
  int shown = 0, left = 0;
  for (const CheckResult& check : gate.checks) {
    const bool bad = is_failure(check) || is_error(check.verdict);
    const bool warning = !bad && (check.verdict == CheckVerdict::kPassChanged ||
                                  check.verdict == CheckVerdict::kInconclusive);
    if (!bad && !warning) continue;
    if (shown == kMaxAnnotations) {
      ++left;
      continue;
    }
    ++shown;
    out += fmt::format("::{} file={},line={},title={}::{}\n",
                       bad && !gate.informational ? "error" : "warning",
                       github_escape(gate.config_path, true), std::max(1, check.check.line),
                       github_escape(fmt::format("{} {}", name_of(check.verdict), check.id), true),
                       github_escape(check_text(gate, check, language, 5), false));
  }
  for (const Message& warning : gate_warnings(gate))
    out +=
        fmt::format("::warning title=jangwon::{}\n", github_escape(say(warning, language), false));
  if (left > 0) {
    out += fmt::format(
        "::warning title=jangwon::{}\n",
        say(Message("{checks} more checks; see the summary.", {{"checks", left}}), language));
  }
  return out;
}

std::string gate_github_summary(const GateResult& gate, Language language) {
  std::string out = fmt::format(
      "## {}\n\n", say(Message("Gate {gate}: {verdict}", {{"gate", markdown_escape(gate.gate)},
                                                          {"verdict", name_of(gate.verdict)}}),
                       language));
  out += say(Message("| verdict | check | model | task | baseline | candidate | Δ | interval | p "
                     "(corrected) |"),
             language);
  out += "\n|---|---|---|---|---:|---:|---:|---|---:|\n";
  for (const CheckResult& check : gate.checks) {
    const bool numbers = check.comparison && check.comparison->delta;
    const auto level = [&](const std::optional<double>& value) {
      if (!value) return std::string("–");
      return check.check.metric == kOutputTokensMetric ? fmt::format("{:.0f}", *value)
                                                       : points(*value);
    };
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", name_of(check.verdict),
                       markdown_escape(check.id), markdown_escape(check.model),
                       markdown_escape(check.task),
                       numbers ? level(check.comparison->baseline.value) : "–",
                       numbers ? level(check.comparison->candidate.value) : "–",
                       numbers ? signed_points(*check.comparison->delta) : "–",
                       numbers ? interval_points(check.comparison->ci) : "–",
                       check.p_harm_adjusted ? p_text(*check.p_harm_adjusted) : "–");
  }
  for (const CheckResult& check : gate.checks) {
    if (check.verdict == CheckVerdict::kPass || check.verdict == CheckVerdict::kSkipped) continue;
    std::string block = "\n<pre>";
    block += html_escape(check_text(gate, check, language, 10), LineBreaks::kKeep);
    block += "</pre>\n";
    if (out.size() + block.size() > kMaxSummary) {
      out += "\n" + say(Message("The rest stands in gate.json."), language) + "\n";
      break;
    }
    out += block;
  }
  return out;
}

std::string gate_gitlab_metrics(const GateResult& gate) {
  std::string out;
  for (const CheckResult& check : gate.checks) {
    if (!check.comparison || !check.comparison->candidate.value) continue;
    const std::string labels = fmt::format(
        "{{gate=\"{}\",check=\"{}\",task=\"{}\",model=\"{}\",metric=\"{}\"}}",
        metric_label_text(gate.gate), metric_label_text(check.id), metric_label_text(check.task),
        metric_label_text(check.model), check.check.metric);
    const auto add = [&](const char* name, const std::optional<double>& value) {
      if (value) out += fmt::format("jangwon_{}{} {:.6g}\n", name, labels, *value);
    };
    add("score", check.comparison->candidate.value);
    add("score_ci_low", check.comparison->candidate.ci_low);
    add("score_ci_high", check.comparison->candidate.ci_high);
    add("delta", check.comparison->delta);
    add("p_harm_adjusted", check.p_harm_adjusted);
  }
  return out;
}

std::string gate_gitlab_annotations(const GateResult& gate, const std::string& report_url) {
  Json links = Json::array();
  if (!report_url.empty())
    links.push_back({{"external_link", {{"label", "jangwon " + gate.gate}, {"url", report_url}}}});
  return to_json_text({{"jangwon", links}});
}

std::string gate_gitlab_code_quality(const GateResult& gate) {
  Json issues = Json::array();
  for (const CheckResult& check : gate.checks) {
    const char* severity = is_failure(check)         ? "critical"
                           : is_error(check.verdict) ? "major"
                           : check.verdict == CheckVerdict::kPassChanged ||
                                   check.verdict == CheckVerdict::kInconclusive
                               ? "minor"
                               : nullptr;
    if (severity == nullptr) continue;
    std::string description = fmt::format("{} {}", name_of(check.verdict), check.id);
    if (check.comparison && check.comparison->delta) {
      description +=
          fmt::format(": {} by {}", metric_label(check.check.metric).english(),
                      signed_points(*check.comparison->delta) +
                          (check.check.metric == kOutputTokensMetric ? " %" : " points"));
    }
    description += ". " + reason_sentence(check.reason_code).english();
    if (!check.detail.empty()) description += " " + check.detail.english();
    // The same check on the same line is the same issue, so that GitLab can tell new
    // ones from old ones.
    issues.push_back(
        {{"description", visible_text(description)},
         {"check_name", "jangwon." + gate.gate + "." + check.id},
         {"fingerprint", sha256_hex(gate.gate + "\n" + check.id + "\n" + check.reason_code)},
         {"severity", severity},
         {"location",
          {{"path", gate.config_path}, {"lines", {{"begin", std::max(1, check.check.line)}}}}}});
  }
  return to_json_text(issues);
}

std::string gate_badge(const GateResult& gate) {
  const char* color = "lightgrey";
  switch (gate.verdict) {
    case CheckVerdict::kPass:
      color = "brightgreen";
      break;
    case CheckVerdict::kPassChanged:
      color = "green";
      break;
    case CheckVerdict::kFail:
      color = "red";
      break;
    case CheckVerdict::kInconclusive:
      color = "yellow";
      break;
    default:
      break;
  }
  return to_json_text({{"schemaVersion", 1},
                       {"label", "jangwon " + gate.gate},
                       {"message", verdict_label(gate.verdict).english()},
                       {"color", color}});
}

Status gate_status(const GateResult& gate) {
  if (gate.code == StatusCode::kOk) return ok_status();
  std::vector<std::string> ids;
  for (const CheckResult& check : gate.checks) {
    const bool strict = check.verdict == CheckVerdict::kInconclusive &&
                        check.check.on_inconclusive == OnInconclusive::kFail;
    if (check.verdict == gate.verdict && (check.verdict != CheckVerdict::kInconclusive || strict))
      ids.push_back(check.id);
  }
  return Status(gate.code, "gate {gate}: {verdict} ({ids})",
                {{"gate", gate.gate},
                 {"verdict", name_of(gate.verdict)},
                 {"ids", fmt::format("{}", fmt::join(ids, ", "))}});
}

}  // namespace jangwon::reports
