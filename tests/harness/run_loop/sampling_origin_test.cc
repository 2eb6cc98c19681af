#include "harness/run_loop/sampling_origin.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

TEST(ResolveSampling, FlagStandsAboveTaskAboveModelAboveGreedy) {
  TaskSampling flags, task;
  flags.top_p = 0.9;
  task.top_p = 0.8;
  task.max_tokens = 100;
  BackendInfo model;
  model.sampling = Json{{"temperature", 0.6}, {"top_p", 0.5}, {"max_new_tokens", 7}};
  const ResolvedSampling resolved = resolve_sampling(flags, task, model);
  EXPECT_EQ(resolved.params.top_p, 0.9);
  EXPECT_EQ(resolved.params.max_tokens, 100);
  EXPECT_EQ(resolved.params.temperature, 0.6);
  EXPECT_EQ(resolved.params.top_k, 0);
  EXPECT_NE(resolved.origins->dump().find(R"("top_p":{"value":0.9,"origin":"flag"})"),
            std::string::npos)
      << *resolved.origins;
  EXPECT_NE(resolved.origins->dump().find(R"("max_tokens":{"value":100,"origin":"task"})"),
            std::string::npos);
  EXPECT_NE(
      resolved.origins->dump().find(R"("temperature":{"value":0.6,"origin":"generation_config"})"),
      std::string::npos);
  EXPECT_NE(resolved.origins->dump().find(R"("top_k":{"value":0,"origin":"default"})"),
            std::string::npos);
}

TEST(ResolveSampling, BothSpellingsOfEveryTokenAreOne) {
  TaskSampling by_minus_one, by_zero;
  by_minus_one.top_k = -1;
  by_zero.top_k = 0;
  const ResolvedSampling flag = resolve_sampling(by_minus_one, {}, {});
  EXPECT_EQ(flag.params.top_k, 0);
  EXPECT_EQ(*flag.origins, *resolve_sampling(by_zero, {}, {}).origins);
  EXPECT_EQ(*resolve_sampling({}, by_minus_one, {}).origins,
            *resolve_sampling({}, by_zero, {}).origins);
}

TEST(ResolveSampling, NothingSaidIsGreedyForTheEngine) {
  EXPECT_EQ(resolve_sampling({}, {}, {}).params.temperature, 0.0);
}

TEST(ResolveSampling, NothingSaidIsTheServersDefaultForAServer) {
  BackendInfo server;
  server.unset_sampling = BackendInfo::Unset::kServer;
  TaskSampling flags, task;
  flags.presence_penalty = 0.0;
  task.max_tokens = 100;
  const ResolvedSampling resolved = resolve_sampling(flags, task, server);
  EXPECT_FALSE(resolved.set.temperature || resolved.set.top_p || resolved.set.top_k ||
               resolved.set.min_p || resolved.set.repetition_penalty);
  EXPECT_TRUE(resolved.set.presence_penalty) << "a neutral value that was asked for is asked for";
  EXPECT_TRUE(resolved.set.max_tokens);
  EXPECT_NE(resolved.origins->dump().find(
                R"("temperature":{"value":null,"origin":"the server's default"})"),
            std::string::npos)
      << *resolved.origins;
  BackendInfo recording;
  recording.unset_sampling = BackendInfo::Unset::kRecording;
  EXPECT_NE(
      resolve_sampling({}, {}, recording).origins->dump().find(R"("temperature":{"value":null)"),
      std::string::npos);
}

TEST(ResolveSampling, FieldThatIsLeftOutIsNotSetWhoeverSetsIt) {
  BackendInfo server;
  server.unset_sampling = BackendInfo::Unset::kServer;
  server.left_out_sampling = {"temperature"};
  TaskSampling flags;
  flags.temperature = 0.7;
  flags.top_p = 0.9;
  const ResolvedSampling resolved = resolve_sampling(flags, {}, server);
  EXPECT_FALSE(resolved.set.temperature);
  EXPECT_TRUE(resolved.set.top_p);
  EXPECT_NE(resolved.origins->dump().find(R"("temperature":{"value":null,"origin":"left out)"),
            std::string::npos);
}

TEST(SampleSeed, EveryPartOfTheKeyMatters) {
  const std::set<uint64_t> seeds = {sample_seed(1, "t", "a", 0), sample_seed(2, "t", "a", 0),
                                    sample_seed(1, "u", "a", 0), sample_seed(1, "t", "b", 0),
                                    sample_seed(1, "t", "a", 1)};
  EXPECT_EQ(seeds.size(), 5u);
  EXPECT_EQ(sample_seed(1, "t", "a", 0), sample_seed(1, "t", "a", 0));
}

}  // namespace
}  // namespace jangwon::harness
