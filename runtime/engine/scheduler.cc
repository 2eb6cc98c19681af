// Tests: tests/runtime/engine/scheduler_test.cc (a drawing and the order that it must give), and
// the invariance tests beside it, where small caches, chunks and batches force every path.

#include "runtime/engine/scheduler.h"

#include <algorithm>
#include <span>

#include "runtime/base/check.h"

namespace jangwon::runtime {
namespace {

// Looking at a waiting sequence admits or parks it, so a step looks at no more of them than it
// could use; the rest of a long queue has its turn in the next steps.
constexpr int kLookedAtPerStep = 64;

// Blocks of a sequence that may come from the cache: those that end before the first position whose
// logits are wanted.
int max_shared_blocks(const Sequence& sequence) {
  return std::min(sequence.first_logit_position / kBlockTokens,
                  static_cast<int>(sequence.cache.hashes.size()));
}

// Of the sequence's next `count` tokens, those whose logits are wanted.
int logit_rows_of(const Sequence& sequence, int count) {
  const int end = sequence.num_computed_tokens + count;
  return std::max(0, end - std::max(sequence.first_logit_position, sequence.num_computed_tokens));
}

}  // namespace

Scheduler::Scheduler(const SchedulerOptions& options, const CacheLayout& layout,
                     const CacheCapacity& capacity)
    : options_(options),
      ledger_(layout, capacity,
              {.max_swapped_bytes = options.max_swapped_bytes,
               .max_truncated_tokens = options.max_truncated_tokens}) {
  options_.max_step_tokens = std::max(options_.max_step_tokens, options_.max_batch_size);
  options_.max_logit_rows = std::max(options_.max_logit_rows, options_.max_batch_size);
}

void Scheduler::add(Sequence* sequence) {
  // What follows the prompt is nobody else's: its tokens may be computed in another form
  // (absorbed_from).
  if (options_.prefix_cache == PrefixCache::kOn)
    extend_block_hashes(
        std::span(sequence->token_ids).first(static_cast<size_t>(sequence->num_prompt_tokens)),
        sequence->cache.hashes);
  waiting_.push_back(sequence);
}

void Scheduler::finish(Sequence* sequence) {
  if (sequence->waiting_line != nullptr) {
    waiting_.remove(sequence);
  } else {
    std::erase(running_, sequence);
  }
  ledger_.release(sequence->cache);
}

void Scheduler::truncate(Sequence& sequence, int num_tokens) {
  JANGWON_CHECK(sequence.waiting_line == nullptr && num_tokens > 0 &&
                num_tokens <= sequence.num_tokens());
  sequence.token_ids.resize(static_cast<size_t>(num_tokens));
  sequence.num_computed_tokens =
      ledger_.truncate(sequence.cache, num_tokens, sequence.num_computed_tokens);
}

// --- the step ---

// How many of the sequence's tokens run now.
int Scheduler::chunk_of(const Sequence& sequence, const Budget& budget) const {
  const int computed = sequence.num_computed_tokens;
  int count = std::min(budget.tokens, sequence.num_uncomputed_tokens());
  // A state can be shared only where a step ends.
  const int shared_end = max_shared_blocks(sequence) * kBlockTokens;
  if (ledger_.has_states() && computed < shared_end) count = std::min(count, shared_end - computed);
  const int before_first_row = std::max(0, sequence.first_logit_position - computed);
  return std::min(count, before_first_row + budget.logit_rows);
}

// Up to which position the cache has to have room for the sequence's next `count` tokens.
int Scheduler::room_for(const Sequence& sequence, int count) const {
  const int end = sequence.num_computed_tokens + count;
  if (end < sequence.num_sure_tokens()) return end;  // its next token will not be drawn yet
  return std::max(end, std::min(end + options_.num_draft_places, sequence.max_tokens));
}

void Scheduler::preempt(Sequence& sequence) {
  if (!ledger_.swap_out(sequence.cache, sequence.num_computed_tokens)) {
    ledger_.release(sequence.cache);
    sequence.num_computed_tokens = 0;
  }
  std::erase(running_, &sequence);
  waiting_.push_front(&sequence);
}

// Preempts younger sequences until there is room for the sequence's next tokens; false where it is
// the youngest itself.
bool Scheduler::make_room(Sequence& sequence, int count, std::vector<ScheduledTokens>& step,
                          Budget& budget) {
  while (!ledger_.reserve(sequence.cache, room_for(sequence, count))) {
    Sequence* victim = running_.back();
    if (victim == &sequence) return false;
    std::erase_if(step, [&](const ScheduledTokens& tokens) {
      if (tokens.sequence != victim) return false;
      budget.tokens += tokens.num_tokens;
      budget.logit_rows += logit_rows_of(*victim, tokens.num_tokens);
      return true;
    });
    preempt(*victim);
  }
  return true;
}

void Scheduler::schedule_running(Running which, std::vector<ScheduledTokens>& step,
                                 Budget& budget) {
  std::vector<Sequence*> order = running_;
  const auto prompts = std::stable_partition(order.begin(), order.end(), [](const Sequence* s) {
    return s->num_uncomputed_tokens() == 1 + s->num_drafts;
  });
  if (which == Running::kPrompts) order.erase(order.begin(), prompts);
  for (Sequence* sequence : order) {
    if (sequence->waiting_line != nullptr) continue;  // preempted meanwhile
    const int count = chunk_of(*sequence, budget);
    if (count == 0) continue;
    if (!make_room(*sequence, count, step, budget)) {
      // The oldest always fits, because a whole context does.
      JANGWON_CHECK(running_.front() != sequence, "the cache cannot hold one sequence");
      preempt(*sequence);
      continue;
    }
    step.push_back({sequence, count});
    budget.tokens -= count;
    budget.logit_rows -= logit_rows_of(*sequence, count);
  }
}

// False, and nothing changes, where there is no room.
bool Scheduler::admit(Sequence& sequence, int num_shared_blocks, const Budget& budget) {
  if (sequence.cache.swap_ticket != 0) {
    return ledger_.swap_in(sequence.cache, room_for(sequence, chunk_of(sequence, budget)));
  }
  sequence.num_computed_tokens = num_shared_blocks * kBlockTokens;
  const int end = room_for(sequence, chunk_of(sequence, budget));
  if (!ledger_.start(sequence.cache, num_shared_blocks, end)) {
    sequence.num_computed_tokens = 0;
    return false;
  }
  if (!sequence.admitted_before) sequence.num_cached_tokens = sequence.num_computed_tokens;
  sequence.admitted_before = true;
  return true;
}

void Scheduler::admit_waiting(std::vector<ScheduledTokens>& step, Budget& budget) {
  const int max_looked_at = std::max(kLookedAtPerStep, 2 * options_.max_batch_size);
  for (int looked_at = 0; looked_at < max_looked_at && budget.tokens > 0 && budget.logit_rows > 0;
       ++looked_at) {
    if (static_cast<int>(running_.size()) >= options_.max_batch_size) return;
    Sequence* sequence = waiting_.front();
    if (sequence == nullptr) return;
    const int limit = max_shared_blocks(*sequence);
    const bool swapped = sequence->cache.swap_ticket != 0;
    const int shared = swapped ? 0 : ledger_.match(sequence->cache, limit);
    if (!swapped) {
      if (const auto prefix = ledger_.find_computing(sequence->cache, shared, limit)) {
        waiting_.park_front(*prefix);
        continue;
      }
    }
    if (!admit(*sequence, shared, budget)) return;  // first come, first served: nobody slips past
    waiting_.remove(sequence);
    running_.push_back(sequence);
    // A longer sequence may begin with the whole of this one; a state it can take from where a
    // snapshot is made.
    ledger_.begin_computing(sequence->cache, ledger_.has_states()
                                                 ? limit
                                                 : static_cast<int>(sequence->cache.hashes.size()));
    const int count = chunk_of(*sequence, budget);
    step.push_back({sequence, count});
    budget.tokens -= count;
    budget.logit_rows -= logit_rows_of(*sequence, count);
  }
}

std::vector<ScheduledTokens> Scheduler::schedule() {
  std::vector<ScheduledTokens> step;
  Budget budget{.tokens = options_.max_step_tokens, .logit_rows = options_.max_logit_rows};
  const int waiting_before = waiting_.size();
  const bool prompts_first = options_.step_order == StepOrder::kPromptsFirst;
  schedule_running(prompts_first ? Running::kPrompts : Running::kAll, step, budget);
  for (const PrefixHash& prefix : ledger_.take_settled())
    waiting_.wake(prefix);
  // A preemption means that there is no room: admitting now would only take it away again.
  if (waiting_.size() <= waiting_before) admit_waiting(step, budget);
  if (step.empty() && prompts_first) schedule_running(Running::kAll, step, budget);
  return step;
}

void Scheduler::complete(const std::vector<ScheduledTokens>& step) {
  for (const ScheduledTokens& tokens : step) {
    Sequence& sequence = *tokens.sequence;
    sequence.num_computed_tokens += tokens.num_tokens;
    ledger_.commit(sequence.cache, sequence.num_computed_tokens);
  }
}

}  // namespace jangwon::runtime
