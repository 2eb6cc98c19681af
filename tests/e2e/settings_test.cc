// Settings that are asked once: kept for the next call on the folder, the same in every shard; and --limit as a share.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

const char kTask[] = R"(name: dated
version: "1"
description: Questions with dates.
dataset: {bundled: dated.yaml}
prompt:
  default: plain
  styles:
    plain:
      messages: [{role: user, template: "{{ question }}"}]
    polite:
      messages: [{role: user, template: "Please: {{ question }}"}]
windows:
  spring: {start_date: "2025-03-01", end_date: "2025-05-31"}
scorers:
  - name: integer
)";

const char kManifest[] = R"(name: dated
title: Dated
source: written for this test
licence: Apache-2.0
files_from: manifest_folder
columns:
  id: key
  question: question
  answer: answer
  answer_form: text
  date: day
splits:
  test:
    - path: dated.jsonl
)";

// Twelve questions, one a month; three of them in spring.
std::string folder_with_task(const std::string& name) {
  const std::string folder = fresh_folder(name);
  std::filesystem::create_directories(folder + "/dated");
  std::string rows;
  for (int month = 1; month <= 12; ++month) {
    const std::string number = (month < 10 ? "0" : "") + std::to_string(month);
    rows += "{\"key\": \"q" + number + "\", \"question\": \"What is " + number + "?\", \"answer\": \"" +
            std::to_string(month) + "\", \"day\": \"2025-" + number + "-15\"}\n";
  }
  EXPECT_TRUE(write_file_atomically(folder + "/dated/task.yaml", kTask).ok());
  EXPECT_TRUE(write_file_atomically(folder + "/dated/dated.yaml", kManifest).ok());
  EXPECT_TRUE(write_file_atomically(folder + "/dated/dated.jsonl", rows).ok());
  return folder;
}

Json run_json(const std::string& folder) {
  const Result<Json> json = read_json_file(folder + "/run.json");
  EXPECT_TRUE(json.ok()) << json.status().message();
  return json.ok() ? *json : Json();
}

// Replies by question and run.
std::map<std::string, std::string> replies_of(const std::string& folder) {
  std::map<std::string, std::string> replies;
  const std::string text = *read_file(folder + "/samples.jsonl");
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const Json record = Json::parse(text.substr(begin, end - begin));
    replies[record["task"].get<std::string>() + " " + record["sample_id"].get<std::string>() + " " +
            record["repeat"].dump()] = record["prompt_sha256"].dump() + record["completion"]["text"].dump();
  }
  return replies;
}

TEST(Settings, ARunSaysWhichProgramMadeIt) {
  const std::string tasks = folder_with_task("build_task");
  const std::string folder = fresh_folder("build_run") + "/run";
  const ProgramResult made = run_program({"run", "--model", "standin-axk1", "--include-path", tasks, "--tasks", "dated",
                                          "--limit", "1", "--max-tokens", "2", "-o", folder});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Json build = run_json(folder)["recorded"]["build"];
  const std::string version = "jangwon " + build["version"].get<std::string>() + " (" +
                              build["git_commit"].get<std::string>() + ", " + build["compiler"].get<std::string>() +
                              ")";
  EXPECT_EQ(run_program({"--version"}).out, version + "\n");
  EXPECT_FALSE(build["processor"].get<std::string>().empty());
  EXPECT_GT(build["num_processors"].get<int>(), 0);
}

TEST(Settings, ARunGoesOnWithThoseItWasMadeWith) {
  const std::string tasks = folder_with_task("settings_task");
  const std::string folder = fresh_folder("settings_again") + "/run";
  const ProgramResult first = run_program({"run",
                                           "--model",
                                           "standin-axk1",
                                           "--include-path",
                                           tasks,
                                           "--tasks",
                                           "dated",
                                           "--style",
                                           "polite",
                                           "--window",
                                           "spring",
                                           "--limit",
                                           "0.5",
                                           "--repeats",
                                           "3",
                                           "--set",
                                           "seed=9",
                                           "--set",
                                           "max_tokens=5",
                                           "--temperature",
                                           "0.7",
                                           "--chat-template-args",
                                           "{\"enable_thinking\": false}",
                                           "-o",
                                           folder});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const Json before = run_json(folder);
  const std::map<std::string, std::string> replies = replies_of(folder);
  EXPECT_EQ(before["frozen"]["limit"], 0.5);
  EXPECT_EQ(before["frozen"]["seed"], 9);
  EXPECT_EQ(before["frozen"]["tasks"][0]["style"], "polite");
  EXPECT_EQ(before["frozen"]["tasks"][0]["start_date"], "2025-03-01");
  EXPECT_EQ(before["recorded"]["settings"]["limit"], Json::array({"0.5"}));
  ASSERT_EQ(replies.size(), 6u) << "half of three questions, rounded up, three times each";

  // Half of the journal is lost; the folder alone says what was asked.
  const std::string journal = *read_file(folder + "/samples.jsonl");
  const size_t half = journal.find('\n', journal.size() / 3);
  ASSERT_TRUE(write_file_atomically(folder + "/samples.jsonl", journal.substr(0, half + 1)).ok());
  ASSERT_LT(replies_of(folder).size(), 6u);
  const ProgramResult again = run_program({"run", "-o", folder});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(replies_of(folder), replies);
  EXPECT_EQ(run_json(folder), before);

  const ProgramResult other = run_program({"run", "-o", folder, "--limit", "1"});
  EXPECT_EQ(other.exit_code, 2) << "another limit is another run";
  EXPECT_NE(other.err.find("/limit was 0.5 and is now 1"), std::string::npos) << other.err;
}

TEST(Settings, ALimitBelowOneIsAShareOfEachTaskRoundedUp) {
  const std::string tasks = folder_with_task("share_task");
  const struct {
    const char* limit;
    size_t of_twelve;
  } cases[] = {{"0.01", 1}, {"0.25", 3}, {"0.26", 4}, {".5", 6}, {"0.999", 12}, {"5", 5}, {"5.0", 5}, {"100", 12}};
  std::map<size_t, std::string> hashes;
  for (const auto& c : cases) {
    const std::string folder = fresh_folder("share") + "/run";
    const ProgramResult result = run_program({"run", "--model", "standin-axk1", "--include-path", tasks, "--tasks",
                                              "dated", "--max-tokens", "2", "--limit", c.limit, "-o", folder});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json task = run_json(folder)["frozen"]["tasks"][0];
    EXPECT_EQ(task["num_samples"], c.of_twelve) << c.limit;
    // The same questions, however they were counted off.
    const auto [seen, is_new] = hashes.emplace(c.of_twelve, task["dataset_sha256"].get<std::string>());
    EXPECT_EQ(seen->second, task["dataset_sha256"].get<std::string>()) << c.limit;
  }
}

TEST(Settings, ALimitThatIsNoneIsRefusedByName) {
  for (const char* limit : {"0", "0.0", "-1", "-0.1", "1.5", "nan", "inf", "1e99", "ten", "10%", "0x10"}) {
    const std::string folder = fresh_folder("limit_refused") + "/run";
    const ProgramResult result = run_program(
        {"run", "--model", "standin-axk1", "--tasks", "aime25", std::string("--limit=") + limit, "-o", folder});
    EXPECT_EQ(result.exit_code, 2) << limit;
    EXPECT_NE(result.err.find(std::string("--limit is \"") + limit + "\"; it must be a whole number above 0"),
              std::string::npos)
        << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder));
  }
}

TEST(Settings, ShardsOfAShareMakeTheUndividedRun) {
  const std::vector<std::string> asked = {"run",       "--model", "standin-axk1", "--tasks", "aime25,kmmlu_pro",
                                          "--repeats", "1",       "--max-tokens", "4",       "--limit",
                                          "0.1"};
  const auto run_into = [&](const std::string& folder, const std::vector<std::string>& more) {
    std::vector<std::string> words = asked;
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"-o", folder});
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  };
  const std::string parts = fresh_folder("share_parts");
  run_into(parts + "/whole", {});
  std::vector<std::string> merge = {"merge", parts + "/joined"};
  for (const char* shard : {"0", "1"}) {
    run_into(parts + "/" + shard, {"--shard", std::string(shard) + "/2"});
    merge.push_back(parts + "/" + shard);
  }
  const ProgramResult merged = run_program(merge);
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(replies_of(parts + "/joined").size(), 3u + 6u);
  EXPECT_EQ(*read_file(parts + "/joined/results.json"), *read_file(parts + "/whole/results.json"));

  // Grading again asks for the same questions.
  const ProgramResult scored = run_program({"score", parts + "/whole", "-o", parts + "/scored"});
  EXPECT_EQ(scored.exit_code, 0) << scored.err;
}

}  // namespace
}  // namespace jangwon::e2e
