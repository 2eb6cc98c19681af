#include "reports/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "reports/published_rows.h"
#include "reports/ranking.h"
#include "reports/report.h"
#include "reports/site/picks.h"
#include "runtime/base/file.h"
#include "tests/reports/fixture_run.h"

namespace jangwon::reports {
namespace {

const std::string kFolder = std::string(JANGWON_SOURCE_DIR) + "/reports/registry";

std::vector<harness::TaskProfile> shipped_tasks() {
  const Result<Registry> registry = read_installed_registry();
  EXPECT_TRUE(registry.ok()) << registry.status().message();
  return registry.ok() ? registry->tasks : std::vector<harness::TaskProfile>();
}

Registry shipped() {
  Result<Registry> registry = read_registry(kFolder, shipped_tasks());
  EXPECT_TRUE(registry.ok()) << registry.status().message();
  return registry.ok() ? *registry : Registry();
}

TEST(Registry, HoldsTheModelsWithSourcesForEveryStatement) {
  Registry registry = shipped();
  EXPECT_EQ(published_tasks(registry).size(), 4u);
  int national = 0, teams = 0, references = 0;
  for (const RegistryModel& model : registry.models) {
    national += model.role == ModelRole::kNational;
    teams += model.role == ModelRole::kNationalTeam;
    references += model.role == ModelRole::kReference;
    if (model.role == ModelRole::kReference) continue;
    for (const LicenceAxis& axis : licence_axes()) {
      EXPECT_NE(find_clause(model, axis.id), nullptr) << model.id << " " << axis.id;
    }
  }
  EXPECT_EQ(national, 6) << "three models, two generations";
  EXPECT_EQ(teams, 6) << "HyperCLOVA X, Motif 3, VAETKI in three sizes and with pictures";
  EXPECT_GE(references, 5);
  EXPECT_EQ(find_model(registry, "LGAI-EXAONE/K-EXAONE-236B-A23B")->id, "k_exaone");
}

TEST(Registry, WhatIsUnconfirmedHasNoNumber) {
  for (const RegistryModel& model : shipped().models) {
    for (const PublishedValue& published : model.published) {
      EXPECT_EQ(published.value.has_value(), published.confidence != Confidence::kUnconfirmed)
          << model.id << " " << published.task;
    }
  }
}

TEST(Registry, SaysWhereAScoreWasNeverPublished) {
  const Registry registry = shipped();
  for (const RegistryModel& model : registry.models) {
    if (model.role == ModelRole::kReference) continue;
    for (const harness::TaskProfile* task : published_tasks(registry)) {
      const auto about = [&](const PublishedValue& published) {
        return published.task == task->name;
      };
      EXPECT_TRUE(std::any_of(model.published.begin(), model.published.end(), about))
          << model.id << " " << task->name;
    }
  }
  TableInput table;
  add_published_rows(table, registry, PublishedScope::kAll);
  const auto row = std::find_if(table.rows.begin(), table.rows.end(),
                                [](const TableRow& row) { return row.model == "k_exaone_2"; });
  ASSERT_NE(row, table.rows.end());
  const TableCell& cell = cell_of(*row, "aime25");
  EXPECT_EQ(cell.state, CellState::kUndefined);
  ASSERT_EQ(cell.footnotes.size(), 1u);
  EXPECT_NE(table.footnotes[cell.footnotes[0]].english().find("AIME 2025 was never published"),
            std::string::npos);
}

// Each evaluation of the programme, and the day that the registry was read last.
TEST(Registry, HasReferencesOfTheSixMonthsBeforeEachEvaluation) {
  const Registry registry = shipped();
  const auto month_of = [](const std::string& day) {
    return std::stoi(day.substr(0, 4)) * 12 + std::stoi(day.substr(5, 2));
  };
  std::string read;
  for (const RegistrySource& source : registry.sources)
    read = std::max(read, source.read);
  for (const std::string& day : {std::string("2026-01-15"), std::string("2026-08-18"), read}) {
    std::map<std::string, int> values;  // comparable ones by task
    for (const RegistryModel& model : registry.models) {
      if (model.role != ModelRole::kReference || !model.released) continue;
      const int age = month_of(day) - month_of(*model.released);
      if (age < 0 || age > 6) continue;
      for (const PublishedValue& published : model.published) {
        const std::string& about = find_task(registry, published.task)->published->problem_set;
        values[published.task] += published.value && published.problem_set.value_or(about) == about;
      }
    }
    EXPECT_GT(values["mmlu_pro"], 0) << day;
    EXPECT_GT(values["livecodebench_v6"], 0) << day;
  }
}

TEST(Registry, RefusesAFileThatSaysTooMuchOrTooLittle) {
  struct BrokenCase {
    const char* name;
    const char* file;
    const char* from;
    const char* to;
    const char* message;
  };
  const BrokenCase kCases[] = {
      {"unknown key", "models/ax_k1.yaml", "organisation:", "organization:", "organisation"},
      {"unknown task", "models/ax_k1.yaml", "task: aime25", "task: aime2x", "aime25"},
      {"unknown source", "models/ax_k1.yaml", "source: ax_k1_report", "source: ax_k1_rapport",
       "ax_k1_report"},
      {"unknown axis", "models/ax_k1.yaml", "axis: outputs", "axis: output", "outputs"},
      {"unknown verdict", "models/ax_k1.yaml", "verdict: allowed", "verdict: alowed", "allowed"},
      {"impossible score", "models/ax_k1.yaml", "value: 89.8", "value: 189.8", "0 to 100"},
      {"plain address", "sources.yaml", "https://arxiv.org/abs/2601.09200",
       "http://arxiv.org/abs/2601.09200", "https://"},
  };
  for (const BrokenCase& broken : kCases) {
    std::string folder = make_temporary_folder("registry");
    std::filesystem::copy(kFolder, folder,
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    std::string path = folder + "/" + broken.file;
    std::string text = *read_file(path);
    size_t at = text.find(broken.from);
    ASSERT_NE(at, std::string::npos) << broken.name;
    text.replace(at, std::string(broken.from).size(), broken.to);
    std::ofstream(path, std::ios::binary) << text;
    Result<Registry> registry = read_registry(folder, shipped_tasks());
    ASSERT_FALSE(registry.ok()) << broken.name;
    EXPECT_NE(registry.status().message().find(broken.message), std::string::npos)
        << registry.status().message();
    EXPECT_NE(registry.status().message().find(".yaml:"), std::string::npos)
        << "names file and line";
    std::filesystem::remove_all(folder);
  }
}

TEST(PublishedTable, TheRegistryAloneRendersTheReportsWithTheirTieGroups) {
  Result<ReportData> data = load_report_data(ReportOptions());
  ASSERT_TRUE(data.ok()) << data.status().message();
  expect_approved("registry.txt", render_table(data->table, TableFormat::kText));
  expect_approved("registry.md", render_table(data->table, TableFormat::kMarkdown));
}

TEST(PublishedTable, SolarsCumulativeScoreIsNotComparableAndItsV6ScoreStandsBesideIt) {
  Registry registry = shipped();
  TableInput table;
  add_published_rows(table, registry, PublishedScope::kNational);
  auto solar = std::find_if(table.rows.begin(), table.rows.end(),
                            [](const TableRow& row) { return row.model == "solar_open"; });
  ASSERT_NE(solar, table.rows.end());
  const TableCell& cell = cell_of(*solar, "livecodebench_v6");
  EXPECT_EQ(cell.state, CellState::kScored);
  EXPECT_DOUBLE_EQ(*cell.value, 0.565);
  ASSERT_EQ(cell.beside.size(), 1u);
  EXPECT_EQ(cell.beside[0].state, CellState::kNotComparable);
  EXPECT_DOUBLE_EQ(*cell.beside[0].value, 0.742);
}

TEST(PublishedTable, ThreeOfFourFirstPlacesAreTies) {
  Registry registry = shipped();
  TableInput table;
  add_published_rows(table, registry, PublishedScope::kNational);
  rank_rows(table, {}, PublishedRanking::kNational);
  std::map<std::string, std::map<std::string, int>> groups;
  for (const TableRow& row : table.rows) {
    if (row.mode != "thinking") continue;
    for (const auto& [task, cell] : row.cells)
      groups[task][row.model] = cell.tie_group;
  }
  EXPECT_EQ(groups["aime25"]["k_exaone"], 1);
  EXPECT_EQ(groups["aime25"]["ax_k1"], 1);
  EXPECT_EQ(groups["livecodebench_v6"]["solar_open_2"], 1);
  EXPECT_EQ(groups["livecodebench_v6"]["ax_k2"], 1);
  EXPECT_EQ(groups["livecodebench_v6"]["k_exaone"], 2);
  EXPECT_EQ(groups["kmmlu_pro"]["ax_k2"], 1);
  EXPECT_EQ(groups["kmmlu_pro"]["solar_open_2"], 1);
  EXPECT_EQ(groups["kmmlu_pro"]["k_exaone_2"], 2);
  EXPECT_EQ(groups["mmlu_pro"]["solar_open_2"], 1);
  EXPECT_EQ(groups["mmlu_pro"]["k_exaone"], 2);
  EXPECT_EQ(groups["mmlu_pro"]["k_exaone_2"], 2);
}

TEST(PublishedTable, IsNeverRankedWithStandInsEvenWhenAsked) {
  std::string folder = make_temporary_folder("apart") + "/demo";
  write_fixture_run(folder, demo_like_run());
  ReportOptions options;
  options.runs = {folder};
  options.published = PublishedScope::kNational;
  Result<ReportData> data = load_report_data(options);
  ASSERT_TRUE(data.ok());
  for (PublishedRanking ranked : {PublishedRanking::kNone, PublishedRanking::kTogether}) {
    options.ranking = ranked;
    data = load_report_data(options);
    ASSERT_TRUE(data.ok());
    EXPECT_FALSE(data->rankings.empty());
    for (const TaskRanking& ranking : data->rankings) {
      RowSource source = data->table.rows[ranking.rows.front()].source;
      for (size_t row : ranking.rows)
        EXPECT_EQ(data->table.rows[row].source, source);
    }
  }
}

TEST(Pick, FiltersFirstAndNamesAGroup) {
  Registry registry = shipped();
  TableInput table;
  add_published_rows(table, registry, PublishedScope::kAll);
  std::map<std::string, Pick> picks;
  for (const Persona& persona : registry.personas)
    picks[persona.id] = make_pick(persona, registry, table);
  ASSERT_EQ(picks["efficiency"].candidates.size(), 1u)
      << "of the models up to 140 B only one has all four scores";
  EXPECT_EQ(picks["efficiency"].candidates[0].model->id, "solar_open");
  // VAETKI has KMMLU-Pro scores too; K-EXAONE and Kanana-2 need a separate agreement to be offered
  // to third parties for profit.
  const std::vector<PickCandidate>& korean = picks["korean_licence"].candidates;
  std::vector<std::string> order;
  for (const PickCandidate& candidate : korean)
    order.push_back(candidate.model->id);
  EXPECT_EQ(order, (std::vector<std::string>{"ax_k2", "solar_open_2", "k_exaone_2", "ax_k1",
                                             "solar_open", "vaetki", "vaetki_7b"}));
  EXPECT_TRUE(korean[1].in_group)
      << "two points apart on 2,822 questions, after correction for seven models";
  EXPECT_FALSE(korean[2].in_group) << "eleven points apart";
  double shares = 0.0;
  for (const PickCandidate& candidate : picks["best_score"].candidates)
    shares += candidate.first_share;
  EXPECT_NEAR(shares, 1.0, 1e-9);
}

}  // namespace
}  // namespace jangwon::reports
