#include "runtime/ops/device_memory.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace jangwon::runtime {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kMinChunkBytes = size_t{1} << 20;

}  // namespace

DeviceBuffer::DeviceBuffer(Ops ops, size_t size_bytes) : ops_(ops), size_bytes_(size_bytes) {
  if (size_bytes == 0) return;
  data_ = static_cast<std::byte*>(ops->allocate(*ops.context, size_bytes));
  JANGWON_CHECK(data_ != nullptr, "out of memory");
}

DeviceBuffer::DeviceBuffer(DeviceBuffer&& other) noexcept
    : ops_(other.ops_),
      data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  std::swap(ops_, other.ops_);
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

DeviceBuffer::~DeviceBuffer() {
  if (data_) ops_->release(*ops_.context, data_, size_bytes_);
}

DeviceVector::DeviceVector(Ops ops, const std::vector<float>& values)
    : buffer_(ops, values.size() * sizeof(float)) {
  if (!values.empty())
    ops->upload(*ops.context, buffer_.data(), values.data(), values.size() * sizeof(float));
}

std::byte* DeviceArena::allocate(size_t size_bytes) {
  size_bytes = (size_bytes + kAlignment - 1) / kAlignment * kAlignment;
  while (current_ < chunks_.size() && used_ + size_bytes > chunks_[current_].size_bytes()) {
    ++current_;
    used_ = 0;
  }
  if (current_ == chunks_.size()) {
    const size_t last = chunks_.empty() ? kMinChunkBytes : chunks_.back().size_bytes();
    chunks_.emplace_back(ops_, std::max({size_bytes, 2 * last, kMinChunkBytes}));
    used_ = 0;
  }
  std::byte* memory = chunks_[current_].data() + used_;
  used_ += size_bytes;
  handed_out_bytes_ += size_bytes;
  peak_bytes_ = std::max(peak_bytes_, handed_out_bytes_);
  return memory;
}

void DeviceArena::reset() {
  current_ = 0;
  used_ = 0;
  handed_out_bytes_ = 0;
}

void DeviceArena::reserve(size_t size_bytes) {
  reset();
  chunks_.clear();
  chunks_.emplace_back(ops_, size_bytes);
}

size_t DeviceArena::size_bytes() const {
  size_t total = 0;
  for (const DeviceBuffer& chunk : chunks_)
    total += chunk.size_bytes();
  return total;
}

}  // namespace jangwon::runtime
