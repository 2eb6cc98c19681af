#include "harness/task/task_spec.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/task/derived_columns.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

const char kGood[] = R"(name: quiz
version: "3"
dataset: {bundled: quiz_data}
prompt:
  default: plain
  styles:
    other:
      completion: "Q: {{ question }}"
    plain:
      messages:
        - {role: user, template: "{{ question }}"}
sampling: {temperature: 0.5, max_tokens: 10, stop: ["\n"]}
reasoning: strip
scorers:
  - {name: integer, options: {rule: exact}}
strata:
  level:
)";

class TaskSpecTest : public testing::Test {
 protected:
  TaskSpecTest() : root_(testing::TempDir() + "/task_spec_" + std::to_string(getpid())) {
    std::filesystem::create_directories(root_ + "/quiz");
  }
  ~TaskSpecTest() override { std::filesystem::remove_all(root_); }
  Result<TaskSpec> read(const std::string& text) {
    EXPECT_TRUE(write_file_atomically(root_ + "/quiz/task.yaml", text).ok());
    return read_task_spec(root_ + "/quiz");
  }
  std::string root_;
};

TEST_F(TaskSpecTest, ReadsEverySection) {
  const Result<TaskSpec> task = read(kGood);
  ASSERT_TRUE(task.ok()) << task.status().message();
  EXPECT_EQ(task->name, "quiz");
  EXPECT_EQ(task->version, "3");
  EXPECT_EQ(task->styles.front().name, "plain") << "the default style comes first";
  EXPECT_EQ(task->sampling.temperature, 0.5);
  EXPECT_FALSE(task->sampling.top_p.has_value());
  EXPECT_EQ(task->scorers.front().options->dump(), R"({"rule":"exact"})");
  EXPECT_EQ((*find_style(*task, "other"))->completion, "Q: {{ question }}");
  EXPECT_FALSE(find_style(*task, "oter").ok());
}

TEST_F(TaskSpecTest, StylesAreFoundByAliasWhateverTheCase) {
  const std::string text = std::string(kGood).replace(std::string(kGood).find("    other:\n"), 11,
                                                      "    other_style:\n      aliases: [Mine]\n");
  const Result<TaskSpec> task = read(text);
  ASSERT_TRUE(task.ok()) << task.status().message();
  for (const char* name : {"other_style", "OtherStyle", "other-style", "mine"})
    EXPECT_EQ((*find_style(*task, name))->name, "other_style") << name;
}

TEST_F(TaskSpecTest, WindowsAreFoundByNameAndByWhatTheySelect) {
  const std::string windows =
      "windows:\n  all: {release: v2, num_samples: 9}\n  late: {release: v2, start_date: "
      "\"2025-02-01\"}\n";
  const Result<TaskSpec> task = read(std::string(kGood) + windows);
  ASSERT_TRUE(task.ok()) << task.status().message();
  EXPECT_EQ((*find_window(*task, "all"))->num_samples, 9);
  EXPECT_EQ(window_name(*task, "v2", "2025-02-01", ""), "late");
  EXPECT_EQ(window_name(*task, "v1", "", ""), "");
  EXPECT_NE(find_window(*task, "lat").status().message().find("did you mean \"late\"?"),
            std::string::npos);
}

TEST(LivecodebenchTask, NamesTheFourBenchmarksThatAreCalledV6) {
  const Result<TaskSpec> task = find_task("livecodebench_v6", "");
  ASSERT_TRUE(task.ok()) << task.status().message();
  std::vector<int> sizes;
  for (const WindowSpec& window : task->windows)
    sizes.push_back(window.num_samples);
  EXPECT_EQ(sizes, (std::vector<int>{1055, 175, 131, 454}));
}

TEST(DerivedColumns, GiveTheMonthAndTheKnownDefect) {
  const Result<TaskSpec> task = find_task("livecodebench_v6", "");
  ASSERT_TRUE(task.ok()) << task.status().message();
  const Result<DerivedColumns> columns = DerivedColumns::make(*task);
  ASSERT_TRUE(columns.ok()) << columns.status().message();
  using Map = std::map<std::string, std::string>;
  EXPECT_EQ(columns->of("abc337_e", "2025-01-04T18:30:00"),
            (Map{{"month", "2025-01"}, {"erratum", "interactive"}}));
  EXPECT_EQ(columns->of("abc999_a", ""), (Map{{"erratum", "none"}}));
  nlohmann::ordered_json row = {{"contest_date", "2024-08-01T00:00:00"}};
  columns->add_to(row, "3194", "contest_date");
  EXPECT_EQ(
      row.dump(),
      R"({"contest_date":"2024-08-01T00:00:00","erratum":"several_answers","month":"2024-08"})");
}

TEST_F(TaskSpecTest, AnIdUnderTwoKindsOfErrataIsRefused) {
  const std::string path = root_ + "/errata.yaml";
  ASSERT_TRUE(
      write_file_atomically(path, "version: 1\nerrata:\n  wrong_tests: [a]\n  interactive: [a]\n")
          .ok());
  EXPECT_NE(read_errata(path).status().message().find("the question a stands under two kinds"),
            std::string::npos);
}

struct Refusal {
  const char* what;
  const char* from;
  const char* to;
  const char* expected;
};

TEST_F(TaskSpecTest, MistakesNameTheirLineAndTheNearestRightName) {
  const Refusal refusals[] = {
      {"unknown key",
       "strata:", "strat:", "task.yaml:16: unknown key \"strat\"; did you mean \"strata\"?"},
      {"strata as a list", "strata:\n  level:", "strata: [level]",
       "task.yaml:16: strata must be a mapping"},
      {"unknown key of a stratum", "level:", "level: {titl: x}", "did you mean \"title\"?"},
      {"unknown metric", "strata:", "metrics: [pass@2, majority]\nstrata:", "did you mean"},
      {"k of a metric", "strata:", "metrics: [pass@0]\nstrata:", "k of pass@0 is \"0\""},
      {"title in one language", "strata:", "title: {ko: 퀴즈}\nstrata:", "\"en\" is missing"},
      {"unknown problem set", "strata:",
       "published: {problem_set: b, problem_sets: {a: A}}\nstrata:", "unknown problem_set \"b\""},
      {"unknown format of an export",
       "strata:", "exports: {lm_eval: quiz}\nstrata:", "did you mean \"lm-eval\"?"},
      {"score above 1",
       "strata:", "plan: {score: 80}\nstrata:", "score is \"80\"; it must be a number from 0 to 1"},
      {"unknown rule for the thinking", "reasoning: strip", "reasoning: strp",
       "task.yaml:13: unknown reasoning \"strp\""},
      {"the key of earlier versions", "reasoning: strip", "filters: [strip_reasoning]",
       "task.yaml:13: there is no key \"filters\" any more; write \"reasoning: strip\""},
      {"another key of earlier versions", "strata:\n  level:", "strata_keys: [level]",
       "task.yaml:16: there is no key \"strata_keys\" any more; write \"strata:\""},
      {"unknown role", "role: user", "role: usr", "unknown role \"usr\""},
      {"unknown sampling key", "max_tokens", "max_token",
       "task.yaml:12: unknown key \"max_token\""},
      {"no scorer", "scorers:\n  - {name: integer, options: {rule: exact}}", "scorers: []",
       "exactly one scorer"},
      {"missing version", "version: \"3\"\n", "", "\"version\" is missing"},
      {"bad default", "default: plain", "default: plan", "did you mean \"plain\"?"},
      {"both kinds of prompt",
       "completion:", "num_fewshot: 1\n      messages: []\n      continuation:", "needs either"},
      {"negative temperature", "temperature: 0.5", "temperature: -1",
       "task.yaml:12: temperature is \"-1\"; it must be a number from 0 to 100"},
      {"two keys", "version: \"3\"", "version: \"3\"\nversion: \"4\"", "stands twice"},
      {"wrong kind", "version: \"3\"", "version: \"3\"\nkind: generat",
       "did you mean \"generate\"?"},
      {"no data", "{bundled: quiz_data}", "{split: test}", "a data set is needed"},
  };
  for (const Refusal& refusal : refusals) {
    std::string text = kGood;
    const size_t at = text.find(refusal.from);
    ASSERT_NE(at, std::string::npos) << refusal.what;
    text.replace(at, std::string(refusal.from).size(), refusal.to);
    const Result<TaskSpec> task = read(text);
    ASSERT_FALSE(task.ok()) << refusal.what;
    EXPECT_NE(task.status().message().find(refusal.expected), std::string::npos)
        << refusal.what << ": " << task.status().message();
  }
}

TEST_F(TaskSpecTest, TasksOfOtherFoldersAreFoundByIncludePathAndByTheirOwnPath) {
  ASSERT_TRUE(read(kGood).ok());
  EXPECT_TRUE(find_task("quiz", root_).ok());
  EXPECT_TRUE(find_task(root_ + "/quiz", "").ok());
  EXPECT_FALSE(find_task("quiz", "").ok());
  EXPECT_FALSE(find_task(root_ + "/none", "").ok());
}

// What a task says of itself goes into run.json and is read back by whoever shows the run.
TEST_F(TaskSpecTest, AProfileComesBackFromItsJson) {
  const std::string profile = R"(
title: {ko: 퀴즈, en: Quiz}
description: One text.
language: ko
aliases: [Kwiz]
groups: [mine, korean]
metrics: [pass@2, majority@4, spread]
cluster_key: source
date_window: {date: asked_on, filters: [level]}
chance: 0.25
published: {hub: me/quiz, questions: 40, tolerance_points: 1.5, problem_sets: {quiz: {ko: 퀴즈 전체, en: all of it}}}
plan: {run_variance: 0.1, margin_points: 4}
exports: {lm-eval: kwiz}
)";
  const std::string strata =
      "strata:\n  level:\n    title: {ko: 수준별, en: By level}\n    plot: true\n    values: "
      "{\"2\": {ko: 어려움, en: hard}, \"1\": easy}\n";
  std::string text = kGood;
  text.replace(text.find("strata:"), std::string::npos, strata + profile);
  const Result<TaskSpec> task = read(text);
  ASSERT_TRUE(task.ok()) << task.status().message();
  const Result<TaskProfile> back = parse_task_profile(*task->recorded_profile, "run.json");
  ASSERT_TRUE(back.ok()) << back.status().message();
  for (const TaskProfile* read : {&task->profile, &*back}) {
    EXPECT_EQ(read->title, Message::value("Quiz", "퀴즈"));
    EXPECT_EQ(read->description, Message::value("One text."));
    EXPECT_EQ(read->language, "ko");
    EXPECT_EQ(read->groups, (std::vector<std::string>{"mine", "korean"}));
    ASSERT_EQ(read->strata.size(), 1u);
    EXPECT_EQ(read->strata[0].title.english(), "By level");
    EXPECT_TRUE(read->strata[0].plot);
    ASSERT_EQ(read->strata[0].values.size(), 2u);
    EXPECT_EQ(read->strata[0].values[0].value, "2")
        << "values keep the order in which they are written";
    EXPECT_EQ(read->strata[0].values[1].title, Message::value("easy"));
    ASSERT_EQ(read->metrics.size(), 3u);
    EXPECT_EQ(read->metrics[1].kind, FurtherMetric::Kind::kMajorityAtK);
    EXPECT_EQ(read->metrics[1].k, 4);
    EXPECT_EQ(read->columns(), (std::vector<std::string>{"asked_on", "level", "source"}));
    EXPECT_EQ(read->published->hub, "me/quiz");
    EXPECT_DOUBLE_EQ(read->published->tolerance, 0.015);
    EXPECT_DOUBLE_EQ(read->plan->margin, 0.04);
    EXPECT_DOUBLE_EQ(read->plan->question_variance, PlanningValues().question_variance);
    EXPECT_EQ(read->exports.at("lm-eval"), "kwiz");
  }
}

TEST_F(TaskSpecTest, AGroupIsWhatItsTasksSay) {
  ASSERT_TRUE(read(std::string(kGood) + "groups: [mine, korean]\naliases: [Kwiz]\n").ok());
  const auto names_of = [](const std::vector<TaskSpec>& tasks) {
    std::vector<std::string> names;
    for (const TaskSpec& task : tasks)
      names.push_back(task.name);
    return names;
  };
  const Result<std::vector<TaskSpec>> mine = find_tasks("mine", root_);
  ASSERT_TRUE(mine.ok()) << mine.status().message();
  EXPECT_EQ(names_of(*mine), std::vector<std::string>{"quiz"});
  EXPECT_EQ(names_of(*find_tasks("kwiz", root_)), std::vector<std::string>{"quiz"})
      << "a task of that name";
  const std::vector<std::string> korean = names_of(*find_tasks("Korean", root_));
  EXPECT_NE(std::find(korean.begin(), korean.end(), "quiz"), korean.end());
  EXPECT_NE(std::find(korean.begin(), korean.end(), "kmmlu_pro"), korean.end());
  EXPECT_EQ(names_of(*find_tasks("korean", "")).size() + 1, korean.size());
  EXPECT_NE(find_tasks("korea", root_).status().message().find("did you mean \"korean\"?"),
            std::string::npos);
}

TEST_F(TaskSpecTest, ATaskMayNotTakeTheNameOfAnother) {
  ASSERT_TRUE(read(std::string(kGood) + "aliases: [aime-25]\n").ok());
  EXPECT_NE(list_tasks(root_).status().message().find("two tasks are called"), std::string::npos);
}

// Tables, pages, plans and exports know a task by its folder alone: what is missing there is
// missing everywhere.
TEST(TaskCatalogue, EveryTaskSaysAllOfItself) {
  const Result<std::vector<TaskSpec>> tasks = list_tasks("");
  ASSERT_TRUE(tasks.ok()) << tasks.status().message();
  ASSERT_GE(tasks->size(), 4u);
  for (const TaskSpec& task : *tasks) {
    const TaskProfile& profile = task.profile;
    EXPECT_NE(profile.title.text(), task.name) << task.name << " has no title";
    EXPECT_NE(profile.description.find("korean"), nullptr)
        << task.name << " is described in one language";
    EXPECT_FALSE(profile.domain.empty()) << task.name;
    EXPECT_FALSE(profile.groups.empty()) << task.name;
    EXPECT_FALSE(profile.language.empty()) << task.name;
    ASSERT_TRUE(profile.plan.has_value()) << task.name;
    ASSERT_TRUE(profile.published.has_value()) << task.name;
    EXPECT_NE(profile.published->hub.find('/'), std::string::npos) << task.name;
    EXPECT_GT(profile.published->questions, 0) << task.name;
    for (const StratumColumn& stratum : profile.strata)
      EXPECT_NE(stratum.title.find("korean"), nullptr) << task.name << ", " << stratum.column;
  }
}

TEST(TaskCatalogue, EveryKeyOfAProfileStandsInTheReadme) {
  const Result<std::string> readme = read_file(JANGWON_SOURCE_DIR "/tasks/README.md");
  ASSERT_TRUE(readme.ok()) << readme.status().message();
  for (const std::string& key : profile_keys()) {
    const bool named = readme->find("`" + key + "`") != std::string::npos ||
                       readme->find("`" + key + ".") != std::string::npos;
    EXPECT_TRUE(named) << key;
  }
}

TEST(TaskCatalogue, KnowsTheSpellingsOfOtherHarnesses) {
  for (const char* spelling : {"MMLU-Pro", "mmlu_pro", "aime2025", "LiveCodeBench-v6",
                               "lcb:codegeneration", "kmmlu-pro"}) {
    EXPECT_TRUE(find_task(spelling, "").ok()) << spelling;
  }
  EXPECT_NE(find_task("mmlu_prod", "").status().message().find("did you mean \"mmlu_pro\"?"),
            std::string::npos);
}

}  // namespace
}  // namespace jangwon::harness
