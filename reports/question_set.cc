#include "reports/question_set.h"

#include <fmt/format.h>

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
std::optional<Bilingual> difference_of(const TableCell& main, const TableCell& cell) {
  const QuestionSet& set = cell.question_set;
  if (set.dataset_sha256 != main.question_set.dataset_sha256) {
    return Bilingual{fmt::format("비교 불가: 다른 문제 집합 ({}, SHA-256 {}…).", set.dataset,
                                 short_hash(set.dataset_sha256)),
                     fmt::format("Not comparable: other questions ({}, SHA-256 {}…).", set.dataset,
                                 short_hash(set.dataset_sha256))};
  }
  if (asked_of(cell) != asked_of(main)) {
    return Bilingual{fmt::format("비교 불가: 같은 문제 집합에서 {}문항만 물었다.", asked_of(cell)),
                     fmt::format("Not comparable: another part of the same questions ({} of them).",
                                 asked_of(cell))};
  }
  if (cell.task_version != main.task_version) {
    return Bilingual{
        fmt::format("비교 불가: 과제의 다른 판 ({}).", cell.task_version),
        fmt::format("Not comparable: another version of the task ({}).", cell.task_version)};
  }
  if (cell.metric != main.metric) {
    return Bilingual{fmt::format("비교 불가: 다른 지표 ({}).", cell.metric),
                     fmt::format("Not comparable: another metric ({}).", cell.metric)};
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, QuestionSet> question_sets_of(const harness::RunResult& result) {
  std::map<std::string, QuestionSet> sets;
  const Result<Json> settings = parse_json(result.settings_json);
  if (!settings.ok() || !settings->is_object() || !settings->contains("tasks") ||
      !(*settings)["tasks"].is_array())
    return sets;
  for (const Json& task : (*settings)["tasks"]) {
    if (!task.is_object()) continue;
    const auto text_at = [&](const char* key) {
      return task.contains(key) && task[key].is_string() ? task[key].get<std::string>()
                                                         : std::string();
    };
    sets[text_at("name")] = {text_at("dataset"), text_at("dataset_sha256")};
  }
  return sets;
}

std::optional<Bilingual> why_not_published_questions(const TableRow& row, const TableCell& cell,
                                                     const harness::TaskProfile& task) {
  const QuestionSet& set = cell.question_set;
  if (!task.published) return Bilingual{"공표된 벤치마크가 아니다", "Not a published benchmark"};
  if (row.stand_in)
    return Bilingual{"대역 모델은 실제 모델이 아니다", "A stand-in is not the real model"};
  if (set.dataset_sha256.empty())
    return Bilingual{"어떤 문제를 풀었는지 기록이 없다",
                     "The run does not record which questions it asked"};
  if (set.dataset != task.published_dataset)
    return Bilingual{fmt::format("다른 문제 집합: {}", set.dataset),
                     fmt::format("Other questions: {}", set.dataset)};
  if (cell.n != task.published->questions)
    return Bilingual{
        fmt::format("문항이 다름: 측정 {}문항, 공표 {}문항", cell.n, task.published->questions),
        fmt::format("Other questions: {} measured, {} published", cell.n,
                    task.published->questions)};
  const auto& known = task.published->dataset_sha256;
  if (!known.empty() && std::find(known.begin(), known.end(), set.dataset_sha256) == known.end())
    return Bilingual{
        fmt::format("확인되지 않은 사본: SHA-256 {}…", short_hash(set.dataset_sha256)),
        fmt::format("An unconfirmed copy: SHA-256 {}…", short_hash(set.dataset_sha256))};
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
