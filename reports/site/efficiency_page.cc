// efficiency.html: score against what it costs. Never "points per billion parameters": a bounded
// score over an unbounded cost always favours the smallest model.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/stats/efficiency.h"
#include "reports/escape.h"
#include "reports/site/html.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

struct Axis {
  const char* id;
  Bilingual label;
};

std::optional<double> cost_of(const TableRow& row, const std::string& axis) {
  return axis == "active" ? row.active_params_b : row.total_params_b;
}

// One row a model and task: measured where there is a real one, else the first published row that
// has the score, the publisher's own before others'. A model's tasks may therefore come from
// several reports, which the page says.
std::vector<const TableRow*> plotted_rows(const SiteData& site, const std::string& task) {
  std::vector<const TableRow*> rows;
  auto add = [&](const TableInput& table, RowSource source) {
    for (const TableRow& row : table.rows) {
      if (row.source != source || row.stand_in || !row.active_params_b) continue;
      if (row.mode == "non_thinking" || row.mode == "medium" ||
          cell_of(row, task).state != CellState::kScored)
        continue;
      bool taken = std::any_of(rows.begin(), rows.end(),
                               [&](const TableRow* other) { return other->name == row.name; });
      if (!taken) rows.push_back(&row);
    }
  };
  add(site.data.table, RowSource::kMeasured);
  add(site.published, RowSource::kPublished);
  return rows;
}

ScatterPlot make_plot(const std::vector<const TableRow*>& rows, const harness::TaskProfile& task,
                      const Axis& axis) {
  ScatterPlot plot;
  plot.id = fmt::format("scatter-{}-{}", task.name, axis.id);
  plot.title = {fmt::format("{} 점수와 {}", say(task.title, Language::kKorean), axis.label.ko),
                fmt::format("{} against {}", task.title.english(), axis.label.en)};
  plot.x_label = axis.label;
  plot.x_unit = std::string("B");
  std::vector<harness::CostScore> points;
  for (const TableRow* row : rows) {
    const TableCell& cell = cell_of(*row, task.name);
    std::optional<double> cost = cost_of(*row, axis.id);
    if (cell.state != CellState::kScored || !cost) continue;
    plot.points.push_back(
        {row->name,
         row->source == RowSource::kPublished ? PlotStyle::kPublished : PlotStyle::kMeasured, *cost,
         *cell.value, cell.ci_low, cell.ci_high, false});
    points.push_back({*cost, *cell.value});
  }
  for (size_t index : harness::pareto_front(points))
    plot.points[index].on_front = true;
  return plot;
}

// The tasks of the table and those of published values, where a model with known
// parameters has a score.
std::vector<const harness::TaskProfile*> plotted_tasks(const SiteData& site) {
  std::vector<const harness::TaskProfile*> tasks = published_tasks(site.data.registry);
  for (const TableColumn& column : site.data.table.tasks) {
    const harness::TaskProfile* task = find_task(site.data.registry, column.id);
    if (task != nullptr && std::find(tasks.begin(), tasks.end(), task) == tasks.end())
      tasks.push_back(task);
  }
  std::erase_if(tasks, [&](const harness::TaskProfile* task) {
    return plotted_rows(site, task->name).empty();
  });
  return tasks;
}

void add_plots(Html& html, const SiteData& site) {
  static const Axis kAxes[] = {{"active", {"활성 파라미터(10억)", "active parameters (billion)"}},
                               {"total", {"전체 파라미터(10억)", "total parameters (billion)"}}};
  html.markup("<div class=\"bar\"><label>").both("과제", "Task").markup(" <select data-key=\"t\">");
  const std::vector<const harness::TaskProfile*> tasks = plotted_tasks(site);
  const auto shown =
      std::max_element(tasks.begin(), tasks.end(), [&](const auto* a, const auto* b) {
        return plotted_rows(site, a->name).size() < plotted_rows(site, b->name).size();
      });
  for (const harness::TaskProfile* task : tasks) {
    html.markup(fmt::format("<option value=\"{}\"{} data-ko=\"{}\" data-en=\"{}\">",
                            html_escape(task->name), task == *shown ? " selected" : "",
                            html_escape(say(task->title, Language::kKorean)),
                            html_escape(task->title.english())))
        .text(say(task->title, Language::kKorean))
        .markup("</option>");
  }
  html.markup("</select></label><label>")
      .both("가로축", "Cost")
      .markup(" <select data-key=\"axis\">");
  for (const Axis& axis : kAxes) {
    html.markup(fmt::format("<option value=\"{}\" data-ko=\"{}\" data-en=\"{}\">{}</option>",
                            axis.id, axis.label.ko, axis.label.en, axis.label.ko));
  }
  html.markup("</select></label></div>\n");
  for (const harness::TaskProfile* task : tasks) {
    for (const Axis& axis : kAxes) {
      ScatterPlot plot = make_plot(plotted_rows(site, task->name), *task, axis);
      if (plot.points.empty()) continue;
      html.markup(fmt::format("<figure data-f=\"t:{} axis:{}\"><figcaption>",
                              html_escape(task->name), axis.id))
          .both(plot.title);
      html.markup("</figcaption>")
          .markup(render_scatter_plot(plot))
          .markup("<p class=\"small mut\">")
          .both("앞선 점(더 싸고 더 나은 모델이 없음)", "On the front (nothing cheaper and better)")
          .markup(": ");
      std::vector<std::string> front;
      for (const ScatterPoint& point : plot.points) {
        if (point.on_front) front.push_back(html_escape(point.label));
      }
      html.markup(fmt::format("{}", fmt::join(front, ", "))).markup("</p></figure>\n");
    }
  }
}

void add_tokens(Html& html, const ReportData& data) {
  bool any = false;
  Html rows;
  for (const TableRow& row : data.table.rows) {
    for (const TableColumn& task : data.table.tasks) {
      RowOutcomes outcomes = outcomes_of(data, row, task.id);
      if (outcomes.samples == nullptr) continue;
      std::map<uint32_t, std::array<double, 3>> of_item;  // tokens, right, runs
      std::vector<int> lengths;
      int truncated = 0;
      for (const SampleOutcome& sample : *outcomes.samples) {
        if (!harness::counts(sample.verdict)) continue;
        auto& [tokens, right, runs] = of_item[sample.item];
        tokens += sample.num_completion_tokens;
        right += sample.verdict == harness::Verdict::kCorrect;
        runs += 1.0;
        truncated += sample.truncated;
        lengths.push_back(sample.num_completion_tokens);
      }
      if (lengths.empty()) continue;
      any = true;
      std::vector<double> tokens, right;
      for (const auto& [item, sums] : of_item) {
        tokens.push_back(sums[0] / sums[2]);
        right.push_back(sums[1] / sums[2]);
      }
      std::sort(lengths.begin(), lengths.end());
      auto at = [&](double q) {
        return lengths[static_cast<size_t>(q * static_cast<double>(lengths.size() - 1))];
      };
      auto per_correct = harness::tokens_per_correct(tokens, right);
      rows.markup("<tr><th scope=\"row\">")
          .text(row.name)
          .markup("</th><td>")
          .both(task.title)
          .markup("</td>");
      rows.markup(fmt::format(
          "<td class=\"num\" data-v=\"{0}\">{0}</td><td class=\"num\" data-v=\"{1}\">{1}</td><td "
          "class=\"num\" data-v=\"{2}\">{2}</td>",
          at(0.5), at(0.95), truncated));
      if (per_correct) {
        rows.markup(fmt::format("<td class=\"num\" data-v=\"{}\">{:.0f}", per_correct->value,
                                per_correct->value));
        if (per_correct->ci)
          rows.markup(fmt::format(" <span class=\"ci\">[{:.0f}, {:.0f}]</span>",
                                  per_correct->ci->low, per_correct->ci->high));
        rows.markup("</td>");
      } else {
        rows.markup("<td class=\"num\" data-v=\"\">–</td>");
      }
      if (row.active_params_b && per_correct) {
        double flops = 2.0 * *row.active_params_b * 1e9 * per_correct->value;
        rows.markup(fmt::format("<td class=\"num\" data-v=\"{0}\">{0:.2e}</td></tr>\n", flops));
      } else {
        rows.markup("<td class=\"num\" data-v=\"\">–</td></tr>\n");
      }
    }
  }
  html.heading(2, "tokens", "정답 하나에 드는 토큰", "Tokens per correct answer");
  if (!any) {
    html.paragraph("측정한 실행이 없어 토큰 수를 알 수 없다. 공표된 값에는 토큰 수가 없다.",
                   "No measured run, so no token counts: published values state none.");
    return;
  }
  html.markup(
      open_table("token-table", "sortable",
                 {"생성한 토큰. FLOPs는 2 × 활성 파라미터 × 토큰으로 어림한 값이다.",
                  "Generated tokens. FLOPs are estimated as 2 × active parameters × tokens."}));
  html.markup("<thead><tr>")
      .markup(sortable_head({"모델", "Model"}, "ascending", false))
      .markup(sortable_head({"과제", "Task"}, "ascending", false));
  html.markup(sortable_head({"중앙값", "Median"}, "ascending", true))
      .markup(sortable_head(same_in_both("95 %"), "ascending", true));
  html.markup(sortable_head({"길이 초과", "Truncated"}, "ascending", true))
      .markup(
          sortable_head({"정답당 토큰 [95 %]", "Tokens per correct [95 %]"}, "ascending", true));
  html.markup(
          sortable_head({"정답당 FLOPs(어림)", "FLOPs per correct (estimate)"}, "ascending", true))
      .markup("</tr></thead><tbody>\n");
  html.markup(rows.str()).markup("</tbody></table></div>\n");
}

void add_weights(Html& html, Page& page, const SiteData& site) {
  Json data;
  data["weights"] = Json::array();
  std::map<std::string, std::map<std::string, double>> scores;  // by model name and task
  const std::vector<const harness::TaskProfile*> tasks = published_tasks(site.data.registry);
  for (const harness::TaskProfile* task : tasks) {
    for (const TableRow* row : plotted_rows(site, task->name)) {
      scores[row->name][task->name] =
          harness::chance_corrected(*cell_of(*row, task->name).value, task->chance);
    }
  }
  for (const auto& [name, by_task] : scores) {
    if (by_task.size() != tasks.size()) continue;
    Json values = Json::array();
    for (const harness::TaskProfile* task : tasks)
      values.push_back(by_task.at(task->name));
    data["weights"].push_back({{"name", name}, {"values", values}});
  }
  if (data["weights"].empty()) return;
  std::vector<std::vector<double>> matrix;
  for (const Json& model : data["weights"])
    matrix.push_back(model["values"].get<std::vector<double>>());
  std::vector<double> shares = harness::first_place_shares(matrix, 20);
  page.scripts.push_back("weights");
  page.data_json = to_json_line(data);
  html.heading(2, "weights", "과제의 무게를 바꾸면", "With other weights");
  html.paragraph(
      "우연 수준을 뺀 점수의 가중 평균. 순서가 무게에 얼마나 달려 있는지 보려는 것이며 순위가 "
      "아니다. 모든 과제의 값이 "
      "있는 모델만 나온다.",
      "Weighted mean of chance-corrected scores: shows how much the order hangs on the weights, "
      "not a ranking. Only "
      "models with "
      "all of these scores, which may come from several reports.");
  html.markup("<div class=\"bar\">");
  for (const harness::TaskProfile* task : tasks) {
    html.markup("<label>")
        .both(task->title)
        .markup(
            " <input type=\"range\" min=\"0\" max=\"40\" value=\"10\" "
            "data-weight><output>10</output></label>");
  }
  html.markup("</div><ol id=\"weighted\"></ol>\n");
  html.markup(open_table("shares", "",
                         {"무게의 모든 조합(1/20 간격) 가운데 1위가 되는 비율",
                          "Share of all weightings (steps of 1/20) under which it is first"}));
  html.markup("<tbody>");
  for (size_t i = 0; i < shares.size(); ++i) {
    html.markup("<tr><th scope=\"row\">").text(data["weights"][i]["name"].get<std::string>());
    html.markup(fmt::format("</th><td class=\"num\">{:.0f} %</td></tr>", 100.0 * shares[i]));
  }
  html.markup("</tbody></table></div>\n");
}

}  // namespace

Page make_efficiency_page(const SiteData& site) {
  Page page;
  page.file = "efficiency.html";
  page.title = {"효율", "Efficiency"};
  page.lead = {
      "점수를 비용과 함께 본다. 활성 파라미터는 메모리도, 생각하는 토큰 수도 말해 주지 않는다.",
      "Scores with their costs. Active parameters tell neither memory nor how many tokens a model "
      "thinks."};
  Html html;
  add_plots(html, site);
  add_tokens(html, site.data);
  add_weights(html, page, site);
  page.body = html.str();
  return page;
}

}  // namespace jangwon::reports
