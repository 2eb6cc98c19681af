// Scores over time: the answer to "since when" first, then a line and a table for each
// model on each task.

#include <fmt/format.h>

#include "reports/history.h"
#include "reports/site/elements.h"
#include "reports/site/html_table.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/site/svg_plots.h"

namespace jangwon::reports {
namespace {

const HistoryChange* change_at(const HistorySeries& series, size_t point) {
  for (const HistoryChange& change : series.changes) {
    if (change.at == point) return &change;
  }
  return nullptr;
}

// The model and the task, as the headings and links have them.
Html title_of(const HistorySeries& series) {
  return text(series.model + " · ") + series.title;
}

Html time_plot(const HistorySeries& series) {
  TimePlot plot;
  plot.title = Message("{model} · {task}", {{"model", series.model}, {"task", series.title}});
  plot.style = series.stand_in ? PlotStyle::kStandIn : PlotStyle::kMeasured;
  bool last_complete = false;
  for (size_t i = 0; i < series.points.size(); ++i) {
    const HistoryPoint& point = series.points[i];
    if (!point.value) {
      last_complete = false;
      continue;
    }
    const HistoryChange* change = change_at(series, i);
    plot.points.push_back({point.date.substr(0, 10), *point.value, point.ci_low, point.ci_high,
                           last_complete && point.complete && point.comparable, !point.complete,
                           change != nullptr && !change->alone && !change->in_steps});
    last_complete = point.complete;
  }
  if (plot.points.empty()) return {};
  return figure_explained(
      render_time_plot(plot),
      Message("Bars are 95 % intervals; the line is broken where settings forbid a comparison, a "
              "hollow point is incomplete, a dashed line is where the score changes."));
}

Html settings_of(const std::vector<HistorySetting>& settings) {
  Html html;
  for (const HistorySetting& setting : settings) {
    html.add(sub(text(fmt::format("{}: {} → {}", setting.key, setting.before.substr(0, 60),
                                  setting.now.substr(0, 60)))));
  }
  return html;
}

Html change_content(const HistoryChange& change) {
  const Html where = change.alone      ? Message("alone")
                     : change.in_steps ? Message("step by step")
                                       : Message("from here on");
  return chip(change.delta < 0 ? ChipKind::kBad : ChipKind::kGood,
              where + text(" " + points_with_sign(change.delta))) +
         sub(text(fmt::format("p={:.2g}", change.p)));
}

ChipKind chip_of_verdict(const std::string& verdict) {
  if (verdict == "PASS" || verdict == "PASS_CHANGED") return ChipKind::kGood;
  return verdict == "FAIL" ? ChipKind::kBad : ChipKind::kUncertain;
}

Html run_of(const HistoryPoint& point) {
  Html run = text(point.name);
  if (!point.accepted_as.empty()) {
    run.text(" ").add(
        chip(ChipKind::kPlain, Message("baseline {name}", {{"name", point.accepted_as}})));
  }
  if (!point.complete) run.text(" ").add(chip(ChipKind::kUncertain, Message("incomplete")));
  return run;
}

void add_row(HtmlTable& table, const HistorySeries& series, size_t index) {
  const HistoryPoint& point = series.points[index];
  table.row().cell(text(point.date.substr(0, 10)), "nb").heading(run_of(point));
  table.cell(Element("code").add(text(point.commit.substr(0, 12))));
  table.cell((point.value ? value(text(fmt::format("{:.1f}", 100.0 * *point.value))) +
                                (point.ci_low && point.ci_high
                                     ? interval(fmt::format("{:.1f}", 100.0 * *point.ci_low),
                                                fmt::format("{:.1f}", 100.0 * *point.ci_high))
                                     : Html())
                          : text("–")) +
             sub(text(fmt::format("n = {} × {}", point.num_questions, point.repeats))));
  const HistoryChange* change = change_at(series, index);
  table.cell(change != nullptr ? change_content(*change) : Html());
  Html gates;
  for (const HistoryVerdict& verdict : point.verdicts)
    gates.add(chip(chip_of_verdict(verdict.verdict), text(verdict.check + " " + verdict.verdict)));
  table.cell(gates);
  Html settings;
  if (!point.comparable) settings.add(chip(ChipKind::kBad, Message("not comparable")));
  table.cell(settings + settings_of(point.breaking) + settings_of(point.changed));
}

Html points_table(const HistorySeries& series, size_t number) {
  HtmlTable table(fmt::format("points-{}", number),
                  Message("Scores with 95 % intervals, where they change, verdicts of gates, "
                          "settings that differ from the point before"));
  table.style("by-date").column(Message("Date")).column(Message("Run")).column(Message("Commit"));
  table.number(Message("Score")).column(Message("Change")).column(Message("Gate"));
  table.column(Message("Settings"));
  for (size_t i = 0; i < series.points.size(); ++i)
    add_row(table, series, i);
  return table;
}

Html series_section(const HistorySeries& series, size_t number) {
  Html title = title_of(series);
  if (series.stand_in) title.text(" ").add(chip(ChipKind::kStandIn, Message("stand-in")));
  return heading(2, fmt::format("series-{}", number), title) +
         paragraph(Element("strong").add(series.answer)) + time_plot(series) +
         points_table(series, number);
}

}  // namespace

Page make_history_page(const History& history) {
  Page page;
  page.file = "history.html";
  page.title = Message("Scores over time");
  page.lead = Message(
      "Since when is it different? The answers to the same questions before and after, by the test "
      "that gates use.");
  if (history.series.size() > 1) {
    std::vector<Html> answers;
    for (size_t i = 0; i < history.series.size(); ++i) {
      const HistorySeries& series = history.series[i];
      answers.push_back(section_link(fmt::format("series-{}", i), title_of(series)) + text(": ") +
                        series.answer);
    }
    page.body.add(list(answers));
  }
  for (size_t i = 0; i < history.series.size(); ++i)
    page.body.add(series_section(history.series[i], i));
  page.body.add(paragraph(Message(
      "Each p is multiplied by the number of tests on its series, so that false alarms stay below "
      "1 % for the whole of it. Data: history.csv.")));
  return page;
}

}  // namespace jangwon::reports
