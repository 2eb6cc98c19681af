// A gate's verdict for people and for machines. Every format says the same: the verdict, the
// numbers, what they mean, which items turned, what moved with them, what changed in the settings,
// how to see it again, how to accept it.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "reports/gate/gate_run.h"
#include "reports/language.h"

namespace jangwon::reports {

struct GateTextOptions {
  Language language = Language::kKorean;
  int max_flips = 5;
  int max_lines = 60;  // 0: all
};

// What a reader must know of a comparison that was made, whatever its verdict.
std::vector<Message> gate_warnings(const GateResult& gate);

// One line a check, then warnings and what failed in full.
std::string gate_text(const GateResult& gate, const GateTextOptions& options);

// One check in full. gate_json keeps it in both languages, and `gate explain` shows that.
std::string check_text(const GateResult& gate, const CheckResult& check, Language language,
                       int max_flips);

// Schema jangwon.gate/1.
nlohmann::ordered_json gate_json(const GateResult& gate);

// JUnit: a suite per task, a case per check; FAIL is a failure, INCOMPLETE and NOT_COMPARABLE an
// error, INCONCLUSIVE and SKIPPED skipped. Validates against the schema that Jenkins uses.
std::string gate_junit(const GateResult& gate);

// GitHub: at most nine ::error lines and one that counts the rest; and Markdown for
// $GITHUB_STEP_SUMMARY (below 64 kB).
std::string gate_github_annotations(const GateResult& gate, Language language);
std::string gate_github_summary(const GateResult& gate, Language language);

// GitLab: OpenMetrics text for reports:metrics, and external links for reports:annotations.
std::string gate_gitlab_metrics(const GateResult& gate);
std::string gate_gitlab_annotations(const GateResult& gate, const std::string& report_url);

// GitLab's reports:codequality, a list of issues at the check's line of the gate file: FAIL
// is critical, INCOMPLETE and NOT_COMPARABLE major, PASS_CHANGED and INCONCLUSIVE minor.
// Paths are those given on the command line, which in a job are relative to the repository as
// GitLab wants them.
std::string gate_gitlab_code_quality(const GateResult& gate);

// The endpoint format of shields.io.
std::string gate_badge(const GateResult& gate);

// One sentence for the exit code; ok for exit code 0.
Status gate_status(const GateResult& gate);

}  // namespace jangwon::reports
