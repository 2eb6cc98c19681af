// Every place of a part is tried, and each try is the sum of counts per question on either side
// (Counts), so that a long series costs additions and no new reading. The place with the smallest p
// splits the part and both halves are searched again, as in binary segmentation. The number of
// tests stays that of the whole part at every depth, because then alpha holds for the series
// without an argument about depth.
//
// Pooling supposes that runs are independent. Where an unchanged build makes the very same replies
// again they are copies, and pooling them would call one flipped answer, seen ten times,
// significant; those series are searched neighbour by neighbour.
// tests/reports/gate/score_history_test.cc draws both kinds.

#include "reports/gate/score_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "harness/stats/mantel_haenszel.h"
#include "reports/gate/baseline_file.h"
#include "reports/gate/comparability.h"
#include "reports/gate/task_comparison.h"
#include "reports/gate/task_scores.h"
#include "reports/gate/wording.h"
#include "runtime/base/file.h"
#include "runtime/base/folder_name.h"
#include "runtime/base/json.h"
#include "runtime/base/path_kind.h"

namespace jangwon::reports {

namespace {

namespace fs = std::filesystem;

std::string setting_of(const TaskOutcomes& outcomes, const std::string& key) {
  const auto found = outcomes.settings.find(key);
  return found == outcomes.settings.end() ? "" : found->second;
}

// One (model, task) through time, with what each point answered.
struct Line {
  HistorySeries series;
  std::vector<const TaskOutcomes*> outcomes;  // by point
};

// A part of a line whose points may be compared, incomplete ones left out: indices of points.
using Part = std::vector<size_t>;

struct Found {
  size_t at = 0;  // in the part
  bool alone = false;
  double p = 1.0;
  bool in_steps = false;
};

// Runs of all these points as one side.
TaskOutcomes pooled(const Line& line, const std::vector<size_t>& points) {
  TaskOutcomes all = *line.outcomes[points.front()];
  for (size_t i = 1; i < points.size(); ++i) {
    const TaskOutcomes& more = *line.outcomes[points[i]];
    for (size_t item = 0; item < all.items.size(); ++item) {
      const std::vector<RunOutcome>& runs = more.items[item].runs;
      all.items[item].runs.insert(all.items[item].runs.end(), runs.begin(), runs.end());
    }
    all.repeats += more.repeats;
  }
  // The k-th runs of two pools have nothing in common.
  if (points.size() > 1) all.settings["seed"] = fmt::format("{} runs", points.size());
  return all;
}

// Whether an unchanged build gives the very same replies again.
bool repeats_itself(const Line& line, const Part& part) {
  for (const size_t point : part) {
    const TaskOutcomes& outcomes = *line.outcomes[point];
    if (runs_are_copies(outcomes)) continue;  // greedy, whatever the seed
    if (setting_of(outcomes, "model.kind") != "embedded") return false;
    if (!paired_by_seed(*line.outcomes[part.front()], outcomes)) return false;
  }
  return true;
}

// Successes and runs of each question, so that any two groups of points are compared by adding.
class Counts {
 public:
  Counts(const Line& line, const Part& part) {
    const Indicator& accuracy = *find_indicator(kAccuracyMetric);
    for (const size_t point : part) {
      std::vector<ItemCount> counts;
      for (const ItemOutcomes& item : line.outcomes[point]->items)
        counts.push_back(count_of(item, accuracy, INT32_MAX));
      by_point_.push_back(std::move(counts));
    }
  }

  // Points of `group` against the other ones of [begin, end).
  double p(size_t begin, size_t end, const std::set<size_t>& left_out,
           const std::function<bool(size_t)>& group) const {
    std::vector<harness::RepeatedPair> pairs(by_point_.front().size());
    for (size_t point = begin; point < end; ++point) {
      if (left_out.contains(point)) continue;
      for (size_t item = 0; item < pairs.size(); ++item) {
        const ItemCount& count = by_point_[point][item];
        harness::RepeatedPair& pair = pairs[item];
        (group(point) ? pair.candidate_successes : pair.baseline_successes) += count.hits;
        (group(point) ? pair.candidate_runs : pair.baseline_runs) += count.runs;
      }
    }
    return harness::mantel_haenszel(pairs).p_two_sided_exact;
  }

 private:
  std::vector<std::vector<ItemCount>> by_point_;
};

// The place of [begin, end) that differs most, searched again on both sides of it.
void search(const Counts& counts, size_t begin, size_t end, size_t num_tests, double alpha,
            std::set<size_t>& left_out, std::vector<Found>& found) {
  std::vector<size_t> members;
  for (size_t point = begin; point < end; ++point) {
    if (!left_out.contains(point)) members.push_back(point);
  }
  Found best;
  for (size_t i = 1; i < members.size(); ++i) {
    const size_t at = members[i];
    const double p = counts.p(begin, end, left_out, [at](size_t point) { return point >= at; });
    if (p < best.p) best = {at, false, p};
  }
  for (size_t i = 1; i + 1 < members.size(); ++i) {
    const size_t at = members[i];
    const double p = counts.p(begin, end, left_out, [at](size_t point) { return point == at; });
    if (p < best.p) best = {at, true, p};
  }
  best.p = std::min(1.0, best.p * static_cast<double>(num_tests));
  if (best.p >= alpha) return;
  found.push_back(best);
  if (best.alone) {
    left_out.insert(best.at);
    search(counts, begin, end, num_tests, alpha, left_out, found);
  } else {
    search(counts, begin, best.at, num_tests, alpha, left_out, found);
    search(counts, best.at, end, num_tests, alpha, left_out, found);
  }
}

std::vector<Found> search_pools(const Line& line, const Part& part) {
  std::vector<Found> found;
  std::set<size_t> left_out;
  const size_t num_tests = part.size() - 1 + (part.size() > 2 ? part.size() - 2 : 0);
  search(Counts(line, part), 0, part.size(), num_tests, line.series.alpha, left_out, found);
  return found;
}

std::vector<Found> search_neighbours(const Line& line, const Part& part) {
  std::vector<Found> found;
  const auto p_of = [&](size_t before, size_t now) {
    ComparisonOptions options;
    options.order_key = line.series.task;
    const TaskComparison compared = compare_task(
        *line.outcomes[part[before]], *line.outcomes[part[now]], kAccuracyMetric, options);
    return std::min(1.0, compared.p_two_sided.value_or(1.0) * static_cast<double>(part.size()));
  };
  for (size_t at = 1; at < part.size(); ++at) {
    if (const double p = p_of(at - 1, at); p < line.series.alpha) found.push_back({at, false, p});
  }
  // A fall in steps that are each too small to be seen.
  if (found.empty() && part.size() > 2) {
    if (const double p = p_of(0, part.size() - 1); p < line.series.alpha)
      found.push_back({part.size() - 1, false, p, true});
  }
  return found;
}

// The points on either side of a change, up to the next changes.
std::pair<std::vector<size_t>, std::vector<size_t>> sides_of(const Part& part,
                                                             const std::vector<Found>& found,
                                                             const Found& change, bool neighbours) {
  std::vector<size_t> before, after;
  size_t low = 0, high = part.size();
  std::set<size_t> alone;
  for (const Found& other : found) {
    if (other.alone) alone.insert(other.at);
    if (other.alone || other.at == change.at) continue;
    if (other.at < change.at) low = std::max(low, other.at);
    if (other.at > change.at) high = std::min(high, other.at);
  }
  if (neighbours) return {{part[change.in_steps ? 0 : change.at - 1]}, {part[change.at]}};
  for (size_t i = low; i < high; ++i) {
    const bool is_after = change.alone ? i == change.at : i >= change.at;
    if (!is_after && alone.contains(i)) continue;
    if (is_after && !change.alone && alone.contains(i)) continue;
    (is_after ? after : before).push_back(part[i]);
  }
  return {before, after};
}

void add_changes(Line& line, const Part& part) {
  if (part.size() < 2) return;
  const bool neighbours = repeats_itself(line, part);
  line.series.method = neighbours ? "mcnemar_seed_paired" : "cmh_exact_pooled";
  std::vector<Found> found = neighbours ? search_neighbours(line, part) : search_pools(line, part);
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.at < b.at; });
  for (const Found& change : found) {
    const auto [before, after] = sides_of(part, found, change, neighbours);
    if (before.empty() || after.empty()) continue;
    const TaskComparison compared =
        compare_task(pooled(line, before), pooled(line, after), kAccuracyMetric, {});
    HistoryChange shown{
        part[change.at], change.alone, change.in_steps, compared.delta.value_or(0.0), {}, {},
        change.p};
    if (compared.ci) {
      shown.ci_low = compared.ci->low;
      shown.ci_high = compared.ci->high;
    }
    line.series.changes.push_back(shown);
  }
}

std::string day_of(const std::string& date) {
  return date.substr(0, 10);
}

// "build-7 (2026-03-07, commit 1a2b3c4)".
std::string point_text(const HistoryPoint& point) {
  std::string text = point.name + " (" + day_of(point.date);
  if (!point.commit.empty()) text += ", " + point.commit.substr(0, 12);
  return text + ")";
}

// "-3.1 points [-5.0, -1.2]"
Message change_text(const HistoryChange& change) {
  const std::string delta = signed_points(change.delta);
  if (!change.ci_low || !change.ci_high) return Message("{number} points", {{"number", delta}});
  return Message("{number} points [{low}, {high}]", {{"number", delta},
                                                     {"low", signed_points(*change.ci_low)},
                                                     {"high", signed_points(*change.ci_high)}});
}

// The drop that holds at the last point: the first one that no rise came behind.
Message answer_of(const HistorySeries& series, const Part& last_part) {
  if (last_part.empty()) return Message("No point is complete.");
  if (last_part.size() == 1 && series.points.size() > 1) {
    const HistoryPoint& point = series.points[last_part.front()];
    const std::string key = point.breaking.empty() ? "" : point.breaking.front().key;
    if (!key.empty())
      return Message(
          "From {point} on {key} differs, so it cannot be compared with the points before, and "
          "there is no other point yet.",
          {{"point", point_text(point)}, {"key", key}});
  }
  if (last_part.size() == 1) return Message("One point alone says nothing.");
  const HistoryChange* since = nullptr;
  const HistoryChange* rise = nullptr;
  const HistoryChange* alone = nullptr;
  for (const HistoryChange& change : series.changes) {
    if (change.at < last_part.front()) continue;
    if (change.alone) {
      alone = change.delta < 0 ? &change : alone;
    } else if (change.delta < 0) {
      since = since == nullptr ? &change : since;
    } else {
      since = nullptr;
      rise = &change;
    }
  }
  const auto place_of = [&](const HistoryChange& change) {
    return point_text(series.points[change.at]);
  };
  if (since != nullptr && since->in_steps) {
    return Message(
        "Lower step by step from {first} to {point}: {change}, p={p}. No single point is shown to "
        "have done it.",
        {{"first", point_text(series.points[last_part.front()])},
         {"point", place_of(*since)},
         {"change", change_text(*since)},
         {"p", p_text(since->p)}});
  }
  if (since != nullptr) {
    return Message(
        "Lower since {point}, and not back since: {change}, p={p}.",
        {{"point", place_of(*since)}, {"change", change_text(*since)}, {"p", p_text(since->p)}});
  }
  if (rise != nullptr) {
    return Message(
        "Not lower now. It rose with {point}: {change}, p={p}.",
        {{"point", place_of(*rise)}, {"change", change_text(*rise)}, {"p", p_text(rise->p)}});
  }
  if (alone != nullptr) {
    return Message(
        "Only {point} was lower: {change}, p={p}. The points behind it are as those before.",
        {{"point", place_of(*alone)}, {"change", change_text(*alone)}, {"p", p_text(alone->p)}});
  }
  return Message(
      "No change is shown among the {points} points that can be compared (alpha {alpha}).",
      {{"points", last_part.size()}, {"alpha", series.alpha}});
}

std::vector<HistorySetting> settings_of(const std::vector<SettingDifference>& differences) {
  // What names a run, and not how it was made.
  static const std::set<std::string> kOfTheRun = {"batch", "model.spec",
                                                  "model.performance.threads"};
  std::vector<HistorySetting> settings;
  for (const SettingDifference& difference : differences) {
    if (!kOfTheRun.contains(difference.key) && !difference.key.starts_with("model.performance."))
      settings.push_back({difference.key, difference.baseline, difference.candidate});
  }
  return settings;
}

void compare_with_the_one_before(Line& line) {
  size_t last_complete = 0;
  for (size_t i = 1; i < line.outcomes.size(); ++i) {
    HistoryPoint& point = line.series.points[i];
    const size_t before = point.complete ? last_complete : i - 1;
    const Comparability settings =
        compare_settings(*line.outcomes[before], *line.outcomes[i], default_hard_keys());
    // Which questions an incomplete run holds says nothing of what it was asked.
    const bool whole = point.complete && line.series.points[before].complete;
    if (point.complete) last_complete = i;
    for (HistorySetting& setting : settings_of(settings.hard_mismatch)) {
      if (whole || (setting.key != "item_ids" && setting.key != "prompt_sha256"))
        point.breaking.push_back(std::move(setting));
    }
    point.changed = settings_of(settings.soft_difference);
    point.comparable = point.breaking.empty();
  }
}

void judge(Line& line) {
  compare_with_the_one_before(line);
  std::vector<Part> parts(1);
  for (size_t i = 0; i < line.outcomes.size(); ++i) {
    if (!line.series.points[i].comparable) parts.emplace_back();
    if (line.series.points[i].complete) parts.back().push_back(i);
  }
  for (const Part& part : parts)
    add_changes(line, part);
  line.series.answer = answer_of(line.series, parts.back());
}

HistoryPoint point_of(const HistorySide& from, const TaskOutcomes& outcomes) {
  HistoryPoint point;
  point.name = from.side->name;
  point.date = from.side->date;
  point.commit = from.side->commit;
  point.accepted_as = from.side->is_baseline ? from.side->name : from.accepted_as;
  point.complete = outcomes.complete();
  point.num_questions = static_cast<int>(outcomes.items.size());
  point.repeats = outcomes.repeats;
  const harness::ScoreEstimate score = score_of(outcomes);
  point.value = score.value;
  point.ci_low = score.ci_low;
  point.ci_high = score.ci_high;
  return point;
}

struct GateVerdict {
  std::string candidate;
  std::string model, task, check, verdict;
};

Status read_verdicts(const std::string& path, const std::string& candidate,
                     std::vector<GateVerdict>& verdicts) {
  JANGWON_ASSIGN_OR_RETURN(const Json gate, read_json_file(path));
  if (!gate.is_object() || gate.value("schema", Json()) != "jangwon.gate/1" ||
      !gate.contains("checks") || !gate["checks"].is_array())
    return invalid_argument("{path} is no result of a gate (gate.json)", {{"path", path}});
  const auto text = [](const Json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_string()
               ? object[key].get<std::string>()
               : "";
  };
  for (const Json& check : gate["checks"]) {
    verdicts.push_back({candidate.empty() ? text(gate, "candidate") : candidate,
                        text(check, "model"), text(check, "task"), text(check, "id"),
                        text(check, "verdict")});
  }
  return ok_status();
}

bool is_same_folder(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
}

}  // namespace

History make_history(const std::vector<HistorySide>& asked) {
  std::vector<HistorySide> sides = asked;
  std::stable_sort(sides.begin(), sides.end(), [](const HistorySide& a, const HistorySide& b) {
    return std::tie(a.side->date, a.side->name) < std::tie(b.side->date, b.side->name);
  });
  std::vector<Line> lines;
  for (const HistorySide& from : sides) {
    for (const TaskOutcomes& outcomes : from.side->tasks) {
      auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& known) {
        return known.series.model == outcomes.model && known.series.task == outcomes.task;
      });
      if (line == lines.end()) {
        line = lines.insert(lines.end(), Line());
        line->series.model = outcomes.model;
        line->series.task = outcomes.task;
        line->series.title = profile_of(outcomes).title;
        line->series.alpha = kHistoryAlpha;
      }
      line->series.stand_in = line->series.stand_in || outcomes.stand_in;
      line->series.points.push_back(point_of(from, outcomes));
      line->outcomes.push_back(&outcomes);
    }
  }
  History history;
  for (Line& line : lines) {
    judge(line);
    history.series.push_back(std::move(line.series));
  }
  return history;
}

Result<History> read_history(const std::vector<std::string>& paths) {
  std::vector<EvaluationSide> sides;
  std::vector<GateVerdict> verdicts;
  for (const std::string& path : paths) {
    const bool is_run = path_exists(path + "/run.json"), is_baseline = is_baseline_folder(path);
    if (!is_run && !is_baseline) {
      const std::string gate = names_folder(path) ? path + "/gate.json" : path;
      if (!path_exists(gate))
        return invalid_argument(
            "{path} is no run folder, no baseline and no result of a gate; name folders with a "
            "run.json, a baseline.json or a gate.json",
            {{"path", path}});
      JANGWON_RETURN_IF_ERROR(read_verdicts(gate, "", verdicts));
      continue;
    }
    JANGWON_ASSIGN_OR_RETURN(EvaluationSide side, read_side(path));
    sides.push_back(std::move(side));
    if (is_run && path_exists(path + "/gate.json"))
      JANGWON_RETURN_IF_ERROR(read_verdicts(path + "/gate.json", path, verdicts));
  }
  std::vector<HistorySide> kept;
  for (const EvaluationSide& side : sides) {
    // A baseline of a run that is here itself is the same point.
    const bool is_here = side.is_baseline &&
                         std::any_of(sides.begin(), sides.end(), [&](const EvaluationSide& other) {
                           return !other.is_baseline && other.journal_sha256 == side.journal_sha256;
                         });
    if (is_here) continue;
    const auto accepted =
        std::find_if(sides.begin(), sides.end(), [&](const EvaluationSide& other) {
          return other.is_baseline && !side.is_baseline &&
                 other.journal_sha256 == side.journal_sha256;
        });
    kept.push_back({&side, accepted == sides.end() ? "" : accepted->name});
  }
  if (kept.empty()) return invalid_argument("--history needs run folders or baselines");
  History history = make_history(kept);
  for (HistorySeries& series : history.series) {
    for (HistoryPoint& point : series.points) {
      for (const EvaluationSide& side : sides) {
        if (side.name != point.name || side.date != point.date) continue;
        for (const GateVerdict& verdict : verdicts) {
          const bool of_the_point = is_same_folder(verdict.candidate, side.path) ||
                                    name_of_folder(verdict.candidate) == side.name;
          if (of_the_point && verdict.model == series.model && verdict.task == series.task)
            point.verdicts.push_back({verdict.check, verdict.verdict});
        }
      }
    }
  }
  return history;
}

}  // namespace jangwon::reports
