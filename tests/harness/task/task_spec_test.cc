#include "harness/task/task_spec.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

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
strata_keys: [level]
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
  EXPECT_EQ(task->scorers.front().options_json, R"({"rule":"exact"})");
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
      "windows:\n  all: {release: v2, num_samples: 9}\n  late: {release: v2, start_date: \"2025-02-01\"}\n";
  const Result<TaskSpec> task = read(std::string(kGood) + windows);
  ASSERT_TRUE(task.ok()) << task.status().message();
  EXPECT_EQ((*find_window(*task, "all"))->num_samples, 9);
  EXPECT_EQ(window_name(*task, "v2", "2025-02-01", ""), "late");
  EXPECT_EQ(window_name(*task, "v1", "", ""), "");
  EXPECT_NE(find_window(*task, "lat").status().message().find("did you mean \"late\"?"), std::string::npos);
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
  EXPECT_EQ(columns->of("abc337_e", "2025-01-04T18:30:00"), (Map{{"month", "2025-01"}, {"erratum", "interactive"}}));
  EXPECT_EQ(columns->of("abc999_a", ""), (Map{{"erratum", "none"}}));
  std::string metadata = R"({"contest_date":"2024-08-01T00:00:00"})";
  ASSERT_TRUE(columns->add_to(metadata, "3194", "contest_date").ok());
  EXPECT_EQ(metadata, R"({"contest_date":"2024-08-01T00:00:00","erratum":"several_answers","month":"2024-08"})");
}

TEST_F(TaskSpecTest, AnIdUnderTwoKindsOfErrataIsRefused) {
  const std::string path = root_ + "/errata.yaml";
  ASSERT_TRUE(write_file_atomically(path, "version: 1\nerrata:\n  wrong_tests: [a]\n  interactive: [a]\n").ok());
  EXPECT_NE(read_errata(path).status().message().find("the question a stands under two kinds"), std::string::npos);
}

struct Refusal {
  const char* what;
  const char* from;
  const char* to;
  const char* expected;
};

TEST_F(TaskSpecTest, MistakesNameTheirLineAndTheNearestRightName) {
  const Refusal refusals[] = {
      {"unknown key", "strata_keys", "strata_key",
       "task.yaml:16: unknown key \"strata_key\"; did you mean \"strata_keys\"?"},
      {"unknown rule for the thinking", "reasoning: strip", "reasoning: strp",
       "task.yaml:13: unknown reasoning \"strp\""},
      {"the key of earlier versions", "reasoning: strip", "filters: [strip_reasoning]",
       "task.yaml:13: there is no key \"filters\" any more; write \"reasoning: strip\""},
      {"unknown role", "role: user", "role: usr", "unknown role \"usr\""},
      {"unknown sampling key", "max_tokens", "max_token", "task.yaml:12: unknown key \"max_token\""},
      {"no scorer", "scorers:\n  - {name: integer, options: {rule: exact}}", "scorers: []", "exactly one scorer"},
      {"missing version", "version: \"3\"\n", "", "\"version\" is missing"},
      {"bad default", "default: plain", "default: plan", "did you mean \"plain\"?"},
      {"both kinds of prompt",
       "completion:", "num_fewshot: 1\n      messages: []\n      continuation:", "needs either"},
      {"negative temperature", "temperature: 0.5", "temperature: -1",
       "task.yaml:12: temperature is \"-1\"; it must be a number from 0 to 100"},
      {"two keys", "version: \"3\"", "version: \"3\"\nversion: \"4\"", "stands twice"},
      {"wrong kind", "version: \"3\"", "version: \"3\"\nkind: generat", "did you mean \"generate\"?"},
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

TEST(TaskCatalogue, HasTheFourTasksAndKnowsTheirOtherSpellings) {
  const Result<std::vector<TaskSpec>> tasks = list_tasks("");
  ASSERT_TRUE(tasks.ok()) << tasks.status().message();
  std::vector<std::string> names;
  for (const TaskSpec& task : *tasks)
    names.push_back(task.name);
  EXPECT_EQ(names, (std::vector<std::string>{"aime25", "kmmlu_pro", "livecodebench_v6", "mmlu_pro"}));
  for (const char* spelling :
       {"MMLU-Pro", "mmlu_pro", "aime2025", "LiveCodeBench-v6", "lcb:codegeneration", "kmmlu-pro"}) {
    EXPECT_TRUE(find_task(spelling, "").ok()) << spelling;
  }
  EXPECT_NE(find_task("mmlu_prod", "").status().message().find("did you mean \"mmlu_pro\"?"), std::string::npos);
}

}  // namespace
}  // namespace jangwon::harness
