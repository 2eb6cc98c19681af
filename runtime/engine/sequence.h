// One sequence in the engine: its tokens, how far they are computed, and what it
// holds of the cache.

#pragma once

#include <cstdint>
#include <vector>

#include "runtime/cache/cache_ledger.h"

namespace jangwon::runtime {

struct WaitingLine;

struct Sequence {
  // Written at submission.
  uint64_t seq_id = 0;
  int num_prompt_tokens = 0;
  int max_tokens = 0;  // that token_ids will hold at most; 0: what they hold from the start

  // Written by whoever samples: prompt, then reply (or continuation), then drafts of how it may go
  // on, and the first position whose logits are still wanted.
  std::vector<int32_t> token_ids;
  int num_drafts = 0;  // at the end of token_ids, not verified yet
  int first_logit_position = 0;

  // Written by the scheduler.
  int num_computed_tokens = 0;
  int num_cached_tokens = 0;  // of the first admission: taken from the prefix cache
  bool admitted_before = false;
  SequenceCache cache;

  // Written by the waiting queue.
  int64_t waiting_order = 0;
  WaitingLine* waiting_line = nullptr;  // null: it does not wait

  int num_tokens() const { return static_cast<int>(token_ids.size()); }
  int num_uncomputed_tokens() const { return num_tokens() - num_computed_tokens; }
  int num_sure_tokens() const { return num_tokens() - num_drafts; }
};

}  // namespace jangwon::runtime
