// Scoring layer by layer gives the bits that a model in memory gives: of every architecture and
// weight format, with prefixes shared or not, in one pass or many; and of a checkpoint four times
// as large as the memory that there is.

#include "runtime/engine/layer_major.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "runtime/base/sanitized.h"
#include "runtime/engine/engine.h"
#include "runtime/model/architecture.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/tensor_table.h"
#include "tests/runtime/engine/engine_cases.h"

namespace jangwon::runtime {
namespace {

std::vector<std::string> golden_models() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_dir("")))
    if (std::filesystem::exists(entry.path() / "model.safetensors") ||
        std::filesystem::exists(entry.path() / "model.safetensors.index.json"))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Some behind common examples, with one to four continuations; with lists of likely tokens;
// of prompts alone.
std::vector<EngineRequest> scoring_requests(int vocab_size) {
  std::mt19937 random(11);
  const std::vector<int32_t> examples = random_ids(random, 50, vocab_size);
  std::vector<EngineRequest> requests;
  for (const int length : {1, 2, 15, 16, 17, 33, 60}) {
    EngineRequest& request = requests.emplace_back();
    request.prompt_token_ids = random_ids(random, length, vocab_size);
    if (length % 2 == 1)
      request.prompt_token_ids.insert(request.prompt_token_ids.begin(), examples.begin(),
                                      examples.end());
    for (int i = 0; i <= length % 4; ++i)
      request.continuations.push_back(random_ids(random, 1 + 7 * i, vocab_size));
    if (length % 3 == 0) request.num_top_logprobs = 3;
    if (length == 17) request.num_top_prompt_logprobs = 2;
  }
  EngineRequest& prompt_alone = requests.emplace_back();
  prompt_alone.prompt_token_ids = random_ids(random, 20, vocab_size);
  prompt_alone.sampling.max_tokens = 0;
  prompt_alone.num_top_prompt_logprobs = 1;
  return requests;
}

class LayerMajorGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { skip_if_too_long_here(std::string(GetParam()) == "solar_plain"); }
};

TEST_P(LayerMajorGolden, GivesTheBitsOfAModelInMemory) {
  const std::string dir = golden_dir(GetParam());
  const std::vector<EngineRequest> requests =
      scoring_requests(read_model_config(dir).value().vocab_size);
  for (const char* numerics : {"float32", "chain"}) {
    if (gpu_is_emulated() && numerics == std::string("float32") && GetParam() != "solar_plain")
      continue;
    EngineOptions options{.max_context_tokens = 160, .numerics = numerics, .num_threads = 2};
    const std::vector<Completion> expected = run_all(dir, by_reference(options), requests);
    EXPECT_EQ(expected.front().finish_reason, FinishReason::kStop);
    options.layer_major = LayerMajor::kAlways;
    expect_same_bits(expected, run_all(dir, options, requests), "one pass");
    options.prefix_cache = PrefixCache::kOff;
    options.max_step_tokens = 7;
    options.max_batch_size = 3;
    options.max_logit_rows = 5;
    expect_same_bits(expected, run_all(dir, options, requests), "small steps, nothing shared");
    options.prefix_cache = PrefixCache::kOn;
    options.max_pass_tokens = 150;
    options.num_threads = 1;
    expect_same_bits(expected, run_all(dir, options, requests), "several passes");
  }
}

INSTANTIATE_TEST_SUITE_P(Models, LayerMajorGolden, testing::ValuesIn(golden_models()),
                         [](const auto& info) { return info.param; });

TEST(LayerMajor, RequestsMayComeAndGoWhileLayersRun) {
  const std::string dir = golden_dir("solar_plain");
  const std::vector<EngineRequest> requests =
      scoring_requests(read_model_config(dir).value().vocab_size);
  const std::vector<Completion> expected = run_all(dir, {.num_threads = 1}, requests);
  const auto engine = Engine::load(dir, {.num_threads = 1, .layer_major = LayerMajor::kAlways});
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  std::map<RequestId, size_t> index;
  index[(*engine)->submit(requests[0])] = 0;
  const RequestId cancelled = (*engine)->submit(requests[1]);
  index[(*engine)->submit(requests[2])] = 2;
  (*engine)->step();
  (*engine)->cancel(cancelled);
  index[(*engine)->submit(requests[3])] = 3;  // of the next pass
  std::map<size_t, Completion> completions;
  while ((*engine)->has_work()) {
    (*engine)->step();
    for (auto& [id, completion] : (*engine)->take_completed())
      completions[index.at(id)] = std::move(completion);
  }
  ASSERT_EQ(completions.size(), 3u);
  for (const auto& [i, completion] : completions)
    EXPECT_EQ(completion.continuation_logprobs, expected[i].continuation_logprobs);
  EXPECT_EQ((*engine)->num_in_flight(), 0);
}

TEST(LayerMajor, RepliesAreRefusedPlainly) {
  const auto engine = Engine::load(golden_dir("solar_plain"),
                                   {.num_threads = 1, .layer_major = LayerMajor::kAlways});
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  EXPECT_TRUE((*engine)->wants_requests());
  (*engine)->submit(
      {.prompt_token_ids = {5, 6}, .sampling = {.max_tokens = 3}, .continuations = {}});
  EXPECT_FALSE((*engine)->has_work());
  EXPECT_TRUE((*engine)->wants_requests());
  const auto completed = (*engine)->take_completed();
  ASSERT_EQ(completed.size(), 1u);
  EXPECT_EQ(completed.front().second.finish_reason, FinishReason::kError);
  EXPECT_NE(completed.front().second.error.find("layer by layer"), std::string::npos);
  const auto drafting =
      Engine::load(golden_dir("deepseek_v3_mtp"),
                   {.num_threads = 1, .layer_major = LayerMajor::kAlways, .num_drafts = 1});
  ASSERT_FALSE(drafting.ok());
  EXPECT_NE(drafting.status().message().find("without --speculate"), std::string::npos);
}

// --- a checkpoint that is larger than memory ---

constexpr rlim_t kMemoryBytes = rlim_t{64} << 20;

// Of experts mostly, bf16, in small layers. Returns its folder.
std::string write_large_checkpoint() {
  const std::string dir = testing::TempDir() + "layer_major_" + std::to_string(getpid());
  std::filesystem::create_directories(dir);
  std::ofstream(dir + "/config.json")
      << R"({"model_type": "solar_open", "architectures": ["SolarOpenForCausalLM"],
    "hidden_act": "silu", "attention_bias": false, "tie_word_embeddings": false, "hidden_size": 512, "vocab_size": 512,
    "bos_token_id": 1, "eos_token_id": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64,
    "moe_intermediate_size": 256, "n_routed_experts": 16, "num_experts_per_tok": 4, "n_shared_experts": 1, "n_group": 1,
    "topk_group": 1, "norm_topk_prob": true, "routed_scaling_factor": 1.0, "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5, "partial_rotary_factor": 1.0, "torch_dtype": "bfloat16", "num_hidden_layers": 20,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}})";
  const ModelConfig config = read_model_config(dir).value();
  Weights weights;
  const TensorTable table = make_tensor_table(config, weights);
  std::string header = "{";
  size_t end = 0;
  for (const TensorSpec& spec : table.specs()) {
    if (spec.presence == Presence::kOptional) continue;
    const size_t begin = end;
    end += 2 * static_cast<size_t>(spec.shape.num_elements());
    header += (begin == 0 ? "\"" : ", \"") + spec.name + R"(": {"dtype": "BF16", "shape": )" +
              spec.shape.to_text() + R"(, "data_offsets": [)" + std::to_string(begin) + ", " +
              std::to_string(end) + "]}";
  }
  header += "}";
  std::ofstream file(dir + "/model.safetensors", std::ios::binary);
  const uint64_t size = header.size();
  file.write(reinterpret_cast<const char*>(&size), 8) << header;
  std::mt19937 random(3);
  std::vector<uint16_t> block(1 << 16);
  for (size_t at = 0; at < end; at += 2 * block.size()) {
    for (uint16_t& value : block) {
      const uint32_t bits = random();
      // ±0.016 to ±0.12
      value = static_cast<uint16_t>((bits & 0x80ff) | (bits & 0x100 ? 0x3d00 : 0x3c80));
    }
    file.write(reinterpret_cast<const char*>(block.data()),
               static_cast<std::streamsize>(std::min(2 * block.size(), end - at)));
  }
  EXPECT_GE(end, 4 * kMemoryBytes);
  return dir;
}

std::vector<double> sums_of(const std::vector<Completion>& completions) {
  std::vector<double> sums;
  for (const Completion& completion : completions)
    sums.insert(sums.end(), completion.continuation_logprobs.begin(),
                completion.continuation_logprobs.end());
  return sums;
}

// What a child with that much memory says: a line of its own, and the sums.
struct Answer {
  std::string line;
  std::vector<double> sums;
};

Answer ask_child_with_little_memory(const std::string& dir, LayerMajor layer_major,
                                    const std::vector<EngineRequest>& requests) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    ::close(ends[0]);
    const rlimit limit{kMemoryBytes, kMemoryBytes};
    setrlimit(RLIMIT_DATA, &limit);
    std::string line;
    std::vector<double> sums;
    const auto engine = Engine::load(
        dir, {.num_threads = 2, .max_batch_size = 8, .layer_major = layer_major, .device = "cpu"});
    if (engine.ok()) {
      line = (*engine)->facts().dump();
      sums = sums_of(run_all(**engine, requests));
    } else {
      line = engine.status().message();
    }
    std::string bytes = line + "\n";
    bytes.append(reinterpret_cast<const char*>(sums.data()), sums.size() * sizeof(double));
    [[maybe_unused]] const ssize_t put = ::write(ends[1], bytes.data(), bytes.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string bytes(1 << 16, '\0');
  size_t count = 0;
  for (ssize_t got; (got = ::read(ends[0], bytes.data() + count, bytes.size() - count)) > 0;)
    count += static_cast<size_t>(got);
  ::close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  Answer answer;
  answer.line = bytes.substr(0, bytes.substr(0, count).find('\n'));
  if (answer.line.size() >= count) return answer;
  answer.sums.resize((count - answer.line.size() - 1) / sizeof(double));
  std::copy_n(bytes.data() + answer.line.size() + 1, answer.sums.size() * sizeof(double),
              reinterpret_cast<char*>(answer.sums.data()));
  return answer;
}

TEST(LayerMajor, ScoresACheckpointFourTimesAsLargeAsMemory) {
#if defined(JANGWON_SANITIZED)
  GTEST_SKIP() << "a sanitizer's own memory leaves no room under the limit";
#endif
  // What other tests have left of a limit says nothing, so this one has a process that
  // has run no other.
  constexpr const char* kFresh = "JANGWON_TEST_IN_FRESH_PROCESS";
  if (std::getenv(kFresh) == nullptr) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string command =
        "env -u GTEST_OUTPUT " + std::string(kFresh) + "=1 '" + self +
        "' --gtest_filter=LayerMajor.ScoresACheckpointFourTimesAsLargeAsMemory >&2";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return;
  }
  const std::string dir = write_large_checkpoint();
  const std::vector<EngineRequest> requests = scoring_requests(512);
  const Answer scored = ask_child_with_little_memory(dir, LayerMajor::kWhereNeeded, requests);
  EXPECT_NE(scored.line.find("layer-major"), std::string::npos) << scored.line;
  const Answer refused = ask_child_with_little_memory(dir, LayerMajor::kNever, requests);
  EXPECT_NE(refused.line.find("tasks that only score given answers would run"), std::string::npos)
      << refused.line;
  EXPECT_TRUE(refused.sums.empty());
  const std::vector<double> expected =
      sums_of(run_all(dir, {.num_threads = 2, .device = "cpu"}, requests));
  EXPECT_GT(expected.size(), 7u);
  EXPECT_EQ(scored.sums, expected);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace jangwon::runtime
