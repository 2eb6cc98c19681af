// One page a task: plot, pairs, settings, and what the task says of itself and its data allow:
// strata, a grid of questions, a window of dates, licence passes.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/stats/score_interval.h"
#include "reports/escape.h"
#include "reports/grid.h"
#include "reports/site/html.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/table.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

constexpr size_t kLargestGrid = 200;

void add_score_table(Html& html, const SiteData& site, const TableColumn& task) {
  html.markup(
      open_table("scores", "sortable", {"점수와 95 % 신뢰구간", "Scores with 95 % intervals"}));
  html.markup("<thead><tr>").markup(sortable_head({"모델", "Model"}, "ascending", false));
  html.markup(sortable_head(task.title, "descending", true))
      .markup("<th scope=\"col\">")
      .both("설정", "Settings");
  html.markup("</th></tr></thead><tbody>\n");
  for (const TableRow& row : site.data.table.rows) {
    const TableCell& cell = cell_of(row, task.id);
    if (cell.state == CellState::kAbsent) continue;
    html.markup("<tr>")
        .markup(row_heading(row))
        .markup(score_cell(row, task))
        .markup("<td class=\"small mut\">");
    std::vector<std::string> parts;
    if (!cell.task_version.empty()) parts.push_back(html_escape("version " + cell.task_version));
    if (!cell.metric.empty()) parts.push_back(html_escape(cell.metric));
    if (!cell.ci_method.empty()) parts.push_back(html_escape(cell.ci_method));
    if (!cell.settings.empty()) parts.push_back(html_escape(cell.settings));
    html.markup(fmt::format("{}</td></tr>\n", fmt::join(parts, " · ")));
  }
  html.markup("</tbody></table></div>\n").markup(footnote_list(site.data.table, task.id));
}

void add_pairs(Html& html, const TableInput& table, const std::vector<TaskRanking>& rankings,
               const std::string& task) {
  for (const TaskRanking& ranking : rankings) {
    if (ranking.task != task) continue;
    bool measured = table.rows[ranking.rows.front()].source == RowSource::kMeasured;
    html.markup(open_table(
        measured ? "pairs" : "pairs-published", "",
        measured
            ? Bilingual{"모델 사이의 차이(행 − 열, 점)와 보정한 p값. 같은 문항끼리 비교.",
                        "Differences (row − column, points) with adjusted p, on the questions both "
                        "answered."}
            : Bilingual{"공표된 값 사이의 차이. 문항별 자료가 없어 짝을 짓지 못하므로 보수적이다.",
                        "Differences of published values: unpaired, hence conservative."}));
    html.markup("<thead><tr><th scope=\"col\"><span class=\"sr\">")
        .both("모델", "Model")
        .markup("</span></th>");
    for (size_t row : ranking.rows)
      html.markup("<th scope=\"col\" class=\"num\">").text(table.rows[row].name).markup("</th>");
    html.markup("</tr></thead><tbody>\n");
    for (size_t i = 0; i < ranking.rows.size(); ++i) {
      html.markup("<tr><th scope=\"row\">").text(table.rows[ranking.rows[i]].name).markup("</th>");
      for (size_t j = 0; j < ranking.rows.size(); ++j) {
        if (i == j) {
          html.markup("<td class=\"num mut\">·</td>");
          continue;
        }
        const PairTest& test = ranking.pairs.at({std::min(i, j), std::max(i, j)});
        double sign = i < j ? 1.0 : -1.0;
        html.markup(
            fmt::format("<td class=\"num\">{}", signed_points_html(sign * test.difference)));
        if (test.ci_low && test.ci_high) {
          double low = sign > 0 ? *test.ci_low : -*test.ci_high;
          double high = sign > 0 ? *test.ci_high : -*test.ci_low;
          html.markup(fmt::format(" <span class=\"ci\">[{}, {}]</span>", signed_points_html(low),
                                  signed_points_html(high)));
        }
        html.markup(fmt::format("<span class=\"sub\">p = {:.2g} ", test.adjusted_p));
        if (test.adjusted_p >= 0.05) html.both("구분 안 됨", "not separated");
        html.markup("</span></td>");
      }
      html.markup("</tr>\n");
    }
    html.markup("</tbody></table></div>\n");
  }
}

// Measured rows with a journal, with their question means.
struct MeasuredRow {
  const TableRow* row;
  const OutcomeTask* task;
  const std::vector<SampleOutcome>* samples;
  std::vector<std::optional<double>> means;
};

std::vector<MeasuredRow> measured_rows(const ReportData& data, const std::string& task) {
  std::vector<MeasuredRow> rows;
  for (const TableRow& row : data.table.rows) {
    RowOutcomes outcomes = outcomes_of(data, row, task);
    if (outcomes.samples == nullptr) continue;
    rows.push_back(
        {&row, outcomes.task, outcomes.samples, question_means(*outcomes.task, row.model)});
  }
  return rows;
}

std::string column_of(const OutcomeItem& item, const std::string& name) {
  auto found = item.columns.find(name);
  return found == item.columns.end() ? "" : found->second;
}

// model × question: the share of its runs that were right, as digits on a five-step scale.
void add_grid(Html& html, const std::vector<MeasuredRow>& rows) {
  if (rows.empty() || rows.front().task->items.empty() ||
      rows.front().task->items.size() > kLargestGrid)
    return;
  const std::vector<OutcomeItem>& items = rows.front().task->items;
  html.heading(2, "grid", "문항별 성공", "Question by question");
  html.markup(
      open_table("grid-table", "heat",
                 {"칸은 맞힌 실행 수/실행 수. 회색은 우리 쪽 오류이거나 실행하지 않은 문항.",
                  "Cells: right runs of all runs. Grey: an error of ours, or not asked."}));
  html.markup("<thead><tr><th scope=\"col\"><span class=\"sr\">")
      .both("모델", "Model")
      .markup("</span></th>");
  for (size_t i = 0; i < items.size(); ++i) {
    html.markup(fmt::format("<th scope=\"col\">{}<span class=\"sr\"> {}</span></th>", i + 1,
                            html_escape(items[i].id)));
  }
  html.markup("</tr></thead><tbody>\n");
  for (const MeasuredRow& row : rows) {
    std::map<std::string, std::pair<int, int>> right_of_all;
    for (const SampleOutcome& sample : *row.samples) {
      if (!harness::counts(sample.verdict)) continue;
      auto& [right, all] = right_of_all[row.task->items[sample.item].id];
      ++all;
      right += sample.verdict == harness::Verdict::kCorrect;
    }
    html.markup("<tr><th scope=\"row\">").text(row.row->name).markup("</th>");
    for (const OutcomeItem& item : items) {
      auto [right, all] = right_of_all[item.id];
      if (all == 0) {
        html.markup("<td class=\"kx\">–</td>");
      } else {
        html.markup(
            fmt::format("<td class=\"k{}\">{}</td>", right * 4 / all,
                        all == 1 ? std::to_string(right) : fmt::format("{}/{}", right, all)));
      }
    }
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table></div>\n");
}

constexpr size_t kMostValues = 60;
constexpr size_t kMostPlots = 6;

// The values of a stratum that some question has: those that the task names first, in its
// order, others by name.
std::vector<harness::Stratum::Value> values_of(const std::vector<MeasuredRow>& rows,
                                               const harness::Stratum& stratum) {
  std::set<std::string> found;
  for (const MeasuredRow& row : rows) {
    for (const OutcomeItem& item : row.task->items)
      found.insert(column_of(item, stratum.column));
  }
  found.erase("");
  std::vector<harness::Stratum::Value> values;
  for (const harness::Stratum::Value& known : stratum.values) {
    if (found.erase(known.value) > 0) values.push_back(known);
  }
  for (const std::string& other : found)
    values.push_back({other, Message::value(other)});
  return values;
}

struct StratumScore {
  harness::ScoreEstimate estimate;
  size_t questions = 0;
};

StratumScore score_of_stratum(const MeasuredRow& row, const std::string& column,
                              const std::string& value) {
  std::vector<double> means;
  for (size_t i = 0; i < row.means.size(); ++i) {
    if (row.means[i] && column_of(row.task->items[i], column) == value)
      means.push_back(*row.means[i]);
  }
  return {harness::estimate_score(std::span<const double>(means)), means.size()};
}

void add_stratum_plots(Html& html, const std::vector<MeasuredRow>& rows,
                       const harness::Stratum& stratum,
                       const std::vector<harness::Stratum::Value>& values) {
  html.markup("<div class=\"plots\">");
  for (size_t i = 0; i < std::min(rows.size(), kMostPlots); ++i) {
    WhiskerPlot plot;
    plot.id = html_escape(fmt::format("plot-{}-{}", stratum.column, i));
    plot.title = {rows[i].row->name + ": " + say(stratum.title, Language::kKorean),
                  rows[i].row->name + ": " + stratum.title.english()};
    for (const harness::Stratum::Value& value : values) {
      const StratumScore score = score_of_stratum(rows[i], stratum.column, value.value);
      if (!score.estimate.value) continue;
      plot.lines.push_back({value.value,
                            rows[i].row->stand_in ? PlotStyle::kStandIn : PlotStyle::kMeasured,
                            *score.estimate.value, score.estimate.ci_low, score.estimate.ci_high,
                            std::nullopt, points_text(score.estimate.value)});
    }
    if (plot.lines.empty()) continue;
    html.markup("<figure><figcaption>").both(plot.title).markup("</figcaption>");
    html.markup(render_whisker_plot(plot)).markup("</figure>");
  }
  html.markup("</div>\n");
}

// Scores by the values of one column, each with its own interval: hints, not tests.
void add_stratum(Html& html, const std::vector<MeasuredRow>& rows,
                 const harness::Stratum& stratum) {
  const std::vector<harness::Stratum::Value> values = values_of(rows, stratum);
  if (values.empty() || values.size() > kMostValues) return;
  html.markup(fmt::format("<h2 id=\"by-{}\">", html_escape(stratum.column)))
      .both(stratum.title)
      .markup("</h2>\n");
  html.markup(open_table(html_escape("table-" + stratum.column), "sortable",
                         {"묶음마다 문항이 적어 구간이 넓다. 순위를 매기지 않는다.",
                          "Few questions each, wide intervals: hints, never ranked."}));
  html.markup("<thead><tr>").markup(sortable_head(stratum.title, "ascending", false));
  for (const MeasuredRow& row : rows)
    html.markup(sortable_head(same_in_both(row.row->name), "descending", true));
  html.markup("</tr></thead><tbody>\n");
  for (const harness::Stratum::Value& value : values) {
    html.markup("<tr><th scope=\"row\">").both(value.title).markup("</th>");
    for (const MeasuredRow& row : rows) {
      const auto [estimate, questions] = score_of_stratum(row, stratum.column, value.value);
      if (!estimate.value || !estimate.ci_low || !estimate.ci_high) {
        html.markup("<td class=\"num\" data-v=\"\">–</td>");
        continue;
      }
      html.markup(
          fmt::format("<td class=\"num\" data-v=\"{}\">{:.1f} <span class=\"ci\">[{:.1f}, "
                      "{:.1f}]</span><span class=\"sub\">n = "
                      "{}</span></td>",
                      *estimate.value, 100.0 * *estimate.value, 100.0 * *estimate.ci_low,
                      100.0 * *estimate.ci_high, questions));
    }
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table></div>\n");
  if (stratum.plot) add_stratum_plots(html, rows, stratum, values);
}

// The rows of the page that were measured on this task, with their cells.
std::vector<std::pair<const TableRow*, const TableCell*>> cells_of_task(const TableInput& table,
                                                                        const std::string& task) {
  std::vector<std::pair<const TableRow*, const TableCell*>> cells;
  for (const TableRow& row : table.rows) {
    const TableCell& cell = cell_of(row, task);
    if (cell.state != CellState::kAbsent) cells.emplace_back(&row, &cell);
  }
  return cells;
}

// What a named change of rule would make of the scores.
void add_variants(Html& html, const TableInput& table, const std::string& task) {
  const auto cells = cells_of_task(table, task);
  if (std::all_of(cells.begin(), cells.end(),
                  [](const auto& cell) { return cell.second->variants.empty(); }))
    return;
  html.heading(2, "variants-heading", "규칙을 바꾸었다면", "Under another rule");
  html.markup(open_table(
      "variants", "",
      {"같은 판정에서 규칙 하나만 바꾼 점수", "The same verdicts with one rule changed"}));
  html.markup("<thead><tr><th scope=\"col\">")
      .both("모델", "Model")
      .markup("</th><th scope=\"col\">");
  html.both("채점 방식", "Mode")
      .markup("</th><th scope=\"col\">")
      .both("바꾼 규칙", "Changed rule");
  html.markup("</th><th scope=\"col\" class=\"num\">")
      .both("점수", "Score")
      .markup("</th></tr></thead><tbody>\n");
  for (const auto& [row, cell] : cells) {
    for (const VariantScore& variant : cell->variants) {
      html.markup("<tr><th scope=\"row\">")
          .text(row->name)
          .markup("</th><td>")
          .text(variant.mode)
          .markup("</td><td>");
      html.both(variant_title(variant.name)).markup("</td><td class=\"num\">");
      html.text(variant.value ? fmt::format("{:.1f}", 100.0 * *variant.value) : "–")
          .markup("</td></tr>\n");
    }
  }
  html.markup("</tbody></table></div>\n");
}

void add_further(Html& html, const TableInput& table, const std::string& task) {
  const auto cells = cells_of_task(table, task);
  if (std::all_of(cells.begin(), cells.end(),
                  [](const auto& cell) { return cell.second->further.empty(); }))
    return;
  html.heading(2, "further-heading", "여러 번 물었을 때", "Asked several times");
  html.markup(open_table(
      "further", "",
      {"pass@k: k번 가운데 한 번이라도 맞힐 확률. majority@k: k번의 다수결이 맞을 확률.",
       "pass@k: the chance that one of k runs is right. majority@k: that the vote of k runs is."}));
  html.markup("<thead><tr><th scope=\"col\">")
      .both("모델", "Model")
      .markup("</th><th scope=\"col\">");
  html.both("채점 방식", "Mode").markup("</th><th scope=\"col\">").both("값", "Figure");
  html.markup("</th><th scope=\"col\" class=\"num\">").both("점수 [95 %]", "Score [95 %]");
  html.markup("</th></tr></thead><tbody>\n");
  for (const auto& [row, cell] : cells) {
    for (const FurtherScore& score : cell->further) {
      html.markup("<tr><th scope=\"row\">")
          .text(row->name)
          .markup("</th><td>")
          .text(score.mode)
          .markup("</td><td>");
      html.both(further_title(score.name))
          .markup("</td><td class=\"num\">")
          .text(further_text(score));
      html.markup("</td></tr>\n");
    }
  }
  html.markup("</tbody></table></div>\n");
}

// Of Korean questions alone: what was too short to be told is not in the counts.
void add_languages(Html& html, const TableInput& table, const std::string& task) {
  auto cells = cells_of_task(table, task);
  std::erase_if(cells, [](const auto& cell) { return !has_told_languages(*cell.second); });
  if (cells.empty()) return;
  html.heading(2, "languages-heading", "한국어로 답했는가", "Answered in Korean");
  html.markup(
      open_table("languages", "",
                 {"한국어 문항에 대한 글 가운데 한국어인 것. 한 문장이 못 되는 글은 세지 않는다.",
                  "Texts in Korean among those on Korean questions; less than about a sentence is "
                  "not counted."}));
  html.markup("<thead><tr><th scope=\"col\">")
      .both("모델", "Model")
      .markup("</th><th scope=\"col\" class=\"num\">");
  html.both("답", "Answer")
      .markup("</th><th scope=\"col\" class=\"num\">")
      .both("사고", "Thinking");
  html.markup("</th></tr></thead><tbody>\n");
  for (const auto& [row, cell] : cells) {
    html.markup("<tr><th scope=\"row\">").text(row->name).markup("</th>");
    for (const char* part : {"answer", "thinking"})
      html.markup("<td class=\"num\">")
          .both(language_share_text(language_share(cell->counts, part)))
          .markup("</td>");
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table></div>\n");
}

// Passes as the run judged them, by the task's own rules, in the headline's mode.
void add_licence_passes(Html& html, const TableInput& table, const std::string& task) {
  std::vector<std::pair<const TableRow*, const LicencePasses*>> columns;
  std::vector<std::string> order;
  for (const auto& [row, cell] : cells_of_task(table, task)) {
    if (cell->licences.empty()) continue;
    columns.emplace_back(row, &cell->licences.front());
    for (const LicencePass& pass : cell->licences.front().licences) {
      if (std::find(order.begin(), order.end(), pass.licence) == order.end())
        order.push_back(pass.licence);
    }
  }
  if (columns.empty()) return;
  html.heading(2, "passes", "자격시험이라면 합격했을까", "Would it pass the examination");
  if (const Bilingual& rule = columns.front().second->rule; !rule.empty())
    html.paragraph(rule.ko, rule.en);
  html.markup(open_table("pass-table", "", {"자격별 합격 여부", "Passes by licence"}))
      .markup("<thead><tr><th scope=\"col\">")
      .both("자격", "Licence")
      .markup("</th>");
  for (const auto& [row, passes] : columns)
    html.markup("<th scope=\"col\">").text(row->name).markup("</th>");
  html.markup("</tr></thead><tbody>\n");
  for (const std::string& licence : order) {
    html.markup("<tr><th scope=\"row\">").text(licence).markup("</th>");
    for (const auto& [row, passes] : columns) {
      const auto pass =
          std::find_if(passes->licences.begin(), passes->licences.end(),
                       [&](const LicencePass& one) { return one.licence == licence; });
      if (pass == passes->licences.end()) {
        html.markup("<td>–</td>");
        continue;
      }
      html.markup(fmt::format("<td><span class=\"chip {}\">", pass->passed ? "yes" : "no"));
      html.both(pass->passed ? "✓ 합격" : "✕ 불합격", pass->passed ? "✓ pass" : "✕ fail");
      html.markup(fmt::format("</span><span class=\"sub\">{:.1f} · ", pass->mean_of_subjects));
      html.both(fmt::format("최저 {:.1f}", pass->lowest_subject),
                fmt::format("lowest {:.1f}", pass->lowest_subject))
          .markup("</span></td>");
    }
    html.markup("</tr>\n");
  }
  html.markup("<tr><th scope=\"row\">").both("합격한 자격", "Licences passed").markup("</th>");
  for (const auto& [row, passes] : columns)
    html.markup(fmt::format("<td><strong>{} / {}</strong></td>", passes->passed, passes->of));
  html.markup("</tr></tbody></table></div>\n");
}

std::string select_markup(const std::string& id, const Bilingual& label,
                          const std::set<std::string>& values, const Bilingual& all) {
  Html html;
  html.markup("<label>").both(label).markup(fmt::format(" <select id=\"{}\">", id));
  if (!all.empty()) {
    html.markup(fmt::format("<option value=\"\" data-ko=\"{0}\" data-en=\"{1}\">{0}</option>",
                            html_escape(all.ko), html_escape(all.en)));
  }
  for (const std::string& value : values)
    html.markup("<option value=\"").text(value).markup("\">").text(value).markup("</option>");
  return html.markup("</select></label>").str();
}

Bilingual title_of_column(const harness::TaskProfile& task, const std::string& column) {
  for (const harness::Stratum& stratum : task.strata) {
    if (stratum.column == column) return stratum.title;
  }
  return same_in_both(column);
}

// A set of dated questions: the scores over a window of dates are computed in the page, from one
// share a question and model.
void add_date_window(Html& html, Page& page, const harness::TaskProfile& task,
                     const std::vector<MeasuredRow>& rows, const Registry& registry) {
  if (rows.empty()) return;
  const std::vector<OutcomeItem>& items = rows.front().task->items;
  std::set<std::string> months;
  const std::vector<std::string>& columns = task.date_window->filters;
  std::vector<std::set<std::string>> filters(columns.size());
  Json window;
  window["items"] = Json::array();
  // The page's interval must be the table's: by cluster where the run's was.
  const bool clustered = cell_of(*rows.front().row, task.name).ci_method == "wilson_eff_clustered";
  for (const OutcomeItem& item : items) {
    const std::string date = column_of(item, task.date_window->date).substr(0, 10);
    Json entry = {date, clustered ? column_of(item, task.cluster_key) : std::string()};
    if (date.size() == 10) months.insert(date.substr(0, 7));
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string value = column_of(item, columns[i]);
      entry.push_back(value);
      if (!value.empty()) filters[i].insert(value);
    }
    window["items"].push_back(std::move(entry));
  }
  if (months.empty()) return;
  window["models"] = Json::array();
  for (const MeasuredRow& row : rows) {
    Json model;
    model["name"] = row.row->name;
    const RegistryModel* known = row.row->stand_in ? nullptr : find_model(registry, row.row->model);
    model["released"] = known != nullptr && known->released ? Json(*known->released) : Json();
    model["scores"] = Json::array();
    std::map<std::string, std::optional<double>> mean_of;
    for (size_t i = 0; i < row.means.size(); ++i)
      mean_of[row.task->items[i].id] = row.means[i];
    for (const OutcomeItem& item : items) {
      std::optional<double> mean = mean_of[item.id];
      model["scores"].push_back(mean ? Json(*mean) : Json());
    }
    window["models"].push_back(std::move(model));
  }
  Json data;
  data["window"] = std::move(window);
  page.data_json = to_json_line(data);
  page.scripts.push_back("date_window");
  html.heading(2, "window-heading", "기간을 골라 다시 계산", "Another window of dates");
  html.paragraph(
      "점수와 구간을 이 쪽에서 다시 계산한다. 창이 시작된 뒤에 공개된 모델은 문제를 학습했을 수 "
      "있어 순위를 매기지 "
      "않는다.",
      "Recomputed here. A model released after the window opens may have seen the problems and is "
      "not ranked.");
  html.markup("<div class=\"bar\">");
  for (auto [id, label] :
       {std::pair<const char*, Bilingual>{"from", {"처음", "From"}}, {"to", {"끝", "To"}}}) {
    html.markup(select_markup(id, label, months, {}));
    html.markup(fmt::format("<input type=\"range\" min=\"0\" id=\"{}-range\"", id))
        .both_attribute("aria-label", label.ko, label.en)
        .markup(">");
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    html.markup(select_markup(fmt::format("filter-{}", i), title_of_column(task, columns[i]),
                              filters[i], {"모두", "all"}));
  }
  html.markup("<strong id=\"window-n\" role=\"status\"></strong></div>\n");
  html.markup(open_table("window", "", {"고른 기간의 점수", "Scores in the chosen window"}));
  html.markup("<thead><tr><th scope=\"col\">")
      .both("모델", "Model")
      .markup("</th><th scope=\"col\" class=\"num\">")
      .both("점수", "Score");
  html.markup("</th><th scope=\"col\" class=\"num\">")
      .both("95 % 구간", "95 % interval")
      .markup("</th><th scope=\"col\" class=\"num\">n</th>");
  html.markup("<th scope=\"col\">")
      .both("주의", "Note")
      .markup("</th></tr></thead><tbody></tbody></table></div>\n");
}

}  // namespace

Page make_task_page(const SiteData& site, const TableColumn& task) {
  const harness::TaskProfile* known = find_task(site.data.registry, task.id);
  Page page;
  page.file = task_file(task.id);
  page.title = task.title;
  page.lead = known != nullptr ? known->description
                               : Bilingual{"알려지지 않은 과제", "A task that nothing is known of"};
  Html html;
  html.markup("<figure>")
      .markup(render_whisker_plot(make_task_plot(site.data.table, task)))
      .markup("<figcaption>");
  html.both("가는 선: 다른 문항을 냈을 때. 굵은 선: 같은 문항을 다시 풀었을 때. 빈 점: 공표된 값.",
            "Thin: other questions. Thick: the same questions again. Hollow: published.");
  html.markup("</figcaption></figure>\n");
  add_score_table(html, site, task);
  html.heading(2, "pairs-heading", "누가 누구보다 나은가", "Who is ahead of whom");
  add_pairs(html, site.data.table, site.data.rankings, task.id);
  bool published_shown =
      std::any_of(site.data.table.rows.begin(), site.data.table.rows.end(),
                  [](const TableRow& row) { return row.source == RowSource::kPublished; });
  if (!published_shown) add_pairs(html, site.published, site.published_ranks, task.id);
  std::vector<MeasuredRow> rows = measured_rows(site.data, task.id);
  add_grid(html, rows);
  if (known != nullptr && known->date_window)
    add_date_window(html, page, *known, rows, site.data.registry);
  add_further(html, site.data.table, task.id);
  add_languages(html, site.data.table, task.id);
  add_variants(html, site.data.table, task.id);
  add_licence_passes(html, site.data.table, task.id);
  for (const harness::Stratum& stratum :
       known != nullptr ? known->strata : std::vector<harness::Stratum>())
    add_stratum(html, rows, stratum);
  page.body = html.str();
  return page;
}

}  // namespace jangwon::reports
