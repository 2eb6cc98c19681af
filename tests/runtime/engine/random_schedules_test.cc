// Random schedules against each sequence alone, bit for bit: arrivals, batch and step sizes,
// tiny caches, swapping or starting over, sharing or not, drafts that are right or cut off,
// cancelled sequences; on a GPU steps as graphs against the operators one by one.
//
// Twice: with a mock model whose every output depends on every byte that it should see (windows of
// several sizes, and states, which no architecture has yet), and with small random checkpoints.

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <random>

#include "runtime/base/counter_rng.h"
#include "runtime/cache/cache_memory.h"
#include "runtime/device/devices.h"
#include "runtime/engine/memory_plan.h"
#include "runtime/engine/pipeline.h"
#include "runtime/engine/scheduler.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/decoder.h"
#include "tests/runtime/engine/engine_cases.h"

#ifdef JANGWON_GPU_IS_EMULATED
#include "tests/cuda_emulator/emulator.h"
#endif

namespace jangwon::runtime {
namespace {

// What a model says at one position.
struct Output {
  int32_t next = 0;
  double bits = 0.0;
  bool operator==(const Output&) const = default;
};

// Runs a step, whose memory commands come first; for each sequence one output for every
// wanted position.
using Forward = std::function<std::vector<std::vector<Output>>(const std::vector<ScheduledTokens>&,
                                                               const std::vector<CacheCommand>&)>;

std::vector<int> wanted_positions(const ScheduledTokens& tokens) {
  std::vector<int> positions;
  const Sequence& sequence = *tokens.sequence;
  const int end = sequence.num_computed_tokens + tokens.num_tokens;
  for (int i = std::max(sequence.first_logit_position, sequence.num_computed_tokens); i < end; ++i)
    positions.push_back(i);
  return positions;
}

// --- the mock ---

// The key of a token is a hash of the keys before it; every group stores it, and an output folds
// the keys that each group still has to show, and the state.
class MockModel {
 public:
  MockModel(const CacheLayout& layout, const CacheCapacity& capacity)
      : layout_(layout),
        context_(all_op_tables().front()->make_context({})),
        memory_({all_op_tables().front(), context_.get()}, layout, capacity) {
    for (size_t group = 0; group < layout.groups.size(); ++group) {
      const LayerBlocks blocks = memory_.kv().blocks(static_cast<int>(group));
      std::fill_n(blocks.base, capacity.blocks_of_group[group] * blocks.bytes_per_block,
                  std::byte{0xff});
    }
  }

  static CacheLayout layout(const std::vector<int>& windows, bool with_states) {
    CacheLayout layout;
    for (size_t i = 0; i < windows.size(); ++i) {
      layout.groups.push_back(
          {.window = windows[i],
           .bytes_per_block = kBlockTokens * static_cast<int64_t>(sizeof(uint64_t)),
           .layers = {static_cast<int>(i)}});
    }
    if (with_states)
      layout.states.push_back(
          {.layer = static_cast<int>(windows.size()), .bytes = sizeof(uint64_t)});
    return layout;
  }

  std::vector<std::vector<Output>> run(const std::vector<ScheduledTokens>& step,
                                       const std::vector<CacheCommand>& commands) {
    memory_.apply(commands);
    std::vector<std::vector<Output>> outputs;
    for (const ScheduledTokens& tokens : step) {
      const Sequence& sequence = *tokens.sequence;
      const std::vector<int> wanted = wanted_positions(tokens);
      std::vector<Output>& rows = outputs.emplace_back();
      for (int i = 0; i < tokens.num_tokens; ++i) {
        const int position = sequence.num_computed_tokens + i;
        const uint64_t fold = compute(sequence, position);
        if (!wanted.empty() && position >= wanted.front())
          rows.push_back({static_cast<int32_t>(fold % 50), static_cast<double>(fold >> 12)});
      }
    }
    return outputs;
  }

 private:
  uint64_t* key_at(const Sequence& sequence, size_t group, int position) {
    const BlockId block =
        sequence.cache.block_tables[group][static_cast<size_t>(position / kBlockTokens)];
    EXPECT_GE(block, 0);
    std::byte* memory = memory_.kv().blocks(static_cast<int>(group)).at(block);
    return reinterpret_cast<uint64_t*>(memory) + position % kBlockTokens;
  }

  uint64_t compute(const Sequence& sequence, int position) {
    const uint64_t token =
        static_cast<uint64_t>(sequence.token_ids[static_cast<size_t>(position)]) + 1;
    const uint64_t before = position == 0 ? 1 : *key_at(sequence, 0, position - 1);
    const uint64_t key = combine_keys(before, token);
    uint64_t fold = key;
    for (size_t group = 0; group < layout_.groups.size(); ++group) {
      uint64_t* place = key_at(sequence, group, position);
      for (int i = 0; position % kBlockTokens == 0 && i < kBlockTokens; ++i)
        EXPECT_EQ(place[i], 0u) << "a new block is not zeroed";
      *place = key;
      const int window = layout_.groups[group].window;
      for (int i = window > 0 ? std::max(0, position - window + 1) : 0; i <= position; ++i)
        fold = combine_keys(fold, *key_at(sequence, group, i));
    }
    if (!layout_.states.empty()) {
      uint64_t& state = *reinterpret_cast<uint64_t*>(
          memory_.states().slots(layout_.states[0].layer).at(sequence.cache.state));
      state = combine_keys(state, token);
      fold = combine_keys(fold, state);
    }
    return fold;
  }

  CacheLayout layout_;
  std::unique_ptr<OpContext> context_;
  CacheMemory memory_;
};

// --- checkpoints ---

// A golden checkpoint, perhaps with other windows than its config gives the layers: what the
// weights were trained for does not matter here.
class Checkpoint {
 public:
  Checkpoint(const std::string& name, const std::vector<int>& windows, const EngineOptions& options,
             const OpTable& table)
      : table_(table), context_(table.make_context({.num_threads = options.num_threads})) {
    const std::string dir = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/" + name;
    ModelConfig config = read_model_config(dir).value();
    for (size_t i = 0; i < windows.size(); ++i)
      config.layers.at(i).window = windows[i];
    config.kv_cache_dtype = default_cache_dtype(table.numerics);
    model_ = open_model(dir, std::move(config)).value();
    const Status status = load_weights(*model_, dir, one_stage(ops(), model_->config));
    EXPECT_TRUE(status.ok()) << status.message();
    plan_ = plan_memory(*model_, options, table);
    pipeline_ = std::make_unique<Pipeline>(*model_, plan_, std::vector<Ops>{ops()});
  }

  const MemoryPlan& plan() const { return plan_; }
  int vocab_size() const { return model_->config.vocab_size; }

  std::vector<std::vector<Output>> run(const std::vector<ScheduledTokens>& step,
                                       const std::vector<CacheCommand>& commands) {
    pipeline_->apply(commands);
    std::vector<SequenceStep> sequences;
    for (const ScheduledTokens& tokens : step) {
      const Sequence& sequence = *tokens.sequence;
      sequences.push_back({.token_ids = {sequence.token_ids.data() + sequence.num_computed_tokens,
                                         static_cast<size_t>(tokens.num_tokens)},
                           .first_position = sequence.num_computed_tokens,
                           .block_tables = sequence.cache.block_tables,
                           .first_wanted = std::max(
                               0, sequence.first_logit_position - sequence.num_computed_tokens),
                           .state = sequence.cache.state,
                           .absorbed_from = absorbed_from(sequence.num_prompt_tokens)});
    }
    const StepOutput output = pipeline_->run(sequences);
    const std::vector<TokenWish> wishes(static_cast<size_t>(output.num_rows));
    std::vector<TokenChoice> choices(wishes.size());
    table_.choose_tokens(*context_, {.logits_TV = output.logits_TV,
                                     .num_rows = output.num_rows,
                                     .vocab_size = vocab_size(),
                                     .wishes = wishes.data(),
                                     .choices = choices.data()});
    std::vector<std::vector<Output>> outputs;
    size_t next = 0;
    for (const ScheduledTokens& tokens : step) {
      std::vector<Output>& rows = outputs.emplace_back();
      for (size_t i = 0; i < wanted_positions(tokens).size(); ++i, ++next)
        rows.push_back({choices[next].id, choices[next].logprob});
    }
    return outputs;
  }

 private:
  Ops ops() const { return {&table_, context_.get()}; }

  const OpTable& table_;
  std::unique_ptr<OpContext> context_;
  std::unique_ptr<Model> model_;
  MemoryPlan plan_;
  std::unique_ptr<Pipeline> pipeline_;
};

// The GPU's where there is one: this file is part of cuda_engine_test too.
const OpTable& table_of(Numerics numerics) {
  const OpTable* of_gpu = find_gpu_op_table(numerics);
  return of_gpu ? *of_gpu : fastest_op_table(numerics);
}

// The same, with every operator called in every step.
OpTable without_graphs(OpTable table) {
  table.begin_graph = nullptr;
  table.end_graph = nullptr;
  return table;
}

uint64_t num_graph_launches() {
#ifdef JANGWON_GPU_IS_EMULATED
  return cuda_emulator::counters().graph_launches;
#else
  return 0;
#endif
}

// --- the schedules ---

struct Job {
  std::vector<int32_t> prompt;
  int reply_tokens = 0;
  bool cancelled = false;
  std::vector<Output> reply;  // what the model said, in order
  Sequence sequence;
  int num_drafts = 0;
  std::map<int, Output> rows;  // by position; wanted ones may come in several steps
};

// What happened in the schedules of a test, to be sure that it did.
struct Counts {
  int swapped_in = 0;
  int copied_states = 0;
  int started_over = 0;
  int cut = 0;
  int cached = 0;
  int cancelled = 0;
};

struct Schedule {
  SchedulerOptions options;
  CacheCapacity capacity;
  bool drafts = false;
};

// Runs all jobs through one scheduler; `reference` are their replies where drafts are taken from.
class Player {
 public:
  Player(const Schedule& schedule, const CacheLayout& layout, Forward forward, std::mt19937& random,
         const std::vector<std::vector<Output>>* reference)
      : schedule_(schedule),
        scheduler_(schedule.options, layout, schedule.capacity),
        forward_(std::move(forward)),
        random_(random),
        reference_(reference) {}

  const Counts& counts() const { return counts_; }

  void run(std::deque<Job>& jobs) {
    size_t arrived = 0;
    for (int step = 0; arrived < jobs.size() || scheduler_.has_work(); ++step) {
      ASSERT_LT(step, 100000);
      while (arrived < jobs.size() && (!scheduler_.has_work() || random_() % 3 != 0))
        start(jobs[arrived++]);
      cancel_one(jobs, arrived);
      if (scheduler_.has_work()) run_step(jobs);
    }
    for (size_t group = 0; group < schedule_.capacity.blocks_of_group.size(); ++group) {
      EXPECT_EQ(scheduler_.ledger().pool(static_cast<int>(group)).num_free(),
                schedule_.capacity.blocks_of_group[group]);
    }
    EXPECT_EQ(scheduler_.ledger().swapped_bytes(), 0);
  }

 private:
  void start(Job& job) {
    job.sequence.token_ids = job.prompt;
    job.sequence.num_prompt_tokens = static_cast<int>(job.prompt.size());
    job.sequence.first_logit_position = job.sequence.num_tokens() - 1;
    job_of_[&job.sequence] = &job;
    scheduler_.add(&job.sequence);
  }

  void cancel_one(std::deque<Job>& jobs, size_t arrived) {
    if (arrived == 0) return;
    Job& job = jobs[random_() % arrived];
    if (!job.cancelled || !job_of_.contains(&job.sequence) || random_() % 10 != 0) return;
    scheduler_.finish(&job.sequence);
    job_of_.erase(&job.sequence);
    ++counts_.cancelled;
  }

  void count(const std::vector<ScheduledTokens>& step, const std::vector<CacheCommand>& commands) {
    for (const CacheCommand& command : commands) {
      counts_.swapped_in += std::holds_alternative<SwapIn>(command);
      counts_.copied_states += std::holds_alternative<CopyState>(command);
    }
    for (const ScheduledTokens& tokens : step)
      counts_.started_over += tokens.sequence->num_computed_tokens < seen_[tokens.sequence];
  }

  void run_step(std::deque<Job>& jobs) {
    const std::vector<ScheduledTokens> step = scheduler_.schedule();
    ASSERT_FALSE(step.empty());
    const std::vector<CacheCommand> commands = scheduler_.take_commands();
    count(step, commands);
    const std::vector<std::vector<Output>> outputs = forward_(step, commands);
    scheduler_.complete(step);
    for (const ScheduledTokens& tokens : step)
      seen_[tokens.sequence] = tokens.sequence->num_computed_tokens;
    for (size_t i = 0; i < step.size(); ++i) {
      Job& job = *job_of_.at(step[i].sequence);
      const int end = job.sequence.num_computed_tokens;
      for (size_t row = 0; row < outputs[i].size(); ++row)
        job.rows[end - static_cast<int>(outputs[i].size() - row)] = outputs[i][row];
      if (job.sequence.num_uncomputed_tokens() == 0) use(jobs, job);
    }
  }

  // Accepts drafts as far as the model says the same, cuts the rest off, appends what it said last.
  void use(std::deque<Job>& jobs, Job& job) {
    Sequence& sequence = job.sequence;
    const int first_draft = sequence.num_tokens() - job.num_drafts;
    std::vector<Output> outputs;
    for (int position = first_draft - 1; position < sequence.num_tokens(); ++position)
      outputs.push_back(job.rows.at(position));
    job.rows.clear();
    int accepted = 0;
    while (accepted < job.num_drafts &&
           outputs[static_cast<size_t>(accepted)].next ==
               sequence.token_ids[static_cast<size_t>(first_draft + accepted)])
      ++accepted;
    if (accepted < job.num_drafts) {
      scheduler_.truncate(sequence, first_draft + accepted);
      seen_[&sequence] = sequence.num_computed_tokens;
      ++counts_.cut;
    }
    for (int i = 0; i <= accepted; ++i)
      job.reply.push_back(outputs[static_cast<size_t>(i)]);
    if (static_cast<int>(job.reply.size()) >= job.reply_tokens) {
      job.reply.resize(static_cast<size_t>(job.reply_tokens));
      counts_.cached += sequence.num_cached_tokens > 0;
      scheduler_.finish(&sequence);
      job_of_.erase(&sequence);
      return;
    }
    sequence.token_ids.push_back(outputs[static_cast<size_t>(accepted)].next);
    sequence.first_logit_position = sequence.num_tokens() - 1;
    append_drafts(jobs, job);
  }

  void append_drafts(std::deque<Job>& jobs, Job& job) {
    job.num_drafts = 0;
    if (!schedule_.drafts || reference_ == nullptr) return;
    const size_t index = static_cast<size_t>(
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& other) { return &other == &job; }) -
        jobs.begin());
    const std::vector<Output>& right = (*reference_)[index];
    const size_t wanted = random_() % 5;
    for (size_t i = job.reply.size(); i < right.size() && job.num_drafts < static_cast<int>(wanted);
         ++i) {
      job.sequence.token_ids.push_back(random_() % 4 == 0 ? 3 : right[i].next);
      ++job.num_drafts;
    }
  }

  Schedule schedule_;
  Scheduler scheduler_;
  Forward forward_;
  std::mt19937& random_;
  const std::vector<std::vector<Output>>* reference_;
  std::map<const Sequence*, Job*> job_of_;
  std::map<const Sequence*, int> seen_;  // tokens computed after its last step
  Counts counts_;
};

std::deque<Job> make_jobs(std::mt19937& random, int count, int max_prompt, int max_reply,
                          int vocab_size) {
  const auto draw = [&](int bound) {
    return static_cast<int>(random() % static_cast<uint32_t>(bound));
  };
  std::vector<int32_t> examples;
  for (int i = 0; i < max_prompt; ++i)
    examples.push_back(draw(vocab_size));
  std::deque<Job> jobs;
  for (int i = 0; i < count; ++i) {
    Job& job = jobs.emplace_back();
    const int length = 1 + draw(max_prompt);
    // Many begin with the same examples, and part from them anywhere.
    const int common = draw(3) == 0 ? 0 : draw(length + 1);
    job.prompt.assign(examples.begin(), examples.begin() + common);
    while (static_cast<int>(job.prompt.size()) < length)
      job.prompt.push_back(draw(vocab_size));
    job.reply_tokens = 1 + draw(max_reply);
    job.cancelled = draw(5) == 0;
  }
  return jobs;
}

Schedule draw_schedule(std::mt19937& random, const CacheLayout& layout, int context_tokens) {
  const auto draw = [&](int bound) {
    return static_cast<int>(random() % static_cast<uint32_t>(bound));
  };
  Schedule schedule;
  SchedulerOptions& options = schedule.options;
  options.max_batch_size = 1 + draw(6);
  options.max_step_tokens = std::max(options.max_batch_size, 1 + draw(2) * draw(60) + draw(10));
  options.max_logit_rows = 1 + draw(8);
  options.max_truncated_tokens = draw(2) * 5;
  options.prefix_cache = draw(3) == 0 ? PrefixCache::kOff : PrefixCache::kOn;
  options.step_order = draw(4) == 0 ? StepOrder::kPromptsFirst : StepOrder::kRepliesFirst;
  const int64_t block_bytes = layout.groups[0].bytes_of_block();
  options.max_swapped_bytes = draw(3) == 0   ? 0
                              : draw(2) == 0 ? 6 * block_bytes
                                             : 1000 * block_bytes;
  schedule.drafts = draw(2) == 0;
  for (size_t group = 0; group < layout.groups.size(); ++group) {
    // A whole context and a little, or plenty.
    schedule.capacity.blocks_of_group.push_back(blocks_for(context_tokens) +
                                                (draw(2) == 0 ? draw(4) : 100));
  }
  schedule.capacity.num_state_slots = options.max_batch_size + 1 + draw(4);
  return schedule;
}

std::vector<std::vector<Output>> replies_of(const std::deque<Job>& jobs) {
  std::vector<std::vector<Output>> replies;
  for (const Job& job : jobs)
    replies.push_back(job.reply);
  return replies;
}

// Every job alone, one token of context after the other in as few steps as
// possible, nothing shared.
std::vector<std::vector<Output>> run_alone(std::deque<Job> jobs, const CacheLayout& layout,
                                           const CacheCapacity& capacity, const Forward& forward,
                                           std::mt19937& random) {
  for (Job& job : jobs) {
    std::deque<Job> one(1);
    one[0].prompt = job.prompt;
    one[0].reply_tokens = job.reply_tokens;
    const Schedule plain{.options = {.max_step_tokens = 4096, .prefix_cache = PrefixCache::kOff},
                         .capacity = capacity};
    Player(plain, layout, forward, random, nullptr).run(one);
    job.reply = one[0].reply;
  }
  return replies_of(jobs);
}

void expect_replies(const std::vector<std::vector<Output>>& expected, const std::deque<Job>& jobs,
                    int round) {
  for (size_t i = 0; i < jobs.size(); ++i) {
    std::vector<Output> part = expected[i];
    // A cancelled one may have got less, never anything else.
    if (jobs[i].cancelled) part.resize(jobs[i].reply.size());
    EXPECT_EQ(jobs[i].reply, part) << "round " << round << ", job " << i;
  }
}

struct MockCase {
  const char* name;
  std::vector<int> windows;
  bool with_states = false;
};

class RandomSchedulesOfMock : public testing::TestWithParam<MockCase> {};

TEST_P(RandomSchedulesOfMock, SayWhatEachSequenceSaysAlone) {
  const CacheLayout layout = MockModel::layout(GetParam().windows, GetParam().with_states);
  std::mt19937 random(42);
  Counts total;
  for (int round = 0; round < 150 && !testing::Test::HasFailure(); ++round) {
    std::deque<Job> jobs = make_jobs(random, 12, 120, 40, 50);
    CacheCapacity plenty{.blocks_of_group = std::vector<int>(layout.groups.size(), 20),
                         .num_state_slots = 2};
    MockModel alone(layout, plenty);
    const std::vector<std::vector<Output>> expected = run_alone(
        jobs, layout, plenty,
        [&](const auto& step, const auto& commands) { return alone.run(step, commands); }, random);
    const Schedule schedule = draw_schedule(random, layout, 165);
    MockModel model(layout, schedule.capacity);
    Player player(
        schedule, layout,
        [&](const auto& step, const auto& commands) { return model.run(step, commands); }, random,
        &expected);
    player.run(jobs);
    total.swapped_in += player.counts().swapped_in;
    total.copied_states += player.counts().copied_states;
    total.started_over += player.counts().started_over;
    total.cut += player.counts().cut;
    total.cached += player.counts().cached;
    total.cancelled += player.counts().cancelled;
    expect_replies(expected, jobs, round);
  }
  EXPECT_GT(total.swapped_in, 50);
  EXPECT_GT(total.started_over, 50);
  EXPECT_GT(total.cut, 50);
  EXPECT_GT(total.cached, 50);
  EXPECT_GT(total.cancelled, 50);
  EXPECT_EQ(total.copied_states > 50, GetParam().with_states);
}

INSTANTIATE_TEST_SUITE_P(Layouts, RandomSchedulesOfMock,
                         testing::Values(MockCase{"one_group", {0}},
                                         MockCase{"one_window", {0, 20}},
                                         MockCase{"windows_of_all_sizes", {0, 1, 16, 17, 70, 1000}},
                                         MockCase{"states", {0}, true},
                                         MockCase{"states_and_windows", {0, 20, 50}, true}),
                         [](const auto& param) { return std::string(param.param.name); });

struct CheckpointCase {
  const char* name;
  const char* model;
  std::vector<int> windows;  // of each layer; empty: as its config says
  Numerics numerics = Numerics::kFloat32;
};

// A step takes an emulated GPU a hundred times as long.
#ifdef JANGWON_GPU_IS_EMULATED
constexpr int kSchedules = 3;
#else
constexpr int kSchedules = 20;
#endif

class RandomSchedulesOfCheckpoint : public testing::TestWithParam<CheckpointCase> {
 protected:
  void SetUp() override {
    const std::string name = GetParam().name;
    skip_if_too_long_here(name == "latent" || name == "states" || name == "one_window" ||
                          name == "splits");
  }
};

TEST_P(RandomSchedulesOfCheckpoint, ComputeTheBitsOfEachSequenceAlone) {
  constexpr int kContext = 100;
  const EngineOptions options{
      .max_context_tokens = kContext, .num_threads = 2, .max_batch_size = 16};
  const OpTable& table = table_of(GetParam().numerics);
  const OpTable plain_table = without_graphs(table);
  Checkpoint plain(GetParam().model, GetParam().windows, options, plain_table);
  Checkpoint checkpoint(GetParam().model, GetParam().windows, options, table);
  const CacheLayout& layout = checkpoint.plan().cache_layout;
  const CacheCapacity& room = checkpoint.plan().cache_capacity;
  const Forward forward = [&](const auto& step, const auto& commands) {
    return checkpoint.run(step, commands);
  };
  std::mt19937 random(7);
  std::deque<Job> jobs = make_jobs(random, 8, 70, 20, checkpoint.vocab_size());
  const uint64_t launches_before = num_graph_launches();
  const std::vector<std::vector<Output>> expected = run_alone(
      jobs, layout, room,
      [&](const auto& step, const auto& commands) { return plain.run(step, commands); }, random);
  EXPECT_EQ(num_graph_launches(), launches_before);
  for (int round = 0; round < kSchedules && !testing::Test::HasFailure(); ++round) {
    Schedule schedule = draw_schedule(random, layout, kContext);
    for (size_t group = 0; group < layout.groups.size(); ++group)
      schedule.capacity.blocks_of_group[group] =
          std::min(schedule.capacity.blocks_of_group[group], room.blocks_of_group[group]);
    std::deque<Job> again;
    for (const Job& job : jobs) {
      Job& copy = again.emplace_back();
      copy.prompt = job.prompt;
      copy.reply_tokens = job.reply_tokens;
      copy.cancelled = job.cancelled;
    }
    Player(schedule, layout, forward, random, &expected).run(again);
    expect_replies(expected, again, round);
  }
  if (gpu_is_emulated()) {
    EXPECT_GT(num_graph_launches(), launches_before + 10);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, RandomSchedulesOfCheckpoint,
    testing::Values(CheckpointCase{"latent", "axk1_groups", {}},
                    CheckpointCase{"chosen_keys", "axk2", {}},
                    CheckpointCase{"states", "solar_open2", {}},
                    CheckpointCase{"one_window", "exaone_window", {}},
                    CheckpointCase{"windows_of_all_sizes", "exaone_window", {8, 33, 1, 0, 70}},
                    CheckpointCase{"only_windows", "exaone_window", {20, 33, 20, 33, 17}},
#ifdef JANGWON_GPU_IS_EMULATED
                    CheckpointCase{"splits", "exaone_window", {}, Numerics::kTensor},
                    CheckpointCase{"latent_splits", "axk2", {}, Numerics::kTensor},
#endif
                    CheckpointCase{"no_window", "solar_yarn", {}}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace jangwon::runtime
