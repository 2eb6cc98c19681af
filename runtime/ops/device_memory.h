// Owners of a device's memory: one buffer, a vector of floats, and a bump allocator for what lives
// no longer than a step.

#pragma once

#include <vector>

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// Zeroed when made. The operators must outlive it.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  DeviceBuffer(Ops ops, size_t size_bytes);
  DeviceBuffer(DeviceBuffer&& other) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer();

  std::byte* data() const { return data_; }
  size_t size_bytes() const { return size_bytes_; }

 private:
  Ops ops_;
  std::byte* data_ = nullptr;
  size_t size_bytes_ = 0;
};

// A vector of weights: norms, biases, sinks, frequencies.
class DeviceVector {
 public:
  DeviceVector() = default;
  DeviceVector(Ops ops, const std::vector<float>& values);

  const float* data() const {
    return reinterpret_cast<const float*>(buffer_.data());
  }  // null where empty
  int64_t size() const { return static_cast<int64_t>(buffer_.size_bytes() / sizeof(float)); }
  bool empty() const { return buffer_.size_bytes() == 0; }

 private:
  DeviceBuffer buffer_;
};

// Hands out memory that stays valid until reset(). Grows by whole chunks, which it keeps, so that a
// steady state allocates nothing.
class DeviceArena {
 public:
  explicit DeviceArena(Ops ops) : ops_(ops) {}

  // Uninitialised memory for `count` values, aligned to a cache line.
  template <typename T>
  T* make(int64_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return reinterpret_cast<T*>(allocate(static_cast<size_t>(count) * sizeof(T)));
  }
  // `count` rows of `size` floats, padded to an odd number of cache lines: rows a power of two
  // apart would fall into the same places of a cache, and a tile of sixteen push one another out.
  Rows make_rows(int64_t count, int64_t size) {
    constexpr int64_t kLineFloats = 16;
    const int64_t stride = (padded(size) / kLineFloats | 1) * kLineFloats;
    return {make<float>(count * stride), stride};
  }
  // A copy of host values.
  template <typename T>
  const T* upload(const std::vector<T>& values) {
    T* memory = make<T>(static_cast<int64_t>(values.size()));
    ops_->upload(*ops_.context, memory, values.data(), values.size() * sizeof(T));
    return memory;
  }
  void reset();
  // One chunk of this size, in place of what it holds. REQUIRES: nothing that it handed out
  // is still needed.
  void reserve(size_t size_bytes);
  size_t size_bytes() const;  // held
  size_t peak_bytes() const {
    return peak_bytes_;
  }  // the most that was handed out between two resets

 private:
  std::byte* allocate(size_t size_bytes);
  Ops ops_;
  std::vector<DeviceBuffer> chunks_;
  size_t current_ = 0;  // index of the chunk being filled
  size_t used_ = 0;     // bytes of it
  size_t handed_out_bytes_ = 0;
  size_t peak_bytes_ = 0;
};

}  // namespace jangwon::runtime
