// Since when is the score not what it was? Runs and baselines in the order of their dates, each
// model on each task.
//
// A change is where the questions before and from there on are answered differently, by the test
// that a gate uses: of these very questions, exact, with the runs of a question counted together
// (mantel_haenszel.h). Points before and behind a place are pooled, so that a drop that no single
// run shows is found once it has lasted; the place with the smallest p is taken, and both sides
// are searched again. A point that alone differs is looked for likewise. Where one seed makes the
// same replies again (the embedded engine) pooled runs would be copies: each point is then held
// against the one before it, run by run, and the last against the first. Each p is multiplied by
// the number of tests on the series, which keeps false alarms of the whole series below alpha
// whatever is looked for.
//
// Points that may not be compared (comparability.h) end the part of the series that is searched.

#pragma once

#include <string>
#include <vector>

#include "reports/gate/evaluation_side.h"
#include "reports/history.h"

namespace jangwon::reports {

inline constexpr double kHistoryAlpha = 0.01;  // as the default of a gate file

// `paths`: run folders, baselines, and results of gates (gate.json, or a folder with one), in any
// order. A gate.json inside of a run folder is read with it. Errors: a path that is none of
// these, no run at all.
Result<History> read_history(const std::vector<std::string>& paths);

// A point of the series before it is judged.
struct HistorySide {
  const EvaluationSide* side = nullptr;
  std::string accepted_as;
};
History make_history(const std::vector<HistorySide>& sides);

}  // namespace jangwon::reports
