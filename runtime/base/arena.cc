#include "runtime/base/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace jangwon {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kMinChunkBytes = size_t{1} << 20;

}  // namespace

AlignedBuffer::AlignedBuffer(size_t size_bytes) : size_bytes_(size_bytes) {
  if (size_bytes == 0) return;
  // mmap and not the heap: untouched pages of a large cache then cost nothing.
  void* memory = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  JANGWON_CHECK(memory != MAP_FAILED, "out of memory");
  data_ = static_cast<std::byte*>(memory);
}

AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

AlignedBuffer::~AlignedBuffer() {
  if (data_) munmap(data_, size_bytes_);
}

std::byte* Arena::allocate(size_t size_bytes) {
  size_bytes = (size_bytes + kAlignment - 1) / kAlignment * kAlignment;
  while (current_ < chunks_.size() && used_ + size_bytes > chunks_[current_].size_bytes()) {
    ++current_;
    used_ = 0;
  }
  if (current_ == chunks_.size()) {
    const size_t last = chunks_.empty() ? kMinChunkBytes : chunks_.back().size_bytes();
    chunks_.emplace_back(std::max({size_bytes, 2 * last, kMinChunkBytes}));
    used_ = 0;
  }
  std::byte* memory = chunks_[current_].data() + used_;
  used_ += size_bytes;
  return memory;
}

void Arena::reset() {
  current_ = 0;
  used_ = 0;
}

}  // namespace jangwon
