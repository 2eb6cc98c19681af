// Which prefixes can be taken from the cache, and which somebody is just computing.
//
// A prefix can be taken where every group has the blocks that the next token sees: all of them
// without a window, those of the last window otherwise. A model with states needs a snapshot of
// them at exactly that position, too.

#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/cache/block_pool.h"
#include "runtime/cache/kv_layout.h"

namespace jangwon::runtime {

class PrefixIndex {
 public:
  // `pools` by group, `snapshots` null where the layout has no states. All outlive the index.
  PrefixIndex(const CacheLayout& layout, const std::vector<BlockPool>& pools,
              const BlockPool* snapshots)
      : layout_(layout), pools_(pools), snapshots_(snapshots) {}

  // The longest prefix that can be taken, in blocks. Costs one look-up a block and group, whatever
  // else is waiting.
  int match(std::span<const PrefixHash> hashes) const;

  // Somebody computes the prefixes that end with these blocks, and has published them or given up.
  // Counted: n that begin must end n times.
  void begin_computing(std::span<const PrefixHash> hashes);
  void end_computing(std::span<const PrefixHash> hashes);

  // The longest prefix of more than `num_blocks` blocks that somebody computes: whoever waits for
  // it has the most to take.
  std::optional<PrefixHash> find_computing(std::span<const PrefixHash> hashes,
                                           int num_blocks) const;

  // Prefixes for which end_computing() was called since the last time: whoever waits for them
  // should look again.
  std::vector<PrefixHash> take_settled();

 private:
  const CacheLayout& layout_;
  const std::vector<BlockPool>& pools_;
  const BlockPool* snapshots_ = nullptr;
  std::unordered_map<PrefixHash, int, HashOfPrefix> computing_;
  std::vector<PrefixHash> settled_;
};

}  // namespace jangwon::runtime
