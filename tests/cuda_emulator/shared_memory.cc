// A block's dynamic shared memory: each array that a kernel names is memory of its own, poisoned
// when a block first asks for it and kept from block to block.

#include <algorithm>
#include <cstring>
#include <vector>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {
namespace {

constexpr std::size_t kTileAlignment = 1024;  // of a tile with 128-byte swizzle
constexpr std::size_t kMostKept = 64;

std::byte* take(std::size_t size) {
  auto& kept = device.kept_arrays;
  const auto found = std::ranges::find(kept, size, &KeptArray::size);
  if (found == kept.end()) return allocate_guarded(size, kTileAlignment, /*can_hide=*/false);
  std::byte* const bytes = found->bytes;
  kept.erase(found);
  std::memset(bytes, kPoison, size);
  return bytes;
}

}  // namespace

void forget_shared_arrays() {
  auto& kept = device.kept_arrays;
  for (SharedArray& array : device.shared_arrays)
    kept.push_back({array.bytes, array.size});
  device.shared_arrays.clear();
  while (kept.size() > kMostKept) {
    std::byte* const bytes = kept.front().bytes;
    kept.erase(kept.begin());
    free_guarded(bytes);
  }
}

void* shared_bytes(unsigned offset, std::size_t size) {
  const Unseen unseen;
  for (const SharedArray& array : device.shared_arrays) {
    if (array.offset == offset && array.size == size) {
      tsan_acquire(array.bytes);
      return array.bytes;
    }
    if (offset < array.offset + array.size && array.offset < offset + size)
      fail_thread("shared arrays overlap");
  }
  if (offset + size > device.launch.shared_bytes)
    fail_thread("shared array beyond the launch's shared memory");
  // As the host, because to ThreadSanitizer an allocation is a write by whoever asks for it.
  void* const here = tsan_current_fiber();
  tsan_become(host_tsan_fiber());
  std::byte* const bytes = take(size);
  tsan_release(bytes);
  tsan_become(here);
  tsan_acquire(bytes);
  device.shared_arrays.push_back({offset, size, bytes, {}});
  return bytes;
}

SharedArray* find_shared(const void* pointer, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(pointer);
  for (SharedArray& array : device.shared_arrays) {
    if (bytes >= array.begin() && bytes + size <= array.begin() + array.size) return &array;
  }
  return nullptr;
}

std::byte* async_view(SharedArray& array) {
  if (array.async_view.empty()) array.async_view.assign(array.size, std::byte{kPoison});
  return array.async_view.data();
}

void require_shared_16(const char* operation, Where where, const void* pointer) {
  const Unseen unseen;
  if (reinterpret_cast<std::uintptr_t>(pointer) % 16 != 0)
    fail(operation, where, "misaligned shared address");
  if (find_shared(pointer, 16) == nullptr) fail(operation, where, "not within one shared array");
}

}  // namespace jangwon::cuda_emulator
