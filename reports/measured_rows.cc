// results.json has one entry a task, model and mode; a table has one cell a task and model, so the
// two modes meet here, in any order. What would make the number misleading (errors of ours, samples
// that were not run, replies cut off, answers in another language) becomes a footnote of the cell
// rather than a note below the table: the reader must see it beside the score.
//
// A row takes its parameters and licence from the registry by name, but never for a stand-in, whose
// name only says which architecture it imitates. tests/reports/table_test.cc.

#include "reports/measured_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/arithmetic.h"
#include "reports/question_set.h"

namespace jangwon::reports {
namespace {

using harness::MetricResult;

void add_column(TableInput& table, const std::string& task, const Registry* registry) {
  for (const TableColumn& column : table.tasks) {
    if (column.id == task) return;
  }
  TableColumn column;
  column.id = task;
  column.title = Message::value(task);
  if (const harness::TaskProfile* known =
          registry != nullptr ? find_task(*registry, task) : nullptr) {
    column.title = known->title;
    column.domain = known->domain;
  }
  table.tasks.push_back(column);
}

int count_of(const MetricResult& metric, const char* name) {
  auto found = metric.counts.find(name);
  return found == metric.counts.end() ? 0 : found->second;
}

// What a reader must know before trusting the number.
void add_warnings(TableInput& table, const MetricResult& metric, TableCell& cell) {
  int recorded = 0;
  for (harness::Verdict verdict : harness::kAllVerdicts)
    recorded += count_of(metric, harness::name_of(verdict));
  int errors = count_of(metric, "infra_error") + count_of(metric, "sandbox_error");
  if (errors > 0) {
    cell.footnotes.push_back(footnote_index(
        table,
        Message(
            "Incomplete: some samples ended in errors of ours, which are not counted as wrong.")));
  }
  if (metric.planned > 0 && recorded < metric.planned) {
    cell.footnotes.push_back(footnote_index(table, Message("Not all planned samples were run.")));
  }
  if (recorded > 0 && count_of(metric, "truncated") * 20 > recorded) {
    cell.footnotes.push_back(
        footnote_index(table, Message("More than 5 % of the replies hit the token limit.")));
  }
  const LanguageShare answers = language_share(metric.counts, "answer");
  if (answers.other * 20 > answers.decided()) {
    cell.footnotes.push_back(footnote_index(
        table, Message("More than 5 % of the answers to Korean questions are not in Korean.")));
  }
}

TableCell headline_cell(TableInput& table, const MetricResult& metric) {
  TableCell cell;
  cell.state = metric.value ? CellState::kScored : CellState::kUndefined;
  cell.value = metric.value;
  cell.ci_low = metric.ci_low;
  cell.ci_high = metric.ci_high;
  cell.ci_method = metric.ci_method;
  cell.se_run = metric.se_run;
  cell.se_total = metric.se_total;
  cell.metric = metric.metric;
  cell.task_version = metric.task_version;
  cell.n = metric.n;
  cell.repeats = metric.repeats;
  cell.planned = metric.planned;
  cell.counts = metric.counts;
  cell.strata = metric.strata;
  add_warnings(table, metric, cell);
  return cell;
}

LicencePasses passes_of(const harness::LicenceFigures& figures, harness::ScoreMode mode) {
  LicencePasses passes{.mode = harness::name_of(mode),
                       .rule = figures.rule,
                       .passed = figures.passed,
                       .of = figures.of,
                       .licences = {}};
  for (const harness::LicenceResult& licence : figures.licences) {
    LicencePass pass{.licence = licence.licence,
                     .passed = licence.passed,
                     .mean_of_subjects = licence.mean_of_subjects,
                     .lowest_subject = 100.0};
    for (const harness::SubjectResult& subject : licence.subjects)
      pass.lowest_subject = std::min(pass.lowest_subject, subject.percent);
    passes.licences.push_back(std::move(pass));
  }
  return passes;
}

void add_further_figures(TableCell& cell, const MetricResult& metric) {
  for (const auto& [name, value] : metric.variants)
    cell.variants.push_back({harness::name_of(metric.mode), name, value});
  for (const harness::FurtherFigure& figure : metric.further)
    cell.further.push_back(
        {harness::name_of(metric.mode), figure.name, figure.value, figure.ci_low, figure.ci_high});
  if (metric.licences)
    cell.licences.insert(metric.headline ? cell.licences.begin() : cell.licences.end(),
                         passes_of(*metric.licences, metric.mode));
}

void add_result(TableInput& table, TableRow& row, const MetricResult& metric) {
  TableCell& cell = row.cells[metric.task];
  if (metric.headline) {
    const TableCell before = std::move(cell);  // rows come in any order
    cell = headline_cell(table, metric);
    cell.other_mode = before.other_mode;
    cell.variants = before.variants;
    cell.further = before.further;
    cell.licences = before.licences;
  } else {
    cell.other_mode = OtherMode{harness::name_of(metric.mode), metric.value, metric.ci_low,
                                metric.ci_high, metric.differs_from_headline};
  }
  add_further_figures(cell, metric);
}

TableRow new_row(const std::string& id, const MetricResult& metric, const Registry* registry) {
  TableRow row;
  row.id = id;
  row.model = metric.model;
  row.name = metric.model;
  row.stand_in = metric.stand_in;
  // A stand-in shares a name with nobody: no parameters and no licence of the real model may
  // be shown for it.
  const RegistryModel* known =
      registry != nullptr && !metric.stand_in ? find_model(*registry, metric.model) : nullptr;
  if (known != nullptr) {
    row.name = known->name;
    row.national = known->role == ModelRole::kNational;
    row.total_params_b = known->total_params_b;
    row.active_params_b = known->active_params_b;
    row.licence = known->licence.short_name;
  }
  return row;
}

}  // namespace

void add_measured_rows(TableInput& table, const std::vector<RunFolder>& runs,
                       const Registry* registry) {
  bool stand_ins = false;
  for (const RunFolder& run : runs) {
    const std::map<std::string, QuestionSet> question_sets = question_sets_of(run.result);
    std::map<std::string, size_t> row_of_model;
    for (const MetricResult& metric : run.result.results) {
      add_column(table, metric.task, registry);
      auto [found, fresh] = row_of_model.try_emplace(metric.model, table.rows.size());
      if (fresh) {
        table.rows.push_back(
            new_row(fmt::format("{}/{}", run.name, metric.model), metric, registry));
        table.rows.back().origin = run.name;
        if (runs.size() > 1) table.rows.back().origin_title = run.name;
      }
      stand_ins = stand_ins || metric.stand_in;
      TableRow& row = table.rows[found->second];
      add_result(table, row, metric);
      if (const auto set = question_sets.find(metric.task); set != question_sets.end())
        row.cells[metric.task].question_set = set->second;
      if (const harness::TaskProfile* known =
              registry != nullptr ? find_task(*registry, metric.task) : nullptr) {
        TableCell& cell = row.cells[metric.task];
        cell.questions = why_not_published_questions(row, cell, *known)
                             ? QuestionOrigin::kOther
                             : QuestionOrigin::kPublished;
      }
    }
    if (!run.result.complete) {
      table.complete = false;
      table.notes.push_back(Message("The run {run} is incomplete.", {{"run", run.name}}));
    }
    for (const Message& warning : run.result.warnings) {
      // Of several runs, what they share is said once.
      if (std::find(table.notes.begin(), table.notes.end(), warning) == table.notes.end())
        table.notes.push_back(warning);
    }
  }
  for (Message& note : arithmetic_notes(runs))
    table.notes.push_back(std::move(note));
  separate_question_sets(table);
  if (stand_ins) {
    table.notes.push_back(
        Message("Stand-ins are models of a few megabytes with the real architectures; their scores "
                "say nothing about the real models."));
  }
}

TableInput make_table(const harness::RunResult& result, const Registry* registry) {
  TableInput table;
  table.title = Message("Comparison");
  RunFolder run;
  run.result = result;
  add_measured_rows(table, {run}, registry);
  return table;
}

}  // namespace jangwon::reports
