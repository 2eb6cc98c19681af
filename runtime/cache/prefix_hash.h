// What a block of tokens is found by: a hash of everything from the start of the sequence to
// the block's end.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace jangwon::runtime {

// 128 bits over all tokens from the start of the sequence: equal by accident never happens.
struct PrefixHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const PrefixHash&) const = default;
};

PrefixHash extend_prefix(PrefixHash prefix, const int32_t* token_ids, int count);

// Hashes of every full block of the tokens: those in `hashes` stand, what is missing is appended.
void extend_block_hashes(std::span<const int32_t> token_ids, std::vector<PrefixHash>& hashes);

struct HashOfPrefix {
  size_t operator()(const PrefixHash& prefix) const { return static_cast<size_t>(prefix.low); }
};

}  // namespace jangwon::runtime
