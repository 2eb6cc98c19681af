// Settings that are asked once: kept for the next call on the folder, the same in every shard; and
// --limit as a share.

#include <gtest/gtest.h>

#include <algorithm>
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
    rows += "{\"key\": \"q" + number + "\", \"question\": \"What is " + number +
            "?\", \"answer\": \"" + std::to_string(month) + "\", \"day\": \"2025-" + number +
            "-15\"}\n";
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
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    const Json record = Json::parse(text.substr(begin, end - begin));
    replies[record["task"].get<std::string>() + " " + record["sample_id"].get<std::string>() + " " +
            record["repeat"].dump()] =
        record["prompt_sha256"].dump() + record["completion"]["text"].dump();
  }
  return replies;
}

TEST(Settings, ARunSaysWhichProgramMadeIt) {
  const std::string tasks = folder_with_task("build_task");
  const std::string folder = fresh_folder("build_run") + "/run";
  const ProgramResult made =
      run_program({"run", "--model", "standin-axk1", "--include-path", tasks, "--tasks", "dated",
                   "--limit", "1", "--max-tokens", "2", "-o", folder});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Json build = run_json(folder)["recorded"]["build"];
  const std::string version = "jangwon " + build["version"].get<std::string>() + " (" +
                              build["git_commit"].get<std::string>() + ", " +
                              build["compiler"].get<std::string>() + ")";
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
  } cases[] = {{"0.01", 1},   {"0.25", 3}, {"0.26", 4}, {".5", 6},
               {"0.999", 12}, {"5", 5},    {"5.0", 5},  {"100", 12}};
  std::map<size_t, std::string> hashes;
  for (const auto& c : cases) {
    const std::string folder = fresh_folder("share") + "/run";
    const ProgramResult result =
        run_program({"run", "--model", "standin-axk1", "--include-path", tasks, "--tasks", "dated",
                     "--max-tokens", "2", "--limit", c.limit, "-o", folder});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json task = run_json(folder)["frozen"]["tasks"][0];
    EXPECT_EQ(task["num_samples"], c.of_twelve) << c.limit;
    // The same questions, however they were counted off.
    const auto [seen, is_new] =
        hashes.emplace(c.of_twelve, task["dataset_sha256"].get<std::string>());
    EXPECT_EQ(seen->second, task["dataset_sha256"].get<std::string>()) << c.limit;
  }
}

TEST(Settings, ALimitThatIsNoneIsRefusedByName) {
  for (const char* limit :
       {"0", "0.0", "-1", "-0.1", "1.5", "nan", "inf", "1e99", "ten", "10%", "0x10"}) {
    const std::string folder = fresh_folder("limit_refused") + "/run";
    const ProgramResult result = run_program({"run", "--model", "standin-axk1", "--tasks", "aime25",
                                              std::string("--limit=") + limit, "-o", folder});
    EXPECT_EQ(result.exit_code, 2) << limit;
    EXPECT_NE(result.err.find(std::string("--limit is \"") + limit +
                              "\"; it must be a whole number above 0"),
              std::string::npos)
        << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder));
  }
}

// One sentence: what, where, what may stand there; whichever door the value comes in by.
TEST(Settings, EveryDoorIsHeldToOneTable) {
  const std::string folder = fresh_folder("doors");
  const auto file = [&](const std::string& name, const std::string& text) {
    const std::string path = folder + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    EXPECT_TRUE(write_file_atomically(path, text).ok());
    return path;
  };
  const std::string model = std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/standin-axk1";
  std::filesystem::create_directories(folder + "/model");
  for (const auto& entry : std::filesystem::directory_iterator(model)) {
    if (entry.path().filename() != "generation_config.json")
      std::filesystem::create_symlink(entry.path(),
                                      folder + "/model/" + entry.path().filename().string());
  }
  file("model/generation_config.json", "{\"temperature\": -1}");
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/model")) {
    if (entry.path().filename() == "generation_config.json") continue;
    std::filesystem::create_directories(folder + "/other");
    std::filesystem::copy_symlink(entry.path(),
                                  folder + "/other/" + entry.path().filename().string());
  }
  file("other/generation_config.json", "{\"max_new_tokens\": 0}");
  std::string task = kTask;
  file("dated/task.yaml", task + "sampling: {top_p: -1}\n");
  file("dated/dated.yaml", kManifest);
  const std::vector<std::string> run = {"run",    "--model", "standin-axk1", "--tasks",
                                        "aime25", "-o",      folder + "/x"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> words = run;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const struct {
    std::vector<std::string> words;
    std::string sentence;
  } cases[] = {
      {with({"--gen-kwargs", "max_tokens=-5"}),
       "--gen-kwargs: max_tokens is \"-5\"; it must be a whole number from 1 to 1073741824"},
      {with({"--gen-kwargs", "temperature=nan"}),
       "--gen-kwargs: temperature is \"nan\"; it must be a number from 0 to 100"},
      {with({"--gen-kwargs", "presence_penalty=inf"}),
       "--gen-kwargs: presence_penalty is \"inf\"; it must be a number from -2 to 2"},
      {with({"--gen-kwargs", "{\"top_p\": -1}"}),
       "--gen-kwargs: top_p is \"-1\"; it must be a number above 0 and at most 1"},
      {with({"--gen-kwargs", "until="}),
       "--gen-kwargs: until is \"\"; it must be a text that is not empty"},
      {with({"--gen-kwargs", "do_sample=perhaps"}),
       "--gen-kwargs: unknown value of do_sample \"perhaps\""},
      {with({"--threads", "100000"}),
       "--threads is \"100000\"; it must be a whole number from 0 to 1024"},
      {with({"--graders", "100000"}),
       "--graders is \"100000\"; it must be a whole number from 0 to 1024"},
      {with({"--repeats", "2147483647"}),
       "--repeats is \"2147483647\"; it must be a whole number from 1 to 10000"},
      {with({"--seed", "18446744073709551616"}),
       "--seed is \"18446744073709551616\"; it must be a whole number"},
      {with({"--config", file("n.yaml", "limit: 1\nrepeats: 6.5\n")}),
       "n.yaml:2: repeats is \"6.5\"; it must be a whole number from 1 to 10000"},
      {with({"--config", file("list.yaml", "seed: [1, 2]\n")}),
       "list.yaml:1: seed takes one value, and not a list"},
      {with({"--config", file("word.yaml", "allow_unsandboxed: yes\n")}),
       "word.yaml:1: unknown value of allow_unsand"},
      {with({"--config", file("two.yaml", "seed: 1\n---\nseed: 2\n")}),
       "two.yaml:2: a second document begins here"},
      {with({"--set", "top_k=-2"}),
       "--set: top_k is \"-2\"; it must be a whole number from -1 to 1073741824"},
      {{"run", "--model", "standin-axk1", "--include-path", folder, "--tasks", "dated", "-o",
        folder + "/x"},
       "task.yaml:16: top_p is \"-1\"; it must be a number above 0 and at most 1"},
      {{"run", "--model", folder + "/model", "--tasks", "aime25", "--limit", "1", "-o",
        folder + "/y"},
       "generation_config.json: temperature is \"-1\"; it must be a number from 0 to 100"},
      {{"run", "--model", folder + "/other", "--tasks", "aime25", "--limit", "1", "-o",
        folder + "/y"},
       "generation_config.json: max_new_tokens is \"0\"; it must be a whole number from 1 to "
       "1073741824"},
      {{"run", "--model",
        "openai:" + file("server.yaml", "url: http://127.0.0.1:1/v1\nmodel: m\nn: 6.5\n"),
        "--tasks", "aime25", "-o", folder + "/x"},
       "server.yaml:3: the option n of the remote model must be a whole number from 1 to 1024"},
      {{"plan", "-c",
        file("gate.yaml",
             "version: 1\nchecks:\n  - {id: a, tier: L2, task: aime25, margin: 2pt,\n"
             "     limit: {n: 6.5}}\n")},
       "gate.yaml:4: n is \"6.5\"; it must be a whole number from 2 to 100000000"},
      {{"compare", "a", "b", "--ratio", "nan"},
       "--ratio is \"nan\"; it must be a number above 0 and at most 2"},
      {{"compare", "a", "b", "--flips", "-1"},
       "--flips is \"-1\"; it must be a whole number from 0 to 1000000"},
      {{"report", "--as-of", "2025-99-99"},
       "--as-of is \"2025-99-99\"; it must be a day of the calendar"},
      {{"grade", "aime25", "-", "--jobs", "1000000"},
       "--jobs is \"1000000\"; it must be a whole number from 0 to 1024"},
      {{"run", "--lang"}, "--lang needs a value: ko or en"},
      {{"run", "--shard", ""}, "--shard needs a value"},
  };
  for (const auto& c : cases) {
    const ProgramResult result = run_program(c.words);
    EXPECT_EQ(result.exit_code, 2) << c.sentence << "\n" << result.err;
    EXPECT_NE(result.err.find(c.sentence), std::string::npos) << c.sentence << "\n" << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder + "/x")) << c.sentence;
  }
}

TEST(Settings, VerifyFailsWhereRowsAreMissing) {
  const std::string folder = fresh_folder("verify_rows");
  std::string rows;
  for (int i = 1; i < 30; ++i)
    rows += "{\"problem_idx\": " + std::to_string(i) + ", \"problem\": \"P" + std::to_string(i) +
            "\", \"answer\": \"5\"}\n";
  ASSERT_TRUE(write_file_atomically(folder + "/few.jsonl", rows).ok());
  ASSERT_EQ(run_program(
                {"data", "import", "aime25", folder + "/few.jsonl", "--data-dir", folder + "/data"})
                .exit_code,
            0);
  const ProgramResult verified =
      run_program({"data", "verify", "aime25", "--data-dir", folder + "/data"});
  EXPECT_EQ(verified.exit_code, 2);
  EXPECT_NE(verified.err.find("few.jsonl has 29 rows where 30 are expected"), std::string::npos)
      << verified.err;
}

TEST(Settings, ARunJsonOfOtherTypesIsASentence) {
  const std::string folder = fresh_folder("other_types") + "/run";
  const ProgramResult made =
      run_program({"run", "--model", "standin-axk1", "--tasks", "aime25", "--limit", "1",
                   "--repeats", "1", "--max-tokens", "2", "-o", folder});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Json good = run_json(folder);
  const struct {
    const char* pointer;
    Json value;
    const char* sentence;
  } cases[] = {
      {"/frozen", 5, "run.json: "},
      {"/frozen/tasks", "x", "run.json: "},
      {"/frozen/tasks/0/name", 7, "run.json: "},
      {"/models", 7, "run.json: "},
      {"/models/0/spec", Json::array(), "run.json: "},
      {"/recorded/settings", Json::array({7}), "run.json: "},
      {"/recorded/settings/limit", 3, "run.json: "},
      {"/recorded/settings/repeats", Json::array({"-7"}),
       "run.json: recorded.settings.repeats is \"-7\"; it must be a whole number from 1 to 10000"},
      {"/recorded/settings/seed", Json::array({"1", "2"}),
       "run.json: recorded.settings.seed takes one value"},
  };
  for (const auto& c : cases) {
    Json changed = good;
    changed[Json::json_pointer(c.pointer)] = c.value;
    ASSERT_TRUE(write_file_atomically(folder + "/run.json", to_json_text(changed)).ok());
    const ProgramResult again = run_program({"run", "-o", folder});
    EXPECT_EQ(again.exit_code, 2) << c.pointer << again.err;
    EXPECT_NE(again.err.find(c.sentence), std::string::npos) << c.pointer << again.err;
  }
}

// What the table lets pass must work: no allocation, no thread and no product of sizes may fail at
// an end of a range.
TEST(Settings, TheEndsOfEveryRangeRun) {
  const std::string folder = fresh_folder("ends");
  int number = 0;
  const auto ends = [&](const std::vector<std::string>& words) {
    std::vector<std::string> call = {"run",     "--model", "standin-axk1",
                                     "--tasks", "aime25",  "--limit",
                                     "1",       "-o",      folder + "/" + std::to_string(number++)};
    call.insert(call.end(), words.begin(), words.end());
    const bool repeats = std::find(words.begin(), words.end(), "--repeats") != words.end();
    if (!repeats) call.insert(call.end(), {"--repeats", "1"});
    if (std::find(words.begin(), words.end(), "--max-tokens") == words.end())
      call.insert(call.end(), {"--max-tokens", "2"});
    const ProgramResult result = run_program(call);
    EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(words) << result.err;
  };
  ends({"--temperature", "0", "--top-p", "1e-300", "--top-k", "-1", "--min-p", "0",
        "--presence-penalty", "-2"});
  ends({"--temperature", "100", "--top-p", "1", "--top-k", "1073741824", "--min-p", "1",
        "--presence-penalty", "2"});
  ends({"--temperature", "1e-300", "--seed", "18446744073709551615", "--max-tokens", "1"});
  ends({"--seed", "0", "--threads", "1024", "--graders", "1024", "--batch-size", "4096"});
  ends({"--threads", "0", "--graders", "0", "--batch-size", "1", "--speculate", "0", "--repeats",
        "100"});
  ends({"--max-tokens", "1073741824", "--stop", "1", "--stop", " "});
}

TEST(Settings, ShardsOfAShareMakeTheUndividedRun) {
  const std::vector<std::string> asked = {
      "run",          "--model", "standin-axk1", "--tasks", "aime25,kmmlu_pro", "--repeats", "1",
      "--max-tokens", "4",       "--limit",      "0.1"};
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
