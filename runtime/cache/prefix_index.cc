#include "runtime/cache/prefix_index.h"

#include <utility>

#include "runtime/base/check.h"

namespace jangwon::runtime {

int PrefixIndex::match(std::span<const PrefixHash> hashes) const {
  // All groups have to agree on one length: each may shorten what the others could serve.
  int count = static_cast<int>(hashes.size());
  for (size_t group = 0; group < layout_.groups.size(); ++group) {
    if (layout_.groups[group].window > 0) continue;
    int found = 0;
    while (found < count && pools_[group].find(hashes[static_cast<size_t>(found)]))
      ++found;
    count = found;
  }
  std::vector<bool> possible(static_cast<size_t>(count) + 1, true);  // by length
  for (size_t group = 0; group < layout_.groups.size(); ++group) {
    const int window = layout_.groups[group].window;
    if (window == 0) continue;
    int first_of_run = 0;  // blocks [first_of_run, length) are there
    for (int length = 1; length <= count; ++length) {
      if (!pools_[group].find(hashes[static_cast<size_t>(length) - 1])) first_of_run = length;
      if (first_visible_block(window, length * kBlockTokens) < first_of_run)
        possible[static_cast<size_t>(length)] = false;
    }
  }
  if (snapshots_ != nullptr) {
    for (int length = 1; length <= count; ++length)
      if (!snapshots_->find(hashes[static_cast<size_t>(length) - 1]))
        possible[static_cast<size_t>(length)] = false;
  }
  while (!possible[static_cast<size_t>(count)])
    --count;
  return count;
}

void PrefixIndex::begin_computing(std::span<const PrefixHash> hashes) {
  for (const PrefixHash& hash : hashes)
    ++computing_[hash];
}

void PrefixIndex::end_computing(std::span<const PrefixHash> hashes) {
  for (const PrefixHash& hash : hashes) {
    const auto found = computing_.find(hash);
    JANGWON_CHECK(found != computing_.end());
    if (--found->second == 0) computing_.erase(found);
    settled_.push_back(hash);
  }
}

std::optional<PrefixHash> PrefixIndex::find_computing(std::span<const PrefixHash> hashes,
                                                      int num_blocks) const {
  if (computing_.empty()) return std::nullopt;
  for (size_t i = hashes.size(); i > static_cast<size_t>(num_blocks); --i)
    if (computing_.contains(hashes[i - 1])) return hashes[i - 1];
  return std::nullopt;
}

std::vector<PrefixHash> PrefixIndex::take_settled() {
  return std::exchange(settled_, {});
}

}  // namespace jangwon::runtime
