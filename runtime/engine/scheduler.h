// Decides which tokens run in the next step: continuous batching with chunked prefill, prefix sharing and preemption.
//
// Sequences that decode come first, one token each; what is left of a step's budget goes to prompts, in chunks. A
// sequence whose next block is just being computed by another one waits for it, so that n samples of a prompt, or
// questions behind the same examples, compute the common part once. When the cache is full the youngest sequence gives
// its blocks back and starts over later; by batch invariance its tokens come out the same.

#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "runtime/cache/kv_cache.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/sequence.h"

namespace jangwon::runtime {

struct SchedulerOptions {
  int max_batch_size = 1;
  int max_step_tokens = 1;
  int sliding_window = 0;  // of the windowed pool's layers
  PrefixCache prefix_cache = PrefixCache::kOn;
};

struct ScheduledTokens {
  Sequence* sequence = nullptr;
  int num_tokens = 0;  // from num_computed_tokens on
};

class Scheduler {
 public:
  // REQUIRES: one whole context fits the cache (plan_cache sees to it). `cache` outlives the scheduler.
  Scheduler(const SchedulerOptions& options, KvCache& cache);

  // Sequences stay owned by the caller and must live until finish().
  void add(Sequence* sequence);
  void finish(Sequence* sequence);  // done or cancelled: gives its blocks back
  bool has_work() const { return !waiting_.empty() || !running_.empty(); }

  // The next step; its blocks are allocated. Not empty while has_work().
  std::vector<ScheduledTokens> schedule();

  // After the forward pass: counts the tokens as computed, publishes full blocks, drops what lies behind windows.
  void complete(const std::vector<ScheduledTokens>& step);

 private:
  struct HashOfPrefix {
    size_t operator()(const PrefixHash& prefix) const { return static_cast<size_t>(prefix.low); }
  };

  bool allocate(Sequence& sequence, int num_tokens);
  void release_all(Sequence& sequence);
  void release_behind_window(Sequence& sequence);
  void preempt(Sequence& sequence);
  void extend_hashes(Sequence& sequence) const;
  int match_prefix(const Sequence& sequence) const;
  void take_prefix(Sequence& sequence, int num_blocks);
  bool next_block_is_pending(const Sequence& sequence, int num_blocks) const;
  void mark_pending(const Sequence& sequence);
  void unmark_pending(const Sequence& sequence, int first_block);
  void schedule_running(std::vector<ScheduledTokens>& step, int& budget);
  void admit_waiting(std::vector<ScheduledTokens>& step, int& budget);
  int first_visible_block(int position) const;

  SchedulerOptions options_;
  KvCache& cache_;
  std::deque<Sequence*> waiting_;
  std::vector<Sequence*> running_;                             // in the order of admission
  std::unordered_map<PrefixHash, int, HashOfPrefix> pending_;  // blocks that running prompts will publish
};

}  // namespace jangwon::runtime
