// Tests: tests/runtime/model/latent_expansion_test.cc; what comes of it tests/runtime/engine.

#include "runtime/model/latent_expansion.h"

#include <algorithm>
#include <unordered_map>

namespace jangwon::runtime {
namespace {

struct BlockRange {
  int first = 0;
  int last = 0;
};

// The blocks that the sequence's expanded tokens see.
BlockRange seen_blocks(const SequenceRows& sequence, int num_expanded, int window) {
  const int first =
      window > 0 ? std::max(0, sequence.first_position - window + 1) / kBlockTokens : 0;
  return {first, (sequence.first_position + num_expanded - 1) / kBlockTokens + 1};
}

int64_t longest_in_blocks(const std::vector<SequenceRows>& sequences) {
  int64_t longest = 0;
  for (const SequenceRows& sequence : sequences)
    longest = std::max<int64_t>(
        longest, (sequence.first_position + sequence.num_tokens + kBlockTokens - 1) / kBlockTokens);
  return longest;
}

}  // namespace

ExpandedKeys make_expanded_keys(const ExpansionNeeds& needs, DeviceArena& arena) {
  const std::vector<SequenceRows>& sequences = needs.sequences;
  const int64_t num_sequences = static_cast<int64_t>(sequences.size());
  const int64_t longest = longest_in_blocks(sequences);
  const int64_t everything = num_sequences * longest * needs.num_heads * needs.head_block_bytes;
  const int64_t most_blocks = std::max(longest, kExpandedBytes / needs.head_block_bytes);
  ExpandedKeys keys{.groups = {},
                    .page_stride = needs.page_stride,
                    .scratch_bytes = std::max(longest * needs.head_block_bytes,
                                              std::min(kExpandedBytes, everything))};

  std::vector<int32_t> page_table(needs.page_table.size(), -1);
  // Of all groups one after the other; as large as it can be, so that a plan knows it.
  std::vector<int32_t> block_ids;
  std::vector<size_t> first_block_of_group;
  std::unordered_map<int32_t, int32_t> place_of;  // of a block, in its group
  int num_rows = 0;
  const auto begin_group = [&] {
    place_of.clear();
    first_block_of_group.push_back(block_ids.size());
    keys.groups.push_back(
        {.sequences = std::vector<SequenceRows>(sequences.size()), .first_row = num_rows});
  };
  for (size_t s = 0; s < sequences.size(); ++s) {
    const int count = needs.num_expanded[s];
    if (count == 0) continue;
    const BlockRange range = seen_blocks(sequences[s], count, needs.window);
    const int32_t* ids = needs.page_table.data() + static_cast<int64_t>(s) * needs.page_stride;
    const auto num_new = std::count_if(ids + range.first, ids + range.last,
                                       [&](int32_t id) { return !place_of.contains(id); });
    if (keys.groups.empty() || static_cast<int64_t>(place_of.size()) + num_new > most_blocks)
      begin_group();
    ExpandedGroup& group = keys.groups.back();
    int32_t* places = page_table.data() + static_cast<int64_t>(s) * needs.page_stride;
    for (int block = range.first; block < range.last; ++block) {
      const auto [place, is_new] =
          place_of.try_emplace(ids[block], static_cast<int32_t>(place_of.size()));
      if (is_new) block_ids.push_back(ids[block]);
      places[block] = place->second;
    }
    group.num_blocks = static_cast<int>(place_of.size());
    group.sequences[s] = {num_rows - group.first_row, count, sequences[s].first_position};
    num_rows += count;
  }
  block_ids.resize(page_table.size());
  const int32_t* ids = arena.upload(block_ids);
  for (size_t i = 0; i < keys.groups.size(); ++i)
    keys.groups[i].block_ids = ids + first_block_of_group[i];
  keys.page_table = arena.upload(page_table);
  return keys;
}

}  // namespace jangwon::runtime
