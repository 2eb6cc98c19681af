// Aligned memory for tensors.

#pragma once

#include <cstddef>
#include <cstdint>

namespace jangwon {

// Huge ones are for what is filled whole and read again and again: a byte of one costs all of it,
// and with small ones a tenth to a quarter of the time of reading weights goes to finding pages.
enum class PageSize { kSmall, kHuge };
constexpr size_t kHugePageBytes = size_t{2} << 20;

// One zero-filled buffer, aligned to a cache line; pages are taken from the system when they
// are first written.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size_bytes, PageSize pages = PageSize::kSmall);
  AlignedBuffer(AlignedBuffer&& other) noexcept;
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
  ~AlignedBuffer();

  std::byte* data() const { return data_; }
  size_t size_bytes() const { return size_bytes_; }

  // For owners that keep a bare pointer: gives the memory away, and takes it back to free it.
  std::byte* release();
  static AlignedBuffer adopt(void* memory, size_t size_bytes);

  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;
  size_t size_bytes_ = 0;
};

}  // namespace jangwon
