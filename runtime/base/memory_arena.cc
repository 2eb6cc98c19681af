#include "runtime/base/memory_arena.h"

#include <algorithm>

namespace jangwon {
namespace {

constexpr size_t kLargestChunkBytes = 16 * kHugePageBytes;
// Less belongs to a model that is small as a whole. A matrix of a latent head, 128 KiB, does not:
// on small pages it took twice the time to read.
constexpr size_t kSmallBytes = kHugePageBytes / 128;
constexpr size_t kCacheLine = 64;

// For eight like the first, in whole huge pages: what is asked for next is mostly of the same size,
// and a chunk that stays empty counts under a limit of memory.
size_t chunk_bytes(size_t first_bytes) {
  const size_t pages = (8 * first_bytes + kHugePageBytes - 1) / kHugePageBytes;
  return std::min(pages * kHugePageBytes, kLargestChunkBytes);
}

}  // namespace

size_t MemoryArena::max_unused_bytes(size_t largest_bytes) {
  if (largest_bytes < kSmallBytes) return 0;
  return chunk_bytes(std::min(largest_bytes, kLargestChunkBytes / 2));
}

std::shared_ptr<std::byte> MemoryArena::allocate(size_t size_bytes) {
  if (size_bytes == 0) return nullptr;
  if (size_bytes < kSmallBytes || size_bytes > kLargestChunkBytes / 2) {
    const auto own = std::make_shared<const AlignedBuffer>(size_bytes, PageSize::kHuge);
    return {own, own->data()};
  }
  // A chunk that nobody else holds has been written to: a new one is zero again.
  if (chunk_.use_count() == 1 || !chunk_ || used_ + size_bytes > chunk_->size_bytes()) {
    chunk_.reset();
    chunk_ = std::make_shared<const AlignedBuffer>(chunk_bytes(size_bytes), PageSize::kHuge);
    used_ = 0;
  }
  std::byte* const memory = chunk_->data() + used_;
  used_ += (size_bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  return {chunk_, memory};
}

}  // namespace jangwon
