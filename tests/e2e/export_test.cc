// Runs in the formats of other tools: our own look at the files always, and the consumer's own tool
// where it is installed. JANGWON_PEERS_PYTHON names the Python that has inspect_ai,
// huggingface_hub, every_eval_ever (default: python3); JANGWON_LIVECODEBENCH the folder of
// LiveCodeBench's repository.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

namespace fs = std::filesystem;

std::string peers_python() {
  const char* python = std::getenv("JANGWON_PEERS_PYTHON");
  return python != nullptr ? python : "python3";
}

bool has_module(const std::string& name) {
  return shell(peers_python() + " -c 'import " + name + "'").exit_code == 0;
}

// Runs a Python script on one argument; the script asserts what it expects.
void expect_python(const std::string& python, const std::string& script,
                   const std::string& argument) {
  const std::string path = fresh_folder("script") + "/check.py";
  ASSERT_TRUE(write_file_atomically(path, script).ok());
  const ShellResult result = shell(python + " " + path + " " + argument);
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

// Two tasks, two runs a question, with a right, a wrong and a missing answer and an error of ours.
class Export : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root() = fresh_folder("export");
    std::string replies;
    const auto reply = [&](const char* task, const char* id, int repeat, const std::string& text) {
      replies += to_json_line(Json{{"task", task},
                                   {"id", id},
                                   {"repeat", repeat},
                                   {"output", text},
                                   {"model", "org/peer <&>"}}) +
                 "\n";
    };
    for (int repeat : {0, 1}) {
      reply("aime25", "1", repeat, repeat == 0 ? "<think>3</think>So \\boxed{2}." : "\\boxed{3}");
      // Noncharacters, a NUL and, cut in the middle, more Hangul than the export keeps.
      std::string hostile = "I do not know ]]> \x01 <b> \ufffe \uffff \ufdd0 \U0001ffff ";
      hostile.push_back('\0');
      for (int i = 0; i < 2000 + repeat; ++i)
        hostile += "가";
      reply("aime25", "2", repeat, hostile + (repeat == 0 ? "x" : ""));
      reply("livecodebench_v6", "jw_001_a", repeat, "```python\nprint(1)\n```");
      if (repeat == 0)
        reply("livecodebench_v6", "jw_001_b", repeat, "```python\nprint(input()[::-1])\n```");
    }
    ASSERT_TRUE(write_file_atomically(root() + "/replies.jsonl", replies).ok());
    const ProgramResult run = run_program({"run", "--model", "replay:" + root() + "/replies.jsonl",
                                           "--tasks", "aime25,livecodebench_v6", "--limit", "2",
                                           "--repeats", "2", "--json", "-o", root() + "/run"});
    ASSERT_EQ(run.exit_code, 5) << "one reply is missing on purpose: " << run.err;
  }
  static std::string& root() {
    static std::string folder;
    return folder;
  }

  std::string exported(const std::string& format) {
    const std::string folder = root() + "/" + format;
    fs::remove_all(folder);
    const ProgramResult result =
        run_program({"export", root() + "/run", "--format", format, "-o", folder});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);)
      EXPECT_TRUE(fs::exists(line)) << line;
    return folder;
  }
  static std::vector<std::string> files_below(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  static std::string file_with(const std::string& folder, const std::string& part) {
    for (const std::string& file : files_below(folder)) {
      if (fs::path(file).filename().string().find(part) != std::string::npos) return file;
    }
    ADD_FAILURE() << "no file with " << part << " below " << folder;
    return "";
  }
  static std::vector<Json> lines_of(const std::string& path) {
    std::vector<Json> rows;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
      rows.push_back(Json::parse(line));
    return rows;
  }
};

TEST_F(Export, SameRunGivesTheSameBytes) {
  for (const char* format :
       {"lm-eval", "inspect", "every-eval-ever", "hf-eval-results", "livecodebench", "junit"}) {
    std::vector<std::string> first, second;
    for (std::vector<std::string>* contents : {&first, &second}) {
      for (const std::string& file : files_below(exported(format)))
        contents->push_back(file + *read_file(file));
    }
    EXPECT_FALSE(first.empty()) << format;
    EXPECT_EQ(first, second) << format;
  }
}

TEST_F(Export, LmEvalHasItsKeysAndTheScores) {
  const std::string folder = exported("lm-eval");
  EXPECT_TRUE(fs::exists(folder + "/org__peer __&__")) << "its own rule for names of folders";
  const Result<Json> results = read_json_file(file_with(folder, "results_"));
  ASSERT_TRUE(results.ok());
  for (const char* key :
       {"results", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better",
        "n-samples", "config", "git_hash", "date", "task_hashes", "model_source", "model_name",
        "model_name_sanitized", "chat_template_sha", "total_evaluation_time_seconds"}) {
    EXPECT_TRUE(results->contains(key)) << key;
  }
  const Json& aime = (*results)["results"]["aime25"];
  EXPECT_DOUBLE_EQ(aime["exact_match,none"].get<double>(), 0.25);
  EXPECT_TRUE(aime.contains("exact_match_stderr,none"));
  EXPECT_TRUE(aime.contains("exact_match,native"));
  EXPECT_EQ((*results)["n-samples"]["aime25"]["effective"], 2);
  EXPECT_TRUE((*results)["results"]["livecodebench_v6"].contains("pass@1,none"));

  const std::vector<Json> samples = lines_of(file_with(folder, "samples_aime25_"));
  ASSERT_EQ(samples.size(), 4u) << "two questions, two filters";
  const Json& first = samples[0];
  for (const char* key :
       {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
        "doc_hash", "prompt_hash", "target_hash", "exact_match"}) {
    EXPECT_TRUE(first.contains(key)) << key;
  }
  EXPECT_TRUE(first["arguments"].is_object()) << "viewers want string keys";
  EXPECT_EQ(first["resps"][0].size(), 2u);
  EXPECT_EQ(first["target"], "2");
  EXPECT_EQ(first["filtered_resps"], Json::parse(R"([["2", "3"]])"));
  EXPECT_EQ(first["exact_match"], 0.5);
}

TEST_F(Export, InspectLogIsAZipWithItsMembers) {
  const std::string folder = exported("inspect");
  EXPECT_EQ(files_below(folder).size(), 2u);
  expect_python("python3", R"py(
import json, sys, zipfile
log = zipfile.ZipFile(sys.argv[1])
assert log.testzip() is None
names = set(log.namelist())
for name in ["header.json", "summaries.json", "_journal/start.json", "_journal/summaries/1.json",
             "samples/1_epoch_1.json", "samples/1_epoch_2.json", "samples/2_epoch_1.json", "samples/2_epoch_2.json"]:
    assert name in names, name
header = json.loads(log.read("header.json"))
assert header["version"] == 2 and header["eval"]["task"] == "aime25", header
assert header["results"]["scores"][0]["metrics"]["accuracy"]["value"] == 0.25
values = [s["scores"]["official"]["value"] for s in json.loads(log.read("summaries.json"))]
assert values == ["C", "I", "N", "N"], values
sample = json.loads(log.read("samples/1_epoch_1.json"))
assert sample["output"]["choices"][0]["stop_reason"] == "stop"
assert sample["messages"][1]["content"][0] == {"type": "reasoning", "reasoning": "3"}, sample["messages"][1]
)py",
                file_with(folder, "aime25"));
}

// A server counts and sends no ids.
TEST_F(Export, TokensThatAServerHasCountedAreThere) {
  const std::string run = root() + "/counted";
  fs::copy(root() + "/run", run, fs::copy_options::recursive);
  std::string journal = *read_file(run + "/samples.jsonl");
  const std::string none = "\"num_completion_tokens\":0";
  for (size_t at = journal.find(none); at != std::string::npos; at = journal.find(none, at))
    journal.replace(at, none.size(), "\"num_completion_tokens\":7");
  ASSERT_TRUE(write_file_atomically(run + "/samples.jsonl", journal).ok());
  for (const std::string format : {"inspect", "every-eval-ever"}) {
    const ProgramResult result =
        run_program({"export", run, "--format", format, "-o", root() + "/counted-" + format});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  expect_python("python3", R"py(
import json, sys, zipfile
log = zipfile.ZipFile(sys.argv[1])
usage = json.loads(log.read("samples/1_epoch_1.json"))["output"]["usage"]
assert usage["output_tokens"] == 7 and usage["total_tokens"] == 7 + usage["input_tokens"], usage
totals = json.loads(log.read("header.json"))["stats"]["model_usage"].values()
assert [t["output_tokens"] for t in totals] == [28], totals
)py",
                file_with(root() + "/counted-inspect", "aime25"));
  int rows = 0;
  for (const std::string& file : files_below(root() + "/counted-every-eval-ever")) {
    if (!file.ends_with(".jsonl")) continue;
    for (const Json& row : lines_of(file)) {
      EXPECT_EQ(row["token_usage"]["output_tokens"], 7);
      ++rows;
    }
  }
  EXPECT_GE(rows, 4);
}

TEST_F(Export, InspectItselfReadsTheLog) {
  if (!has_module("inspect_ai"))
    GTEST_SKIP() << "inspect_ai is not installed for " << peers_python();
  const std::string folder = exported("inspect");
  for (const std::string& log : files_below(folder)) {
    expect_python(peers_python(), R"py(
import sys
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
log = read_eval_log(sys.argv[1])
assert log.eval.model == "org/peer <&>"
assert log.status == "cancelled", log.status
assert len(log.samples) == 4 and len(read_eval_log_sample_summaries(sys.argv[1])) == 4
assert sum(1 for s in log.samples if s.error) == (1 if log.eval.task == "livecodebench_v6" else 0)
)py",
                  log);
    const ShellResult dump = shell(peers_python() + " -m inspect_ai log dump " + log);
    EXPECT_EQ(dump.exit_code, 0) << dump.out.substr(0, 500);
    EXPECT_TRUE(Json::accept(dump.out)) << "inspect log dump prints the log as JSON";
  }
}

TEST_F(Export, EveryEvalEverHasTheRequiredFields) {
  const std::string folder = exported("every-eval-ever");
  const std::string rows_path = file_with(folder, "_samples.jsonl");
  const Result<Json> aggregate = read_json_file(
      rows_path.substr(0, rows_path.size() - std::string("_samples.jsonl").size()) + ".json");
  ASSERT_TRUE(aggregate.ok()) << aggregate.status().message();
  const std::set<std::string> allowed = {
      "schema_version",      "evaluation_id",      "evaluation_timestamp",
      "retrieved_timestamp", "source_metadata",    "eval_library",
      "model_info",          "evaluation_results", "detailed_evaluation_results"};
  for (const auto& [key, value] : aggregate->items())
    EXPECT_TRUE(allowed.contains(key)) << key << " is no field of the schema";
  EXPECT_EQ((*aggregate)["schema_version"], "0.3.0");
  EXPECT_EQ((*aggregate)["source_metadata"]["source_type"], "evaluation_run");
  EXPECT_EQ((*aggregate)["model_info"]["developer"], "org");
  ASSERT_EQ((*aggregate)["evaluation_results"].size(), 4u) << "two tasks, two modes";
  for (const Json& result : (*aggregate)["evaluation_results"]) {
    for (const char* key : {"evaluation_name", "source_data", "metric_config", "score_details"})
      EXPECT_TRUE(result.contains(key)) << key;
    EXPECT_EQ(result["source_data"]["source_type"], "other")
        << "a miniature set is not the benchmark";
  }
  const std::vector<Json> rows = lines_of(rows_path);
  EXPECT_EQ(rows.size(), 7u) << "eight replies, one of them an error of ours";
  EXPECT_EQ((*aggregate)["detailed_evaluation_results"]["total_rows"], 7);
  EXPECT_EQ(
      folder + "/" + (*aggregate)["detailed_evaluation_results"]["file_path"].get<std::string>(),
      rows_path)
      << "from the root of the datastore";
  for (const Json& row : rows) {
    EXPECT_EQ(row["evaluation_id"], (*aggregate)["evaluation_id"]);
    EXPECT_EQ(row["interaction_type"], "single_turn");
    EXPECT_TRUE(row["output"].is_object() && row["messages"].is_null());
    for (const auto& [name, value] : row["metadata"].items())
      EXPECT_TRUE(value.is_string()) << name;
  }
}

TEST_F(Export, EveryEvalEverValidatesItself) {
  if (!has_module("every_eval_ever"))
    GTEST_SKIP() << "every_eval_ever is not installed for " << peers_python();
  // From the root, as its store has it. The model's name is no folder's, which it warns of.
  const ShellResult result =
      shell("cd " + exported("every-eval-ever") + " && find data -type f -exec " + peers_python() +
            " -m every_eval_ever validate --format json {} +");
  const Json files = Json::parse(result.out, nullptr, false);
  ASSERT_TRUE(files.is_array()) << result.out;
  EXPECT_EQ(files.size(), 2u);
  for (const Json& file : files)
    EXPECT_EQ(file["valid"], true) << file;
}

TEST_F(Export, HuggingFaceFilesSayWhatTheNumberIs) {
  const std::string folder = exported("hf-eval-results");
  const std::string yaml = *read_file(folder + "/org__peer __&__/.eval_results/aime25.yaml");
  EXPECT_NE(yaml.find("id: \"jangwon/bundled_aime25\""), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("value: 25.00"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("NOT the published benchmark"), std::string::npos) << yaml;
}

TEST_F(Export, HuggingFaceItselfReadsItsFiles) {
  if (!has_module("huggingface_hub, yaml"))
    GTEST_SKIP() << "huggingface_hub is not installed for " << peers_python();
  if (shell(peers_python() + " -c 'from huggingface_hub import parse_eval_result_entries'")
          .exit_code != 0) {
    GTEST_SKIP() << "this huggingface_hub does not know .eval_results yet";
  }
  for (const std::string& file : files_below(exported("hf-eval-results"))) {
    expect_python(peers_python(), R"py(
import sys, yaml
from huggingface_hub import parse_eval_result_entries
[entry] = parse_eval_result_entries(yaml.safe_load(open(sys.argv[1])))
assert entry.dataset_id.startswith("jangwon/bundled_") and 0 <= entry.value <= 100, entry
)py",
                  "'" + file + "'");
  }
}

TEST_F(Export, LiveCodeBenchFileHasOneEntryAReplyThatCounts) {
  const Result<Json> problems =
      read_json_file(file_with(exported("livecodebench"), "_eval_all.json"));
  ASSERT_TRUE(problems.ok());
  ASSERT_EQ(problems->size(), 2u);
  const Json& backwards = (*problems)[1];
  EXPECT_EQ(backwards["question_id"], "jw_001_b");
  EXPECT_EQ(backwards["graded_list"], Json::parse("[true]"))
      << "the second reply is an error of ours";
  EXPECT_EQ(backwards["code_list"][0], "print(input()[::-1])");
  EXPECT_EQ(backwards["pass@1"], 1.0);
  EXPECT_EQ((*problems)[0]["graded_list"], Json::parse("[false, false]"));
  for (const char* key :
       {"question_title", "contest_date", "difficulty", "output_list", "metadata"})
    EXPECT_TRUE(backwards.contains(key)) << key;
}

TEST_F(Export, LiveCodeBenchComputesItsScores) {
  const char* repository = std::getenv("JANGWON_LIVECODEBENCH");
  if (repository == nullptr)
    GTEST_SKIP() << "JANGWON_LIVECODEBENCH does not name LiveCodeBench's repository";
  const ShellResult result = shell("cd " + std::string(repository) + " && " + peers_python() +
                                   " -m lcb_runner.evaluation.compute_scores --eval_all_file '" +
                                   file_with(exported("livecodebench"), "_eval_all.json") + "'");
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

TEST_F(Export, JUnitIsXmlThatSurvivesHostileReplies) {
  expect_python("python3", R"py(
import sys, xml.etree.ElementTree as tree
suites = tree.parse(sys.argv[1]).getroot()
assert suites.tag == "testsuites" and len(suites) == 2
aime, code = suites
assert (aime.get("tests"), aime.get("failures"), aime.get("errors")) == ("4", "3", "0"), aime.attrib
assert (code.get("tests"), code.get("failures"), code.get("errors")) == ("4", "2", "1"), code.attrib
for suite in suites:
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.get("tests"))
    assert sum(1 for c in cases if c.find("failure") is not None) == int(suite.get("failures"))
    assert sum(1 for c in cases if c.find("error") is not None) == int(suite.get("errors"))
for failure in suites.iter("failure"):
    assert "\ufffd" not in failure.text, "a character was cut in half"
names = [c.get("name") for c in aime.findall("testcase")]
assert names == ["1 #1", "1 #2", "2 #1", "2 #2"], names
)py",
                exported("junit") + "/junit.xml");
}

TEST_F(Export, LmEvalFilesAreReplayedWithTheSameScores) {
  const std::string folder = fresh_folder("export_round_trip");
  const ProgramResult first =
      run_program({"run", "--model", "standin-solar-open", "--tasks", "aime25,kmmlu_pro", "--limit",
                   "6", "--repeats", "2", "--max-tokens", "160", "--temperature", "0.7", "--json",
                   "-o", folder + "/run"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  ASSERT_EQ(run_program({"export", folder + "/run", "--format", "lm-eval", "-o", folder + "/peer"})
                .exit_code,
            0);
  const ProgramResult again = run_program(
      {"run", "--model", "replay:" + folder + "/peer/standin-solar-open", "--tasks",
       "aime25,kmmlu_pro", "--limit", "6", "--repeats", "2", "--json", "-o", folder + "/again"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const Json before = Json::parse(first.out)["results"], after = Json::parse(again.out)["results"];
  ASSERT_EQ(before.size(), after.size());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i]["value"], after[i]["value"])
        << before[i]["task"] << " " << before[i]["mode"];
    for (const char* verdict : {"correct", "incorrect", "no_answer", "truncated"})
      EXPECT_EQ(before[i]["counts"][verdict], after[i]["counts"][verdict])
          << before[i]["task"] << " " << verdict;
  }
}

TEST_F(Export, MistakesAreOneSentence) {
  const std::string run = root() + "/run";
  const struct {
    std::vector<std::string> arguments;
    const char* expected;
  } mistakes[] = {
      {{"export", run, "--format", "lmeval", "-o", root() + "/x"}, "did you mean \"lm-eval\"?"},
      {{"export", root(), "--format", "junit", "-o", root() + "/x"}, "results.json"},
  };
  for (const auto& mistake : mistakes) {
    const ProgramResult result = run_program(mistake.arguments);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_NE(result.err.find(mistake.expected), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace jangwon::e2e
