// Drawings and the order that they must give. A prompt is a word, one letter a block of equal
// tokens, and "+n" tokens more; a step is the tokens that ran, "A0-16" for the first sixteen of A.
// What memory does with it: ../cache.

#include "runtime/engine/scheduler.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "runtime/model/decoder.h"

namespace jangwon::runtime {
namespace {

struct Plan {
  std::string name;
  std::string prompt;
  int reply_tokens = 1;
};

CacheLayout one_group() {
  return {.groups = {{.window = 0, .bytes_per_block = 16, .layers = {0}}}};
}

// Runs a scheduler as the engine does, with a "model" that always says token 1.
class Drawing {
 public:
  Drawing(const SchedulerOptions& options, int num_blocks)
      : scheduler_(options, one_group(), {.blocks_of_group = {num_blocks}}) {}
  Drawing(const SchedulerOptions& options, const CacheLayout& layout, const CacheCapacity& capacity)
      : scheduler_(options, layout, capacity) {}

  void add(const Plan& plan) {
    Sequence& sequence = sequences_.emplace_back();
    const size_t plus = plan.prompt.find('+');
    for (const char letter : plan.prompt.substr(0, plus))
      sequence.token_ids.insert(sequence.token_ids.end(), kBlockTokens, letter);
    if (plus != std::string::npos)
      sequence.token_ids.insert(sequence.token_ids.end(), std::stoul(plan.prompt.substr(plus + 1)),
                                2);
    sequence.num_prompt_tokens = sequence.num_tokens();
    sequence.first_logit_position = sequence.num_tokens() - 1;
    plans_[&sequence] = plan;
    scheduler_.add(&sequence);
  }

  std::string step() {
    const std::vector<ScheduledTokens> step = scheduler_.schedule();
    scheduler_.take_commands();
    std::string text;
    for (const ScheduledTokens& tokens : step) {
      const int first = tokens.sequence->num_computed_tokens;
      text += (text.empty() ? "" : " ") + plans_[tokens.sequence].name + std::to_string(first) +
              "-" + std::to_string(first + tokens.num_tokens);
    }
    scheduler_.complete(step);
    for (const ScheduledTokens& tokens : step) {
      Sequence& sequence = *tokens.sequence;
      if (sequence.num_uncomputed_tokens() > 0) continue;
      if (--plans_[&sequence].reply_tokens == 0) {
        scheduler_.finish(&sequence);
        continue;
      }
      sequence.token_ids.push_back(1);
      sequence.first_logit_position = sequence.num_tokens() - 1;
    }
    return text;
  }

  std::vector<std::string> run(size_t max_steps = 100) {
    std::vector<std::string> steps;
    while (scheduler_.has_work() && steps.size() < max_steps)
      steps.push_back(step());
    return steps;
  }

  Scheduler& scheduler() { return scheduler_; }
  Sequence& sequence(size_t index) { return sequences_[index]; }

 private:
  Scheduler scheduler_;
  std::deque<Sequence> sequences_;
  std::map<const Sequence*, Plan> plans_;
};

using Steps = std::vector<std::string>;

TEST(SchedulerTest, DecodingGoesFirstAndPromptsFillTheRest) {
  Drawing drawing({.max_batch_size = 4, .max_step_tokens = 20}, 100);
  drawing.add({"A", "a+4", 3});
  drawing.add({"B", "bb+1", 2});
  EXPECT_EQ(drawing.run(), (Steps{"A0-20", "A20-21 B0-19", "A21-22 B19-33", "B33-34"}));
}

// The rule by which a token's attention has one form or the other: it must not move with the reply,
// nor when everything is computed again.
TEST(SchedulerTest, WholeBlocksOfThePromptAreExpandedAndNothingElse) {
  Drawing drawing({.max_batch_size = 2, .max_step_tokens = 100}, 6);
  drawing.add({"A", "aa+8", 20});
  drawing.add({"B", "bb", 20});
  drawing.add({"C", "+15", 2});
  EXPECT_EQ(absorbed_from(drawing.sequence(0).num_prompt_tokens), 32);
  EXPECT_EQ(absorbed_from(drawing.sequence(1).num_prompt_tokens), 32)
      << "the last token of a full block too";
  EXPECT_EQ(absorbed_from(drawing.sequence(2).num_prompt_tokens), 0);
  const Steps steps = drawing.run();
  bool computed_again = false;
  int end = 0;
  for (const std::string& step : steps) {
    const size_t at = step.find('B');
    if (at == std::string::npos) continue;
    computed_again = computed_again || std::stoi(step.substr(at + 1)) < end;
    end = std::stoi(step.substr(step.find('-', at) + 1));
  }
  EXPECT_TRUE(computed_again) << "B has lost nothing";
  EXPECT_GT(drawing.sequence(0).num_tokens(), 48);
  EXPECT_EQ(absorbed_from(drawing.sequence(0).num_prompt_tokens), 32);
  EXPECT_EQ(absorbed_from(drawing.sequence(1).num_prompt_tokens), 32);
}

TEST(SchedulerTest, ABatchIsFullWhenItIsFull) {
  Drawing drawing({.max_batch_size = 2, .max_step_tokens = 100}, 100);
  for (const char* name : {"A", "B", "C"})
    drawing.add({name, std::string(name) + "+1", 2});
  EXPECT_EQ(drawing.run(), (Steps{"A0-17 B0-17", "A17-18 B17-18", "C0-17", "C17-18"}));
}

TEST(SchedulerTest, TheSamePrefixIsComputedOnce) {
  Drawing drawing({.max_batch_size = 4, .max_step_tokens = 40}, 100);
  drawing.add({"A", "xxx+1"});
  drawing.add({"B", "xxx+1"});
  drawing.add({"C", "xxy"});
  drawing.add({"D", "z+1"});
  // B and C wait for A, D slips past: it waits for nobody.
  EXPECT_EQ(drawing.run(), (Steps{"A0-40", "A40-49 C32-48 D0-15", "D15-17 B48-49"}));
}

TEST(SchedulerTest, WithoutThePrefixCacheNobodyWaits) {
  Drawing drawing({.max_batch_size = 4, .max_step_tokens = 100, .prefix_cache = PrefixCache::kOff},
                  100);
  drawing.add({"A", "xx+1"});
  drawing.add({"B", "xx+1"});
  EXPECT_EQ(drawing.run(), (Steps{"A0-33 B0-33"}));
}

TEST(SchedulerTest, WhoWaitsForACancelledSequenceComputesItself) {
  Drawing drawing({.max_batch_size = 4, .max_step_tokens = 16}, 100);
  drawing.add({"A", "xxx+1"});
  drawing.add({"B", "xxx+1"});
  EXPECT_EQ(drawing.step(), "A0-16");
  drawing.scheduler().finish(&drawing.sequence(0));
  EXPECT_EQ(drawing.run(), (Steps{"B16-32", "B32-48", "B48-49"}));
}

TEST(SchedulerTest, TheYoungestGivesWayAndStartsOver) {
  Drawing drawing({.max_batch_size = 2, .max_step_tokens = 100}, 4);
  drawing.add({"A", "a+15", 3});
  drawing.add({"B", "b+15", 3});
  drawing.add({"C", "c", 1});
  // A's third block is taken from B, whose first one is still found later. C must not
  // slip into B's room.
  EXPECT_EQ(drawing.run(), (Steps{"A0-31 B0-31", "A31-32 B31-32", "A32-33", "B16-33 C0-16"}));
}

TEST(SchedulerTest, TheYoungestIsSwappedOutAndGoesOn) {
  Drawing drawing({.max_batch_size = 2, .max_step_tokens = 100, .max_swapped_bytes = 1000}, 4);
  drawing.add({"A", "a+15", 3});
  drawing.add({"B", "b+15", 4});
  EXPECT_EQ(drawing.run(), (Steps{"A0-31 B0-31", "A31-32 B31-32", "A32-33", "B32-33", "B33-34"}));
}

TEST(SchedulerTest, ASecondSwapBeyondTheBudgetStartsOver) {
  // Room for one sequence's two blocks of 16 bytes on the host.
  Drawing drawing({.max_batch_size = 3, .max_step_tokens = 100, .max_swapped_bytes = 32}, 6);
  drawing.add({"A", "a+15", 35});
  drawing.add({"B", "b+15", 3});
  drawing.add({"C", "c+15", 3});
  const Steps steps = drawing.run();
  EXPECT_EQ(steps[2], "A32-33 B32-33") << "C, the youngest, was swapped out";
  EXPECT_EQ(steps[3], "A33-34 C32-33");
}

TEST(SchedulerTest, RowsOfLogitsAreBounded) {
  Drawing drawing({.max_batch_size = 4, .max_step_tokens = 100, .max_logit_rows = 10}, 100);
  drawing.add({"A", "a+4", 2});
  drawing.add({"B", "bb"});
  drawing.sequence(1).first_logit_position = 20;  // 12 rows
  EXPECT_EQ(drawing.run(), (Steps{"A0-20 B0-29", "A20-21 B29-32"}));
}

TEST(SchedulerTest, RepliesWaitForPromptsWhereThoseComeFirst) {
  Drawing drawing({.max_batch_size = 2,
                   .max_step_tokens = 20,
                   .max_logit_rows = 10,
                   .step_order = StepOrder::kPromptsFirst},
                  100);
  drawing.add({"A", "a+4", 3});
  drawing.add({"B", "bb+3", 2});
  drawing.add({"C", "c+2", 1});
  EXPECT_EQ(drawing.run(), (Steps{"A0-20", "B0-20", "B20-35", "A20-21 B35-36", "C0-18", "A21-22"}));
}

TEST(SchedulerTest, StepsOfStatesEndWhereASnapshotCanBeShared) {
  CacheLayout layout = one_group();
  layout.states.push_back({.layer = 1, .bytes = 8});
  Drawing drawing({.max_batch_size = 4, .max_step_tokens = 100}, layout,
                  {.blocks_of_group = {100}, .num_state_slots = 8});
  drawing.add({"A", "xxx+5"});
  drawing.add({"B", "xxx+2"});
  drawing.add({"C", "xxy+2"});  // no snapshot lies where it parts from A
  EXPECT_EQ(drawing.run(), (Steps{"A0-48 C0-48", "A48-53 C48-50 B48-50"}));
}

TEST(SchedulerTest, RefusedDraftsAreCutOff) {
  Drawing drawing(
      {.max_batch_size = 1, .max_step_tokens = 100, .max_logit_rows = 8, .max_truncated_tokens = 8},
      100);
  drawing.add({"A", "a+1", 100});
  EXPECT_EQ(drawing.step(), "A0-17");
  Sequence& sequence = drawing.sequence(0);
  // drafts behind the sampled token
  sequence.token_ids.insert(sequence.token_ids.end(), {7, 8, 9});
  EXPECT_EQ(drawing.step(), "A17-21");
  drawing.scheduler().truncate(sequence, 19);  // one draft was right
  EXPECT_EQ(sequence.num_computed_tokens, 19);
  sequence.token_ids.push_back(3);
  EXPECT_EQ(drawing.step(), "A19-20");
}

TEST(SchedulerTest, EverythingIsGivenBackInTheEnd) {
  Drawing drawing({.max_batch_size = 3, .max_step_tokens = 24, .max_swapped_bytes = 64}, 7);
  for (const char* prompt : {"aab+3", "aac+3", "d", "aab+9", "e+1"})
    drawing.add({"S", prompt, 20});
  drawing.run(1000);
  EXPECT_FALSE(drawing.scheduler().has_work());
  EXPECT_EQ(drawing.scheduler().ledger().pool(0).num_free(), 7);
  EXPECT_EQ(drawing.scheduler().ledger().swapped_bytes(), 0);
}

TEST(SchedulerTest, AQueueLongerThanALookIsServedInOrder) {
  Drawing drawing({.max_batch_size = 2, .max_step_tokens = 400}, 100);
  for (int i = 0; i < 200; ++i)
    drawing.add({"A", "xxxxxxxxxxxxxxx+1"});
  drawing.add({"Z", "z+1"});
  const Steps steps = drawing.run(1000);
  ASSERT_EQ(steps.size(), 101u);
  EXPECT_EQ(steps[0], "A0-241");
  EXPECT_EQ(steps[1], "A240-241 A240-241");
  EXPECT_EQ(steps[100], "A240-241 Z0-17");
}

}  // namespace
}  // namespace jangwon::runtime
