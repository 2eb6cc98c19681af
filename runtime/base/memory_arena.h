// Memory of many tensors in a few large pieces.

#pragma once

#include <cstddef>
#include <memory>

#include "runtime/base/aligned_buffer.h"

namespace jangwon {

// Cuts allocations out of chunks, so that tensors of 16 KiB to a megabyte stand in the system's
// huge pages as large ones do: a mapping of their own would be too small for one. A chunk is given
// back with the last allocation that stands in it. Small allocations and very large ones have
// mappings of their own. Of one thread; the allocations belong to anybody.
class MemoryArena {
 public:
  // Zero-filled and aligned to a cache line, for as long as somebody holds it.
  std::shared_ptr<std::byte> allocate(size_t size_bytes);

  // What an arena holds at most without having given it out, where no allocation is larger.
  static size_t max_unused_bytes(size_t largest_bytes);

 private:
  std::shared_ptr<const AlignedBuffer> chunk_;
  size_t used_ = 0;  // of chunk_, in bytes
};

}  // namespace jangwon
