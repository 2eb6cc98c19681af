#include "runtime/cache/prefix_hash.h"

#include "runtime/base/counter_rng.h"
#include "runtime/ops/kv_block.h"

namespace jangwon::runtime {

PrefixHash extend_prefix(PrefixHash prefix, const int32_t* token_ids, int count) {
  for (int i = 0; i < count; ++i) {
    const uint64_t token = static_cast<uint32_t>(token_ids[i]) + uint64_t{1};
    prefix.low = combine_keys(prefix.low, token);
    prefix.high = combine_keys(prefix.high ^ 0x5851f42d4c957f2dull, token);
  }
  return prefix;
}

void extend_block_hashes(std::span<const int32_t> token_ids, std::vector<PrefixHash>& hashes) {
  while ((hashes.size() + 1) * kBlockTokens <= token_ids.size()) {
    const PrefixHash before = hashes.empty() ? PrefixHash{} : hashes.back();
    hashes.push_back(
        extend_prefix(before, token_ids.data() + hashes.size() * kBlockTokens, kBlockTokens));
  }
}

}  // namespace jangwon::runtime
