#include "harness/commands/peer_spellings.h"

#include <gtest/gtest.h>

namespace jangwon::harness {
namespace {

TEST(PeerSpellings, EveryNameOfAGenerationSettingSetsIt) {
  for (const char* key : {"max_tokens", "max_gen_toks", "max_new_tokens", "tokens_to_generate",
                          "max_completion_tokens"}) {
    TaskSampling sampling;
    ASSERT_TRUE(add_generation_setting(key, "77", sampling).ok()) << key;
    EXPECT_EQ(sampling.max_tokens, 77) << key;
    EXPECT_FALSE(add_generation_setting(key, "-5", sampling).ok()) << key;
  }
  for (const char* key : {"until", "stop"}) {
    TaskSampling sampling;
    ASSERT_TRUE(add_generation_setting(key, "###", sampling).ok()) << key;
    EXPECT_EQ(sampling.stop, std::vector<std::string>{"###"}) << key;
  }
  TaskSampling sampling;
  ASSERT_TRUE(add_generation_settings(
                  "temperature=0.5,top_p=0.25,top_k=-1,min_p=0.125,presence_penalty=-1.5", sampling)
                  .ok());
  EXPECT_EQ(sampling.temperature, 0.5);
  EXPECT_EQ(sampling.top_p, 0.25);
  EXPECT_EQ(sampling.top_k, -1);
  EXPECT_EQ(sampling.min_p, 0.125);
  EXPECT_EQ(sampling.presence_penalty, -1.5);
}

TEST(PeerSpellings, DoSampleSwitchesSamplingOff) {
  for (const char* value : {"false", "False"}) {
    TaskSampling sampling;
    ASSERT_TRUE(add_generation_setting("do_sample", value, sampling).ok());
    EXPECT_EQ(sampling.temperature, 0.0) << value;
  }
  for (const char* value : {"true", "True"}) {
    TaskSampling sampling;
    ASSERT_TRUE(add_generation_setting("do_sample", value, sampling).ok());
    EXPECT_FALSE(sampling.temperature.has_value()) << value;
  }
}

TEST(PeerSpellings, ListsAreOfTextsToStopAt) {
  TaskSampling sampling;
  ASSERT_TRUE(
      add_generation_settings(R"({"until": ["a", "b,c"], "max_gen_toks": 5})", sampling).ok());
  EXPECT_EQ(sampling.stop, (std::vector<std::string>{"a", "b,c"}));
  EXPECT_EQ(sampling.max_tokens, 5);
  for (const char* text : {R"({"max_tokens": [5, 6]})", R"({"max_tokens": 6.5})",
                           R"({"temperature": null})", R"({"stop": [""]})", R"({"top_p": true})"})
    EXPECT_FALSE(add_generation_settings(text, sampling).ok()) << text;
}

TEST(PeerSpellings, RunsAndShotsOfATaskAreHeldToTheTable) {
  EXPECT_EQ(parse_task_word("aime25:8")->repeats, 8);
  EXPECT_EQ(parse_task_word("mmlu_pro|5")->num_fewshot, 5);
  EXPECT_EQ(parse_task_word("leaderboard|mmlu_pro|5|0")->name, "mmlu_pro");
  for (const char* word :
       {"aime25:0", "aime25:-1", "aime25:6.5", "aime25:99999999999", "mmlu_pro|-1", "mmlu_pro|x"})
    EXPECT_FALSE(parse_task_word(word).ok()) << word;
}

}  // namespace
}  // namespace jangwon::harness
