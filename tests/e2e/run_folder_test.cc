// Whose a run folder is, and what one that was left in the middle still knows.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  const Result<std::string> text = read_file(path);
  return text.ok() ? *text : "";
}

std::vector<std::string> three_models(const std::string& folder) {
  return {"run",          "aime25:2",
          "mmlu_pro",     "++inference.temperature=0.8",
          "--model",      "standin-axk1,second=standin-solar-open",
          "--model",      "standin-k-exaone",
          "--limit",      "6",
          "--max-tokens", "48",
          "--seed",       "5",
          "-o",           folder};
}

// Starts the program and kills it once `reached` says so; false: it ended before.
template <typename Reached>
bool run_until(const std::vector<std::string>& arguments, Reached reached) {
  const pid_t child = start_program(arguments);
  int status = 0;
  while (!reached()) {
    if (waitpid(child, &status, WNOHANG) == child) return false;
    usleep(500);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(RunFolder, AloneIsEnoughToGoOnAfterAKillAtAnyStage) {
  const std::string calm = fresh_folder("stage_calm") + "/run";
  const std::string killed = fresh_folder("stage_killed") + "/run";
  const ProgramResult undisturbed = run_program(three_models(calm));
  ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.err;

  const auto journal_has = [&](const std::string& words) {
    return text_of(killed + "/samples.jsonl").find(words) != std::string::npos;
  };
  std::vector<std::string> alone = {"run", "-o", killed};
  EXPECT_TRUE(run_until(three_models(killed), [&] { return fs::exists(killed + "/run.json"); }));
  EXPECT_TRUE(run_until(alone, [&] {
    return text_of(killed + "/run.json").find("\"frozen\"") != std::string::npos;
  }));
  int kills = 0;
  for (const char* model : {"standin-axk1", "second", "standin-k-exaone"}) {
    for (const char* task : {"aime25", "mmlu_pro"}) {
      const std::string words =
          std::string("\"model\":\"") + model + "\",\"task\":\"" + task + "\"";
      kills += run_until(alone, [&] { return journal_has(words); }) ? 1 : 0;
    }
  }
  EXPECT_GE(kills, 3)
      << "most calls were through before they could be killed: the test proves little";
  run_until(alone, [&] { return fs::exists(killed + "/results.json"); });
  const ProgramResult last = run_program(alone);
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(text_of(killed + "/results.json"), text_of(calm + "/results.json"));
  EXPECT_NE(text_of(calm + "/results.json").find("\"second\""), std::string::npos);
}

TEST(RunFolder, ModelsThatWereNotReachedKeepARunFromBeingComplete) {
  const std::string folder = fresh_folder("unreached") + "/run";
  const std::vector<std::string> first = {
      "run", "--model", "standin-axk1", "--tasks",      "mmlu_pro", "--limit",
      "3",   "-o",      folder,         "--max-tokens", "8"};
  ASSERT_EQ(run_program(first).exit_code, 0);
  ASSERT_NE(text_of(folder + "/results.json").find("\"complete\": true"), std::string::npos);
  // A second model is asked for and the program dies before it asks.
  std::vector<std::string> second = first;
  second[2] = "standin-solar-open";
  run_until(second, [&] {
    return text_of(folder + "/run.json").find("standin-solar-open") != std::string::npos;
  });
  const ProgramResult accepted =
      run_program({"baseline", "accept", folder, "--as", folder + "-base/main", "--reason", "x"});
  EXPECT_EQ(accepted.exit_code, 5) << accepted.err;
  EXPECT_NE(accepted.err.find("standin-solar-open on mmlu_pro is not complete"), std::string::npos)
      << accepted.err;
  EXPECT_FALSE(fs::exists(folder + "-base"));
  ASSERT_EQ(run_program({"run", "-o", folder}).exit_code, 0);
  EXPECT_NE(text_of(folder + "/results.json").find("standin-solar-open"), std::string::npos);
  EXPECT_EQ(
      run_program({"baseline", "accept", folder, "--as", folder + "-base/main", "--reason", "x"})
          .exit_code,
      0);
}

TEST(RunFolder, SettingsAreFreeUntilTheFirstReply) {
  const std::string folder = fresh_folder("free") + "/run";
  // Nobody listens there, so nothing is asked.
  const ProgramResult failed =
      run_program({"run", "--model", "openai:http://127.0.0.1:9/v1#m?attempts=1&retry_ms=1",
                   "--tasks", "mmlu_pro", "--limit", "3", "-o", folder});
  EXPECT_EQ(failed.exit_code, 2) << failed.err;
  const ProgramResult other =
      run_program({"run", "--model", "standin-axk1", "--tasks", "aime25", "--limit", "2",
                   "--repeats", "1", "--max-tokens", "8", "-o", folder});
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_EQ(text_of(folder + "/results.json").find("\"model\": \"m\""), std::string::npos);
  const ProgramResult now_frozen = run_program({"run", "--limit", "1", "-o", folder});
  EXPECT_EQ(now_frozen.exit_code, 2) << now_frozen.err;
}

TEST(RunFolder, ACallThatFailsBeforeItsFirstQuestionLeavesNothing) {
  const std::string folder = fresh_folder("nothing_left") + "/run";
  const ProgramResult result = run_program({"run", "--model", "standin-axk1", "--tasks", "mmlu_pro",
                                            "--style", "no_such_style", "-o", folder});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_FALSE(fs::exists(folder));
}

TEST(RunFolder, ForeignRecordsAreNamed) {
  const std::string folder = fresh_folder("foreign_records") + "/run";
  ASSERT_EQ(run_program({"run", "--model", "standin-axk1", "--tasks", "mmlu_pro", "--limit", "2",
                         "--max-tokens", "8", "-o", folder})
                .exit_code,
            0);
  const std::string journal = text_of(folder + "/samples.jsonl");
  const Json first = *parse_json(journal.substr(0, journal.find('\n')));
  const std::pair<const char*, Json> changes[] = {
      {"model", "another"}, {"task", "aime25"}, {"sample_id", "no such"}, {"repeat", 99}};
  for (const auto& [key, value] : changes) {
    Json foreign = first;
    foreign[key] = value;
    ASSERT_TRUE(
        write_file_atomically(folder + "/samples.jsonl", journal + to_json_line(foreign) + "\n")
            .ok());
    const ProgramResult result = run_program({"run", "-o", folder});
    EXPECT_EQ(result.exit_code, 2) << key;
    EXPECT_NE(result.err.find("holds 1 records that this run was not asked for"), std::string::npos)
        << result.err;
    EXPECT_EQ(text_of(folder + "/samples.jsonl"), journal + to_json_line(foreign) + "\n");
  }
}

TEST(RunFolder, TwoModelsOfOneNameAreRefusedBeforeTheFirstQuestion) {
  const std::string root = fresh_folder("same_name");
  fs::create_directories(root + "/a");
  fs::create_directories(root + "/b");
  for (const char* place : {"/a", "/b"})
    ASSERT_TRUE(write_file_atomically(root + place + "/replies.jsonl",
                                      "{\"id\": \"70\", \"output\": \"A\"}\n")
                    .ok());
  const std::string a = "replay:" + root + "/a/replies.jsonl",
                    b = "replay:" + root + "/b/replies.jsonl";
  const std::string server = "openai:http://127.0.0.1:9/v1#m";
  for (const std::string& words :
       std::vector<std::string>{a + "," + b, a + "," + a, "standin-axk1,standin-axk1",
                                "x=standin-axk1,x=standin-solar-open", server + "," + server,
                                "replies=standin-axk1," + a, "m=" + a + "," + server}) {
    const std::string folder = root + "/run";
    const ProgramResult result =
        run_program({"run", "--model", words, "--tasks", "mmlu_pro", "--limit", "1", "-o", folder});
    EXPECT_EQ(result.exit_code, 2) << words;
    EXPECT_NE(result.err.find("two models are called"), std::string::npos) << result.err;
    EXPECT_EQ(text_of(folder + "/samples.jsonl"), "") << words;
    // Nor does the folder alone ask one of the two.
    EXPECT_EQ(run_program({"run", "-o", folder}).exit_code, 2) << words;
  }
  const ProgramResult named =
      run_program({"run", "--model", "first=" + a + ",second=" + b, "--tasks", "mmlu_pro",
                   "--limit", "1", "-o", root + "/named"});
  EXPECT_EQ(named.exit_code, 0) << named.err;
  EXPECT_NE(text_of(root + "/named/results.json").find("\"second\""), std::string::npos);
}

TEST(RunFolder, AReplayedStandInIsStillAStandIn) {
  const std::string root = fresh_folder("replayed");
  ASSERT_EQ(run_program({"run", "--model", "real=standin-axk1", "--tasks", "mmlu_pro", "--limit",
                         "2", "--max-tokens", "8", "-o", root + "/first"})
                .exit_code,
            0);
  std::string word = "replay:" + root + "/first";
  for (const char* next : {"/second", "/third"}) {
    ASSERT_EQ(run_program({"run", "--model", word, "--tasks", "mmlu_pro", "--limit", "2", "-o",
                           root + next})
                  .exit_code,
              0);
    const Json results = *read_json_file(root + next + "/results.json");
    EXPECT_EQ(results["results"][0]["model"], "real");
    EXPECT_EQ(results["results"][0]["stand_in"], true) << next;
    word = "other=replay:" + root + next;
    word = "real=replay:" + root + next;
  }
}

TEST(RunFolder, FilesOfOthersAreNeitherOverwrittenNorFollowed) {
  const std::string root = fresh_folder("theirs");
  const std::vector<std::string> run = {"run",     "--model", "standin-axk1", "--tasks", "mmlu_pro",
                                        "--limit", "1",       "--max-tokens", "4",       "-o"};
  for (const char* name :
       {"samples.jsonl", "results.json", "report.md", "lock", "lock.owner", "run.json", "site"}) {
    for (const char* kind : {"file", "link", "dangling"}) {
      const std::string folder = root + "/" + name + "_" + kind;
      fs::create_directories(folder);
      const std::string theirs = root + "/" + name + "_" + kind + ".theirs";
      if (std::string(kind) == "file") {
        ASSERT_TRUE(write_file_atomically(folder + "/" + name, "mine").ok());
      } else {
        if (std::string(kind) == "link") {
          ASSERT_TRUE(write_file_atomically(theirs, "mine").ok());
        }
        fs::create_symlink(theirs, folder + "/" + name);
      }
      std::vector<std::string> arguments = run;
      arguments.push_back(folder);
      const ProgramResult result = run_program(arguments);
      EXPECT_EQ(result.exit_code, 2) << name << " " << kind << ": " << result.err;
      EXPECT_NE(result.err.find("another folder with -o"), std::string::npos) << result.err;
      if (std::string(kind) == "dangling") {
        EXPECT_FALSE(fs::exists(theirs)) << name;
      } else {
        EXPECT_EQ(text_of(folder + "/" + name), "mine") << name;
      }
      EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1)
          << name << " " << kind;
    }
  }
  // In a folder of ours a link still is no file of ours.
  const std::string ours = root + "/ours";
  std::vector<std::string> arguments = run;
  arguments.push_back(ours);
  ASSERT_EQ(run_program(arguments).exit_code, 0);
  ASSERT_TRUE(write_file_atomically(root + "/kept", text_of(ours + "/samples.jsonl")).ok());
  for (const char* name : {"samples.jsonl", "results.json", "report.md", "lock"}) {
    const std::string before = text_of(ours + "/" + name);
    fs::rename(ours + "/" + name, root + "/moved");
    fs::create_symlink(root + "/moved", ours + "/" + name);
    EXPECT_EQ(run_program({"run", "-o", ours}).exit_code, 2) << name;
    EXPECT_EQ(text_of(root + "/moved"), before) << name;
    fs::remove(ours + "/" + name);
    fs::rename(root + "/moved", ours + "/" + name);
  }
  EXPECT_EQ(run_program({"run", "-o", ours}).exit_code, 0);
}

// A small run for the commands that read one.
std::string small_run(const std::string& folder) {
  const ProgramResult result = run_program({"run", "--model", "standin-axk1", "--tasks", "mmlu_pro",
                                            "--limit", "2", "--max-tokens", "4", "-o", folder});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return folder;
}

TEST(RunFolder, EveryCommandThatWritesLeavesFilesOfOthersAlone) {
  const std::string root = fresh_folder("commands");
  const std::string run = small_run(root + "/run");
  const struct {
    std::vector<std::string> words;  // "@": the folder
    std::string name;                // of a file that it writes there
  } commands[] = {
      {{"report", run, "--format", "md", "-o", "@"}, "report.md"},
      {{"report", run, "--format", "csv", "-o", "@"}, "report.csv"},
      {{"report", run, "--format", "site", "-o", "@"}, "site"},
      {{"report", run, "--single-file", "-o", "@"}, "report.html"},
      {{"export", run, "--format", "junit", "-o", "@"}, "junit.xml"},
      {{"export", run, "--format", "lm-eval", "-o", "@"}, "standin-axk1"},
      {{"score", run, "-o", "@"}, "samples.jsonl"},
      {{"score", run, "-o", "@"}, "run.json"},
      {{"baseline", "accept", run, "--as", "@", "--reason", "x"}, "notes.md"},
      {{"baseline", "accept", run, "--as", "@", "--reason", "x"}, "baseline.json"},
      {{"init", "@/jangwon.yaml"}, "jangwon.yaml"},
  };
  int number = 0;
  for (const auto& command : commands) {
    for (const bool link : {false, true}) {
      const std::string folder = root + "/out" + std::to_string(number++);
      fs::create_directories(folder);
      const std::string place = folder + "/" + command.name;
      ASSERT_TRUE(write_file_atomically(folder + ".theirs", "mine").ok());
      if (link) {
        fs::create_symlink(folder + ".theirs", place);
      } else {
        fs::rename(folder + ".theirs", place);
      }
      std::vector<std::string> words = command.words;
      for (std::string& word : words) {
        if (word.starts_with("@")) word.replace(0, 1, folder);
      }
      const ProgramResult result = run_program(words);
      EXPECT_EQ(result.exit_code, 2) << words[0] << " " << command.name << ": " << result.err;
      EXPECT_EQ(text_of(place), "mine") << words[0] << " " << command.name;
      EXPECT_EQ(fs::is_symlink(place), link);
    }
  }
}

TEST(RunFolder, CommandsMayRepeatWhatTheyWrote) {
  const std::string root = fresh_folder("repeated");
  const std::string run = small_run(root + "/run");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(
        run_program({"report", run, "--format", "md,csv,site,html", "-o", root + "/out"}).exit_code,
        0);
    EXPECT_EQ(run_program({"report", run, "--format", "md,csv,site", "-o", run}).exit_code, 0);
    EXPECT_EQ(run_program({"export", run, "--format", "junit,lm-eval,inspect", "-o", root + "/out"})
                  .exit_code,
              0);
    EXPECT_EQ(run_program({"baseline", "accept", run, "--as", root + "/b/main", "--reason", "x"})
                  .exit_code,
              0);
    EXPECT_EQ(run_program({"baseline", "accept", run, "--as", root + "/b/main/", "--reason", "x"})
                  .exit_code,
              0);
    EXPECT_EQ(run_program({"run", "-o", run}).exit_code, 0);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(root + "/b"), fs::directory_iterator()), 1)
      << "leftovers";
}

TEST(RunFolder, AForeignFileInABaselineKeepsItFromBeingReplaced) {
  const std::string root = fresh_folder("kept_notes");
  const std::string run = small_run(root + "/run");
  const std::vector<std::string> accept = {"baseline",     "accept",   run, "--as",
                                           root + "/main", "--reason", "x"};
  ASSERT_EQ(run_program(accept).exit_code, 0);
  fs::create_directories(root + "/main.new");  // of a name that an earlier version used and removed
  ASSERT_TRUE(write_file_atomically(root + "/main.new/notes.md", "mine").ok());
  ASSERT_EQ(run_program(accept).exit_code, 0);
  EXPECT_EQ(text_of(root + "/main.new/notes.md"), "mine");
  ASSERT_TRUE(write_file_atomically(root + "/main/notes.md", "mine").ok());
  const ProgramResult result = run_program(accept);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("notes.md is no file of this baseline"), std::string::npos)
      << result.err;
  EXPECT_EQ(text_of(root + "/main/notes.md"), "mine");
}

}  // namespace
}  // namespace jangwon::e2e
