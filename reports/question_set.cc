#include "reports/question_set.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

std::string short_hash(const std::string& sha256) {
  return sha256.substr(0, 8);
}

// Questions that were asked, counted or not; 0 where the run did not record its plan.
int asked_of(const TableCell& cell) {
  return cell.repeats > 0 ? cell.planned / cell.repeats : 0;
}

// Why `cell` must not stand in one column with `main`; absent where it may. Two limits of one data
// set have its hash, and a changed task the questions of the old one.
std::optional<Message> difference_of(const TableCell& main, const TableCell& cell) {
  const QuestionSet& set = cell.question_set;
  if (set.dataset_sha256 != main.question_set.dataset_sha256) {
    return Message("Not comparable: other questions ({dataset}, SHA-256 {hash}…).",
                   {{"dataset", set.dataset}, {"hash", short_hash(set.dataset_sha256)}});
  }
  if (asked_of(cell) != asked_of(main)) {
    return Message("Not comparable: another part of the same questions ({questions} of them).",
                   {{"questions", asked_of(cell)}});
  }
  if (cell.task_version != main.task_version) {
    return Message("Not comparable: another version of the task ({version}).",
                   {{"version", cell.task_version}});
  }
  if (cell.metric != main.metric)
    return Message("Not comparable: another metric ({metric}).", {{"metric", cell.metric}});
  return std::nullopt;
}

}  // namespace

std::map<std::string, QuestionSet> question_sets_of(const harness::RunResult& result) {
  std::map<std::string, QuestionSet> sets;
  const Json& settings = *result.settings;
  if (!settings.contains("tasks") || !settings["tasks"].is_array()) return sets;
  for (const Json& task : settings["tasks"]) {
    if (!task.is_object()) continue;
    const auto text_at = [&](const char* key) {
      return task.contains(key) && task[key].is_string() ? task[key].get<std::string>()
                                                         : std::string();
    };
    sets[text_at("name")] = {text_at("dataset"), text_at("dataset_sha256")};
  }
  return sets;
}

std::optional<Message> why_not_published_questions(const TableRow& row, const TableCell& cell,
                                                   const harness::TaskProfile& task) {
  const QuestionSet& set = cell.question_set;
  if (!task.published) return Message("Not a published benchmark");
  if (row.stand_in) return Message("A stand-in is not the real model");
  if (set.dataset_sha256.empty())
    return Message("The run does not record which questions it asked");
  if (set.dataset != task.published_dataset)
    return Message("Other questions: {dataset}", {{"dataset", set.dataset}});
  if (cell.n != task.published->questions)
    return Message("Other questions: {measured} measured, {published} published",
                   {{"measured", cell.n}, {"published", task.published->questions}});
  const auto& known = task.published->dataset_sha256;
  if (!known.empty() && std::find(known.begin(), known.end(), set.dataset_sha256) == known.end())
    return Message("An unconfirmed copy: SHA-256 {hash}…",
                   {{"hash", short_hash(set.dataset_sha256)}});
  return std::nullopt;
}

void separate_question_sets(TableInput& table) {
  for (const TableColumn& task : table.tasks) {
    std::vector<TableCell*> cells;
    for (TableRow& row : table.rows) {
      const auto cell = row.cells.find(task.id);
      if (row.source != RowSource::kMeasured || cell == row.cells.end()) continue;
      if (!cell->second.question_set.dataset_sha256.empty()) cells.push_back(&cell->second);
    }
    const auto alike = [&](const TableCell& cell) {
      return std::count_if(cells.begin(), cells.end(),
                           [&](const TableCell* other) { return !difference_of(cell, *other); });
    };
    const auto main = std::max_element(
        cells.begin(), cells.end(),
        [&](const TableCell* a, const TableCell* b) { return alike(*a) < alike(*b); });
    for (TableCell* cell : cells) {
      const auto difference = difference_of(**main, *cell);
      if (!difference || cell->state != CellState::kScored) continue;
      cell->state = CellState::kNotComparable;
      cell->footnotes.push_back(footnote_index(table, *difference));
    }
  }
}

}  // namespace jangwon::reports
