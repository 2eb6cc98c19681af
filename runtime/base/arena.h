// Aligned memory for tensors: an owner of one buffer, and a bump allocator for what lives no longer than a step.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace jangwon {

// One zero-filled buffer, aligned to a cache line; pages are taken from the system when they are first written.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size_bytes);
  AlignedBuffer(AlignedBuffer&& other) noexcept;
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
  ~AlignedBuffer();

  std::byte* data() const { return data_; }
  size_t size_bytes() const { return size_bytes_; }
  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;
  size_t size_bytes_ = 0;
};

// Hands out memory that stays valid until reset(). Grows by whole chunks, which it keeps, so that a steady state
// allocates nothing from the system.
class Arena {
 public:
  // Uninitialised memory for `count` values, aligned to a cache line.
  template <typename T>
  T* make(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return reinterpret_cast<T*>(allocate(count * sizeof(T)));
  }
  void reset();

 private:
  std::byte* allocate(size_t size_bytes);
  std::vector<AlignedBuffer> chunks_;
  size_t current_ = 0;  // index of the chunk being filled
  size_t used_ = 0;     // bytes of it
};

}  // namespace jangwon
