// The plan against what a loaded engine holds, after a load that drives it to its limits; and what
// is said where a machine is too small.

#include "runtime/engine/memory_plan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/cache/cache_ledger.h"
#include "runtime/device/devices.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/machine_memory.h"
#include "runtime/engine/model_runner.h"
#include "runtime/model/architectures/model_registry.h"

namespace jangwon::runtime {
namespace {

std::string golden(const std::string& name) {
  return std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/" + name;
}
std::string stand_in(const std::string& name) {
  return std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/" + name;
}

void expect_near(int64_t planned, int64_t held, double tolerance, const std::string& what) {
  EXPECT_LE(static_cast<double>(held), static_cast<double>(planned) * (1.0 + tolerance)) << what;
  EXPECT_GE(static_cast<double>(held), static_cast<double>(planned) * (1.0 - tolerance)) << what;
}

int64_t weight_bytes_of(const WeightMatrix& matrix) {
  return matrix ? matrix->memory_bytes() : 0;
}

int64_t weight_bytes_of(const SwigluWeights& w) {
  return weight_bytes_of(w.gate_FD) + weight_bytes_of(w.up_FD) + weight_bytes_of(w.down_DF);
}

int64_t weight_bytes_of(const Weights& weights) {
  const auto floats = [](const DeviceVector& vector) {
    return vector.size() * static_cast<int64_t>(sizeof(float));
  };
  int64_t total = weight_bytes_of(weights.token_embedding_VD) + weight_bytes_of(weights.lm_head_VD);
  total += floats(weights.final_norm_D) + floats(weights.draft.final_norm_D);
  total += floats(weights.draft.token_norm_D) + floats(weights.draft.hidden_norm_D);
  total += weight_bytes_of(weights.draft.join_Dx2D);
  for (const LayerWeights& layer : weights.layers) {
    const AttentionWeights& a = layer.attention;
    for (const WeightMatrix* matrix :
         {&a.q_HKxD, &a.k_GKxD, &a.v_GKxD, &a.q_a_QD, &a.q_b_HKxQ, &a.kv_a_RD, &a.o_DxHK,
          &a.index_q_HKxQ, &a.index_k_KD, &a.index_weights_HD, &layer.attention_norm_gate.down_RD,
          &layer.attention_norm_gate.up_DR, &layer.feed_forward_norm_gate.down_RD,
          &layer.feed_forward_norm_gate.up_DR})
      total += weight_bytes_of(*matrix);
    for (const auto* matrices :
         {&a.query_into_latent_H, &a.value_from_latent_H, &a.key_from_latent_H})
      for (const WeightMatrix& matrix : *matrices)
        total += weight_bytes_of(matrix);
    for (const DeviceVector* vector :
         {&a.q_norm_K, &a.k_norm_K, &a.sinks_H, &a.q_a_norm_Q, &a.kv_a_norm_R, &a.index_k_norm_K,
          &a.index_k_norm_bias_K, &layer.attention_norm_D, &layer.post_attention_norm_D,
          &layer.feed_forward_norm_D, &layer.correction_bias_E, &layer.post_feed_forward_norm_D})
      total += floats(*vector);
    const DeltaWeights& d = layer.delta;
    for (const WeightMatrix* matrix :
         {&a.gate_HKxD, &d.q_HKxD, &d.k_HKxD, &d.v_HKxD, &d.decay_down_RD, &d.decay_up_HKxR,
          &d.beta_HD, &d.gate_down_RD, &d.gate_up_HKxR, &d.o_DxHK})
      total += weight_bytes_of(*matrix);
    for (const DeviceVector* vector :
         {&d.q_taps, &d.k_taps, &d.v_taps, &d.log_rate_H, &d.decay_bias_HK, &d.out_norm_K})
      total += floats(*vector);
    total += weight_bytes_of(layer.dense) + weight_bytes_of(layer.router_ED) +
             weight_bytes_of(layer.shared);
    for (const SwigluWeights& expert : layer.experts_E)
      total += weight_bytes_of(expert);
  }
  return total;
}

// Of each sequence all its pairs and a draft behind them, then one after the other.
void run_largest_drafts(ModelRunner& runner, std::span<const SequenceStep> sequences,
                        int num_drafts) {
  const ConstRows hidden_TD = runner.pipeline().last().decoder->normed_hidden_TD();
  std::vector<std::vector<int32_t>> ids;
  std::vector<DraftStep> drafts;
  int row = 0;
  for (const SequenceStep& sequence : sequences) {
    ids.emplace_back(sequence.token_ids.size() + 1, 5);
    DraftStep& draft = drafts.emplace_back();
    draft.tokens = sequence;
    draft.first_hidden = row - 1;
    draft.where = FirstHidden::kInCache;
    draft.tokens.first_wanted = static_cast<int>(sequence.token_ids.size());
    row += static_cast<int>(sequence.token_ids.size());
  }
  for (size_t i = 0; i < drafts.size(); ++i)
    drafts[i].tokens.token_ids = ids[i];
  StepOutput output =
      runner.pipeline().last().decoder->draft(drafts, hidden_TD, *runner.pipeline().last().cache);
  for (int step = 1; step < num_drafts; ++step) {
    for (size_t i = 0; i < drafts.size(); ++i) {
      SequenceStep& tokens = drafts[i].tokens;
      tokens.first_position += static_cast<int>(tokens.token_ids.size());
      tokens.token_ids = std::span(ids[i]).first(1);
      tokens.first_wanted = 0;
      drafts[i].first_hidden = static_cast<int>(i);
      drafts[i].where = FirstHidden::kInRows;
    }
    output = runner.pipeline().last().decoder->draft(drafts, output.normed_TD,
                                                     *runner.pipeline().last().cache);
  }
}

// A full batch of whole contexts, all rows wanted; one row meets expanded latents.
void run_largest_step(ModelRunner& runner, const EngineOptions& options) {
  CacheLedger ledger(runner.plan().cache_layout, runner.plan().cache_capacity, {});
  std::vector<SequenceCache> caches(static_cast<size_t>(options.max_batch_size));
  const std::vector<int32_t> ids(static_cast<size_t>(options.max_step_tokens), 5);
  std::vector<SequenceStep> sequences;
  for (size_t i = 0; i < caches.size(); ++i) {
    const int count = i == 0 ? options.max_step_tokens - options.max_batch_size + 1 : 1;
    const int first = runner.plan().max_context_tokens - count - options.num_drafts;
    for (int end = 16; end <= first; end += 16) {
      ASSERT_TRUE(ledger.reserve(caches[i], end));
      ledger.commit(caches[i], end);  // lets go of what lies behind the windows
    }
    ASSERT_TRUE(ledger.reserve(caches[i], runner.plan().max_context_tokens));
    sequences.push_back(
        {.token_ids = std::span(ids).first(static_cast<size_t>(count)),
         .first_position = first,
         .block_tables = caches[i].block_tables,
         .first_wanted = i == 0 ? count - (options.max_logit_rows - options.max_batch_size + 1) : 0,
         .state = caches[i].state,
         .absorbed_from = i == 0 ? first + 1 : 0});
  }
  runner.pipeline().apply(ledger.take_commands());
  runner.pipeline().run(sequences);
  if (options.num_drafts > 0) run_largest_drafts(runner, sequences, options.num_drafts);
}

class PlannedMemory : public testing::TestWithParam<std::string> {};

void expect_planned(const std::string& dir, int num_drafts, const std::string& numerics = {}) {
  SCOPED_TRACE(numerics);
  EngineOptions options{.max_context_tokens = 256,
                        .num_threads = 2,
                        .max_batch_size = 6,
                        .max_step_tokens = 40,
                        .max_logit_rows = 24,
                        .kv_cache_max_bytes = int64_t{1} << 40,
                        .num_drafts = num_drafts};
  options.numerics = numerics;
  const auto loaded = ModelRunner::load(dir, options);
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  ModelRunner& runner = *loaded.value();
  const MemoryPlan& plan = runner.plan();
  expect_near(plan.weight_bytes, weight_bytes_of(runner.model().weights), 0.02, "weights");
  EXPECT_EQ(plan.kv_cache_bytes, runner.pipeline().last().cache->kv().size_bytes());
  EXPECT_EQ(plan.state_bytes, runner.pipeline().last().cache->states().size_bytes());
  EXPECT_EQ(plan.workspace_bytes, runner.pipeline().last().decoder->workspace_bytes());
  run_largest_step(runner, options);
  EXPECT_EQ(plan.workspace_bytes, runner.pipeline().last().decoder->workspace_bytes())
      << "a step needed more than was planned";
  EXPECT_EQ(plan.workspace.step_bytes,
            runner.pipeline().last().decoder->largest_workspace().step_bytes);
  EXPECT_EQ(plan.workspace.layer_bytes,
            runner.pipeline().last().decoder->largest_workspace().layer_bytes);
  EXPECT_EQ(plan.workspace.draft_bytes,
            runner.pipeline().last().decoder->largest_workspace().draft_bytes);
  EXPECT_LE(runner.ops().held_scratch_bytes(runner.context()), plan.scratch_bytes);
}

// In every numerics: what experts need of a step depends on what their matrices read.
TEST_P(PlannedMemory, IsWhatALoadedModelHolds) {
  for (const Numerics numerics : all_numerics())
    if (numerics != Numerics::kTensor) expect_planned(GetParam(), 0, name_of(numerics));
}

TEST(MemoryPlanTest, ADraftModuleIsPlannedToo) {
  for (const char* name : {"deepseek_v3_mtp", "exaone_mtp", "exaone2"})
    for (const int num_drafts : {1, 3})
      expect_planned(golden(name), num_drafts);
}

std::vector<std::string> model_dirs() {
  std::vector<std::string> dirs;
  for (const auto& entry : std::filesystem::directory_iterator(golden(""))) {
    if (std::filesystem::exists(entry.path() / "model.safetensors") ||
        std::filesystem::exists(entry.path() / "model.safetensors.index.json"))
      dirs.push_back(entry.path().string());
  }
  for (const char* name : {"standin-axk1", "standin-k-exaone", "standin-solar-open"})
    dirs.push_back(stand_in(name));
  std::sort(dirs.begin(), dirs.end());
  return dirs;
}

INSTANTIATE_TEST_SUITE_P(Models, PlannedMemory, testing::ValuesIn(model_dirs()),
                         [](const auto& param) {
                           std::string name =
                               std::filesystem::path(param.param).filename().string();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// --- what fits ---

const OpTable& table() {
  return *all_op_tables().front();
}

ModelConfig config_of(const std::string& name) {
  return read_model_config(golden(name)).value();
}

const EngineOptions kOptions{
    .num_threads = 1, .max_batch_size = 8, .max_step_tokens = 64, .swap_max_bytes = 0};

TEST(MemoryPlanTest, ACacheShrinksBeforeALoadIsRefused) {
  const ModelConfig config = config_of("solar_yarn");
  const MemoryPlan wanted = plan_memory(config, kOptions, table());
  const int64_t enough = wanted.total_bytes() - wanted.kv_cache_bytes / 2;
  const auto fitted = fit_memory(config, kOptions, table(), enough);
  ASSERT_TRUE(fitted.ok()) << fitted.status().message();
  EXPECT_LE(fitted.value().total_bytes(), enough);
  EXPECT_LT(fitted.value().kv_cache_bytes, wanted.kv_cache_bytes);
  EXPECT_GE(fitted.value().cache_capacity.blocks_of_group[0],
            blocks_for(fitted.value().max_context_tokens));
}

TEST(MemoryPlanTest, WhatARefusalProposesFits) {
  for (const char* name : {"solar_yarn", "exaone_window", "axk1_groups"}) {
    const ModelConfig config = config_of(name);
    EngineOptions smallest = kOptions;
    smallest.kv_cache_max_bytes = 0;
    const int64_t all = plan_memory(config, smallest, table()).total_bytes();
    EngineOptions one = smallest;
    one.max_batch_size = 1;
    const int64_t with_one = plan_memory(config, one, table()).total_bytes();
    const auto refused = fit_memory(config, kOptions, table(), (all + with_one) / 2);
    ASSERT_FALSE(refused.ok()) << name;
    const std::string message = refused.status().message();
    const size_t at = message.find(" sequences at a time would fit");
    ASSERT_NE(at, std::string::npos) << message;
    one.max_batch_size = std::stoi(message.substr(message.rfind(' ', at - 1) + 1));
    EXPECT_GE(one.max_batch_size, 1);
    EXPECT_TRUE(fit_memory(config, one, table(), (all + with_one) / 2).ok()) << message;
    ++one.max_batch_size;
    EXPECT_FALSE(fit_memory(config, one, table(), (all + with_one) / 2).ok()) << message;

    // Less than one sequence of the whole context: a shorter one is proposed.
    one.max_batch_size = 8;
    const auto shorter = fit_memory(config, one, table(), with_one - 1000);
    ASSERT_FALSE(shorter.ok());
    const std::string proposal = shorter.status().message();
    const size_t tokens_at = proposal.find(" tokens would fit");
    ASSERT_NE(tokens_at, std::string::npos) << proposal;
    one.max_context_tokens = std::stoi(proposal.substr(proposal.rfind(' ', tokens_at - 1) + 1));
    EXPECT_TRUE(fit_memory(config, one, table(), with_one - 1000).ok()) << proposal;
  }
}

TEST(MemoryPlanTest, WhereTheWeightsDoNotFitNothingIsProposed) {
  const auto refused = fit_memory(config_of("solar_yarn"), kOptions, table(), 1000);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
  EXPECT_NE(refused.status().message().find("no batch and no context would fit"), std::string::npos)
      << refused.status().message();
}

TEST(MemoryPlanTest, GrowsWithContextBatchAndStep) {
  const ModelConfig config = config_of("exaone_window");
  const MemoryPlan plan = plan_memory(config, kOptions, table());
  const auto with = [&](auto change) {
    EngineOptions other = kOptions;
    change(other);
    return plan_memory(config, other, table());
  };
  EXPECT_LT(with([](EngineOptions& o) { o.max_context_tokens = 100; }).kv_cache_bytes,
            plan.kv_cache_bytes);
  EXPECT_GT(with([](EngineOptions& o) { o.max_batch_size = 16; }).kv_cache_bytes,
            plan.kv_cache_bytes);
  EXPECT_GT(with([](EngineOptions& o) { o.max_batch_size = 16; }).sequence_bytes,
            plan.sequence_bytes);
  EXPECT_GT(with([](EngineOptions& o) { o.max_step_tokens = 128; }).workspace_bytes,
            plan.workspace_bytes);
  EXPECT_GT(with([](EngineOptions& o) { o.num_threads = 4; }).scratch_bytes, plan.scratch_bytes);
  EXPECT_EQ(plan.swap_bytes, 0);
  const MemoryPlan tight = with([](EngineOptions& o) {
    o.kv_cache_max_bytes = 0;
    o.swap_max_bytes = 5000;
  });
  EXPECT_EQ(tight.swap_bytes, 5000);
  EXPECT_EQ(with([](EngineOptions& o) { o.swap_max_bytes = 5000; }).swap_bytes, 0)
      << "there is room for everybody";
}

// Beside an activation's row of each chosen expert there is nothing that would not stay with the
// CPU's workers.
TEST(MemoryPlanTest, ExpertsHaveRowsInAStepWhereTheirProductsReadFloats) {
  const ModelConfig config = config_of("solar_yarn");
  const auto layer_bytes = [&](const ModelConfig& model, Numerics numerics) {
    return plan_memory(model, kOptions, portable_op_table(numerics)).workspace.layer_bytes;
  };
  OpTable gathering = portable_op_table(Numerics::kChain);
  gathering.gathers_experts = true;
  const auto slots = int64_t{kOptions.max_step_tokens} * config.moe.num_experts_per_tok;
  const int64_t row_bytes = padded(config.moe.moe_intermediate_size) * int64_t{sizeof(float)};
  EXPECT_EQ(layer_bytes(config, Numerics::kFloat32),
            layer_bytes(config, Numerics::kChain) + slots * row_bytes);
  ModelConfig in_floats = config;
  in_floats.dtype = "float32";
  EXPECT_EQ(layer_bytes(in_floats, Numerics::kChain), layer_bytes(config, Numerics::kFloat32));
  EXPECT_GE(
      plan_memory(config, kOptions, gathering).workspace.layer_bytes,
      layer_bytes(config, Numerics::kChain) + slots * config.hidden_size * int64_t{sizeof(float)});
}

TEST(MemoryPlanTest, PublishedModelsArePlannedFromTheirConfigsAlone) {
  for (const auto& entry : std::filesystem::directory_iterator(golden("published"))) {
    const auto config = read_model_config(entry.path().string());
    ASSERT_TRUE(config.ok()) << config.status().message();
    const MemoryPlan plan =
        plan_memory(config.value(), {.max_context_tokens = 4096, .num_threads = 1}, table());
    EXPECT_GT(plan.weight_bytes, int64_t{150} << 30) << entry.path();
    EXPECT_GT(plan.workspace_bytes, int64_t{1} << 20) << entry.path();
  }
}

// --- the machine ---

class MachineMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) /
            ("machine_memory_test." + std::to_string(getpid()));
    std::filesystem::remove_all(root_);
    write("/proc/meminfo", "MemTotal:  9000 kB\nMemFree:  100 kB\nMemAvailable:   4000 kB\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ + path).substr(0, (root_ + path).rfind('/')));
    std::ofstream(root_ + path) << text;
  }
  std::string root_;
};

TEST_F(MachineMemoryTest, IsWhatTheKernelCallsAvailable) {
  EXPECT_EQ(available_memory_bytes(root_), 4000 * 1024);
}

TEST_F(MachineMemoryTest, IsLimitedByACgroupAndThoseAboveIt) {
  write("/proc/self/cgroup", "0::/user/job\n");
  write("/sys/fs/cgroup/user/job/memory.max", "max\n");
  write("/sys/fs/cgroup/user/memory.max", "3000000\n");
  write("/sys/fs/cgroup/user/memory.current", "1500000\n");
  write("/sys/fs/cgroup/user/memory.stat",
        "anon 5\nfile 600000\ninactive_file 300000\nactive_file 200000\n");
  EXPECT_EQ(available_memory_bytes(root_), 2000000);
  write("/sys/fs/cgroup/user/job/memory.max", "1700000\n");
  write("/sys/fs/cgroup/user/job/memory.current", "200000\n");
  EXPECT_EQ(available_memory_bytes(root_), 1500000);
  write("/sys/fs/cgroup/user/job/memory.current", "2000000\n");
  EXPECT_EQ(available_memory_bytes(root_), 0);
}

TEST_F(MachineMemoryTest, KnowsTheOlderCgroups) {
  write("/proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/docker/x\n");
  write("/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "2000000\n");
  write("/sys/fs/cgroup/memory/docker/x/memory.usage_in_bytes", "900000\n");
  write("/sys/fs/cgroup/memory/docker/x/memory.stat",
        "cache 1\ninactive_file 7\ntotal_inactive_file 300000\ntotal_active_file 100000\n");
  EXPECT_EQ(available_memory_bytes(root_), 1500000);
}

TEST_F(MachineMemoryTest, ACgroupOfItsOwnIsTheRoot) {
  write("/proc/self/cgroup", "0::/\n");
  write("/sys/fs/cgroup/memory.max", "1000000\n");
  write("/sys/fs/cgroup/memory.current", "1\n");
  EXPECT_EQ(available_memory_bytes(root_), 999999);
}

TEST_F(MachineMemoryTest, NothingKnownIsNothing) {
  EXPECT_EQ(available_memory_bytes(root_ + "/nowhere"), std::nullopt);
  EXPECT_GT(available_memory_bytes().value_or(1), 0);
}

}  // namespace
}  // namespace jangwon::runtime
