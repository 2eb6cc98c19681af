// One page a task. It begins with who is ahead and by how much the evidence allows, then says how
// that is read; behind it stand pairs, settings, and what the task says of itself and its data
// allow: strata, a grid of questions, a window of dates, licence passes.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/stats/score_interval.h"
#include "reports/grid.h"
#include "reports/site/elements.h"
#include "reports/site/html_table.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/table.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

constexpr size_t kLargestGrid = 200;

using RowOnTask = std::pair<const TableRow*, const TableCell*>;

// The rows of the page that have something on this task, with their cells.
std::vector<RowOnTask> rows_on_task(const TableInput& table, const std::string& task) {
  std::vector<RowOnTask> rows;
  for (const TableRow& row : table.rows) {
    const TableCell& cell = cell_of(row, task);
    if (cell.state != CellState::kAbsent) rows.emplace_back(&row, &cell);
  }
  return rows;
}

// Best first; what cannot be compared, or has no score, last.
std::vector<RowOnTask> ranked_rows(const TableInput& table, const std::string& task) {
  std::vector<RowOnTask> rows = rows_on_task(table, task);
  const auto score = [](const RowOnTask& row) {
    return row.second->state == CellState::kScored ? row.second->value.value_or(-1.0) : -1.0;
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const RowOnTask& a, const RowOnTask& b) {
    if (a.first->source != b.first->source) return a.first->source == RowSource::kMeasured;
    return score(a) > score(b);
  });
  return rows;
}

Html ranking_table(const TableInput& table, const TableColumn& task) {
  HtmlTable scores("scores", Message("Scores with 95 % intervals, best first"));
  scores.sortable(Message("Model"), Order::kAscending);
  scores.sortable_number(task.title, Order::kDescending);
  std::optional<RowSource> source;
  for (const auto& [row, cell] : ranked_rows(table, task.id)) {
    if (source != row->source)
      scores.section(row->source == RowSource::kMeasured ? measured_rows_title()
                                                         : published_rows_title());
    source = row->source;
    scores.row().heading(row_name(*row));
    add_score(scores, *cell);
  }
  return scores;
}

Html how_to_read() {
  return heading(2, "reading", Message("How to read it")) +
         list({Message("Scores are points of 100; brackets are 95 % intervals, had other questions "
                       "of the kind been asked."),
               Message("Bold: not separated from the best by the evidence. Ranks in parentheses "
                       "are those that the evidence allows, and places are shared where it cannot "
                       "tell."),
               Message("In the plot, thin: other questions. Thick: the same questions again. "
                       "Hollow: published.")});
}

Html settings_section(const TableInput& table, const TableColumn& task) {
  HtmlTable settings("settings", Message("How each score came about"));
  settings.column(Message("Model")).column(Message("Settings"));
  for (const auto& [row, cell] : rows_on_task(table, task.id)) {
    std::vector<Html> parts;
    if (!cell->task_version.empty())
      parts.push_back(Message("version {version}", {{"version", cell->task_version}}));
    for (const std::string& part : {cell->metric, cell->ci_method, cell->settings}) {
      if (!part.empty()) parts.push_back(text(part));
    }
    settings.row().heading(text(row->name)).cell(joined(parts, " · "), "small mut");
  }
  return heading(2, "settings-heading", Message("Settings")) + settings;
}

Html pair_table(const TableInput& table, const TaskRanking& ranking) {
  const bool measured = table.rows[ranking.rows.front()].source == RowSource::kMeasured;
  HtmlTable pairs(
      measured ? "pairs" : "pairs-published",
      measured
          ? Message("Differences (row − column, points) with adjusted p, on the questions both "
                    "answered.")
          : Message("Differences of published values: unpaired, hence conservative."));
  pairs.style("tall").unnamed_column(Message("Model"));
  for (size_t row : ranking.rows)
    pairs.number(text(table.rows[row].name));
  for (size_t i = 0; i < ranking.rows.size(); ++i) {
    pairs.row().heading(text(table.rows[ranking.rows[i]].name));
    for (size_t j = 0; j < ranking.rows.size(); ++j) {
      if (i == j) {
        pairs.cell(text("·"), "mut");
        continue;
      }
      const PairTest& test = ranking.pairs.at({std::min(i, j), std::max(i, j)});
      Html p = text(fmt::format("p = {:.2g} ", test.adjusted_p));
      if (test.adjusted_p >= 0.05) p.add(Message("not separated"));
      const auto minus = [](std::optional<double> x) { return x ? std::optional(-*x) : x; };
      pairs.cell((i < j ? difference_with_interval(test.difference, test.ci_low, test.ci_high)
                        : difference_with_interval(-test.difference, minus(test.ci_high),
                                                   minus(test.ci_low))) +
                 sub(p));
    }
  }
  return pairs;
}

Html pairs_of(const TableInput& table, const std::vector<TaskRanking>& rankings,
              const std::string& task) {
  Html html;
  for (const TaskRanking& ranking : rankings) {
    if (ranking.task == task) html.add(pair_table(table, ranking));
  }
  return html;
}

Html pairs_section(const SiteData& site, const std::string& task) {
  Html html = pairs_of(site.data.table, site.data.rankings, task);
  const bool published_shown =
      std::any_of(site.data.table.rows.begin(), site.data.table.rows.end(),
                  [](const TableRow& row) { return row.source == RowSource::kPublished; });
  if (!published_shown) html.add(pairs_of(site.published, site.published_ranks, task));
  if (html.empty()) return html;
  return heading(2, "pairs-heading", Message("Who is ahead of whom")) + html;
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
Html question_grid(const std::vector<MeasuredRow>& rows) {
  if (rows.empty() || rows.front().task->items.empty() ||
      rows.front().task->items.size() > kLargestGrid)
    return {};
  const std::vector<OutcomeItem>& items = rows.front().task->items;
  HtmlTable grid("grid-table",
                 Message("Cells: right runs of all runs. Grey: an error of ours, or not asked."));
  grid.style("heat").unnamed_column(Message("Model"));
  for (size_t i = 0; i < items.size(); ++i)
    grid.column(text(std::to_string(i + 1)) + Element("span", "sr").add(text(" " + items[i].id)));
  for (const MeasuredRow& row : rows) {
    std::map<std::string, std::pair<int, int>> right_of_all;
    for (const SampleOutcome& sample : *row.samples) {
      if (!harness::counts(sample.verdict)) continue;
      auto& [right, all] = right_of_all[row.task->items[sample.item].id];
      ++all;
      right += sample.verdict == harness::Verdict::kCorrect;
    }
    grid.row().heading(text(row.row->name));
    for (const OutcomeItem& item : items) {
      const auto [right, all] = right_of_all[item.id];
      if (all == 0) {
        grid.cell(text("–"), "kx");
      } else {
        grid.cell(text(all == 1 ? std::to_string(right) : fmt::format("{}/{}", right, all)),
                  fmt::format("k{}", right * 4 / all));
      }
    }
  }
  return heading(2, "grid", Message("Question by question")) + grid;
}

constexpr size_t kMostValues = 60;
constexpr size_t kMostPlots = 6;

// The values of a stratum that some question has: those that the task names first, in its
// order, others by name.
std::vector<harness::StratumColumn::Value> values_of(const std::vector<MeasuredRow>& rows,
                                                     const harness::StratumColumn& stratum) {
  std::set<std::string> found;
  for (const MeasuredRow& row : rows) {
    for (const OutcomeItem& item : row.task->items)
      found.insert(column_of(item, stratum.column));
  }
  found.erase("");
  std::vector<harness::StratumColumn::Value> values;
  for (const harness::StratumColumn::Value& known : stratum.values) {
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

Html stratum_plots(const std::vector<MeasuredRow>& rows, const harness::StratumColumn& stratum,
                   const std::vector<harness::StratumColumn::Value>& values) {
  std::vector<Html> figures;
  for (size_t i = 0; i < std::min(rows.size(), kMostPlots); ++i) {
    WhiskerPlot plot;
    plot.title =
        Message("{model}: {what}", {{"model", rows[i].row->name}, {"what", stratum.title}});
    for (const harness::StratumColumn::Value& value : values) {
      const StratumScore score = score_of_stratum(rows[i], stratum.column, value.value);
      if (!score.estimate.value) continue;
      plot.lines.push_back({value.value, plot_style(*rows[i].row), *score.estimate.value,
                            score.estimate.ci_low, score.estimate.ci_high, std::nullopt,
                            points_text(score.estimate.value)});
    }
    if (!plot.lines.empty()) figures.push_back(figure(plot.title, render_whisker_plot(plot)));
  }
  return plots(figures);
}

// Scores by the values of one column, each with its own interval: hints, not tests.
Html stratum_section(const std::vector<MeasuredRow>& rows, const harness::StratumColumn& stratum) {
  const std::vector<harness::StratumColumn::Value> values = values_of(rows, stratum);
  if (values.empty() || values.size() > kMostValues) return {};
  HtmlTable table("table-" + stratum.column,
                  Message("Few questions each, wide intervals: hints, never ranked."));
  table.sortable(stratum.title, Order::kAscending);
  for (const MeasuredRow& row : rows)
    table.sortable_number(text(row.row->name), Order::kDescending);
  for (const harness::StratumColumn::Value& value : values) {
    table.row().heading(value.title);
    for (const MeasuredRow& row : rows) {
      const auto [estimate, questions] = score_of_stratum(row, stratum.column, value.value);
      if (!estimate.value || !estimate.ci_low || !estimate.ci_high) {
        table.cell_by({}, text("–"));
        continue;
      }
      table.cell_by(*estimate.value,
                    points_with_interval(estimate.value, estimate.ci_low, estimate.ci_high) +
                        sub(text(fmt::format("n = {}", questions))));
    }
  }
  Html html = heading(2, "by-" + stratum.column, stratum.title) + table;
  if (stratum.plot) html.add(stratum_plots(rows, stratum, values));
  return html;
}

// What a named change of rule would make of the scores.
Html variants_section(const TableInput& table, const std::string& task) {
  HtmlTable variants("variants", Message("The same verdicts with one rule changed"));
  variants.column(Message("Model")).column(Message("Mode of grading"));
  variants.column(Message("Changed rule")).number(Message("Score"));
  for (const auto& [row, cell] : rows_on_task(table, task)) {
    for (const VariantScore& variant : cell->variants) {
      variants.row().heading(text(row->name)).cell(text(variant.mode));
      variants.cell(variant_title(variant.name)).cell(text(points_text(variant.value)));
    }
  }
  if (variants.empty()) return {};
  return heading(2, "variants-heading", Message("Under another rule")) + variants;
}

Html further_section(const TableInput& table, const std::string& task) {
  HtmlTable further(
      "further",
      Message("pass@k: the chance that one of k runs is right. majority@k: that the vote of k "
              "runs is."));
  further.column(Message("Model")).column(Message("Mode of grading"));
  further.column(Message("Figure")).number(Message("Score [95 %]"));
  for (const auto& [row, cell] : rows_on_task(table, task)) {
    for (const FurtherScore& score : cell->further) {
      further.row().heading(text(row->name)).cell(text(score.mode));
      further.cell(further_title(score.name)).cell(text(further_text(score)));
    }
  }
  if (further.empty()) return {};
  return heading(2, "further-heading", Message("Asked several times")) + further;
}

// Of Korean questions alone: what was too short to be told is not in the counts.
Html languages_section(const TableInput& table, const std::string& task) {
  HtmlTable languages(
      "languages",
      Message("Texts in Korean among those on Korean questions; less than about a sentence is not "
              "counted."));
  languages.column(Message("Model")).number(Message("Answer")).number(Message("Thinking"));
  for (const auto& [row, cell] : rows_on_task(table, task)) {
    if (!has_told_languages(*cell)) continue;
    languages.row().heading(text(row->name));
    for (const char* part : {"answer", "thinking"})
      languages.cell(language_share_text(language_share(cell->counts, part)));
  }
  if (languages.empty()) return {};
  return heading(2, "languages-heading", Message("Answered in Korean")) + languages;
}

Html licence_pass(const LicencePass& pass) {
  return (pass.passed ? chip(ChipKind::kGood, Message("✓ pass"))
                      : chip(ChipKind::kBad, Message("✕ fail"))) +
         sub(text(fmt::format("{:.1f} · ", pass.mean_of_subjects)) +
             Message("lowest {score}", {{"score", fmt::format("{:.1f}", pass.lowest_subject)}}));
}

// Passes as the run judged them, by the task's own rules, in the headline's mode.
Html licences_section(const TableInput& table, const std::string& task) {
  std::vector<std::pair<const TableRow*, const LicencePasses*>> columns;
  std::vector<std::string> order;
  for (const auto& [row, cell] : rows_on_task(table, task)) {
    if (cell->licences.empty()) continue;
    columns.emplace_back(row, &cell->licences.front());
    for (const LicencePass& pass : cell->licences.front().licences) {
      if (std::find(order.begin(), order.end(), pass.licence) == order.end())
        order.push_back(pass.licence);
    }
  }
  if (columns.empty()) return {};
  HtmlTable passes("pass-table", Message("Passes by licence"));
  passes.style("tall").column(Message("Professional licence"));
  for (const auto& [row, of_row] : columns)
    passes.column(text(row->name));
  for (const std::string& licence : order) {
    passes.row().heading(text(licence));
    for (const auto& [row, of_row] : columns) {
      const auto pass =
          std::find_if(of_row->licences.begin(), of_row->licences.end(),
                       [&](const LicencePass& one) { return one.licence == licence; });
      passes.cell(pass == of_row->licences.end() ? text("–") : licence_pass(*pass));
    }
  }
  passes.row().heading(Message("Licences passed"));
  for (const auto& [row, of_row] : columns)
    passes.cell(Element("strong").add(text(fmt::format("{} / {}", of_row->passed, of_row->of))));
  Html html = heading(2, "passes", Message("Would it pass the examination"));
  if (const auto& rule = columns.front().second->rule; !rule.empty()) html.add(paragraph(rule));
  return html.add(passes);
}

Message title_of_column(const harness::TaskProfile& task, const std::string& column) {
  for (const harness::StratumColumn& stratum : task.strata) {
    if (stratum.column == column) return stratum.title;
  }
  return Message::value(column);
}

Select select_of(const std::string& id, const Message& label, const std::set<std::string>& values) {
  Select select;
  select.id = id;
  select.label = label;
  for (const std::string& value : values)
    select.choices.push_back({value, Message::value(value)});
  return select;
}

// What the script computes with: one share a question and model.
struct DateWindowData {
  Json json;
  std::set<std::string> months;
  std::vector<std::set<std::string>> filters;
};

DateWindowData date_window_data(const harness::TaskProfile& task,
                                const std::vector<MeasuredRow>& rows, const Registry& registry) {
  DateWindowData data;
  const std::vector<OutcomeItem>& items = rows.front().task->items;
  const std::vector<std::string>& columns = task.date_window->filters;
  data.filters.resize(columns.size());
  Json window;
  window["items"] = Json::array();
  // The page's interval must be the table's: by cluster where the run's was.
  const bool clustered = cell_of(*rows.front().row, task.name).ci_method == "wilson_eff_clustered";
  for (const OutcomeItem& item : items) {
    const std::string date = column_of(item, task.date_window->date).substr(0, 10);
    Json entry = {date, clustered ? column_of(item, task.cluster_key) : std::string()};
    if (date.size() == 10) data.months.insert(date.substr(0, 7));
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string value = column_of(item, columns[i]);
      entry.push_back(value);
      if (!value.empty()) data.filters[i].insert(value);
    }
    window["items"].push_back(std::move(entry));
  }
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
  data.json["window"] = std::move(window);
  return data;
}

// A set of dated questions: the scores over a window of dates are computed in the page.
Html date_window_section(Page& page, const harness::TaskProfile& task,
                         const std::vector<MeasuredRow>& rows, const Registry& registry) {
  if (rows.empty()) return {};
  const DateWindowData data = date_window_data(task, rows, registry);
  if (data.months.empty()) return {};
  page.data_json = to_json_line(data.json);
  page.scripts.push_back("date_window");
  std::vector<Html> parts;
  for (const auto& [id, label] :
       {std::pair("from", Message("From")), std::pair("to", Message("To"))}) {
    parts.push_back(select(select_of(id, label, data.months)));
    parts.push_back(Element("input")
                        .set("type", "range")
                        .set("min", "0")
                        .set("id", fmt::format("{}-range", id))
                        .set_both("aria-label", label));
  }
  const std::vector<std::string>& columns = task.date_window->filters;
  for (size_t i = 0; i < columns.size(); ++i) {
    Select filter =
        select_of(fmt::format("filter-{}", i), title_of_column(task, columns[i]), data.filters[i]);
    filter.choices.insert(filter.choices.begin(), Choice{"", Message("all")});
    parts.push_back(select(filter));
  }
  parts.push_back(live_count("window-n"));
  HtmlTable window("window", Message("Scores in the chosen window"));
  window.column(Message("Model")).number(Message("Score")).number(Message("95 % interval"));
  window.number(text("n")).column(Message("Note"));
  return heading(2, "window-heading", Message("Another window of dates")) +
         paragraph(Message("Recomputed here. A model released after the window opens may have seen "
                           "the problems and is not ranked.")) +
         controls(parts) + window;
}

}  // namespace

Page make_task_page(const SiteData& site, const TableColumn& task) {
  const harness::TaskProfile* known = find_task(site.data.registry, task.id);
  const TableInput& table = site.data.table;
  const std::vector<MeasuredRow> rows = measured_rows(site.data, task.id);
  Page page;
  page.file = task_file(task.id);
  page.title = task.title;
  page.lead = known != nullptr ? known->description : Message("A task that nothing is known of");
  Element opening("div", "beside");
  opening.add(ranking_table(table, task));
  if (const Html plot = render_whisker_plot(make_task_plot(table, task)); !plot.empty())
    opening.add(Element("figure").add(plot));
  page.body.add(opening);
  page.body.add(footnote_list(table, task.id));
  if (site.depth == PageDepth::kFull) page.body.add(how_to_read());
  page.body.add(pairs_section(site, task.id)).add(question_grid(rows));
  // The window is computed by a script that the one file does not carry.
  if (known != nullptr && known->date_window && site.depth == PageDepth::kFull)
    page.body.add(date_window_section(page, *known, rows, site.data.registry));
  page.body.add(further_section(table, task.id)).add(languages_section(table, task.id));
  page.body.add(variants_section(table, task.id)).add(licences_section(table, task.id));
  if (known != nullptr) {
    for (const harness::StratumColumn& stratum : known->strata)
      page.body.add(stratum_section(rows, stratum));
  }
  if (site.depth == PageDepth::kFull) page.body.add(settings_section(table, task));
  return page;
}

}  // namespace jangwon::reports
