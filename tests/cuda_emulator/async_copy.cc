// Everything of a GPU that goes on while its threads do something else: cp.async, TMA loads
// that complete on mbarriers (mbarrier.cc), wgmma (wgmma.cc). Three ideas make mistakes
// with them visible.
//
//   Data arrives late. The target of a copy, and the accumulators of a wgmma, are NaN from the
//   issue until somebody has
//     waited properly. A bulk copy arrives at a random later moment, copies overtake each other,
//     and if the schedule is the index order they arrive only when no thread can go on. A wgmma
//     reads its tiles at a random moment between commit and wait: at the latest, a tile that was
//     released too early is gone; at the earliest, a tile that was not waited for is NaN.
//   What is in flight is known. A bulk copy into bytes that a wgmma in flight reads, or that
//   another copy writes, is an
//     error at once, under any schedule. So are a block that ends with something in flight, and
//     registers that change while a wgmma reads them.
//   The async proxy has a view of its own. TMA and wgmma do not see ordinary stores to
//   shared memory until a
//     fence_proxy_async, so every array exists twice, and a wgmma over bytes where the two differ
//     is an error. The fence publishes all ordinary stores so far, as it does on hardware for
//     everything ordered before it. For the same reason a bulk copy refuses an mbarrier whose
//     initialisation was not fenced.
//
// The four warps of a wgmma are independent here, each with its own 16 rows. The hardware couples
// them more tightly, so what is right here is right there; but a kernel must release a tile once
// per warp, not once per warpgroup.
//
// ThreadSanitizer sees each load, and each warp's tensor core, as a thread of its own that is
// ordered only after the issue and before the wait.

#include <algorithm>
#include <cstring>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {
namespace {

// what an encoded tensor map begins with
constexpr std::uint64_t kTensorMapMark = 0x74656e736f726d70;
constexpr unsigned kSwizzleBytes = 128, kSwizzleAtomBytes = 1024;  // eight rows of 128 bytes
constexpr unsigned kNumAgents = 16;

// A tensor map as this emulator encodes it.
struct TensorMap {
  std::uint64_t mark;
  std::byte* address;
  std::uint64_t width, height, row_bytes;  // in elements, rows, bytes
  std::uint32_t box_width, box_height, element_bytes;
  std::uint32_t swizzled;

  std::size_t box_bytes() const { return std::size_t{box_width} * box_height * element_bytes; }
};

TensorMap decode(const CUtensorMap& map) {
  TensorMap decoded;
  static_assert(sizeof decoded <= sizeof map);
  std::memcpy(&decoded, &map, sizeof decoded);
  return decoded;
}

void* next_agent() {
  auto& agents = device.copy_agents;
  static unsigned next = 0;
  if (agents.size() < kNumAgents) agents.push_back(tsan_create_fiber());
  return agents[next++ % agents.size()];
}

void write_box(const BulkCopy& copy) {
  const TensorMap map = decode(copy.map);
  const unsigned row_bytes = map.box_width * map.element_bytes;
  constexpr unsigned kPiece = 16;
  const unsigned to = copy.array->offset + static_cast<unsigned>(copy.to - copy.array->begin());
  for (unsigned row = 0; row < map.box_height; ++row) {
    for (unsigned byte = 0; byte < row_bytes; byte += kPiece) {
      std::byte piece[kPiece] = {};
      const std::int64_t y = std::int64_t{copy.y} + row;
      for (unsigned i = 0; i < kPiece; i += map.element_bytes) {
        const std::int64_t x = std::int64_t{copy.x} + (byte + i) / map.element_bytes;
        const bool in_bounds =
            x >= 0 && y >= 0 && x < std::int64_t(map.width) && y < std::int64_t(map.height);
        if (in_bounds)
          std::memcpy(piece + i, map.address + y * map.row_bytes + x * map.element_bytes,
                      map.element_bytes);
      }
      const unsigned plain = to + row * row_bytes + byte;
      const unsigned at = (map.swizzled ? swizzle(plain) : plain) - copy.array->offset;
      std::memcpy(copy.array->begin() + at, piece, kPiece);
      std::memcpy(async_view(*copy.array) + at, piece, kPiece);
    }
  }
}

void complete_bulk_copy(const BulkCopy& copy) {
  if (copy.from == nullptr) {
    write_box(copy);
  } else {
    std::memcpy(copy.to, copy.from, copy.size);
    std::memcpy(async_view(*copy.array) + (copy.to - copy.array->begin()), copy.from, copy.size);
  }
  Mbarrier& barrier = find_mbarrier("a bulk copy", copy.barrier, copy.where);
  void* const here = tsan_current_fiber();
  tsan_become(copy.agent);
  tsan_release(&barrier.tokens[barrier.phase & 1]);
  tsan_become(here);
  barrier.bytes_expected -= static_cast<std::int64_t>(copy.size);
  complete_phase_if_done(barrier);
}

}  // namespace

void start_agent(void* agent, const std::vector<void*>& issuers) {
  void* const here = tsan_current_fiber();
  for (void* issuer : issuers)
    tsan_become(issuer), tsan_release(agent);
  tsan_become(agent);
  tsan_acquire(agent);
  tsan_become(here);
}

void cp_async(void* shared, const void* global, bool in_bounds, Where where) {
  const Unseen unseen;
  require_shared_16("cp_async_16", where, shared);
  if (reinterpret_cast<std::uintptr_t>(global) % 16 != 0)
    fail("cp_async_16", where, "misaligned global address");
  // the copy happens at the wait; touched here, so that an overrun is reported for this line
  if (in_bounds) {
    const auto* source = static_cast<const volatile char*>(global);
    (void)source[0], (void)source[15];
  }
  tsan_write(shared, 16);
  std::memset(shared, kPoison, 16);  // undefined until the wait, for readers of the old content too
  device.current->copies.push_back({shared, global, in_bounds, device.current->open_group});
}

void cp_async_commit(Where where) {
  const Unseen unseen;
  if (!is_left_out("cp_async_commit", where)) ++device.current->open_group;
}

void cp_async_wait(unsigned pending_groups, Where where) {
  const Unseen unseen;
  if (is_left_out("cp_async_wait", where)) return;
  Thread& self = *device.current;
  std::erase_if(self.copies, [&](const AsyncCopy& copy) {
    if (copy.group + pending_groups >= self.open_group) return false;
    tsan_write(copy.to, 16);
    if (copy.in_bounds) {
      tsan_read(copy.from, 16);
      std::memcpy(copy.to, copy.from, 16);
    } else {
      std::memset(copy.to, 0, 16);
    }
    return true;
  });
}

bool complete_a_bulk_copy() {
  auto& copies = device.bulk_copies;
  if (copies.empty()) return false;
  const std::size_t index = is_random() ? next_random() % copies.size() : 0;
  const BulkCopy copy = copies[index];
  copies.erase(copies.begin() + static_cast<std::ptrdiff_t>(index));
  complete_bulk_copy(copy);
  return true;
}

namespace {

// From here until its arrival nobody may touch what the copy writes.
void issue_bulk_copy(const char* operation, BulkCopy copy) {
  const Where where = copy.where;
  copy.array = find_shared(copy.to, copy.size);
  if (copy.array == nullptr) fail(operation, where, "does not fit into one shared array");
  if (!find_mbarrier(operation, copy.barrier, where).async_visible)
    fail(operation, where, "no fence_mbarrier_init since the mbarrier's initialisation");
  for (const BulkCopy& other : device.bulk_copies) {
    if (overlap(copy.to, copy.size, other.to, other.size))
      fail(operation, where, "writes where another bulk copy is still writing");
  }
  if (wgmma_reads(*copy.array, copy.to, copy.size, where))
    fail(operation, where, "overwrites a tile that a wgmma in flight reads");
  copy.agent = next_agent();
  start_agent(copy.agent, {device.current->fiber->tsan_fiber});
  tsan_become(copy.agent);
  tsan_write(copy.to, copy.size);
  tsan_become(device.current->fiber->tsan_fiber);
  std::memset(copy.to, kPoison, copy.size);
  std::memset(async_view(*copy.array) + (copy.to - copy.array->begin()), kPoison, copy.size);
  device.bulk_copies.push_back(copy);
}

unsigned offset_in_shared_memory(const char* operation, const void* shared, Where where) {
  const SharedArray* const array = find_shared(shared, 1);
  if (array == nullptr) fail(operation, where, "not in shared memory");
  return array->offset +
         static_cast<unsigned>(static_cast<const std::byte*>(shared) - array->begin());
}

}  // namespace

void tma_load_2d(void* shared, const CUtensorMap* tensor_map, int x, int y, std::uint64_t* barrier,
                 Where where) {
  const Unseen unseen;
  if (is_left_out("tma_load_2d", where)) return;
  require_hopper("tma_load_2d", where);
  const TensorMap map = decode(*tensor_map);
  if (map.mark != kTensorMapMark) fail("tma_load_2d", where, "not an encoded tensor map");
  const unsigned offset = offset_in_shared_memory("tma_load_2d", shared, where);
  if (offset % (map.swizzled ? kSwizzleAtomBytes : 128) != 0)
    fail("tma_load_2d", where, "misaligned shared address");
  issue_bulk_copy("tma_load_2d", {.from = nullptr,
                                  .map = *tensor_map,
                                  .x = x,
                                  .y = y,
                                  .array = nullptr,
                                  .to = static_cast<std::byte*>(shared),
                                  .size = map.box_bytes(),
                                  .barrier = barrier,
                                  .where = where,
                                  .agent = nullptr});
}

void bulk_copy(void* shared, const void* global, unsigned bytes, std::uint64_t* barrier,
               Where where) {
  const Unseen unseen;
  if (is_left_out("bulk_copy", where)) return;
  require_hopper("bulk_copy", where);
  if (bytes == 0 || bytes % 16 != 0) fail("bulk_copy", where, "not a multiple of 16 bytes");
  if (offset_in_shared_memory("bulk_copy", shared, where) % 16 != 0)
    fail("bulk_copy", where, "misaligned shared address");
  if (reinterpret_cast<std::uintptr_t>(global) % 16 != 0)
    fail("bulk_copy", where, "misaligned global address");
  if (!is_device_range(global, bytes)) fail("bulk_copy", where, "reads beyond an allocation");
  issue_bulk_copy("bulk_copy", {.from = static_cast<const std::byte*>(global),
                                .map = {},
                                .x = 0,
                                .y = 0,
                                .array = nullptr,
                                .to = static_cast<std::byte*>(shared),
                                .size = bytes,
                                .barrier = barrier,
                                .where = where,
                                .agent = nullptr});
}

}  // namespace jangwon::cuda_emulator

using namespace jangwon::cuda_emulator;

CUresult cuTensorMapEncodeTiled(CUtensorMap* map, CUtensorMapDataType type, cuuint32_t rank,
                                void* global_address, const cuuint64_t* global_dim,
                                const cuuint64_t* global_strides, const cuuint32_t* box_dim,
                                const cuuint32_t* element_strides, CUtensorMapInterleave,
                                CUtensorMapSwizzle swizzle, CUtensorMapL2promotion,
                                CUtensorMapFloatOOBfill) {
  if (rank != 2) return CUDA_ERROR_NOT_SUPPORTED;
  const TensorMap encoded = {
      .mark = kTensorMapMark,
      .address = static_cast<std::byte*>(global_address),
      .width = global_dim[0],
      .height = global_dim[1],
      .row_bytes = global_strides[0],
      .box_width = box_dim[0],
      .box_height = box_dim[1],
      .element_bytes = type == CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 ? 2u : 1u,
      .swizzled = swizzle == CU_TENSOR_MAP_SWIZZLE_128B,
  };
  constexpr std::uint64_t kMaxDim = std::uint64_t{1} << 32, kMaxStride = std::uint64_t{1} << 40;
  constexpr std::uint32_t kMaxBox = 256;
  const std::uint32_t box_row_bytes = encoded.box_width * encoded.element_bytes;
  const bool valid =
      reinterpret_cast<std::uintptr_t>(global_address) % 16 == 0 && encoded.width > 0 &&
      encoded.height > 0 && encoded.width <= kMaxDim && encoded.height <= kMaxDim &&
      encoded.row_bytes % 16 == 0 && encoded.row_bytes < kMaxStride &&
      encoded.row_bytes >= encoded.width * encoded.element_bytes && encoded.box_width > 0 &&
      encoded.box_width <= kMaxBox && encoded.box_height > 0 && encoded.box_height <= kMaxBox &&
      box_row_bytes % 16 == 0 && element_strides[0] == 1 && element_strides[1] == 1 &&
      (!encoded.swizzled || box_row_bytes <= kSwizzleBytes) &&
      is_device_range(global_address, (encoded.height - 1) * encoded.row_bytes +
                                          encoded.width * encoded.element_bytes);
  if (!valid) return CUDA_ERROR_INVALID_VALUE;
  // by this emulator
  if (encoded.swizzled && box_row_bytes != kSwizzleBytes) return CUDA_ERROR_NOT_SUPPORTED;
  std::memset(map, 0, sizeof *map);
  std::memcpy(map, &encoded, sizeof encoded);
  return CUDA_SUCCESS;
}
