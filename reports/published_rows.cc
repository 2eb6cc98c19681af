// Published values side by side without pretending that they are one experiment. The guard and
// the footnotes are here; that no published value is ever ranked with a measured one is
// decided in ranking.cc.

#include "reports/published_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/stats/wilson.h"

namespace jangwon::reports {
namespace {

void add_columns(TableInput& table, const Registry& registry) {
  for (const harness::TaskProfile* task : published_tasks(registry)) {
    bool known = std::any_of(table.tasks.begin(), table.tasks.end(),
                             [&](const TableColumn& column) { return column.id == task->name; });
    if (!known) table.tasks.push_back({task->name, task->title, task->domain, ""});
  }
}

std::string settings_text(const PublishedValue& published) {
  std::vector<std::string> parts;
  if (published.window) parts.push_back("window " + *published.window);
  if (published.sampling) parts.push_back(*published.sampling);
  if (published.repeats) parts.push_back(fmt::format("{} runs a question", *published.repeats));
  return fmt::format("{}", fmt::join(parts, "; "));
}

TableCell published_cell(TableInput& table, const Registry& registry, const RegistryModel& model,
                         const PublishedValue& published) {
  const harness::PublishedBenchmark& task = *find_task(registry, published.task)->published;
  TableCell cell;
  cell.questions = QuestionOrigin::kPublished;
  cell.metric = task.metric;
  cell.n = task.questions;
  cell.repeats = published.repeats.value_or(0);
  cell.settings = settings_text(published);
  if (!published.value) {
    cell.state = CellState::kUndefined;
    cell.n = 0;
    cell.footnotes.push_back(footnote_index(
        table, published.note.empty()
                   ? Message("Unconfirmed: no source that was read states the value.")
                   : published.note));
    return cell;
  }
  cell.value = published.value;
  const RegistrySource& source = *find_source(registry, published.source);
  if (published.problem_set && *published.problem_set != task.problem_set) {
    cell.state = CellState::kNotComparable;
    cell.n = 0;
    cell.footnotes.push_back(footnote_index(
        table, Message("Not comparable: {problem_set} ({source}).",
                       {{"problem_set", *find_problem_set(registry, *published.problem_set)},
                        {"source", source.title}})));
    return cell;
  }
  cell.state = CellState::kScored;
  harness::Interval interval = harness::wilson_interval(*published.value, task.questions);
  cell.ci_low = interval.low;
  cell.ci_high = interval.high;
  cell.ci_method = "wilson_one_run";
  if (!published.problem_set) {
    cell.footnotes.push_back(
        footnote_index(table, Message("The source does not state the window.")));
  }
  if (!published.repeats) {
    cell.footnotes.push_back(footnote_index(
        table,
        Message("The source does not state the runs a question; the interval assumes one.")));
  }
  if (!published.note.empty()) cell.footnotes.push_back(footnote_index(table, published.note));
  if (!is_first_party(model, source)) {
    cell.footnotes.push_back(
        footnote_index(table, Message("Measured by another company for its own report.")));
  }
  return cell;
}

// The row that a value belongs to: its own source's, except that later documents of the model's own
// publisher join the row of the first one, so that a model has one first-party row a mode.
std::string row_source(const Registry& registry, const RegistryModel& model,
                       const PublishedValue& published) {
  for (const PublishedValue& earlier : model.published) {
    if (earlier.mode != published.mode) continue;
    const RegistrySource& source = *find_source(registry, earlier.source);
    bool both_first = is_first_party(model, source) &&
                      is_first_party(model, *find_source(registry, published.source));
    if (earlier.source == published.source || both_first) return earlier.source;
  }
  return published.source;
}

// Puts a value into a cell that may hold one already: comparable values come first,
// others stand beside.
void place(TableInput& table, const Registry& registry, TableRow& row,
           const PublishedValue& published, TableCell cell) {
  if (published.source != row.origin && cell.state == CellState::kScored) {
    const RegistrySource& source = *find_source(registry, published.source);
    cell.footnotes.push_back(
        footnote_index(table, Message("From the {source}.", {{"source", source.title}})));
  }
  auto [found, fresh] = row.cells.try_emplace(published.task, cell);
  if (fresh) return;
  TableCell& present = found->second;
  if (present.state != CellState::kScored && cell.state == CellState::kScored)
    std::swap(present, cell);
  present.beside.push_back(std::move(cell));
}

void add_model_rows(TableInput& table, const Registry& registry, const RegistryModel& model) {
  std::map<std::string, size_t> row_of_key;
  for (const PublishedValue& published : model.published) {
    std::string source_id = row_source(registry, model, published);
    std::string key = fmt::format("published/{}/{}/{}", model.id, published.mode, source_id);
    auto [found, fresh] = row_of_key.try_emplace(key, table.rows.size());
    if (fresh) {
      TableRow row;
      row.id = key;
      row.model = model.id;
      row.name = model.name;
      row.source = RowSource::kPublished;
      row.national = model.role == ModelRole::kNational;
      row.mode = published.mode;
      row.origin = source_id;
      row.origin_title = find_source(registry, source_id)->title;
      row.total_params_b = model.total_params_b;
      row.active_params_b = model.active_params_b;
      row.licence = model.licence.short_name;
      table.rows.push_back(std::move(row));
    }
    place(table, registry, table.rows[found->second], published,
          published_cell(table, registry, model, published));
  }
}

// Beside published values a reader must see which measured ones are about other questions.
void mark_other_questions(TableInput& table) {
  for (TableRow& row : table.rows) {
    if (row.source != RowSource::kMeasured) continue;
    for (auto& [task, cell] : row.cells) {
      if (cell.state != CellState::kScored || cell.questions != QuestionOrigin::kOther) continue;
      cell.footnotes.push_back(
          footnote_index(table, Message("Other questions than the published values are about: not "
                                        "comparable (n/c) with those.")));
    }
  }
}

}  // namespace

void add_published_rows(TableInput& table, const Registry& registry, PublishedScope scope) {
  add_columns(table, registry);
  for (const RegistryModel& model : registry.models) {
    if (scope == PublishedScope::kAll || model.role == ModelRole::kNational)
      add_model_rows(table, registry, model);
  }
  mark_other_questions(table);
}

}  // namespace jangwon::reports
