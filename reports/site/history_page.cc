// Scores over time: the answer to "since when" first, then a line and a table for each
// model on each task.

#include <fmt/format.h>

#include "reports/escape.h"
#include "reports/history.h"
#include "reports/site/html.h"
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

void add_heading(Html& html, const HistorySeries& series, size_t number) {
  html.markup(fmt::format("<h2 id=\"series-{}\">", number))
      .text(series.model)
      .markup(" · ")
      .both(series.title);
  if (series.stand_in)
    html.markup(" <span class=\"chip std\">").both("대역 모델", "stand-in").markup("</span>");
  html.markup("</h2>\n<p><strong>").both(series.answer).markup("</strong></p>\n");
}

void add_plot(Html& html, const HistorySeries& series, size_t number) {
  TimePlot plot;
  plot.id = fmt::format("time-{}", number);
  plot.title = {series.model + " · " + say(series.title, Language::kKorean),
                series.model + " · " + series.title.english()};
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
  if (plot.points.empty()) return;
  html.markup("<figure>").markup(render_time_plot(plot)).markup("<figcaption>");
  html.both(
      "굵은 선은 95 % 구간, 끊긴 선은 설정이 달라 비교할 수 없는 곳, 빈 점은 미완료, 파선은 점수가 "
      "달라진 곳.",
      "Bars are 95 % intervals; the line is broken where settings forbid a comparison, a hollow "
      "point is incomplete, a "
      "dashed line is where the score changes.");
  html.markup("</figcaption></figure>\n");
}

void add_settings(Html& html, const std::vector<HistorySetting>& settings) {
  for (const HistorySetting& setting : settings) {
    html.markup("<span class=\"sub\">")
        .text(setting.key)
        .markup(": ")
        .text(setting.before.substr(0, 60));
    html.markup(" → ").text(setting.now.substr(0, 60)).markup("</span>");
  }
}

void add_change(Html& html, const HistoryChange& change) {
  html.markup(fmt::format("<span class=\"chip {}\">", change.delta < 0 ? "no" : "yes"));
  if (change.alone) {
    html.both("이 점만", "alone");
  } else if (change.in_steps) {
    html.both("처음부터 조금씩", "step by step");
  } else {
    html.both("여기부터", "from here on");
  }
  html.markup(" " + signed_points_html(change.delta)).markup("</span>");
  html.markup(fmt::format("<span class=\"sub\">p={:.2g}</span>", change.p));
}

std::string verdict_class(const std::string& verdict) {
  if (verdict == "PASS" || verdict == "PASS_CHANGED") return "yes";
  return verdict == "FAIL" ? "no" : "cond";
}

void add_row(Html& html, const HistorySeries& series, size_t index) {
  const HistoryPoint& point = series.points[index];
  html.markup("<tr><td class=\"nb\">")
      .text(point.date.substr(0, 10))
      .markup("</td><th scope=\"row\">")
      .text(point.name);
  if (!point.accepted_as.empty()) {
    html.markup(" <span class=\"chip\">")
        .both("기준선", "baseline")
        .markup(" ")
        .text(point.accepted_as)
        .markup("</span>");
  }
  if (!point.complete)
    html.markup(" <span class=\"chip cond\">").both("미완료", "incomplete").markup("</span>");
  html.markup("</th><td><code>").text(point.commit.substr(0, 12)).markup("</code></td>");
  if (point.value) {
    html.markup(
        fmt::format("<td class=\"num\"><span class=\"v\">{:.1f}</span>", 100.0 * *point.value));
    if (point.ci_low && point.ci_high) {
      html.markup(fmt::format(" <span class=\"ci\">[{:.1f}, {:.1f}]</span>", 100.0 * *point.ci_low,
                              100.0 * *point.ci_high));
    }
  } else {
    html.markup("<td class=\"num\">–");
  }
  html.markup(fmt::format("<span class=\"sub\">n = {} × {}</span></td><td>", point.num_questions,
                          point.repeats));
  if (const HistoryChange* change = change_at(series, index)) add_change(html, *change);
  html.markup("</td><td>");
  for (const HistoryVerdict& verdict : point.verdicts) {
    html.markup(fmt::format("<span class=\"chip {}\">", verdict_class(verdict.verdict)));
    html.text(verdict.check).markup(" ").text(verdict.verdict).markup("</span>");
  }
  html.markup("</td><td>");
  if (!point.comparable)
    html.markup("<span class=\"chip no\">").both("비교 불가", "not comparable").markup("</span>");
  add_settings(html, point.breaking);
  add_settings(html, point.changed);
  html.markup("</td></tr>\n");
}

void add_table(Html& html, const HistorySeries& series, size_t number) {
  html.markup(open_table(fmt::format("points-{}", number), "",
                         {"점수와 95 % 구간, 달라진 곳, 게이트의 판정, 앞의 점과 다른 설정",
                          "Scores with 95 % intervals, where they change, verdicts of gates, "
                          "settings that differ from "
                          "the point before"}));
  html.markup("<thead><tr>");
  const std::pair<Bilingual, const char*> heads[] = {
      {{"날짜", "Date"}, ""},           {{"실행", "Run"}, ""},
      {{"커밋", "Commit"}, ""},         {{"점수", "Score"}, " class=\"num\""},
      {{"변화", "Change"}, ""},         {{"게이트", "Gate"}, ""},
      {{"달라진 설정", "Settings"}, ""}};
  for (const auto& [head, style] : heads)
    html.markup("<th scope=\"col\"").markup(style).markup(">").both(head).markup("</th>");
  html.markup("</tr></thead><tbody>\n");
  for (size_t i = 0; i < series.points.size(); ++i)
    add_row(html, series, i);
  html.markup("</tbody></table></div>\n");
}

}  // namespace

Page make_history_page(const History& history) {
  Page page;
  page.file = "history.html";
  page.title = {"점수의 변화", "Scores over time"};
  page.lead = {
      "언제부터 달라졌는가. 게이트와 같은 검정으로, 같은 문항에 대한 답을 앞뒤로 비교한다.",
      "Since when is it different? The answers to the same questions before and after, by the test "
      "that gates "
      "use."};
  Html html;
  if (history.series.size() > 1) {
    html.markup("<ul>\n");
    for (size_t i = 0; i < history.series.size(); ++i) {
      const HistorySeries& series = history.series[i];
      html.markup(fmt::format("<li><a href=\"#!series-{}\">", i))
          .text(series.model)
          .markup(" · ")
          .both(series.title);
      html.markup("</a>: ").both(series.answer).markup("</li>\n");
    }
    html.markup("</ul>\n");
  }
  for (size_t i = 0; i < history.series.size(); ++i) {
    add_heading(html, history.series[i], i);
    add_plot(html, history.series[i], i);
    add_table(html, history.series[i], i);
  }
  html.paragraph(
      "모든 p에는 그 계열에서 한 검정의 수를 곱했다. 계열 전체의 거짓 경보는 1 % 아래다. 자료: "
      "history.csv.",
      "Each p is multiplied by the number of tests on its series, so that false alarms stay below "
      "1 % for the whole of "
      "it. Data: history.csv.");
  page.body = html.str();
  return page;
}

}  // namespace jangwon::reports
