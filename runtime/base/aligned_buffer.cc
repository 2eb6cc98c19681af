#include "runtime/base/aligned_buffer.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace jangwon {
namespace {

// mmap and not the heap: untouched pages of a large cache then cost nothing.
std::byte* map_zeroes(size_t size_bytes) {
  void* memory = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  // as operator new: the machine is too small, nobody erred
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(memory);
}

}  // namespace

AlignedBuffer::AlignedBuffer(size_t size_bytes, PageSize pages) : size_bytes_(size_bytes) {
  if (size_bytes == 0) return;
  data_ = map_zeroes(size_bytes);
  // Refused, there are small ones. A system that does not place large mappings at the beginning of
  // a huge page has small ones at both ends.
  if (pages == PageSize::kHuge && size_bytes >= kHugePageBytes)
    madvise(data_, size_bytes, MADV_HUGEPAGE);
}

AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

AlignedBuffer::~AlignedBuffer() {
  if (data_) munmap(data_, size_bytes_);
}

std::byte* AlignedBuffer::release() {
  size_bytes_ = 0;
  return std::exchange(data_, nullptr);
}

AlignedBuffer AlignedBuffer::adopt(void* memory, size_t size_bytes) {
  AlignedBuffer buffer;
  buffer.data_ = static_cast<std::byte*>(memory);
  buffer.size_bytes_ = size_bytes;
  return buffer;
}

}  // namespace jangwon
