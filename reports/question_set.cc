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

}  // namespace

std::map<std::string, QuestionSet> question_sets_of(const harness::RunResult& result) {
  std::map<std::string, QuestionSet> sets;
  const Result<Json> settings = parse_json(result.settings_json);
  if (!settings.ok() || !settings->is_object() || !settings->contains("tasks") || !(*settings)["tasks"].is_array())
    return sets;
  for (const Json& task : (*settings)["tasks"]) {
    if (!task.is_object()) continue;
    const auto text_at = [&](const char* key) {
      return task.contains(key) && task[key].is_string() ? task[key].get<std::string>() : std::string();
    };
    sets[text_at("name")] = {text_at("dataset"), text_at("dataset_sha256")};
  }
  return sets;
}

std::optional<Bilingual> why_not_published_questions(const TableRow& row, const TableCell& cell,
                                                     const RegistryTask& task) {
  const QuestionSet& set = cell.question_set;
  if (row.stand_in) return Bilingual{"대역 모델은 실제 모델이 아니다", "A stand-in is not the real model"};
  if (set.dataset_sha256.empty())
    return Bilingual{"어떤 문제를 풀었는지 기록이 없다", "The run does not record which questions it asked"};
  if (set.dataset != task.dataset)
    return Bilingual{fmt::format("다른 문제 집합: {}", set.dataset), fmt::format("Other questions: {}", set.dataset)};
  if (cell.n != task.questions)
    return Bilingual{fmt::format("문항이 다름: 측정 {}문항, 공표 {}문항", cell.n, task.questions),
                     fmt::format("Other questions: {} measured, {} published", cell.n, task.questions)};
  const auto& known = task.dataset_sha256;
  if (!known.empty() && std::find(known.begin(), known.end(), set.dataset_sha256) == known.end())
    return Bilingual{fmt::format("확인되지 않은 사본: SHA-256 {}…", short_hash(set.dataset_sha256)),
                     fmt::format("An unconfirmed copy: SHA-256 {}…", short_hash(set.dataset_sha256))};
  return std::nullopt;
}

void separate_question_sets(TableInput& table) {
  for (const TableColumn& task : table.tasks) {
    std::vector<std::pair<std::string, int>> groups;  // hash and size, in order of appearance
    const auto visit = [&](const auto& body) {
      for (TableRow& row : table.rows) {
        const auto cell = row.cells.find(task.id);
        if (row.source != RowSource::kMeasured || cell == row.cells.end()) continue;
        if (!cell->second.question_set.dataset_sha256.empty()) body(cell->second);
      }
    };
    visit([&](const TableCell& cell) {
      const std::string& hash = cell.question_set.dataset_sha256;
      const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == hash; });
      if (group == groups.end()) {
        groups.emplace_back(hash, 1);
      } else {
        ++group->second;
      }
    });
    if (groups.size() < 2) continue;
    const std::string main = std::max_element(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
                               return a.second < b.second;
                             })->first;
    visit([&](TableCell& cell) {
      const QuestionSet& set = cell.question_set;
      if (set.dataset_sha256 == main || cell.state != CellState::kScored) return;
      cell.state = CellState::kNotComparable;
      cell.footnotes.push_back(footnote_index(table, {fmt::format("비교 불가: 다른 문제 집합 ({}, SHA-256 {}…).",
                                                                  set.dataset, short_hash(set.dataset_sha256)),
                                                      fmt::format("Not comparable: other questions ({}, SHA-256 {}…).",
                                                                  set.dataset, short_hash(set.dataset_sha256))}));
    });
  }
}

}  // namespace jangwon::reports
