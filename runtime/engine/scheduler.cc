// Tests: tests/runtime/engine (invariance with small caches, chunks and batches forces every path).

#include "runtime/engine/scheduler.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace jangwon::runtime {
namespace {

constexpr CachePool kPools[kNumCachePools] = {CachePool::kFull, CachePool::kWindowed};

std::vector<BlockId>& table_of(Sequence& sequence, CachePool pool) {
  return sequence.block_tables[static_cast<size_t>(pool)];
}

// Blocks of a sequence that may come from the cache: those that end before the first position whose logits are wanted.
int max_shared_blocks(const Sequence& sequence) {
  return std::min(sequence.first_logit_position / kLanes, static_cast<int>(sequence.block_hashes.size()));
}

}  // namespace

Scheduler::Scheduler(const SchedulerOptions& options, KvCache& cache) : options_(options), cache_(cache) {
  options_.max_step_tokens = std::max(options_.max_step_tokens, options_.max_batch_size);
}

void Scheduler::add(Sequence* sequence) {
  extend_hashes(*sequence);
  waiting_.push_back(sequence);
}

void Scheduler::finish(Sequence* sequence) {
  const auto running = std::find(running_.begin(), running_.end(), sequence);
  if (running != running_.end()) {
    unmark_pending(*sequence, sequence->num_published_blocks);
    release_all(*sequence);
    running_.erase(running);
    return;
  }
  const auto waiting = std::find(waiting_.begin(), waiting_.end(), sequence);
  if (waiting != waiting_.end()) waiting_.erase(waiting);
}

void Scheduler::extend_hashes(Sequence& sequence) const {
  if (options_.prefix_cache == PrefixCache::kOff) return;
  while (static_cast<int>(sequence.block_hashes.size() + 1) * kLanes <= sequence.num_tokens()) {
    const PrefixHash before = sequence.block_hashes.empty() ? PrefixHash{} : sequence.block_hashes.back();
    sequence.block_hashes.push_back(
        extend_prefix(before, sequence.token_ids.data() + sequence.block_hashes.size() * kLanes, kLanes));
  }
}

int Scheduler::first_visible_block(int position) const {
  return std::max(0, position - options_.sliding_window + 1) / kLanes;
}

// --- blocks ---

bool Scheduler::allocate(Sequence& sequence, int num_tokens) {
  const int end = sequence.num_computed_tokens + num_tokens;
  for (const CachePool pool : kPools) {
    if (!cache_.has_pool(pool)) continue;
    std::vector<BlockId>& table = table_of(sequence, pool);
    while (static_cast<int>(table.size()) * kLanes < end) {
      const std::optional<BlockId> block = cache_.allocate(pool);
      if (!block) return false;
      table.push_back(*block);
    }
  }
  return true;
}

void Scheduler::release_all(Sequence& sequence) {
  for (const CachePool pool : kPools) {
    std::vector<BlockId>& table = table_of(sequence, pool);
    // Last block first: of a published prefix the end is then the first to be reused, and the beginning stays findable.
    for (size_t i = table.size(); i-- > 0;)
      if (table[i] != kNoBlock) cache_.release(pool, table[i]);
    table.clear();
  }
}

void Scheduler::release_behind_window(Sequence& sequence) {
  if (!cache_.has_pool(CachePool::kWindowed)) return;
  std::vector<BlockId>& table = table_of(sequence, CachePool::kWindowed);
  const int first = std::min(first_visible_block(sequence.num_computed_tokens), static_cast<int>(table.size()));
  for (int i = first - 1; i >= 0 && table[static_cast<size_t>(i)] != kNoBlock; --i) {
    cache_.release(CachePool::kWindowed, table[static_cast<size_t>(i)]);
    table[static_cast<size_t>(i)] = kNoBlock;
  }
}

// --- prefix sharing ---

// The longest prefix, in blocks, that every pool can serve: all blocks of full layers, the last window of windowed
// ones.
int Scheduler::match_prefix(const Sequence& sequence) const {
  const int limit = max_shared_blocks(sequence);
  int count = limit;
  if (cache_.has_pool(CachePool::kFull)) {
    count = 0;
    while (count < limit && cache_.find(CachePool::kFull, sequence.block_hashes[static_cast<size_t>(count)]))
      ++count;
  }
  if (!cache_.has_pool(CachePool::kWindowed)) return count;
  for (; count > 0; --count) {
    bool complete = true;
    for (int i = first_visible_block(count * kLanes); i < count && complete; ++i)
      complete = cache_.find(CachePool::kWindowed, sequence.block_hashes[static_cast<size_t>(i)]).has_value();
    if (complete) break;
  }
  return count;
}

void Scheduler::take_prefix(Sequence& sequence, int num_blocks) {
  for (const CachePool pool : kPools) {
    if (!cache_.has_pool(pool)) continue;
    std::vector<BlockId>& table = table_of(sequence, pool);
    table.assign(static_cast<size_t>(num_blocks), kNoBlock);
    const int first = pool == CachePool::kFull ? 0 : first_visible_block(num_blocks * kLanes);
    for (int i = first; i < num_blocks; ++i) {
      const BlockId block = cache_.find(pool, sequence.block_hashes[static_cast<size_t>(i)]).value();
      cache_.retain(pool, block);
      table[static_cast<size_t>(i)] = block;
    }
  }
  sequence.num_computed_tokens = num_blocks * kLanes;
  sequence.num_published_blocks = num_blocks;
  if (!sequence.admitted_before) sequence.num_cached_tokens = sequence.num_computed_tokens;
}

bool Scheduler::next_block_is_pending(const Sequence& sequence, int num_blocks) const {
  if (num_blocks >= max_shared_blocks(sequence)) return false;
  return pending_.contains(sequence.block_hashes[static_cast<size_t>(num_blocks)]);
}

void Scheduler::mark_pending(const Sequence& sequence) {
  for (size_t i = static_cast<size_t>(sequence.num_published_blocks); i < sequence.block_hashes.size(); ++i)
    ++pending_[sequence.block_hashes[i]];
}

void Scheduler::unmark_pending(const Sequence& sequence, int first_block) {
  for (size_t i = static_cast<size_t>(first_block); i < sequence.block_hashes.size(); ++i) {
    const auto found = pending_.find(sequence.block_hashes[i]);
    if (found != pending_.end() && --found->second == 0) pending_.erase(found);
  }
}

// --- the step ---

void Scheduler::preempt(Sequence& sequence) {
  unmark_pending(sequence, sequence.num_published_blocks);
  release_all(sequence);
  sequence.num_computed_tokens = 0;
  sequence.num_published_blocks = 0;
  running_.erase(std::find(running_.begin(), running_.end(), &sequence));
  waiting_.push_front(&sequence);
}

void Scheduler::schedule_running(std::vector<ScheduledTokens>& step, int& budget) {
  std::vector<Sequence*> order = running_;
  std::stable_partition(order.begin(), order.end(), [](const Sequence* s) { return s->num_uncomputed_tokens() == 1; });
  for (Sequence* sequence : order) {
    if (budget == 0) break;
    if (std::find(running_.begin(), running_.end(), sequence) == running_.end()) continue;  // preempted meanwhile
    const int count = std::min(budget, sequence->num_uncomputed_tokens());
    bool fits = allocate(*sequence, count);
    while (!fits && running_.back() != sequence) {
      Sequence* victim = running_.back();
      std::erase_if(step, [&](const ScheduledTokens& tokens) {
        if (tokens.sequence == victim) budget += tokens.num_tokens;
        return tokens.sequence == victim;
      });
      preempt(*victim);
      fits = allocate(*sequence, count);
    }
    if (!fits) {
      // It is the youngest itself. The oldest always fits, because a whole context does.
      JANGWON_CHECK(running_.front() != sequence, "the cache cannot hold one sequence");
      preempt(*sequence);
      continue;
    }
    step.push_back({sequence, count});
    budget -= count;
  }
}

void Scheduler::admit_waiting(std::vector<ScheduledTokens>& step, int& budget) {
  for (size_t i = 0; i < waiting_.size() && budget > 0;) {
    if (static_cast<int>(running_.size()) >= options_.max_batch_size) return;
    Sequence* sequence = waiting_[i];
    const int shared = match_prefix(*sequence);
    if (next_block_is_pending(*sequence, shared)) {
      ++i;
      continue;
    }
    take_prefix(*sequence, shared);
    const int count = std::min(budget, sequence->num_uncomputed_tokens());
    if (!allocate(*sequence, count)) {
      release_all(*sequence);
      sequence->num_computed_tokens = 0;
      sequence->num_published_blocks = 0;
      return;  // first come, first served: nobody slips past a sequence that waits for room
    }
    waiting_.erase(waiting_.begin() + static_cast<int64_t>(i));
    running_.push_back(sequence);
    sequence->admitted_before = true;
    mark_pending(*sequence);
    step.push_back({sequence, count});
    budget -= count;
  }
}

std::vector<ScheduledTokens> Scheduler::schedule() {
  std::vector<ScheduledTokens> step;
  int budget = options_.max_step_tokens;
  const size_t waiting_before = waiting_.size();
  schedule_running(step, budget);
  // A preemption means that there is no room: admitting now would only take it away again.
  if (waiting_.size() <= waiting_before) admit_waiting(step, budget);
  return step;
}

void Scheduler::complete(const std::vector<ScheduledTokens>& step) {
  for (const ScheduledTokens& tokens : step) {
    Sequence& sequence = *tokens.sequence;
    sequence.num_computed_tokens += tokens.num_tokens;
    if (options_.prefix_cache == PrefixCache::kOn) {
      const int full_blocks =
          std::min(sequence.num_computed_tokens / kLanes, static_cast<int>(sequence.block_hashes.size()));
      for (int i = sequence.num_published_blocks; i < full_blocks; ++i) {
        const PrefixHash& hash = sequence.block_hashes[static_cast<size_t>(i)];
        for (const CachePool pool : kPools) {
          if (cache_.has_pool(pool)) cache_.publish(pool, table_of(sequence, pool)[static_cast<size_t>(i)], hash);
        }
        const auto found = pending_.find(hash);
        if (found != pending_.end() && --found->second == 0) pending_.erase(found);
      }
      sequence.num_published_blocks = std::max(sequence.num_published_blocks, full_blocks);
    }
    release_behind_window(sequence);
  }
}

}  // namespace jangwon::runtime
