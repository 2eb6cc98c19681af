// efficiency.html: score against what it costs. Never "points per billion parameters": a bounded
// score over an unbounded cost always favours the smallest model.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/stats/efficiency.h"
#include "reports/site/elements.h"
#include "reports/site/html_table.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

struct Axis {
  const char* id;
  Message label;
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
  plot.title = Message("{task} against {cost}", {{"task", task.title}, {"cost", axis.label}});
  plot.x_label = axis.label;
  plot.x_unit = "B";
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

Html front_of(const ScatterPlot& plot) {
  std::vector<std::string> front;
  for (const ScatterPoint& point : plot.points) {
    if (point.on_front) front.push_back(point.label);
  }
  return small(Message("On the front (nothing cheaper and better): {models}",
                       {{"models", fmt::format("{}", fmt::join(front, ", "))}}));
}

Html cost_plots(const SiteData& site) {
  const Axis axes[] = {{"active", Message("active parameters (billion)")},
                       {"total", Message("total parameters (billion)")}};
  const std::vector<const harness::TaskProfile*> tasks = plotted_tasks(site);
  const auto shown =
      std::max_element(tasks.begin(), tasks.end(), [&](const auto* a, const auto* b) {
        return plotted_rows(site, a->name).size() < plotted_rows(site, b->name).size();
      });
  Select task_box{"", "t", Message("Task"), {}, static_cast<size_t>(shown - tasks.begin())};
  Select axis_box{"", "axis", Message("Cost"), {}, 0};
  for (const harness::TaskProfile* task : tasks)
    task_box.choices.push_back({task->name, task->title});
  for (const Axis& axis : axes)
    axis_box.choices.push_back({axis.id, axis.label});
  Html html = controls({select(task_box), select(axis_box)});
  for (const harness::TaskProfile* task : tasks) {
    for (const Axis& axis : axes) {
      const ScatterPlot plot = make_plot(plotted_rows(site, task->name), *task, axis);
      if (plot.points.empty()) continue;
      html.add(Element("figure")
                   .set("data-f", fmt::format("t:{} axis:{}", task->name, axis.id))
                   .add(Element("figcaption").add(plot.title))
                   .add(render_scatter_plot(plot))
                   .add(front_of(plot)));
    }
  }
  return html;
}

// Tokens of one row on one task, over the samples that count.
struct TokenUse {
  int median = 0;
  int high = 0;  // 95 % are not longer
  int truncated = 0;
  std::optional<harness::TokensPerCorrect> per_correct;
};

std::optional<TokenUse> token_use(const std::vector<SampleOutcome>& samples) {
  std::map<uint32_t, std::array<double, 3>> of_item;  // tokens, right, runs
  std::vector<int> lengths;
  TokenUse use;
  for (const SampleOutcome& sample : samples) {
    if (!harness::counts(sample.verdict)) continue;
    auto& [tokens, right, runs] = of_item[sample.item];
    tokens += sample.num_completion_tokens;
    right += sample.verdict == harness::Verdict::kCorrect;
    runs += 1.0;
    use.truncated += sample.truncated;
    lengths.push_back(sample.num_completion_tokens);
  }
  if (lengths.empty()) return std::nullopt;
  std::vector<double> tokens, right;
  for (const auto& [item, sums] : of_item) {
    tokens.push_back(sums[0] / sums[2]);
    right.push_back(sums[1] / sums[2]);
  }
  std::sort(lengths.begin(), lengths.end());
  const auto at = [&](double q) {
    return lengths[static_cast<size_t>(q * static_cast<double>(lengths.size() - 1))];
  };
  use.median = at(0.5);
  use.high = at(0.95);
  use.per_correct = harness::tokens_per_correct(tokens, right);
  return use;
}

void add_token_row(HtmlTable& table, const TableRow& row, const TableColumn& task,
                   const TokenUse& use) {
  table.row().heading(text(row.name)).cell(task.title);
  for (int count : {use.median, use.high, use.truncated})
    table.cell_by(count, text(std::to_string(count)));
  if (!use.per_correct) {
    table.cell_by({}, text("–")).cell_by({}, text("–"));
    return;
  }
  Html tokens = text(fmt::format("{:.0f}", use.per_correct->value));
  if (use.per_correct->ci)
    tokens.add(interval(fmt::format("{:.0f}", use.per_correct->ci->low),
                        fmt::format("{:.0f}", use.per_correct->ci->high)));
  table.cell_by(use.per_correct->value, tokens);
  if (!row.active_params_b) {
    table.cell_by({}, text("–"));
    return;
  }
  const double flops = 2.0 * *row.active_params_b * 1e9 * use.per_correct->value;
  table.cell_by(flops, text(fmt::format("{:.2e}", flops)));
}

Html token_section(const ReportData& data) {
  HtmlTable table("token-table",
                  Message("Generated tokens. FLOPs are estimated as 2 × active parameters × "
                          "tokens."));
  table.style("tall");
  table.sortable(Message("Model"), Order::kAscending).sortable(Message("Task"), Order::kAscending);
  table.sortable_number(Message("Median"), Order::kAscending);
  table.sortable_number(text("95 %"), Order::kAscending);
  table.sortable_number(Message("Truncated"), Order::kAscending);
  table.sortable_number(Message("Tokens per correct [95 %]"), Order::kAscending);
  table.sortable_number(Message("FLOPs per correct (estimate)"), Order::kAscending);
  for (const TableRow& row : data.table.rows) {
    for (const TableColumn& task : data.table.tasks) {
      const RowOutcomes outcomes = outcomes_of(data, row, task.id);
      if (outcomes.samples == nullptr) continue;
      if (const auto use = token_use(*outcomes.samples)) add_token_row(table, row, task, *use);
    }
  }
  const Html title = heading(2, "tokens", Message("Tokens per correct answer"));
  if (!table.empty()) return title + table;
  return title +
         paragraph(Message("No measured run, so no token counts: published values state none."));
}

Html weights_section(Page& page, const SiteData& site) {
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
  if (data["weights"].empty()) return {};
  std::vector<std::vector<double>> matrix;
  for (const Json& model : data["weights"])
    matrix.push_back(model["values"].get<std::vector<double>>());
  std::vector<double> shares = harness::first_place_shares(matrix, 20);
  page.scripts.push_back("weights");
  page.data_json = to_json_line(data);
  std::vector<Html> sliders;
  for (const harness::TaskProfile* task : tasks) {
    sliders.push_back(Element("label")
                          .add(task->title)
                          .add(text(" "))
                          .add(Element("input")
                                   .set("type", "range")
                                   .set("min", "0")
                                   .set("max", "40")
                                   .set("value", "10")
                                   .set("data-weight"))
                          .add(Element("output").add(text("10"))));
  }
  HtmlTable first("shares",
                  Message("Share of all weightings (steps of 1/20) under which it is first"));
  first.column(Message("Model")).number(Message("Share"));
  for (size_t i = 0; i < shares.size(); ++i) {
    first.row().heading(text(data["weights"][i]["name"].get<std::string>()));
    first.cell(text(fmt::format("{:.0f} %", 100.0 * shares[i])));
  }
  return heading(2, "weights", Message("With other weights")) +
         paragraph(Message("Weighted mean of chance-corrected scores: shows how much the order "
                           "hangs on the weights, not a ranking. Only models with all of these "
                           "scores, which may come from several reports.")) +
         controls(sliders) + Element("ol").set("id", "weighted") + first;
}

}  // namespace

Page make_efficiency_page(const SiteData& site) {
  Page page;
  page.file = "efficiency.html";
  page.title = Message("Efficiency");
  page.lead = Message(
      "Scores with their costs. Active parameters tell neither memory nor how many tokens a model "
      "thinks.");
  page.body.add(cost_plots(site)).add(token_section(site.data));
  page.body.add(weights_section(page, site));
  return page;
}

}  // namespace jangwon::reports
