// Accepted baselines: small enough for git, complete enough to compare with, question by question.
//
//   NAME/baseline.json            {"schema": "jangwon-baseline-1", "name", "reason", "accepted_by",
//                                 "accepted_at", "run", "run_date", "commit", "journal_sha256",
//                                 "program_version", "files": {path: sha256}}
//   NAME/gate.yaml                the gate file that judges changes against it, where one was kept
//   NAME/TASK/MODEL.json          {"schema", "model", "task", …, "settings", "score", "items":
//                                 base64 of zlib}
//
// Not here: transcripts. A baseline keeps each run's verdict and flags, not what the model wrote.

#pragma once

#include <string>
#include <vector>

#include "reports/gate/evaluation_side.h"

namespace jangwon::reports {

inline constexpr double kMaxBaselineErrorRate = 0.005;

struct BaselineNote {
  std::string reason;  // why this run is the new reference; required
  std::string accepted_by;
  std::string accepted_at;  // RFC 3339, UTC
  std::string gate;         // text of the gate file that is kept with it as gate.yaml; empty: none
};

struct BaselineSummary {
  std::string path;
  std::string name;
  BaselineNote note;
  std::string run;
  std::string journal_sha256;
  struct Score {
    std::string model;
    std::string task;
    double value = 0;
    int n = 0;
    int repeats = 0;
  };
  std::vector<Score> scores;
};

bool is_baseline_folder(const std::string& path);

// Writes `folder` from a run. Refused: a run that is not complete (kIncomplete), an empty one, one
// without a reason. An older baseline of that name is replaced as a whole.
Status accept_baseline(const EvaluationSide& run, const std::string& folder,
                       const BaselineNote& note);

// Errors of these three: a missing, changed or foreign file is kNotComparable, because there is
// no baseline then.
Result<EvaluationSide> read_baseline(const std::string& folder);
Result<BaselineSummary> read_baseline_summary(const std::string& folder);

// Every file is there, unchanged, and no other one beside them. An error names the
// first that is not.
Status verify_baseline(const std::string& folder);

// The folders below `root` that hold a baseline, by name.
Result<std::vector<std::string>> list_baselines(const std::string& root);

}  // namespace jangwon::reports
