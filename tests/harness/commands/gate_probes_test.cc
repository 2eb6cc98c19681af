#include "harness/commands/gate_probes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/commands/gate_probe_rows.h"
#include "harness/sandbox/sandbox.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

using Rows = std::vector<Json>;

class GateProbesTest : public testing::Test {
 protected:
  GateProbesTest() : folder_(testing::TempDir() + "/gate_probes_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~GateProbesTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const Rows& rows) const {
    std::string text;
    for (const Json& row : rows)
      text += to_json_line(row) + "\n";
    EXPECT_TRUE(write_file_atomically(folder_ + "/" + name, text).ok());
    return folder_ + "/" + name;
  }
  static Rows read(const std::string& lines) {
    Rows rows;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
      rows.push_back(Json::parse(line));
    return rows;
  }
  // "id: before → after" of every difference.
  std::string differences(const std::string& corpus) const {
    const Result<reports::ReplayOutcome> outcome = replay_corpus(corpus, options_);
    if (!outcome.ok()) return outcome.status().message();
    std::string text = std::to_string(outcome->num_items);
    for (const auto& difference : outcome->differences)
      text += "; " + difference.id + ": " + difference.recorded + " → " + difference.now;
    return text;
  }

  std::string folder_;
  ProbeOptions options_;
};

Json stored(const std::string& id, const std::string& output, const std::string& verdict,
            const Json& answer) {
  return {{"task", "aime25"}, {"id", id},           {"output", output},
          {"target", 42},     {"verdict", verdict}, {"answer", answer}};
}

TEST_F(GateProbesTest, ARepliesGradeIsHeldToVerdictAndAnswer) {
  const Rows rows = {stored("same", "\\boxed{42}", "correct", "42"),
                     stored("other answer", "\\boxed{41}", "incorrect", "40"),
                     stored("other verdict", "\\boxed{42}", "incorrect", "42"),
                     stored("nothing in both", "I do not know.", "no_answer", nullptr),
                     stored("now an answer", "\\boxed{7}", "no_answer", nullptr)};
  EXPECT_EQ(differences(write("rows.jsonl", rows)),
            "5; other answer: incorrect (40) → incorrect (41); other verdict: incorrect (42) → "
            "correct (42); "
            "now an answer: no_answer → incorrect (7)");
}

TEST_F(GateProbesTest, ThinkingIsNoPartOfAStoredReplysAnswer) {
  EXPECT_EQ(
      differences(write("rows.jsonl",
                        {stored("a", "<think>\\boxed{42}</think>\\boxed{41}", "incorrect", "41"),
                         stored("b", "<think>\\boxed{42}", "no_answer", nullptr)})),
      "2");
}

TEST_F(GateProbesTest, TargetsAreThoseOfTheTasksStyle) {
  // KMMLU-Pro counts its options from 1.
  const Json row = {{"task", "kmmlu_pro"},  {"id", 7},      {"output", "정답: C"}, {"target", 3},
                    {"verdict", "correct"}, {"answer", "C"}};
  EXPECT_EQ(differences(write("rows.jsonl", {row})), "1");
}

TEST_F(GateProbesTest, APatternNamesSeveralFilesInOrder) {
  write("b.jsonl", {stored("second", "\\boxed{1}", "correct", "42")});
  write("a.jsonl", {stored("first", "\\boxed{1}", "correct", "42")});
  write("c.txt", {stored("third", "\\boxed{1}", "correct", "42")});
  EXPECT_EQ(differences(folder_ + "/*.jsonl"),
            "2; first: correct (42) → incorrect (1); second: correct (42) → incorrect (1)");
  EXPECT_EQ(differences(folder_ + "/*.csv"), "no file matches " + folder_ + "/*.csv");
}

TEST_F(GateProbesTest, WhatIsNoStoredReplyIsNamedWithItsLine) {
  const Json good = stored("a", "\\boxed{42}", "correct", "42");
  for (const char* key : {"task", "id", "verdict", "output", "target"}) {
    Json bad = good;
    bad.erase(key);
    EXPECT_EQ(differences(write("rows.jsonl", {good, bad})).find(folder_ + "/rows.jsonl:2: "), 0u)
        << key;
  }
  for (const char* key : {"task", "verdict", "output"}) {
    Json bad = good;
    bad[key] = Json::array({1});
    EXPECT_EQ(differences(write("rows.jsonl", {good, bad})).find(folder_ + "/rows.jsonl:2: "), 0u)
        << key;
  }
  Json empty = good;
  empty["output"] = nullptr;
  EXPECT_EQ(differences(write("rows.jsonl", {empty})),
            folder_ + "/rows.jsonl:1: a stored reply needs \"output\" or \"code\"");
  EXPECT_TRUE(write_file_atomically(folder_ + "/blank.jsonl", "\n" + good.dump() + "\n\n[1]").ok());
  EXPECT_EQ(differences(folder_ + "/blank.jsonl").find(folder_ + "/blank.jsonl:4: "), 0u);
}

TEST_F(GateProbesTest, WhatIsRecordedIsWhatIsReplayed) {
  const std::string replies =
      write("replies.jsonl", {{{"id", "a"}, {"output", "\\boxed{42}"}, {"target", 42}},
                              {{"id", "b"},
                               {"output", "none"},
                               {"target", 42},
                               {"answer", "stale"},
                               {"verdict", "stale"}}});
  const Result<std::string> recorded = record_replay("aime25", replies, options_);
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  const Rows rows = read(*recorded);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["task"], "aime25");
  EXPECT_EQ(rows[0]["verdict"], "correct");
  EXPECT_EQ(rows[0]["answer"], "42");
  EXPECT_EQ(rows[1]["verdict"], "no_answer");
  EXPECT_EQ(rows[1]["answer"], nullptr);
  EXPECT_EQ(differences(write("rows.jsonl", rows)), "2");
}

TEST_F(GateProbesTest, ProgramsAreRunAgainWithinTheTimeOfTheirTask) {
  SandboxOptions sandbox;
  if (const auto pool = SandboxPool::create(sandbox); !pool.ok())
    GTEST_SKIP() << pool.status().message();
  const auto row = [](const std::string& id, const std::string& code,
                      const std::string& verdict) -> Json {
    return {
        {"task", "livecodebench_v6"}, {"id", id},           {"code", code},  {"inputs", {"3\n"}},
        {"outputs", {"6\n"}},         {"verdict", verdict}, {"answer", code}};
  };
  EXPECT_EQ(differences(write("rows.jsonl", {row("right", "print(int(input()) * 2)", "correct"),
                                             row("wrong", "print(5)", "incorrect")})),
            "2");
  EXPECT_NE(differences(write("rows.jsonl", {row("turned", "print(5)", "correct")}))
                .find("turned: correct"),
            std::string::npos);
}

// ---- L1

constexpr const char* kModel = "standin-solar-open";

Rows prompts() {
  return {
      {{"id", "ko"},
       {"prompt", "대한민국의 수도는"},
       {"continuations", {" 서울특별시 종로구 세종로", " 부산"}}},
      {{"id", 7}, {"prompt", "1 + 1 ="}, {"continuations", {" 2", " 3"}}},
  };
}

TEST_F(GateProbesTest, ParityIsMeasuredPerToken) {
  const Result<std::string> recorded =
      record_parity(kModel, write("prompts.jsonl", prompts()), options_);
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  Rows rows = read(*recorded);
  ASSERT_EQ(rows.size(), 2u);
  const auto tokens = rows[0]["num_tokens"].get<std::vector<int>>();
  ASSERT_EQ(tokens.size(), 2u);
  ASSERT_GT(tokens[0], 1) << "the test needs a continuation of several tokens";

  const auto same = measure_parity(kModel, write("same.jsonl", rows), options_);
  ASSERT_TRUE(same.ok()) << same.status().message();
  EXPECT_EQ(same->num_prompts, 2);
  EXPECT_LT(same->max_abs_dlogp, 1e-4);
  EXPECT_EQ(same->top1_agreement, 1.0);

  // Both ways, so that a difference without its sign is one: 3 nats over all tokens of the first,
  // 0.5 of the last.
  const auto tokens_last = rows[1]["num_tokens"].get<std::vector<int>>();
  Rows moved = rows;
  moved[0]["logprobs"][0] = rows[0]["logprobs"][0].get<double>() + 3;
  moved[1]["logprobs"][1] = rows[1]["logprobs"][1].get<double>() - 0.5;
  const auto other = measure_parity(kModel, write("moved.jsonl", moved), options_);
  ASSERT_TRUE(other.ok()) << other.status().message();
  const double first = 3.0 / tokens[0], last = 0.5 / tokens_last[1];
  EXPECT_NEAR(other->max_abs_dlogp, std::max(first, last), 1e-4);
  EXPECT_NEAR(other->mean_abs_dlogp, (first + last) / 4, 1e-4);
  ASSERT_EQ(other->worst_ids.size(), 2u);
  EXPECT_EQ(other->worst_ids[0].find(first > last ? "ko (" : "7 ("), 0u) << other->worst_ids[0];
}

TEST_F(GateProbesTest, TopOneCountsThePromptsWhoseLikeliestContinuationIsTheSame) {
  const Result<std::string> recorded =
      record_parity(kModel, write("prompts.jsonl", prompts()), options_);
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  Rows rows = read(*recorded);
  std::swap(rows[0]["logprobs"][0], rows[0]["logprobs"][1]);
  const auto outcome = measure_parity(kModel, write("rows.jsonl", rows), options_);
  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  EXPECT_EQ(outcome->top1_agreement, 0.5);
}

TEST_F(GateProbesTest, TheWorstPromptsAreNamedAndNoMore) {
  Rows eight;
  for (int i = 0; i < 8; ++i)
    eight.push_back({{"id", i}, {"prompt", "1 + 1 ="}, {"continuations", {" 2", " 3"}}});
  const Result<std::string> recorded =
      record_parity(kModel, write("prompts.jsonl", eight), options_);
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  Rows rows = read(*recorded);
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i]["logprobs"][0] = rows[i]["logprobs"][0].get<double>() - 0.1 * static_cast<double>(i);
  const auto outcome = measure_parity(kModel, write("rows.jsonl", rows), options_);
  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  std::string ids;
  for (const std::string& id : outcome->worst_ids)
    ids += id.substr(0, 1);
  EXPECT_EQ(ids, "76543");
}

TEST_F(GateProbesTest, WhatIsNoParityRowIsNamedWithItsLine) {
  const Json good = {
      {"id", "a"}, {"prompt", "b"}, {"continuations", {" c", " d"}}, {"logprobs", {-1.0, -2.0}}};
  const auto refused = [&](const Json& bad) {
    const auto outcome = measure_parity(kModel, write("rows.jsonl", {good, bad}), options_);
    EXPECT_FALSE(outcome.ok()) << bad;
    return outcome.ok() ? "" : outcome.status().message();
  };
  for (const char* key : {"id", "prompt", "continuations", "logprobs"}) {
    Json bad = good;
    bad.erase(key);
    EXPECT_EQ(refused(bad),
              folder_ + "/rows.jsonl:2: not a parity row: the key \"" + key + "\" is missing");
  }
  Json bad = good;
  bad["logprobs"].push_back(-3.0);
  EXPECT_EQ(refused(bad), folder_ + "/rows.jsonl:2: \"logprobs\" needs one entry a continuation");
  bad["continuations"] = bad["logprobs"] = Json::array();
  EXPECT_EQ(refused(bad), folder_ + "/rows.jsonl:2: \"continuations\" is empty");
}

TEST(GateProbeRows, AnAnswerThatIsNoTextIsNone) {
  const auto row =
      parse_replay_row(R"({"task": "t", "id": 1.5, "verdict": "correct", "answer": null})");
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->id, "1.5");
  EXPECT_EQ(row->answer, "");
}

}  // namespace
}  // namespace jangwon::harness
