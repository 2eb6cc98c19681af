// Layers on several devices: the bits of one device, whatever is divided how; and plans that say
// beforehand who holds what, or what would have room.

#include "runtime/engine/placement.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "runtime/base/file.h"
#include "runtime/engine/engine_preview.h"
#include "runtime/engine/model_runner.h"
#include "runtime/model/architectures/model_registry.h"
#include "tests/fakes/long_tests.h"
#include "tests/runtime/engine/engine_cases.h"

#ifdef JANGWON_GPU_IS_EMULATED
#include "tests/cuda_emulator/emulator.h"
#endif

namespace jangwon::runtime {
namespace {

#ifdef JANGWON_GPU_IS_EMULATED
constexpr const char* kOneDevice = "cuda:0";
const std::vector<std::string> kSeveral = {"cuda:0,cuda:0", "cuda:1,cuda:0,cuda:1"};
const OpTable& table() {
  return *find_gpu_op_table(Numerics::kTensor);
}
constexpr DeviceKind kKind = DeviceKind::kGpu;
#else
constexpr const char* kOneDevice = "cpu";
const std::vector<std::string> kSeveral = {"cpu,cpu", "cpu,cpu,cpu"};
const OpTable& table() {
  return portable_op_table(Numerics::kChain);
}
constexpr DeviceKind kKind = DeviceKind::kCpu;
#endif

class PlacementTest : public testing::Test {
#ifdef JANGWON_GPU_IS_EMULATED
 protected:
  void SetUp() override {
    if (std::getenv("JANGWON_TEST_ON_GPU")) GTEST_SKIP() << "needs two GPUs of a size it chooses";
    cuda_emulator::set_device_count(2);
  }
  void TearDown() override {
    cuda_emulator::set_schedule(0);
    cuda_emulator::set_device_count(1);
    cuda_emulator::set_memory_bytes(size_t{8} << 30);
  }
#endif
};

// Greedy, sampled and scored, some behind a common prefix, in a cache that is too small for all.
std::vector<EngineRequest> requests_for(const std::string& dir) {
  const int vocab_size = read_model_config(dir).value().vocab_size;
  std::mt19937 random(3);
  const std::vector<int32_t> examples = random_ids(random, 33, vocab_size);
  std::vector<EngineRequest> requests;
  for (int i = 0; i < 6; ++i) {
    EngineRequest& request = requests.emplace_back();
    request.prompt_token_ids = random_ids(random, 1 + 7 * i, vocab_size);
    if (i % 2 == 0)
      request.prompt_token_ids.insert(request.prompt_token_ids.begin(), examples.begin(),
                                      examples.end());
    request.sampling.max_tokens = 6 + i;
    request.sampling.temperature = i % 3 == 0 ? 0.0 : 0.8;
    request.sampling.seed = static_cast<uint64_t>(i);
    request.end_of_sequence = EndOfSequence::kIgnore;
    request.num_top_logprobs = 1;
    if (i == 5) request.continuations = {random_ids(random, 3, vocab_size)};
  }
  return requests;
}

EngineOptions options_on(const std::string& devices) {
  return {.max_context_tokens = 160,
          .num_threads = 2,
          .max_batch_size = 4,
          .max_step_tokens = 48,
          .max_logit_rows = 48,
          .kv_cache_tokens = 208,
          .device = devices};
}

TEST_F(PlacementTest, SeveralDevicesHaveTheBitsOfOne) {
  std::vector<const char*> models = {"axk1_groups"};
#ifdef JANGWON_GPU_IS_EMULATED
  if (long_tests_wanted())
#endif
    for (const char* name : {"exaone_window", "solar_open2", "solar_int4_group32"})
      models.push_back(name);
  for (const char* name : models) {
    const std::string dir = golden_dir(name);
    const std::vector<EngineRequest> requests = requests_for(dir);
    const std::vector<Completion> expected = run_all(dir, options_on(kOneDevice), requests);
    for (const std::string& devices : kSeveral) {
#ifdef JANGWON_GPU_IS_EMULATED
      cuda_emulator::set_schedule(devices == kSeveral.back() ? 17 : 0);  // streams in any order
#endif
      const auto engine = Engine::load(dir, options_on(devices));
      ASSERT_TRUE(engine.ok()) << engine.status().message();
      EXPECT_EQ((*engine)->facts().at("devices").size(),
                1 + std::count(devices.begin(), devices.end(), ','))
          << devices;
      expect_same_bits(expected, run_all(**engine, requests), std::string(name) + " on " + devices);
    }
  }
}

TEST_F(PlacementTest, DraftsOnSeveralDevicesHaveTheBitsOfNone) {
  const std::string dir = golden_dir("exaone_mtp");
  const std::vector<EngineRequest> requests = requests_for(dir);
  const std::vector<Completion> expected = run_all(dir, options_on(kOneDevice), requests);
  EngineOptions options = options_on(kSeveral.front());
  options.num_drafts = 2;
  options.kv_cache_tokens = 320;
  const auto engine = Engine::load(dir, options);
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  expect_same_bits(expected, run_all(**engine, requests), "with drafts");
  EXPECT_GT((*engine)->facts().at("speculation").at("verified_drafts"), 0);
}

#ifdef JANGWON_GPU_IS_EMULATED
// What the GPU has no room for the CPU computes, in numerics that both have.
TEST_F(PlacementTest, ACpuBehindAGpuHasTheSameBits) {
  const std::string dir = golden_dir("exaone_window");
  EngineOptions options = options_on("cuda:0,cpu");
  options.numerics = "chain";
  const auto all = preview_engine(dir, options);
  ASSERT_TRUE(all.ok()) << all.status().message();
  ASSERT_EQ(all->plan.stages.size(), 1u) << "there is room on the GPU";
  const int64_t enough = all->plan.stages.front().device_bytes();
  MemoryPlan plan;
  for (int64_t bytes = enough; plan.stages.size() != 2 && bytes > 0; bytes -= enough / 200) {
    cuda_emulator::set_memory_bytes(static_cast<size_t>(bytes));
    const auto preview = preview_engine(dir, options);
    ASSERT_TRUE(preview.ok() && preview->fits.ok()) << preview->fits.message();
    plan = preview->plan;
  }
  ASSERT_EQ(plan.stages.size(), 2u);
  EXPECT_EQ(plan.stages[0].device, "cuda:0");
  EXPECT_EQ(plan.stages[1].device, "cpu");
  EXPECT_GT(plan.stages[0].end_layer, 0);
  const std::vector<EngineRequest> requests = requests_for(dir);
  const std::vector<Completion> divided = run_all(dir, options, requests);
  EngineOptions on_cpu = options_on("cpu");
  on_cpu.numerics = "chain";
  expect_same_bits(run_all(dir, on_cpu, requests), divided, "cuda:0,cpu");
}

// Whoever reads a slot too early, or fills it too early, gets other experts.
TEST_F(PlacementTest, ExpertsOutOfTheHostsMemoryHaveTheSameBits) {
  std::vector<const char*> models = {"gpt_oss_mxfp4"};
  if (long_tests_wanted()) models.push_back("kanana2");
  for (const char* name : models) {
    const std::string dir = golden_dir(name);
    EngineOptions options = options_on("cuda:0");
    options.num_threads = 1;
    options.max_step_tokens = 512;
    options.max_batch_size = 3;
    std::vector<EngineRequest> requests = requests_for(dir);
    requests.resize(4);
    const std::vector<Completion> expected = run_all(dir, options, requests);
    const auto all = preview_engine(dir, options);
    ASSERT_TRUE(all.ok() && all->fits.ok()) << all.status().message();
    const int64_t enough = all->plan.total_bytes();
    int64_t least = 0;
    int64_t streamed = 0;
    for (int64_t bytes = enough; bytes > 0; bytes -= enough / 200) {
      cuda_emulator::set_memory_bytes(static_cast<size_t>(bytes));
      const auto preview = preview_engine(dir, options);
      ASSERT_TRUE(preview.ok());
      if (!preview->fits.ok()) break;
      least = bytes;
      streamed = preview->plan.streamed_bytes;
    }
    ASSERT_GT(streamed, 0) << name;
    cuda_emulator::set_memory_bytes(static_cast<size_t>(least));
    const uint64_t graph_launches = cuda_emulator::counters().graph_launches;
    EXPECT_GT(graph_launches, 0u) << "where all experts are on the GPU";
    for (const uint64_t schedule : {0, 11}) {
      cuda_emulator::set_schedule(schedule);
      expect_same_bits(expected, run_all(dir, options, requests), name);
    }
    EXPECT_EQ(cuda_emulator::counters().graph_launches, graph_launches) << "the host waits";
    cuda_emulator::set_schedule(0);
    cuda_emulator::set_memory_bytes(size_t{8} << 30);
  }
}

TEST_F(PlacementTest, AGpuThatIsNotThereIsRefused) {
  const auto engine = Engine::load(golden_dir("solar_plain"), options_on("cuda:0,cuda:2"));
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.status().message(), "there is no GPU 2 on this machine, which has 2");
}
#endif

TEST_F(PlacementTest, EveryStageHoldsWhatWasPlanned) {
  for (const char* name : {"exaone_mtp", "solar_open2"}) {
    EngineOptions options = options_on(kSeveral.back());
    options.num_drafts = std::string(name) == "exaone_mtp" ? 1 : 0;
    const auto loaded = ModelRunner::load(golden_dir(name), options);
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    const MemoryPlan& plan = (*loaded)->plan();
    ASSERT_EQ(plan.stages.size(), 3u) << name;
    int64_t cache_bytes = 0;
    for (size_t i = 0; i < plan.stages.size(); ++i) {
      const Stage& stage = (*loaded)->pipeline().stages()[i];
      EXPECT_EQ(plan.stages[i].cache_bytes,
                stage.cache->kv().size_bytes() + stage.cache->states().size_bytes())
          << name << ", stage " << i;
      EXPECT_EQ(plan.stages[i].workspace.bytes(), stage.decoder->workspace_bytes());
      EXPECT_LE(plan.stages[i].device_bytes(), plan.stages[i].available_bytes);
      cache_bytes += plan.stages[i].cache_bytes;
    }
    EXPECT_EQ(cache_bytes, plan.kv_cache_bytes + plan.state_bytes) << name;
  }
}

// --- plans alone ---

constexpr int64_t kManyBytes = int64_t{1} << 50;

std::vector<DeviceMemory> alike(int count, int64_t bytes) {
  std::vector<DeviceMemory> devices;
  for (int i = 0; i < count; ++i)
    devices.push_back(
        {.device = {.kind = kKind, .index = i}, .ops = &table(), .available_bytes = bytes});
  return devices;
}

ModelConfig config_of(const std::string& name) {
  ModelConfig config = read_model_config(golden_dir(name)).value();
  config.kv_cache_dtype = DType::kBF16;
  return config;
}

const EngineOptions kOptions{.max_context_tokens = 64,
                             .num_threads = 1,
                             .max_batch_size = 32,
                             .max_step_tokens = 32,
                             .max_logit_rows = 32,
                             .kv_cache_max_bytes = int64_t{1} << 30};

Result<MemoryPlan> fit(const ModelConfig& config, const std::vector<DeviceMemory>& devices) {
  return fit_devices(config, kOptions, devices, kManyBytes, Streaming::kNo);
}

void expect_sound(const MemoryPlan& plan, const ModelConfig& config) {
  int layer = 0;
  for (const StagePlan& stage : plan.stages) {
    EXPECT_EQ(stage.first_layer, layer);
    EXPECT_GE(stage.end_layer, layer);
    EXPECT_LE(stage.device_bytes(), stage.available_bytes);
    layer = stage.end_layer;
    EXPECT_EQ(stage.has_head, &stage == &plan.stages.back());
  }
  EXPECT_EQ(layer, config.num_hidden_layers);
}

TEST_F(PlacementTest, FromAllTheRoomToNoneThePlanShrinksItsCacheAndIsRefusedThen) {
  const ModelConfig config = config_of("solar_plain");
  const MemoryPlan whole = fit(config, alike(3, kManyBytes)).value();
  ASSERT_EQ(whole.stages.size(), 3u);
  const int64_t largest = whole.stages[0].device_bytes() + whole.stages[1].device_bytes();
  int64_t last_cache = whole.kv_cache_bytes;
  int num_smaller = 0;
  int num_refused = 0;
  for (int step = 64; step > 0; --step) {
    const int64_t bytes = largest * step / 64;
    const auto plan = fit(config, alike(3, bytes));
    if (plan.ok()) {
      EXPECT_EQ(num_refused, 0) << "less room than where it was refused";
      expect_sound(*plan, config);
      EXPECT_LE(plan->kv_cache_bytes, last_cache);
      num_smaller += plan->kv_cache_bytes < last_cache;
      last_cache = plan->kv_cache_bytes;
      continue;
    }
    ++num_refused;
    const std::string message = plan.status().message();
    const size_t at = message.find(" devices like ");
    if (at == std::string::npos) {
      EXPECT_NE(message.find("no number of such devices"), std::string::npos) << message;
      EXPECT_FALSE(fit(config, alike(40, bytes)).ok()) << message;
      continue;
    }
    const int count = std::stoi(message.substr(message.rfind(' ', at - 1) + 1));
    EXPECT_TRUE(fit(config, alike(count, bytes)).ok()) << message;
    EXPECT_FALSE(fit(config, alike(count - 1, bytes)).ok()) << message;
  }
  EXPECT_GT(num_smaller, 0);
  EXPECT_GT(num_refused, 0);
}

TEST_F(PlacementTest, DevicesOfOneKindAreFilledByTheSamePart) {
  const ModelConfig config = read_model_config(golden_dir("published/axk1.json")).value();
  std::vector<DeviceMemory> devices = alike(4, int64_t{400} << 30);
  devices[2].available_bytes *= 2;
  const MemoryPlan plan = fit(config, devices).value();
  ASSERT_EQ(plan.stages.size(), 4u);
  expect_sound(plan, config);
  for (const StagePlan& stage : plan.stages) {
    const double part =
        static_cast<double>(stage.device_bytes()) / static_cast<double>(stage.available_bytes);
    EXPECT_NEAR(part, static_cast<double>(plan.weight_bytes) / (5.0 * (int64_t{400} << 30)), 0.06);
  }
}

TEST_F(PlacementTest, TheHostHoldsACpusPartOnlyWhereItHasRoom) {
  const ModelConfig config = config_of("solar_plain");
  std::vector<DeviceMemory> devices = alike(2, kManyBytes);
  for (DeviceMemory& device : devices)
    device.device = {};
  EXPECT_TRUE(fit_devices(config, kOptions, devices, kManyBytes).ok());
  EXPECT_FALSE(fit_devices(config, kOptions, devices, 1000).ok());
}

#ifdef JANGWON_GPU_IS_EMULATED

// --- published models ---

std::string gib(int64_t bytes) {
  return std::to_string((bytes + (int64_t{1} << 30) - 1) >> 30);
}

// "0-18 19-37 38-60+head"
std::string layers_of(const MemoryPlan& plan) {
  std::string text;
  for (const StagePlan& stage : plan.stages) {
    text += text.empty() ? "" : " ";
    if (stage.end_layer > stage.first_layer)
      text += std::to_string(stage.first_layer) + "-" + std::to_string(stage.end_layer - 1);
    if (stage.has_head) text += stage.end_layer > stage.first_layer ? "+head" : "head";
  }
  return text;
}

std::string plans_of(const std::string& name, const std::string& weights) {
  ModelConfig config = read_model_config(golden_dir("published/" + name + ".json")).value();
  config.made_weights = made_weights_of(weights);
  config.kv_cache_dtype = DType::kBF16;
  const EngineOptions options{.max_context_tokens = 32768,
                              .weights = weights,
                              .num_threads = 16,
                              .max_batch_size = 64,
                              .max_step_tokens = 2048,
                              .kv_cache_max_bytes = int64_t{1} << 40};
  std::string text;
  for (const int64_t size : {80, 141})
    for (const int count : {1, 2, 4, 8}) {
      // What the driver and the kernels' code take of a GPU.
      const int64_t available = size * 1'000'000'000 - (int64_t{1} << 30);
      constexpr int64_t kHostBytes = int64_t{2} << 40;  // 2 TiB, as such machines have
      const auto plan = fit_devices(config, options, alike(count, available), kHostBytes);
      text += name + (weights.empty() ? "" : " " + weights) + " on " + std::to_string(count) +
              " of " + std::to_string(size) + " GB: ";
      if (!plan.ok()) {
        text += plan.status().message() + "\n";
        continue;
      }
      const int64_t tokens =
          int64_t{*std::max_element(plan->cache_capacity.blocks_of_group.begin(),
                                    plan->cache_capacity.blocks_of_group.end())} *
          kBlockTokens;
      text += "weights " + gib(plan->weight_bytes + plan->mapped_weight_bytes) + " GiB" +
              (plan->streamed_bytes > 0
                   ? " and experts of " + gib(plan->streamed_bytes) + " GiB on the host"
                   : std::string()) +
              ", cache " + gib(plan->kv_cache_bytes + plan->state_bytes) + " GiB for " +
              std::to_string(tokens) + " tokens, layers " + layers_of(*plan) + "\n";
    }
  return text;
}

TEST_F(PlacementTest, PlansOfPublishedModelsAreThoseOfTheTable) {
  std::string text;
  for (const char* name : {"axk1", "k_exaone", "solar_open", "solar_open2", "vaetki"})
    for (const char* weights : {"", "int4"})
      text += plans_of(name, weights);
  const std::string path = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/placement/plans.txt";
  if (const char* update = std::getenv("JANGWON_UPDATE_GOLDENS");
      update != nullptr && *update == '1') {
    ASSERT_TRUE(write_file_atomically(path, text).ok());
    return;
  }
  const Result<std::string> golden = read_file(path);
  ASSERT_TRUE(golden.ok()) << golden.status().message()
                           << "; write it with JANGWON_UPDATE_GOLDENS=1";
  EXPECT_EQ(*golden, text) << path;
}

#endif

}  // namespace
}  // namespace jangwon::runtime
