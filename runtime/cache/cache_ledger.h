// The books of the cache: which blocks and which states each sequence holds, what it may take from
// others, what has to happen to the memory. Decides nothing about who runs; touches no memory
// itself (cache_command.h).

#pragma once

#include <optional>
#include <vector>

#include "runtime/cache/block_pool.h"
#include "runtime/cache/cache_command.h"
#include "runtime/cache/kv_layout.h"
#include "runtime/cache/prefix_index.h"

namespace jangwon::runtime {

// What one sequence holds. Written by the ledger; hashes by whoever adds the sequence,
// before any call.
struct SequenceCache {
  std::vector<PrefixHash> hashes;  // of its full blocks; empty where it shares no prefix

  // by group, by position / kBlockTokens; kNoBlock: behind the window
  std::vector<std::vector<BlockId>> block_tables;
  StateSlot state = kNoSlot;
  int num_published_blocks = 0;
  int computing_begin = 0;  // blocks of which the index knows that this sequence computes them
  int computing_end = 0;
  uint64_t swap_ticket = 0;   // 0: not swapped out
  int64_t swapped_bytes = 0;  // of host memory
};

struct LedgerOptions {
  int64_t max_swapped_bytes = 0;  // of host memory, all sequences together
  // truncate() of no more than these at a time never costs a group with a window a block
  int max_truncated_tokens = 0;
};

class CacheLedger {
 public:
  // REQUIRES: one state slot more than sequences that run at a time, where the layout has states;
  // one slot may hold the snapshot that a new sequence is to start from.
  CacheLedger(const CacheLayout& layout, const CacheCapacity& capacity,
              const LedgerOptions& options);
  CacheLedger(const CacheLedger&) = delete;
  CacheLedger& operator=(const CacheLedger&) = delete;

  bool has_states() const { return slots_.has_value(); }
  int num_blocks() const;  // of all groups
  int num_used_blocks() const;
  const BlockPool& pool(int group) const { return pools_[static_cast<size_t>(group)]; }
  int64_t swapped_bytes() const { return swapped_bytes_; }

  // --- prefixes, in blocks ----------------------------------------------------------------------
  int match(const SequenceCache& cache, int max_blocks) const;
  std::optional<PrefixHash> find_computing(const SequenceCache& cache, int num_blocks,
                                           int max_blocks) const;
  // Others may wait for the sequence's first `max_blocks` blocks.
  void begin_computing(SequenceCache& cache, int max_blocks);
  std::vector<PrefixHash> take_settled() { return index_.take_settled(); }

  // --- blocks -----------------------------------------------------------------------------------
  // Starts a sequence behind a prefix that match() found, with room up to position `end`; false,
  // and nothing is held, where there is no room.
  bool start(SequenceCache& cache, int num_prefix_blocks, int end);
  // Room up to position `end`; false, and nothing changes, where there is none.
  bool reserve(SequenceCache& cache, int end);
  // `num_tokens` are computed: publishes full blocks and snapshots, lets go of what lies
  // behind the windows.
  void commit(SequenceCache& cache, int num_tokens);
  // Forgets what stands from position `num_tokens` on, of a sequence with `num_computed` tokens.
  // Returns how many stay computed. Cut into what is computed, that may be fewer than `num_tokens`:
  // a block of which others know must not be written again, a window may reach back behind what is
  // still there, and states do not run backwards.
  int truncate(SequenceCache& cache, int num_tokens, int num_computed);
  void release(SequenceCache& cache);

  // --- swapping ---------------------------------------------------------------------------------
  // Takes the first `num_tokens` to host memory and releases the blocks; false, and nothing
  // changes, where the budget is used up.
  bool swap_out(SequenceCache& cache, int num_tokens);
  // Brings them back and reserves up to `end`; false, and nothing changes, where there is no room.
  bool swap_in(SequenceCache& cache, int end);

  // What the memory has to do before the next forward pass, in this order.
  std::vector<CacheCommand> take_commands();

 private:
  size_t num_groups() const { return pools_.size(); }
  BlockId allocate_zeroed(size_t group);
  void grow(SequenceCache& cache, int end);
  bool take_prefix(SequenceCache& cache, int num_blocks);
  void publish(const SequenceCache& cache, int block);
  void take_snapshot(const SequenceCache& cache, PrefixHash prefix);
  void end_computing(SequenceCache& cache, int first_block, int last_block);
  void release_from(SequenceCache& cache, int first_block);
  void release_behind_windows(SequenceCache& cache, int num_tokens);
  bool can_keep(const SequenceCache& cache, int num_tokens) const;

  CacheLayout layout_;
  LedgerOptions options_;
  std::vector<BlockPool> pools_;    // by group
  std::optional<BlockPool> slots_;  // of states; published ones are snapshots
  PrefixIndex index_;
  std::vector<CacheCommand> commands_;
  uint64_t last_ticket_ = 0;
  int64_t swapped_bytes_ = 0;
};

}  // namespace jangwon::runtime
