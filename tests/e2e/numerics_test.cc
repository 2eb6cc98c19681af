// What a model is computed with: chosen by flags, files and defaults alike, said by every
// result, compared on a resume and told by every comparison; and the self-test that none of
// the rest matters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kModels = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/";

std::vector<std::string> run_words(const std::string& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"run",     "--model", "standin-axk1", "--tasks", "aime25",
                                    "--limit", "2",       "--repeats",    "1",       "--max-tokens",
                                    "8",       "-o",      folder};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Json settings_in(const std::string& file, const char* list) {
  const Json json = read_json_file(file).value();
  return json.at(Json::json_pointer(std::string(list) + "/0/settings"));
}

Json shown(const std::string& model, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"models", "show", model, "--json"};
  words.insert(words.end(), more.begin(), more.end());
  const ProgramResult result = run_program(words);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.exit_code == 0 ? Json::parse(result.out) : Json();
}

class NumericsE2e : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("LANG", "C.UTF-8", 1);
    usual_ = fresh_folder("numerics_usual");
    exact_ = fresh_folder("numerics_exact");
    const ProgramResult usual = run_program(run_words(usual_));
    ASSERT_EQ(usual.exit_code, 0) << usual.err;
    const ProgramResult exact = run_program(run_words(exact_, {"--numerics", "float32"}));
    ASSERT_EQ(exact.exit_code, 0) << exact.err;
  }
  static std::string usual_, exact_;
};

std::string NumericsE2e::usual_, NumericsE2e::exact_;

TEST_F(NumericsE2e, TheDefaultIsWhatShowSaysAndBf16ForBf16Weights) {
  const Json show = shown(std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/standin-axk1");
  EXPECT_NE(show.at("numerics"), "float32");
  EXPECT_EQ(show.at("memory_plan").at("kv_cache_dtype"), "bfloat16");
  const Json facts = settings_in(usual_ + "/run.json", "/models");
  EXPECT_EQ(facts.at("numerics"), show.at("numerics"));
  EXPECT_EQ(facts.at("kv_cache_dtype"), "bfloat16");
  EXPECT_EQ(settings_in(exact_ + "/run.json", "/models").at("numerics"), "float32");
  EXPECT_EQ(settings_in(exact_ + "/run.json", "/models").at("kv_cache_dtype"), "float32");
}

TEST_F(NumericsE2e, QuantisedWeightsTakeBf16AndFloat32WeightsFloat32) {
  for (const char* name :
       {"solar_fp8_block", "solar_int4_group32", "gpt_oss_mxfp4", "solar_plain"}) {
    const Json config = read_json_file(kModels + name + "/config.json").value();
    const bool exact =
        !config.contains("quantization_config") && config.value("torch_dtype", "") == "float32";
    EXPECT_EQ(shown(kModels + name).at("numerics") == "float32", exact) << name;
  }
  EXPECT_EQ(shown(kModels + "axk1_bias").at("numerics"), "float32") << "stored in float32";
}

TEST_F(NumericsE2e, ThePlanFollowsTheTypeOfTheCache) {
  const auto cache_bytes = [](const char* dtype) {
    return shown(kModels + "solar_plain", {"--kv-cache-dtype", dtype})
        .at("memory_plan")
        .at("kv_cache_bytes")
        .get<double>();
  };
  EXPECT_NEAR(cache_bytes("float32") / cache_bytes("bfloat16"), 2.0, 0.01);
  const ProgramResult text =
      run_program({"models", "show", kModels + "solar_plain", "--numerics", "float32"});
  EXPECT_THAT(text.out, HasSubstr("numerics            float32, cache in float32"));
}

TEST_F(NumericsE2e, EveryResultSaysThem) {
  const std::string numerics =
      settings_in(usual_ + "/run.json", "/models").at("numerics").get<std::string>();
  const Json results = read_json_file(usual_ + "/results.json").value();
  EXPECT_THAT(results.dump(), HasSubstr("\"numerics\":\"" + numerics + "\""));
  for (const char* page : {"/report.md", "/site/runs.html"}) {
    Result<std::string> text = read_file(usual_ + page);
    ASSERT_TRUE(text.ok()) << text.status().message();
    std::erase(*text, '\\');  // Markdown's escapes
    EXPECT_THAT(*text, HasSubstr("numerics")) << page;
    EXPECT_THAT(*text, HasSubstr("kv_cache_dtype")) << page;
  }
  const std::string out = fresh_folder("numerics_exports");
  const ProgramResult made = run_program(
      {"export", usual_, "--format", "lm-eval,inspect,every-eval-ever,hf-eval-results", "-o", out});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const ShellResult found = shell("grep -rlE 'numerics.{1,6}" + numerics + "' " + out + " | wc -l");
  EXPECT_GE(std::stoi(found.out), 3) << shell("find " + out).out;
}

TEST_F(NumericsE2e, AResumeWithOthersIsRefusedAndNamesThem) {
  const ProgramResult other = run_program(run_words(usual_, {"--numerics", "float32"}));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("/models/standin-axk1/settings/numerics was "));
  EXPECT_THAT(other.err, HasSubstr("and is now \"float32\""));
  const ProgramResult cache = run_program(run_words(usual_, {"--kv-cache-dtype", "float32"}));
  EXPECT_EQ(cache.exit_code, 2);
  EXPECT_THAT(cache.err,
              HasSubstr("/settings/kv_cache_dtype was \"bfloat16\" and is now \"float32\""));
  EXPECT_EQ(run_program({"run", "-o", exact_}).exit_code, 0) << "the earlier call's numerics go on";
}

TEST_F(NumericsE2e, EveryDoorTakesTheNamesThatThereAre) {
  const std::string folder = fresh_folder("numerics_doors");
  ASSERT_TRUE(write_file_atomically(folder + "/run.yaml", "numerics: float33\n").ok());
  const std::string sentence = "\"float33\"; did you mean \"float32\"?";
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--numerics", "float33"},
                                               {"--config", folder + "/run.yaml"},
                                               {"--set", "numerics=float33"}}) {
    const ProgramResult result = run_program(run_words(folder + "/x", more));
    EXPECT_EQ(result.exit_code, 2) << more[0];
    EXPECT_THAT(result.err, HasSubstr(sentence)) << more[0];
  }
  ASSERT_TRUE(
      write_file_atomically(folder + "/run.yaml", "numerics: float32\nkv_cache_dtype: bfloat16\n")
          .ok());
  const ProgramResult mixed =
      run_program(run_words(folder + "/mixed", {"--config", folder + "/run.yaml"}));
  ASSERT_EQ(mixed.exit_code, 0) << mixed.err;
  const Json facts = settings_in(folder + "/mixed/run.json", "/models");
  EXPECT_EQ(facts.at("numerics"), "float32");
  EXPECT_EQ(facts.at("kv_cache_dtype"), "bfloat16");
}

TEST_F(NumericsE2e, ComparisonsSayThatOneModelWasComputedDifferently) {
  const ProgramResult text = run_program({"compare", exact_, usual_});
  EXPECT_EQ(text.exit_code, 0) << "a note and no refusal: " << text.err;
  EXPECT_THAT(
      text.out,
      HasSubstr("note: standin-axk1: the same model, computed differently (numerics float32 → "));
  const ProgramResult json = run_program({"compare", exact_, usual_, "--json"});
  const Json pair = Json::parse(json.out).at("pairs").at(0);
  EXPECT_EQ(pair.at("arithmetic_diff").at(0).at("key"), "numerics");
  EXPECT_THAT(pair.at("note").get<std::string>(), HasSubstr("part of the difference is rounding"));
  const ProgramResult same = run_program({"compare", usual_, usual_});
  EXPECT_THAT(same.out, Not(HasSubstr("computed differently")));
  const std::string out = fresh_folder("numerics_report");
  const ProgramResult report = run_program({"report", exact_, usual_, "--format", "md", "-o", out});
  ASSERT_EQ(report.exit_code, 0) << report.err;
  EXPECT_THAT(read_file(out + "/report.md").value(), HasSubstr("computed differently"));
}

TEST_F(NumericsE2e, AGateWarnsOfIt) {
  const std::string folder = fresh_folder("numerics_gate");
  ASSERT_TRUE(
      write_file_atomically(
          folder + "/gate.yaml",
          "version: 1\ngate: pr\nmin_power: 0\nchecks:\n"
          "  - {id: score, tier: L2, task: aime25, repeats: 1, margin: 50pt, min_effect: 50pt}\n")
          .ok());
  const std::vector<std::string> words = {
      "gate",       "-c",   folder + "/gate.yaml", "--candidate", usual_,
      "--baseline", exact_, "--informational"};
  const ProgramResult text = run_program(words);
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(
      text.out,
      HasSubstr(
          "warning: standin-axk1: the same model, computed differently (numerics float32 → "));
  std::vector<std::string> as_json = words;
  as_json.emplace_back("--json");
  const Json verdict = Json::parse(run_program(as_json).out);
  EXPECT_EQ(verdict.at("warnings").size(), 1u);
  EXPECT_EQ(verdict.at("checks").at(0).at("comparability").at("arithmetic_diff").at(0).at("key"),
            "numerics");
}

// One numerics here, because the test machine is slow and busy; tests/runtime/engine has every one.
TEST(SelftestDeterminism, PassesAndFailsAgainstAnotherSeed) {
  setenv("LANG", "C.UTF-8", 1);
  const std::vector<std::string> words = {"selftest",           "determinism", "--model",
                                          "standin-solar-open", "--numerics",  "chain",
                                          "--kv-cache-dtype",   "bfloat16"};
  const ProgramResult right = run_program(words);
  EXPECT_EQ(right.exit_code, 0) << right.out << right.err;
  EXPECT_THAT(right.out,
              HasSubstr("same chain, cache in bfloat16, one batch of all: 18 requests, "));
  EXPECT_THAT(right.out, HasSubstr("instruction set portable"));
  std::vector<std::string> other = words;
  for (const char* word : {"--against-seed", "2", "--json"})
    other.emplace_back(word);
  const ProgramResult wrong = run_program(other);
  EXPECT_EQ(wrong.exit_code, 1) << wrong.out << wrong.err;
  EXPECT_THAT(wrong.err,
              testing::ContainsRegex("request [0-9]+: token [0-9]+ is [0-9]+ and alone [0-9]+"));
  const Json json = Json::parse(wrong.out);
  EXPECT_EQ(json.at("same"), 0);
  EXPECT_GT(json.at("total"), 10);
  EXPECT_FALSE(json.at("checks").at(0).at("difference").is_null());
}

TEST_F(NumericsE2e, WhatNobodyWouldObeyIsRefused) {
  const std::string folder = fresh_folder("numerics_refused");
  const std::string replies = folder + "/replies.jsonl";
  ASSERT_TRUE(write_file_atomically(replies,
                                    R"({"task": "aime25", "id": "1", "repeat": 0, "output": "7"})"
                                    "\n")
                  .ok());
  for (const auto& [flag, value] :
       {std::pair{"--numerics", "chain"}, std::pair{"--kv-cache-dtype", "float32"},
        std::pair{"--weights", "int8"}, std::pair{"--speculate", "2"}}) {
    for (const std::string& model :
         {"replay:" + replies, std::string("openai:http://127.0.0.1:9/v1#m")}) {
      const ProgramResult result = run_program(
          {"run", "--model", model, "--tasks", "aime25", "-o", folder + "/out", flag, value});
      EXPECT_EQ(result.exit_code, 2) << model << flag;
      EXPECT_THAT(result.err, HasSubstr(std::string(flag) + " is of the embedded engine")) << model;
    }
  }
}

TEST_F(NumericsE2e, MadeWeightsStandInTheResultAndAreComparedOnAResume) {
  const std::string folder = fresh_folder("numerics_weights");
  ASSERT_EQ(run_program(run_words(folder, {"--weights", "int4:64"})).exit_code, 0);
  const Json facts = settings_in(folder + "/run.json", "/models");
  EXPECT_EQ(facts.at("weight_format"), "int4:64");
  EXPECT_EQ(facts.at("made_weights"), "int4:64");
  const ProgramResult other = run_program(run_words(folder, {"--weights", "int8"}));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("int8"));
  EXPECT_EQ(run_program(run_words(folder, {"--weights", "int4:64"})).exit_code, 0);
}

}  // namespace
}  // namespace jangwon::e2e
