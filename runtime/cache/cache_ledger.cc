// Tests: tests/runtime/cache/cache_ledger_test.cc; under load tests/runtime/engine.

#include "runtime/cache/cache_ledger.h"

#include <algorithm>
#include <span>
#include <utility>

#include "runtime/base/check.h"

namespace jangwon::runtime {
namespace {

// In a table while the sequence is swapped out: the block is in host memory.
constexpr BlockId kSwappedBlock = -2;

std::vector<BlockPool> make_pools(const CacheCapacity& capacity) {
  std::vector<BlockPool> pools;
  for (const int blocks : capacity.blocks_of_group)
    pools.emplace_back(blocks);
  return pools;
}

std::span<const PrefixHash> first_hashes(const SequenceCache& cache, int max_blocks) {
  return {cache.hashes.data(), std::min(cache.hashes.size(), static_cast<size_t>(max_blocks))};
}

}  // namespace

CacheLedger::CacheLedger(const CacheLayout& layout, const CacheCapacity& capacity,
                         const LedgerOptions& options)
    : layout_(layout),
      options_(options),
      pools_(make_pools(capacity)),
      slots_(layout.states.empty() ? std::nullopt
                                   : std::optional<BlockPool>(capacity.num_state_slots)),
      index_(layout_, pools_, slots_ ? &*slots_ : nullptr) {
  JANGWON_CHECK(pools_.size() == layout_.groups.size());
}

int CacheLedger::num_blocks() const {
  int count = 0;
  for (const BlockPool& pool : pools_)
    count += pool.num_blocks();
  return count;
}

int CacheLedger::num_used_blocks() const {
  int count = 0;
  for (const BlockPool& pool : pools_)
    count += pool.num_blocks() - pool.num_free();
  return count;
}

std::vector<CacheCommand> CacheLedger::take_commands() {
  return std::exchange(commands_, {});
}

// --- prefixes ---

int CacheLedger::match(const SequenceCache& cache, int max_blocks) const {
  return index_.match(first_hashes(cache, max_blocks));
}

std::optional<PrefixHash> CacheLedger::find_computing(const SequenceCache& cache, int num_blocks,
                                                      int max_blocks) const {
  return index_.find_computing(first_hashes(cache, max_blocks), num_blocks);
}

void CacheLedger::begin_computing(SequenceCache& cache, int max_blocks) {
  JANGWON_CHECK(cache.computing_begin == cache.computing_end);
  cache.computing_end = static_cast<int>(first_hashes(cache, max_blocks).size());
  // Of a sequence with states only the end will be of use: a snapshot is taken there.
  cache.computing_begin =
      std::min(has_states() ? std::max(cache.num_published_blocks, cache.computing_end - 1)
                            : cache.num_published_blocks,
               cache.computing_end);
  index_.begin_computing(
      std::span(cache.hashes)
          .subspan(static_cast<size_t>(cache.computing_begin),
                   static_cast<size_t>(cache.computing_end - cache.computing_begin)));
}

// Blocks [first, last) are published or given up, as far as the index was told of them.
void CacheLedger::end_computing(SequenceCache& cache, int first_block, int last_block) {
  const int first = std::max(first_block, cache.computing_begin);
  const int last = std::min(last_block, cache.computing_end);
  if (first >= last) return;
  JANGWON_CHECK(first == cache.computing_begin || last == cache.computing_end);
  index_.end_computing(std::span(cache.hashes)
                           .subspan(static_cast<size_t>(first), static_cast<size_t>(last - first)));
  if (first == cache.computing_begin) {
    cache.computing_begin = last;
  } else {
    cache.computing_end = first;
  }
}

bool CacheLedger::take_prefix(SequenceCache& cache, int num_blocks) {
  if (slots_ && num_blocks > 0) {
    const StateSlot snapshot =
        slots_->find(cache.hashes[static_cast<size_t>(num_blocks) - 1]).value();
    slots_->retain(snapshot);  // or it might be the slot that is taken for the copy
    const std::optional<StateSlot> slot = slots_->allocate();
    if (slot) {
      commands_.emplace_back(CopyState{.from = snapshot, .to = *slot});
      cache.state = *slot;
    }
    slots_->release(snapshot);
    if (!slot) return false;
  }
  for (size_t group = 0; group < num_groups(); ++group) {
    std::vector<BlockId>& table = cache.block_tables[group];
    table.assign(static_cast<size_t>(num_blocks), kNoBlock);
    for (int i = first_visible_block(layout_.groups[group].window, num_blocks * kBlockTokens);
         i < num_blocks; ++i) {
      const BlockId block = pools_[group].find(cache.hashes[static_cast<size_t>(i)]).value();
      pools_[group].retain(block);
      table[static_cast<size_t>(i)] = block;
    }
  }
  cache.num_published_blocks = num_blocks;
  return true;
}

// --- blocks ---

BlockId CacheLedger::allocate_zeroed(size_t group) {
  const BlockId block = pools_[group].allocate().value();
  commands_.emplace_back(ZeroBlock{.group = static_cast<int>(group), .block = block});
  return block;
}

// REQUIRES: there is room.
void CacheLedger::grow(SequenceCache& cache, int end) {
  for (size_t group = 0; group < num_groups(); ++group) {
    std::vector<BlockId>& table = cache.block_tables[group];
    while (static_cast<int>(table.size()) < blocks_for(end))
      table.push_back(allocate_zeroed(group));
  }
  if (slots_ && cache.state == kNoSlot) {
    cache.state = slots_->allocate().value();
    commands_.emplace_back(ZeroState{.slot = cache.state});
  }
}

bool CacheLedger::reserve(SequenceCache& cache, int end) {
  cache.block_tables.resize(num_groups());
  for (size_t group = 0; group < num_groups(); ++group)
    if (blocks_for(end) - static_cast<int>(cache.block_tables[group].size()) >
        pools_[group].num_free())
      return false;
  if (slots_ && cache.state == kNoSlot && slots_->num_free() == 0) return false;
  grow(cache, end);
  return true;
}

bool CacheLedger::start(SequenceCache& cache, int num_prefix_blocks, int end) {
  cache.block_tables.resize(num_groups());
  if (take_prefix(cache, num_prefix_blocks) && reserve(cache, end)) return true;
  release(cache);
  return false;
}

void CacheLedger::publish(const SequenceCache& cache, int block) {
  for (size_t group = 0; group < num_groups(); ++group) {
    const BlockId id = cache.block_tables[group][static_cast<size_t>(block)];
    if (id != kNoBlock) pools_[group].publish(id, cache.hashes[static_cast<size_t>(block)]);
  }
}

// Where all slots are in use there is none: what others could have taken from it they compute.
void CacheLedger::take_snapshot(const SequenceCache& cache, PrefixHash prefix) {
  if (slots_->find(prefix)) return;
  const std::optional<StateSlot> slot = slots_->allocate();
  if (!slot) return;
  commands_.emplace_back(CopyState{.from = cache.state, .to = *slot});
  slots_->publish(*slot, prefix);
  slots_->release(*slot);
}

void CacheLedger::commit(SequenceCache& cache, int num_tokens) {
  const int full_blocks =
      std::min(num_tokens / kBlockTokens, static_cast<int>(cache.hashes.size()));
  for (int i = cache.num_published_blocks; i < full_blocks; ++i)
    publish(cache, i);
  if (slots_ && full_blocks > 0 && full_blocks * kBlockTokens == num_tokens)
    take_snapshot(cache, cache.hashes[static_cast<size_t>(full_blocks) - 1]);
  end_computing(cache, 0, full_blocks);
  cache.num_published_blocks = std::max(cache.num_published_blocks, full_blocks);
  release_behind_windows(cache, num_tokens);
}

void CacheLedger::release_behind_windows(SequenceCache& cache, int num_tokens) {
  const int position = std::max(0, num_tokens - options_.max_truncated_tokens);
  for (size_t group = 0; group < num_groups(); ++group) {
    std::vector<BlockId>& table = cache.block_tables[group];
    const int first = std::min(first_visible_block(layout_.groups[group].window, position),
                               static_cast<int>(table.size()));
    for (int i = first - 1; i >= 0 && table[static_cast<size_t>(i)] != kNoBlock; --i) {
      pools_[group].release(table[static_cast<size_t>(i)]);
      table[static_cast<size_t>(i)] = kNoBlock;
    }
  }
}

// Whether the token at position `num_tokens` finds all that it sees, and may write where it stands.
bool CacheLedger::can_keep(const SequenceCache& cache, int num_tokens) const {
  for (size_t group = 0; group < num_groups(); ++group) {
    const std::vector<BlockId>& table = cache.block_tables[group];
    const int first = first_visible_block(layout_.groups[group].window, num_tokens);
    for (int i = first; i < blocks_for(num_tokens); ++i)
      if (table[static_cast<size_t>(i)] == kNoBlock) return false;
    if (num_tokens % kBlockTokens == 0) continue;
    const BlockId last = table[static_cast<size_t>(num_tokens / kBlockTokens)];
    if (pools_[group].is_published(last) || pools_[group].num_users(last) > 1) return false;
  }
  return true;
}

int CacheLedger::truncate(SequenceCache& cache, int num_tokens, int num_computed) {
  end_computing(cache, num_tokens / kBlockTokens, static_cast<int>(cache.hashes.size()));
  cache.hashes.resize(first_hashes(cache, num_tokens / kBlockTokens).size());
  if (num_computed <= num_tokens) return num_computed;
  int kept = num_tokens;
  if (!can_keep(cache, kept)) kept = num_tokens / kBlockTokens * kBlockTokens;
  if (has_states() || !can_keep(cache, kept)) kept = 0;
  release_from(cache, blocks_for(kept));
  if (kept == 0 && slots_) {
    slots_->release(cache.state);
    cache.state = kNoSlot;
  }
  cache.num_published_blocks = std::min(cache.num_published_blocks, kept / kBlockTokens);
  return kept;
}

void CacheLedger::release_from(SequenceCache& cache, int first_block) {
  for (size_t group = 0; group < cache.block_tables.size(); ++group) {
    std::vector<BlockId>& table = cache.block_tables[group];
    // Last block first: of a published prefix the end is then the first to be reused, and the
    // beginning stays findable.
    while (static_cast<int>(table.size()) > first_block) {
      if (table.back() >= 0) pools_[group].release(table.back());
      table.pop_back();
    }
  }
}

void CacheLedger::release(SequenceCache& cache) {
  end_computing(cache, 0, static_cast<int>(cache.hashes.size()));
  release_from(cache, 0);
  if (cache.state != kNoSlot) slots_->release(cache.state);
  cache.state = kNoSlot;
  cache.num_published_blocks = 0;
  if (cache.swap_ticket == 0) return;
  commands_.emplace_back(DropSwapped{.ticket = cache.swap_ticket});
  swapped_bytes_ -= cache.swapped_bytes;
  cache.swap_ticket = 0;
  cache.swapped_bytes = 0;
}

// --- swapping ---

bool CacheLedger::swap_out(SequenceCache& cache, int num_tokens) {
  if (num_tokens == 0) return false;
  SwapOut command{.ticket = last_ticket_ + 1, .blocks = {}, .state = cache.state};
  int64_t bytes = cache.state == kNoSlot ? 0 : layout_.state_bytes();
  for (size_t group = 0; group < num_groups(); ++group) {
    for (int i = 0; i < blocks_for(num_tokens); ++i) {
      const BlockId block = cache.block_tables[group][static_cast<size_t>(i)];
      if (block == kNoBlock) continue;
      command.blocks.push_back({static_cast<int>(group), block});
      bytes += layout_.groups[group].bytes_of_block();
    }
  }
  if (swapped_bytes_ + bytes > options_.max_swapped_bytes) return false;
  commands_.emplace_back(std::move(command));
  std::vector<std::vector<BlockId>> tables = cache.block_tables;
  const int num_published_blocks = cache.num_published_blocks;
  release(cache);
  for (std::vector<BlockId>& table : tables) {
    table.resize(static_cast<size_t>(blocks_for(num_tokens)));
    std::replace_if(
        table.begin(), table.end(), [](BlockId id) { return id != kNoBlock; }, kSwappedBlock);
  }
  cache.block_tables = std::move(tables);
  cache.num_published_blocks = num_published_blocks;
  cache.swap_ticket = ++last_ticket_;
  cache.swapped_bytes = bytes;
  swapped_bytes_ += bytes;
  return true;
}

bool CacheLedger::swap_in(SequenceCache& cache, int end) {
  // Published blocks may still be there, perhaps because others hold them. Held first, so that
  // allocating the rest does not take them.
  std::vector<std::vector<BlockId>> tables = cache.block_tables;
  bool room = !slots_ || slots_->num_free() > 0;
  for (size_t group = 0; group < num_groups(); ++group) {
    int missing = std::max(0, blocks_for(end) - static_cast<int>(tables[group].size()));
    for (size_t i = 0; i < tables[group].size(); ++i) {
      if (tables[group][i] != kSwappedBlock) continue;
      std::optional<BlockId> found;
      if (static_cast<int>(i) < cache.num_published_blocks)
        found = pools_[group].find(cache.hashes[i]);
      if (found) {
        pools_[group].retain(*found);
        tables[group][i] = *found;
      } else {
        ++missing;
      }
    }
    room = room && missing <= pools_[group].num_free();
  }
  if (!room) {
    for (size_t group = 0; group < num_groups(); ++group)
      for (size_t i = tables[group].size(); i-- > 0;)
        if (tables[group][i] >= 0) pools_[group].release(tables[group][i]);
    return false;
  }
  SwapIn command{.ticket = cache.swap_ticket, .blocks = {}, .state = kNoSlot};
  for (size_t group = 0; group < num_groups(); ++group) {
    for (BlockId& block : tables[group]) {
      if (block == kNoBlock) continue;
      const bool copied = block == kSwappedBlock;
      if (copied) block = pools_[group].allocate().value();
      command.blocks.push_back({static_cast<int>(group), copied ? block : kNoBlock});
    }
  }
  if (slots_) command.state = cache.state = slots_->allocate().value();
  commands_.emplace_back(std::move(command));
  cache.block_tables = std::move(tables);
  swapped_bytes_ -= cache.swapped_bytes;
  cache.swap_ticket = 0;
  cache.swapped_bytes = 0;
  grow(cache, end);
  return true;
}

}  // namespace jangwon::runtime
