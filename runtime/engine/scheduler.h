// Decides which tokens run in the next step: continuous batching with chunked prefill, prefix
// sharing and preemption.
//
// Sequences that decode come first, one token each and its drafts; what is left of a step's budget
// goes to prompts, in chunks (StepOrder tells of the other way round). A sequence whose next blocks
// are just being computed by another one waits for them, so that n samples of a prompt, or
// questions behind the same examples, compute the common part once. When the cache is full the
// youngest sequence gives its blocks back: to host memory as long as the budget for that lasts,
// else it starts over later; by batch invariance its tokens come out the same.
//
// Knows no memory: what has to happen to it stands in take_commands().

#pragma once

#include <vector>

#include "runtime/cache/cache_ledger.h"
#include "runtime/engine/engine_options.h"
#include "runtime/engine/sequence.h"
#include "runtime/engine/waiting_queue.h"

namespace jangwon::runtime {

struct SchedulerOptions {
  int max_batch_size = 1;
  int max_step_tokens = 1;
  // of one step; a decoding sequence takes one, a scored one as many as it has tokens
  int max_logit_rows = 1;
  int max_truncated_tokens = 0;
  // behind a sequence's last token, where drafts are computed before they are tokens of it
  int num_draft_places = 0;
  int64_t max_swapped_bytes = 0;
  PrefixCache prefix_cache = PrefixCache::kOn;
  StepOrder step_order = StepOrder::kRepliesFirst;
};

struct ScheduledTokens {
  Sequence* sequence = nullptr;
  int num_tokens = 0;  // from num_computed_tokens on
};

class Scheduler {
 public:
  // REQUIRES: one whole context fits the capacity (plan_memory sees to it), and there is a state
  // slot more than sequences in a batch where the layout has states.
  Scheduler(const SchedulerOptions& options, const CacheLayout& layout,
            const CacheCapacity& capacity);

  // Sequences stay owned by the caller and must live until finish().
  void add(Sequence* sequence);
  void finish(Sequence* sequence);  // done or cancelled: gives back what it holds
  bool has_work() const { return !waiting_.empty() || !running_.empty(); }

  // The next step; its blocks are allocated. Not empty while has_work().
  std::vector<ScheduledTokens> schedule();

  // What the memory has to do before the step's forward pass.
  std::vector<CacheCommand> take_commands() { return ledger_.take_commands(); }

  // After the forward pass: counts the tokens as computed, publishes full blocks, drops what
  // lies behind windows.
  void complete(const std::vector<ScheduledTokens>& step);

  // Takes the tokens from `num_tokens` on off a running sequence, computed ones too: drafts that
  // were refused. What cannot be cut (see CacheLedger::truncate) is computed again. REQUIRES: a
  // token is appended before the next step.
  void truncate(Sequence& sequence, int num_tokens);

  const CacheLedger& ledger() const { return ledger_; }
  int num_waiting() const { return waiting_.size(); }
  int num_running() const { return static_cast<int>(running_.size()); }

 private:
  struct Budget {
    int tokens = 0;
    int logit_rows = 0;
  };

  int chunk_of(const Sequence& sequence, const Budget& budget) const;
  int room_for(const Sequence& sequence, int count) const;
  void preempt(Sequence& sequence);
  bool make_room(Sequence& sequence, int count, std::vector<ScheduledTokens>& step, Budget& budget);
  enum class Running { kAll, kPrompts };
  void schedule_running(Running which, std::vector<ScheduledTokens>& step, Budget& budget);
  void admit_waiting(std::vector<ScheduledTokens>& step, Budget& budget);
  bool admit(Sequence& sequence, int num_shared_blocks, const Budget& budget);

  SchedulerOptions options_;
  CacheLedger ledger_;
  WaitingQueue waiting_;
  std::vector<Sequence*> running_;  // in the order of admission
};

}  // namespace jangwon::runtime
