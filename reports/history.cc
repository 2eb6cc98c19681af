// The same series for three readers: the text has one line a point and says in words what a reader
// must know beside the score, the CSV has a row a point for a spreadsheet, the JSON has everything.
// Nothing is judged here (reports/gate/score_history.cc). Columns are padded by display width,
// because names may be Korean. An undefined score is a dash or an empty field, never 0.
// tests/reports/gate/score_history_test.cc, tests/e2e/history_test.cc.

#include "reports/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/display_width.h"
#include "reports/escape.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

std::string score_text(const HistoryPoint& point) {
  if (!point.value) return "–";
  std::string text = fmt::format("{:.1f}", 100.0 * *point.value);
  if (point.ci_low && point.ci_high)
    text += fmt::format(" [{:.1f}, {:.1f}]", 100.0 * *point.ci_low, 100.0 * *point.ci_high);
  return text;
}

std::string keys_of(const std::vector<HistorySetting>& settings) {
  std::string text;
  for (const HistorySetting& setting : settings)
    text += (text.empty() ? "" : " ") + setting.key;
  return text;
}

std::string verdicts_of(const HistoryPoint& point) {
  std::string text;
  for (const HistoryVerdict& verdict : point.verdicts)
    text += (text.empty() ? "" : " ") + verdict.check + ":" + verdict.verdict;
  return text;
}

const HistoryChange* change_at(const HistorySeries& series, size_t point) {
  for (const HistoryChange& change : series.changes) {
    if (change.at == point) return &change;
  }
  return nullptr;
}

// What a reader must know of a point beside its score.
std::string marks_of(const HistorySeries& series, size_t index, Language language) {
  const HistoryPoint& point = series.points[index];
  std::string text;
  const auto add_text = [&](const std::string& mark) { text += (text.empty() ? "" : "; ") + mark; };
  const auto add = [&](const Message& mark) { add_text(say(mark, language)); };
  if (const HistoryChange* change = change_at(series, index)) {
    add_text(fmt::format("{} {:+.1f} (p={:.2g})",
                         say(change->alone ? Message("alone") : Message("from here on"), language),
                         100.0 * change->delta, change->p));
  }
  if (!point.complete) add(Message("incomplete"));
  if (!point.comparable)
    add(Message("not comparable with the one before: {keys}", {{"keys", keys_of(point.breaking)}}));
  if (!point.changed.empty()) add(Message("changed: {keys}", {{"keys", keys_of(point.changed)}}));
  if (!point.accepted_as.empty())
    add(Message("baseline {baseline}", {{"baseline", point.accepted_as}}));
  if (!point.verdicts.empty()) add_text(verdicts_of(point));
  return text;
}

Json settings_json(const std::vector<HistorySetting>& settings) {
  Json list = Json::array();
  for (const HistorySetting& setting : settings)
    list.push_back({{"key", setting.key}, {"before", setting.before}, {"now", setting.now}});
  return list;
}

Json number(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

std::string csv_number(const std::optional<double>& value) {
  return value ? fmt::format("{:.6f}", *value) : "";
}

}  // namespace

std::string history_text(const History& history, Language language) {
  std::string text;
  for (const HistorySeries& series : history.series) {
    text += fmt::format("{} · {}{}\n", visible_text(series.model), visible_text(series.task),
                        series.stand_in ? "  [" + say(Message("stand-in"), language) + "]" : "");
    text += "  " + visible_text(say(series.answer, language)) + "\n";
    int names = 0, commits = 0, scores = 0;
    for (const HistoryPoint& point : series.points) {
      names = std::max(names, display_width(visible_text(point.name)));
      commits = std::max(commits, display_width(visible_text(point.commit.substr(0, 12))));
      scores = std::max(scores, display_width(score_text(point)));
    }
    for (size_t i = 0; i < series.points.size(); ++i) {
      const HistoryPoint& point = series.points[i];
      text +=
          fmt::format("  {}  {}  {}  {}", point.date.substr(0, 10),
                      pad_to_width(visible_text(point.name), names, Align::kLeft),
                      pad_to_width(visible_text(point.commit.substr(0, 12)), commits, Align::kLeft),
                      pad_to_width(score_text(point), scores, Align::kRight));
      const std::string marks = visible_text(marks_of(series, i, language));
      text += (marks.empty() ? "" : "  " + marks) + "\n";
    }
    text += "\n";
  }
  return text;
}

std::string history_csv(const History& history, bool byte_order_mark) {
  std::string text = byte_order_mark ? "\xEF\xBB\xBF" : "";
  text +=
      "model,task,stand_in,date,name,commit,value,ci_low,ci_high,questions,repeats,complete,"
      "comparable,breaking,changed,accepted_as,verdicts,change,change_delta,change_p\r\n";
  for (const HistorySeries& series : history.series) {
    for (size_t i = 0; i < series.points.size(); ++i) {
      const HistoryPoint& point = series.points[i];
      const HistoryChange* change = change_at(series, i);
      const std::string kind = change == nullptr  ? ""
                               : change->alone    ? "alone"
                               : change->in_steps ? "in_steps"
                                                  : "from_here_on";
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
          csv_field(series.model), csv_field(series.task), series.stand_in, csv_field(point.date),
          csv_field(point.name), csv_field(point.commit), csv_number(point.value),
          csv_number(point.ci_low), csv_number(point.ci_high), point.num_questions, point.repeats,
          point.complete, point.comparable, csv_field(keys_of(point.breaking)),
          csv_field(keys_of(point.changed)), csv_field(point.accepted_as),
          csv_field(verdicts_of(point)), kind, change == nullptr ? "" : csv_number(change->delta),
          change == nullptr ? "" : fmt::format("{:.3g}", change->p));
    }
  }
  return text;
}

Json history_json(const History& history) {
  Json all = Json::array();
  for (const HistorySeries& series : history.series) {
    Json points = Json::array(), changes = Json::array();
    for (const HistoryPoint& point : series.points) {
      Json verdicts = Json::array();
      for (const HistoryVerdict& verdict : point.verdicts)
        verdicts.push_back({{"check", verdict.check}, {"verdict", verdict.verdict}});
      points.push_back({{"name", point.name},
                        {"date", point.date},
                        {"commit", point.commit},
                        {"accepted_as", point.accepted_as},
                        {"complete", point.complete},
                        {"comparable", point.comparable},
                        {"questions", point.num_questions},
                        {"repeats", point.repeats},
                        {"value", number(point.value)},
                        {"ci_low", number(point.ci_low)},
                        {"ci_high", number(point.ci_high)},
                        {"breaking", settings_json(point.breaking)},
                        {"changed", settings_json(point.changed)},
                        {"verdicts", verdicts}});
    }
    for (const HistoryChange& change : series.changes) {
      changes.push_back({{"at", series.points[change.at].name},
                         {"alone", change.alone},
                         {"in_steps", change.in_steps},
                         {"delta", change.delta},
                         {"ci_low", number(change.ci_low)},
                         {"ci_high", number(change.ci_high)},
                         {"p", change.p}});
    }
    all.push_back({{"model", series.model},
                   {"task", series.task},
                   {"stand_in", series.stand_in},
                   {"answer", series.answer.english()},
                   {"alpha", series.alpha},
                   {"method", series.method},
                   {"changes", changes},
                   {"points", points}});
  }
  return {{"schema", "jangwon-history-1"}, {"series", all}};
}

}  // namespace jangwon::reports
