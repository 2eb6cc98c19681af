// The gate as continuous integration uses it: the built program, run folders, exit codes, files.
// Builds whose truth is known are played with recorded replies to a question set made here; the
// false-alarm rate is measured on runs of a stand-in, whose recorded outcomes are dealt out to two
// sides a thousand times.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "harness/stats/splitmix64.h"
#include "reports/gate/gate_run.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

constexpr int kQuestions = 300;
constexpr int kRepeats = 8;

const char kTask[] = R"(name: letters
version: "1"
description: Letters, for the gate.
dataset: {bundled: letters.yaml}
prompt:
  default: plain
  styles:
    plain:
      messages:
        - role: user
          template: "{{ question }}"
sampling: {max_tokens: 16, temperature: 0.7}
reasoning: strip
scorers:
  - name: letter
    options: {style: answer_letter}
strata: {topic: {}}
)";

const char kManifest[] = R"(name: letters
title: Letters
source: written for this test
licence: Apache-2.0
files_from: manifest_folder
columns: {id: key, question: question, options: options, answer: answer, answer_form: letter}
splits:
  test:
    - path: letters.jsonl
)";

std::string gate_file(const std::string& head) {
  return "version: 1\ngate: pr\nalpha: 0.01\n" + head +
         "checks:\n"
         "  - {id: score, tier: L2, task: letters, repeats: 8, margin: 3pt, min_effect: 1pt, by: "
         "topic}\n"
         "  - {id: trunc, tier: L2, task: letters, metric: truncation_rate, margin: 3pt}\n";
}

// What a build answers to question i in repeat k.
enum class Reply { kRight, kWrong, kCutOff, kNone };
using Build = std::function<Reply(int i, int k, double draw)>;

// Four fifths of the questions are nearly always right, the rest nearly never: as models are.
double chance_of(int i) {
  return i % 5 == 4 ? 0.2 : 0.95;
}

Reply usual(int i, int, double draw) {
  return draw < chance_of(i) ? Reply::kRight : Reply::kWrong;
}

class GateE2e : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("LANG", "C.UTF-8", 1);
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    root_ = fresh_folder("gate");
    write("tasks/letters/task.yaml", kTask);
    write("tasks/letters/letters.yaml", kManifest);
    write_questions("");
    ASSERT_EQ(play("main", 1, usual), 0);
    const ProgramResult accepted =
        run_program({"baseline", "accept", path("main"), "--as", path("baselines/main"), "--reason",
                     "the first", "--by", "tester"});
    ASSERT_EQ(accepted.exit_code, 0) << accepted.err;
    write("pr.yaml", gate_file("baselines: {rolling: " + path("baselines/main") + "}\n"));
  }
  static void TearDownTestSuite() { fs::remove_all(root_); }

  static std::string path(const std::string& name) { return root_ + "/" + name; }

  static void write(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(path(name)).parent_path());
    ASSERT_TRUE(write_file_atomically(path(name), text).ok()) << name;
  }

  static void write_questions(const std::string& mark) {
    std::string rows;
    for (int i = 0; i < kQuestions; ++i) {
      rows += Json{{"key", "q" + std::to_string(i)},
                   {"question", "Which letter? " + std::to_string(i) + mark},
                   {"topic", i % 3 == 0 ? "first" : "other"},
                   {"options", {"right", "wrong"}},
                   {"answer", "A"}}
                  .dump() +
              "\n";
    }
    write("tasks/letters/letters.jsonl", rows);
  }

  // Runs the build's replies as the run `name`; returns the exit code.
  static int play(const std::string& name, uint64_t seed, const Build& build) {
    harness::SplitMix64 random(seed);
    std::string rows;
    for (int i = 0; i < kQuestions; ++i) {
      for (int k = 0; k < kRepeats; ++k) {
        const double draw = random.uniform();
        const Reply reply = build(i, k, draw);
        if (reply == Reply::kNone) continue;
        const bool cut = reply == Reply::kCutOff;
        rows += Json{{"id", "q" + std::to_string(i)},
                     {"repeat", k},
                     {"output", cut                      ? "Let me thi"
                                : reply == Reply::kRight ? "Answer: A"
                                                         : "Answer: B"},
                     {"finish_reason", cut ? "length" : "stop"}}
                    .dump() +
                "\n";
      }
    }
    write("replies/" + name + "/build.jsonl", rows);
    return run_program({"run", "--model", "replay:" + path("replies/" + name + "/build.jsonl"),
                        "--tasks", "letters", "--include-path", path("tasks"), "--repeats",
                        std::to_string(kRepeats), "-o", path(name)})
        .exit_code;
  }

  static ProgramResult gate(const std::string& candidate, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"gate", "-c", path("pr.yaml"), "--candidate",
                                      path(candidate)};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }

  static inline std::string root_;
};

TEST_F(GateE2e, AGoodBuildPasses) {
  ASSERT_EQ(play("good", 2, usual), 0);
  const ProgramResult result = gate("good");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("gate pr: PASS (pass)"));
  EXPECT_EQ(result.err, "");
}

TEST_F(GateE2e, ABuildThatTruncatesFailsAndSaysWhereToLook) {
  ASSERT_EQ(play("truncating", 3,
                 [](int i, int k, double draw) {
                   return (i + k) % 8 == 0 ? Reply::kCutOff : usual(i, k, draw);
                 }),
            0);
  const ProgramResult result = gate("truncating");
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("FAIL           score"));
  EXPECT_THAT(result.out, HasSubstr("FAIL           trunc"));
  EXPECT_THAT(
      result.out,
      ContainsRegex("moved with it  truncation 0.0 % → 12.5 %  ← look first at: max_tokens"));
  EXPECT_THAT(result.err, HasSubstr("gate pr: FAIL (score, trunc)"));
}

TEST_F(GateE2e, ABuildThatIsThreePointsWorseFailsNamingItsQuestionsAndTheWayOn) {
  // One question in twenty falls by 60 points: three points over all.
  ASSERT_EQ(play("worse", 4,
                 [](int i, int, double draw) {
                   return draw < chance_of(i) - (i % 20 == 0 ? 0.6 : 0.0) ? Reply::kRight
                                                                          : Reply::kWrong;
                 }),
            0);
  const ProgramResult result = gate("worse");
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("FAIL           score"));
  EXPECT_THAT(result.out, HasSubstr("PASS           trunc"));
  for (const char* part :
       {"baseline ", "→ candidate ", "Δ -", "p=", "corrected", "< 0.01", "once in", "right→wrong",
        "wrong answer",
        "reproduce   jangwon run --model replay:", "accept   jangwon baseline accept"})
    EXPECT_THAT(result.out, HasSubstr(part));
  EXPECT_THAT(result.out, ContainsRegex("#q[0-9]*0 [0-9]/8→[0-9]/8"));

  const ProgramResult korean = gate("worse", {"--lang", "ko"});
  for (const char* part : {"게이트 pr: FAIL (실패)", "기준 ", "→ 이번 ", "보정 후", "번에 한 번",
                           "맞음→틀림", "재현 ", "채택 "})
    EXPECT_THAT(korean.out, HasSubstr(part));
  setenv("LANG", "ko_KR.UTF-8", 1);
  EXPECT_EQ(gate("worse").out, korean.out);
  setenv("LANG", "C.UTF-8", 1);
}

TEST_F(GateE2e, AFlakyMachineIsIncompleteAndNeverABaseline) {
  ASSERT_EQ(play("flaky", 5,
                 [](int i, int k, double draw) {
                   return (i * kRepeats + k) % 20 == 0 ? Reply::kNone : usual(i, k, draw);
                 }),
            5);
  const ProgramResult result = gate("flaky");
  EXPECT_EQ(result.exit_code, 5) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("5.0 % of the runs ended in errors of ours"));
  const ProgramResult accepted = run_program(
      {"baseline", "accept", path("flaky"), "--as", path("baselines/flaky"), "--reason", "hope"});
  EXPECT_EQ(accepted.exit_code, 5);
  EXPECT_THAT(accepted.err, HasSubstr("is not complete"));
  EXPECT_FALSE(fs::exists(path("baselines/flaky")));
}

TEST_F(GateE2e, ARunThatWasCutShortIsIncomplete) {
  ASSERT_EQ(play("half", 6, usual), 0);
  const std::string journal = *read_file(path("half/samples.jsonl"));
  ASSERT_TRUE(
      write_file_atomically(path("half/samples.jsonl"), journal.substr(0, journal.size() / 2))
          .ok());
  const ProgramResult result = gate("half");
  EXPECT_EQ(result.exit_code, 5) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("go on with `jangwon run -o"));
  EXPECT_EQ(gate("never").exit_code, 5);
}

TEST_F(GateE2e, AChangedDatasetIsNotComparable) {
  write_questions(" (reworded)");
  ASSERT_EQ(play("reworded", 7, usual), 0);
  write_questions("");
  const ProgramResult result = gate("reworded");
  EXPECT_EQ(result.exit_code, 4) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("dataset_sha256 "));
  const ProgramResult compared = run_program({"compare", path("main"), path("reworded")});
  EXPECT_EQ(compared.exit_code, 4);
  EXPECT_THAT(compared.err, HasSubstr("dataset_sha256"));
}

TEST_F(GateE2e, AMissingOrDamagedBaselineIsExitFour) {
  const ProgramResult missing = gate("main", {"--baseline", path("baselines/none")});
  EXPECT_EQ(missing.exit_code, 4);
  EXPECT_THAT(missing.err, HasSubstr("baseline accept"));
  fs::copy(path("baselines/main"), path("baselines/damaged"), fs::copy_options::recursive);
  ASSERT_EQ(run_program({"baseline", "verify", path("baselines/damaged")}).exit_code, 0);
  const std::string file = path("baselines/damaged/letters/build.json");
  ASSERT_TRUE(write_file_atomically(file, *read_file(file) + " ").ok());
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"gate", "-c", path("pr.yaml"), "--candidate", path("main"),
                                 "--baseline", path("baselines/damaged")},
        {"baseline", "verify", path("baselines/damaged")},
        {"baseline", "diff", path("baselines/damaged"), path("main")}}) {
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.exit_code, 4) << result.err;
    EXPECT_THAT(result.err, HasSubstr("was changed after it was accepted"));
  }
  ASSERT_TRUE(write_file_atomically(path("baselines/damaged/baseline.json"), "{").ok());
  EXPECT_EQ(gate("main", {"--baseline", path("baselines/damaged")}).exit_code, 4);
  fs::remove_all(path("baselines/damaged"));
}

TEST_F(GateE2e, AnUndecidableCheckIsRefusedByPlanAndByGate) {
  std::string text = gate_file("");
  text.replace(text.find("margin: 3pt"), 11, "margin: 0.5pt");
  text.replace(text.find("min_effect: 1pt"), 15, "min_effect: 0.5pt");
  write("fine.yaml", text);
  const std::string baseline = path("baselines/main");
  const ProgramResult planned =
      run_program({"plan", "-c", path("fine.yaml"), "--baseline", baseline});
  const ProgramResult judged = run_program(
      {"gate", "-c", path("fine.yaml"), "--candidate", path("main"), "--baseline", baseline});
  for (const ProgramResult& result : {planned, judged}) {
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("300 questions × 8 runs find a drop of 0.5pt"));
    EXPECT_THAT(result.err, HasSubstr("ask each question"));
  }
  EXPECT_EQ(run_program({"plan", "-c", path("pr.yaml"), "--baseline", baseline}).exit_code, 0);
}

TEST_F(GateE2e, MistakesInTheFileNameLineAndNearestWord) {
  struct Mistake {
    const char *before, *after, *expected;
  };
  const Mistake mistakes[] = {
      {"margin:", "margn:", "bad.yaml:5: unknown key \"margn\"; did you mean \"margin\"?"},
      {"task: letters", "task: leters",
       "bad.yaml:5: score: unknown task \"leters\"; did you mean \"letters\"?"},
      {"truncation_rate", "truncation_rat",
       "bad.yaml:6: unknown metric \"truncation_rat\"; did you mean"},
      {"by: topic", "by: topics",
       "bad.yaml:5: score: unknown column of letters \"topics\"; did you mean \"topic\"?"},
      {"3pt", "3", "bad.yaml:5: margin: \"3\" has no unit"},
      {"tier: L2", "tier: L9", "bad.yaml:5: unknown tier \"L9\""},
  };
  for (const Mistake& mistake : mistakes) {
    std::string text = gate_file("");
    text.replace(text.find(mistake.before), std::string(mistake.before).size(), mistake.after);
    write("bad.yaml", text);
    const ProgramResult result = run_program({"gate", "-c", path("bad.yaml"), "--candidate",
                                              path("main"), "--baseline", path("baselines/main")});
    EXPECT_EQ(result.exit_code, 2) << mistake.expected;
    EXPECT_THAT(result.err, HasSubstr(mistake.expected));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(GateE2e, EveryFormatIsWrittenAndSaysTheSame) {
  ASSERT_EQ(play("formats", 3,
                 [](int i, int, double draw) {
                   return draw < chance_of(i) - 0.15 ? Reply::kRight : Reply::kWrong;
                 }),
            0);
  write("step_summary.md", "before\n");
  setenv("GITHUB_STEP_SUMMARY", path("step_summary.md").c_str(), 1);
  const ProgramResult result =
      gate("formats", {"--format", "json,junit,github,gitlab,badge", "--out", path("out"),
                       "--report-url", "https://example.org/job"});
  unsetenv("GITHUB_STEP_SUMMARY");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, ContainsRegex("\n::error file=[^,]*pr.yaml,line=6,title=FAIL score::"));
  EXPECT_THAT(*read_file(path("step_summary.md")), ContainsRegex("^before\n## Gate pr: FAIL\n"));
  EXPECT_THAT(*read_file(path("out/junit.xml")), HasSubstr("<failure type=\"regression\""));
  EXPECT_THAT(*read_file(path("out/metrics.txt")),
              HasSubstr("jangwon_score{gate=\"pr\",check=\"score\""));
  const Json verdict = Json::parse(*read_file(path("out/gate.json")));
  EXPECT_EQ(verdict["exit_code"], 1);
  EXPECT_EQ(verdict["checks"][0]["verdict"], "FAIL");
  EXPECT_EQ(Json::parse(*read_file(path("out/badge.json")))["color"], "red");
  const Json quality = Json::parse(*read_file(path("out/codequality.json")));
  ASSERT_EQ(quality.size(), 1u);
  EXPECT_EQ(quality[0]["severity"], "critical");
  EXPECT_EQ(quality[0]["location"]["lines"]["begin"], 6);
  EXPECT_EQ(quality[0]["fingerprint"].get<std::string>().size(), 64u);
  EXPECT_EQ(
      Json::parse(*read_file(path("out/annotations.json")))["jangwon"][0]["external_link"]["url"],
      "https://example.org/job");

  const ProgramResult explained = run_program({"gate", "explain", path("out/gate.json"), "score"});
  EXPECT_EQ(explained.exit_code, 0);
  EXPECT_THAT(explained.out, HasSubstr("FAIL  score"));
  EXPECT_EQ(run_program({"gate", "explain", path("out/gate.json"), "scor"}).exit_code, 2);
  // Piped on, a format stands alone; informational reports and does not fail.
  EXPECT_TRUE(gate("formats", {"--format", "junit"}).out.starts_with("<?xml"));
  EXPECT_EQ(Json::parse(gate("formats", {"--json"}).out), verdict);
  EXPECT_EQ(gate("formats", {"--informational"}).exit_code, 0);
}

TEST_F(GateE2e, AChangeIsJudgedByTheGateFileOfItsBaseline) {
  ASSERT_EQ(play("loosened", 4,
                 [](int i, int, double draw) {
                   return draw < chance_of(i) - 0.15 ? Reply::kRight : Reply::kWrong;
                 }),
            0);
  const ProgramResult accepted =
      run_program({"baseline", "accept", path("main"), "--as", path("baselines/kept"), "--reason",
                   "with its gate", "--gate", path("pr.yaml")});
  ASSERT_EQ(accepted.exit_code, 0) << accepted.err;
  std::string loose = gate_file("");
  loose.replace(loose.find("margin: 3pt, min_effect: 1pt"), 28, "margin: 50pt, min_effect: 40pt");
  write("loose.yaml", loose);
  const std::vector<std::string> words = {
      "gate",           "-c",         path("loose.yaml"),    "--candidate",
      path("loosened"), "--baseline", path("baselines/kept")};
  EXPECT_EQ(run_program(words).exit_code, 0);
  std::vector<std::string> strict = words;
  strict.push_back("--config-from-baseline");
  EXPECT_EQ(run_program(strict).exit_code, 1);
  // The kept file is part of the baseline: loosening it there is noticed too.
  ASSERT_TRUE(write_file_atomically(path("baselines/kept/gate.yaml"), loose).ok());
  EXPECT_EQ(run_program(strict).exit_code, 4);
  fs::remove_all(path("baselines/kept"));
}

TEST_F(GateE2e, ReplayAndParityAskTheScorersAndTheEngine) {
  write("prompts.jsonl",
        R"({"id":"ko","prompt":"대한민국의 수도는","continuations":[" 서울"," 부산"]})"
        "\n"
        R"({"id":"sum","prompt":"1 + 1 =","continuations":[" 2"," 3"]})"
        "\n");
  const ProgramResult recorded =
      run_program({"gate", "record", "--model", "standin-solar-open", path("prompts.jsonl")});
  ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
  write("parity.jsonl", recorded.out);
  write("probes.yaml", "version: 1\nchecks:\n  - {id: replay, tier: L0, corpus: " + path("main") +
                           "}\n  - {id: parity, tier: L1, model: standin-solar-open, prompts: " +
                           path("parity.jsonl") + ", max_mean_dlogp: 2e-3, min_top1: 100%}\n");
  const std::vector<std::string> words = {"gate",        "-c",         path("probes.yaml"),
                                          "--candidate", path("main"), "--include-path",
                                          path("tasks"), "--json"};
  const Json same = Json::parse(run_program(words).out);
  EXPECT_EQ(same["verdict"], "PASS");
  EXPECT_EQ(same["checks"][0]["replay"]["items"], kQuestions * kRepeats);
  EXPECT_EQ(same["checks"][1]["parity"]["prompts"], 2);

  Json row = Json::parse(recorded.out.substr(0, recorded.out.find('\n')));
  row["logprobs"][0] = row["logprobs"][0].get<double>() - 1;
  write("parity.jsonl", row.dump() + recorded.out.substr(recorded.out.find('\n')));
  const ProgramResult moved = run_program(words);
  EXPECT_EQ(moved.exit_code, 1);
  EXPECT_EQ(Json::parse(moved.out)["checks"][1]["reason_code"], "logprobs_changed");
}

TEST_F(GateE2e, BaselinesAreListedComparedAndVerified) {
  const ProgramResult listed =
      run_program({"baseline", "list", "--json", "--root", path("baselines")});
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  const Json baselines = Json::parse(listed.out);
  const auto main = std::find_if(baselines.begin(), baselines.end(),
                                 [](const Json& b) { return b["name"] == "main"; });
  ASSERT_NE(main, baselines.end());
  EXPECT_EQ((*main)["reason"], "the first");
  EXPECT_EQ((*main)["scores"][0]["n"], kQuestions);
  EXPECT_EQ(run_program({"baseline", "verify", "main", "--root", path("baselines")}).exit_code, 0);
  const ProgramResult same =
      run_program({"baseline", "diff", "main", path("main"), "--root", path("baselines")});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("Δ +0.0 points"));
}

// ---- the shown power

// Builds that have fallen by the margin, each against a baseline of its own, and a reference that
// the fallen build equals: the file's checks share alpha (Holm), and the stream has its part.
TEST_F(GateE2e, TheShownPowerIsTheShareOfGatesThatDecide) {
  constexpr int kRounds = 40;
  constexpr int kAsked = 120;
  constexpr double kFall = 0.15;
  write("power.yaml",
        "version: 1\ngate: power\nalpha: 0.04\nmin_power: 0\n"
        "sequential: {mode: eprocess, alpha_share: 0.3}\n"
        "checks:\n"
        "  - {id: fall, tier: L2, task: letters, model: ours, margin: 15pt}\n"
        "  - {id: trunc, tier: L2, task: letters, model: ours, metric: truncation_rate, margin: "
        "10pt}\n"
        "  - {id: claim, tier: L3, task: letters, model: ours, reference: theirs, ratio: 0.9}\n");
  harness::SplitMix64 random(20261129);
  const auto replies = [&](const std::string& model, double fallen) {
    std::string rows;
    for (int i = 0; i < kAsked; ++i) {
      const bool right = random.uniform() < 0.8 + 0.1 * (i % 3 - 1) - fallen;
      rows += Json{{"id", "q" + std::to_string(i)},
                   {"model", model},
                   {"output", right ? "Answer: A" : "Answer: B"}}
                  .dump() +
              "\n";
    }
    return rows;
  };
  const auto run = [&](const std::string& name, const std::vector<std::string>& models) {
    std::string words;
    for (size_t i = 0; i < models.size(); ++i) {
      const std::string file = "power/" + name + std::to_string(i) + ".jsonl";
      write(file, models[i]);
      words += (i == 0 ? "replay:" : ",replay:") + path(file);
    }
    fs::remove_all(path("power/" + name));
    return run_program({"run", "--model", words, "--tasks", "letters", "--include-path",
                        path("tasks"), "--limit", std::to_string(kAsked), "--repeats", "1", "-o",
                        path("power/" + name)});
  };
  double shown_fall = 0, shown_claim = 0;
  int failed = 0, claimed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const ProgramResult before = run("before", {replies("ours", 0)});
    ASSERT_EQ(before.exit_code, 0) << before.err;
    const ProgramResult now = run("now", {replies("ours", kFall), replies("theirs", kFall)});
    ASSERT_EQ(now.exit_code, 0) << now.err;
    const ProgramResult result =
        run_program({"gate", "-c", path("power.yaml"), "--candidate", path("power/now"),
                     "--baseline", path("power/before"), "--json"});
    const Json gate = Json::parse(result.out, nullptr, false);
    ASSERT_TRUE(gate.is_object()) << result.out << result.err;
    shown_fall += gate["checks"][0]["power"].get<double>() / kRounds;
    shown_claim += gate["checks"][2]["power"].get<double>() / kRounds;
    failed += gate["checks"][0]["verdict"] == "FAIL" ? 1 : 0;
    claimed += gate["checks"][2]["verdict"] == "PASS" ? 1 : 0;
  }
  const double fall = static_cast<double>(failed) / kRounds;
  const double claim = static_cast<double>(claimed) / kRounds;
  const auto noise = [](double share) {
    return 3.3 * std::sqrt(std::max(0.05, share * (1 - share)) / kRounds);
  };
  EXPECT_NEAR(shown_fall, fall, noise(fall));
  EXPECT_NEAR(shown_claim, claim, noise(claim));
  EXPECT_GT(fall, 0.2);
  EXPECT_LT(fall, 0.95) << "a share near one would hide a power that is too small";
}

// ---- the false-alarm rate on recorded runs

TEST(GateFalseAlarms, AThousandDealsOfOneRecordedRunStayWithinAlpha) {
  const std::string folder = fresh_folder("deals");
  const ProgramResult run = run_program({"run", "--model", "standin-k-exaone", "--tasks",
                                         "aime25,mmlu_pro", "--temperature", "0.8", "--repeats",
                                         "6", "--max-tokens", "160", "-o", folder + "/run"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto recorded = reports::read_side(folder + "/run");
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  auto config = reports::parse_gate_config(
      "version: 1\ngate: deals\nalpha: 0.05\nmin_power: 0\n"
      "sequential: {mode: eprocess, alpha_share: 0.3}\n"
      "checks:\n"
      "  - {id: aime, tier: L2, task: aime25, margin: 4pt}\n"
      "  - {id: mmlu, tier: L2, task: mmlu_pro, margin: 4pt}\n"
      "  - {id: none, tier: L2, task: mmlu_pro, metric: extraction_failure_rate, margin: 4pt}\n",
      "deals.yaml");
  ASSERT_TRUE(config.ok()) << config.status().message();

  constexpr int kDeals = 1000;
  harness::SplitMix64 random(20261122);
  int alarms = 0;
  for (int deal = 0; deal < kDeals; ++deal) {
    // Each question's six runs are shuffled and dealt out, three a side: nothing has changed,
    // by construction.
    reports::EvaluationSide before = *recorded, now = *recorded;
    for (size_t t = 0; t < recorded->tasks.size(); ++t) {
      before.tasks[t].repeats = now.tasks[t].repeats = 3;
      // both tests: paired by seed, and by question
      now.tasks[t].settings["seed"] = deal % 2 == 0 ? "0" : "1";
      for (size_t i = 0; i < recorded->tasks[t].items.size(); ++i) {
        std::vector<reports::RunOutcome> runs = recorded->tasks[t].items[i].runs;
        for (size_t k = runs.size(); k > 1; --k)
          std::swap(runs[k - 1], runs[random.index(k)]);
        before.tasks[t].items[i].runs.assign(runs.begin(), runs.begin() + 3);
        now.tasks[t].items[i].runs.assign(runs.begin() + 3, runs.end());
      }
    }
    reports::GateInputs inputs;
    inputs.baseline = &before;
    inputs.candidate = &now;
    const auto gate = reports::run_gate(*config, inputs);
    ASSERT_TRUE(gate.ok()) << gate.status().message();
    alarms += gate->verdict == reports::CheckVerdict::kFail ? 1 : 0;
  }
  const double alpha = config->alpha;
  EXPECT_LE(alarms, kDeals * (alpha + 3 * std::sqrt(alpha * (1 - alpha) / kDeals)));
  fs::remove_all(folder);
}

// ---- the documents

// The words of a shell command, quotes taken away; from a comment sign on nothing counts.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  for (char c : line) {
    if (c == '"') {
      inside = !inside;
    } else if (c == ' ' && !inside) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(word);
  const auto comment = std::find(words.begin(), words.end(), "#");
  words.erase(comment, words.end());
  return words;
}

TEST(GateDocuments, EveryCommandInTheWorkflowFilesIsUnderstood) {
  const std::string docs = std::string(JANGWON_SOURCE_DIR) + "/reports/gate/docs";
  const std::string empty = fresh_folder("documents");
  const fs::path here = fs::current_path();
  fs::current_path(empty);
  int commands = 0;
  for (const auto& entry : fs::directory_iterator(docs)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".yml" && extension != ".yaml") continue;
    std::istringstream lines(*read_file(entry.path().string()));
    for (std::string line; std::getline(lines, line);) {
      static const std::regex kCommand("(?:build/|`)jangwon ([^`]*)");
      std::smatch match;
      if (!std::regex_search(line, match, kCommand)) continue;
      const ProgramResult result = run_program(shell_words(match[1]));
      EXPECT_THAT(result.err + result.out, Not(HasSubstr("Run with --help")))
          << entry.path() << ": " << line;
      EXPECT_THAT(result.err, Not(HasSubstr("unknown command"))) << line;
      ++commands;
    }
  }
  fs::current_path(here);
  fs::remove_all(empty);
  EXPECT_GE(commands, 6);
}

TEST(GateDocuments, TheGateFilesAreUnderstoodAndDecidable) {
  for (const char* name : {"pr.yaml", "release.yaml"}) {
    const std::string path = std::string(JANGWON_SOURCE_DIR) + "/reports/gate/docs/" + name;
    const ProgramResult planned = run_program({"plan", "-c", path});
    EXPECT_EQ(planned.exit_code, 0) << planned.out << planned.err;
  }
}

}  // namespace
}  // namespace jangwon::e2e
