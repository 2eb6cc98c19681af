// wgmma: products that run while their warps go on. async_copy.cc says how mistakes with them
// are made visible.
//
// The four warps of a wgmma are independent here, each with its own 16 rows. The hardware couples
// them more tightly, so what is right here is right there; but a kernel must release a tile once
// per warp, not once per warpgroup.

#include <algorithm>
#include <bit>
#include <cstring>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {
namespace {

constexpr unsigned kSwizzleBytes = 128, kSwizzleAtomBytes = 1024;  // eight rows of 128 bytes

// A K-major tile: rows of 16 bytes for each eight columns, eight of them a core. With 128-byte
// swizzle 64 columns lie side by side; without, the two cores of an instruction's columns
// lie anywhere.
struct Tile {
  SharedArray* array;
  unsigned offset;  // of the first row's 16 numbers, in shared memory
  unsigned row_stride, core_stride, column_stride;
  bool swizzled;
};

constexpr unsigned kPieceBytes = 16;

unsigned field(std::uint64_t descriptor, unsigned bit) {
  return static_cast<unsigned>(descriptor >> bit & 0x3fff) << 4;
}

Tile resolve(const char* operation, std::uint64_t descriptor, unsigned rows, Where where) {
  constexpr std::uint64_t kNoSwizzle = 0, kSwizzle128 = 1;
  const unsigned offset = field(descriptor, 0), core_stride = field(descriptor, 32);
  const std::uint64_t mode = descriptor >> 62;
  if (mode != kNoSwizzle && mode != kSwizzle128)
    fail(operation, where, "only tiles with 128-byte swizzle and with none are supported");
  Tile tile = {nullptr, offset, kSwizzleBytes, core_stride, kPieceBytes, mode == kSwizzle128};
  unsigned begin = offset, size = (rows / 8 - 1) * core_stride;
  if (tile.swizzled) {
    if ((offset >> 7 & 7) != 0)
      fail(operation, where, "a tile must begin at a multiple of 1024 bytes");
    if (offset % kSwizzleBytes > kSwizzleBytes - 32)
      fail(operation, where, "k runs over the end of the swizzled row");
    begin = offset / kSwizzleBytes * kSwizzleBytes;
    size += kSwizzleAtomBytes;
  } else {
    tile.row_stride = kPieceBytes;
    tile.column_stride = field(descriptor, 16);
    size += tile.column_stride + 8 * kPieceBytes;
  }
  for (SharedArray& array : device.shared_arrays) {
    if (begin < array.offset || begin + size > array.offset + array.size) continue;
    tile.array = &array;
    return tile;
  }
  fail(operation, where, "a tile does not lie in one shared array");
}

// Calls `visit(row, piece, offset in the array)` for the two 16-byte pieces of each row.
template <class Visit>
void for_each_piece(const Tile& tile, unsigned first_row, unsigned rows, Visit visit) {
  for (unsigned row = 0; row < rows; ++row) {
    const unsigned r = first_row + row;
    const unsigned begin = tile.offset + r / 8 * tile.core_stride + r % 8 * tile.row_stride;
    for (unsigned piece = 0; piece < 2; ++piece) {
      const unsigned at = begin + piece * tile.column_stride;
      visit(row, piece, (tile.swizzled ? swizzle(at) : at) - tile.array->offset);
    }
  }
}

void check_tile(const Tile& tile, unsigned first_row, unsigned rows, void* agent, Where where) {
  for_each_piece(tile, first_row, rows, [&](unsigned, unsigned, unsigned at) {
    std::byte* const bytes = tile.array->begin() + at;
    for (const BulkCopy& copy : device.bulk_copies) {
      if (overlap(bytes, 16, copy.to, copy.size)) {
        fail("wgmma", where, "reads a tile that a bulk copy is still writing");
      }
    }
    if (std::memcmp(bytes, async_view(*tile.array) + at, 16) != 0) {
      fail("wgmma", where, "reads ordinary stores that no fence_proxy_async has published");
    }
    const ActingAs acting(agent);
    tsan_read(bytes, 16);
  });
}

void* warp_agent(unsigned warp) {
  auto& agents = device.warp_agents;
  while (agents.size() <= warp)
    agents.push_back(tsan_create_fiber());
  return agents[warp];
}

Accumulators& find_accumulators(Warp& warp, const float* lane0) {
  return **std::ranges::find_if(warp.accumulators,
                                [&](const auto& each) { return each->lanes[0] == lane0; });
}

// Register i of lane l holds row l / 4, or 8 below it, and column 8 (i / 4) + 2 (l % 4) or
// the one after it.
template <class Visit>
void for_each_register(Accumulators& accumulators, Visit visit) {
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    for (unsigned i = 0; i < accumulators.n / 2; ++i) {
      const unsigned row = lane / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
      visit(accumulators.lanes[lane][i], accumulators.values_MN[row * accumulators.n + column]);
    }
  }
}

// As mma_m16n8k16_bf16 has its a (mma.cc).
void load_registers(const Wgmma& wgmma, std::uint16_t* a_MK) {
  const RegisterOperand& operand = *wgmma.a_registers;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (std::memcmp(operand.lanes[lane], operand.values[lane], sizeof operand.values[lane]) != 0)
      fail("wgmma", wgmma.where, "registers that it reads were written before the wait");
    for (unsigned r = 0; r < 4; ++r) {
      const unsigned row = lane / 4 + r % 2 * 8, column = lane % 4 * 2 + r / 2 * 8;
      std::memcpy(a_MK + row * 16 + column, &operand.values[lane][r], sizeof(std::uint32_t));
    }
  }
}

void execute(Warp& warp, unsigned warp_in_group, Wgmma& wgmma) {
  std::vector<std::uint16_t> a_MK(16 * 16), b_NK(wgmma.n * 16);
  const auto load_into = [](std::vector<std::uint16_t>& to_RK, const Tile& tile, unsigned first_row,
                            unsigned rows) {
    for_each_piece(tile, first_row, rows, [&](unsigned row, unsigned piece, unsigned at) {
      std::memcpy(&to_RK[row * 16 + piece * 8], tile.array->begin() + at, 16);
    });
  };
  if (wgmma.a_registers) {
    load_registers(wgmma, a_MK.data());
  } else {
    load_into(a_MK, resolve("wgmma", wgmma.a, 64, wgmma.where), warp_in_group * 16, 16);
  }
  load_into(b_NK, resolve("wgmma", wgmma.b, wgmma.n, wgmma.where), 0, wgmma.n);
  Accumulators& accumulators = find_accumulators(warp, wgmma.accumulators);
  if (!wgmma.accumulate) std::ranges::fill(accumulators.values_MN, 0.0f);
  multiply_bf16(16, wgmma.n, a_MK.data(), b_NK.data(), accumulators.values_MN.data(),
                /*is_wgmma=*/true);
  wgmma.executed = true;
}

void execute_until(Warp& warp, unsigned warp_in_group, unsigned end_group) {
  for (Wgmma& wgmma : warp.wgmmas) {
    if (wgmma.group >= end_group) break;
    if (!wgmma.executed) execute(warp, warp_in_group, wgmma);
  }
}

struct WgmmaOperand {
  float* d;
  unsigned n;
  const std::uint32_t* a_registers;  // or null
  std::uint64_t a, b;
  bool accumulate;
  Where where;
};

void issue_wgmma(void* const (&operands)[kLanes]) {
  const auto& op = *static_cast<WgmmaOperand*>(operands[0]);
  const unsigned warp_index = device.current->warp, warp_in_group = warp_index % kWarpsPerGroup;
  Warp& warp = current_warp();
  for (void* operand : operands) {
    const auto& other = *static_cast<WgmmaOperand*>(operand);
    if (other.a != op.a || other.b != op.b || other.accumulate != op.accumulate) {
      fail("wgmma", op.where, "the lanes of a warp disagree on the tiles");
    }
  }
  auto& log = device.wgmma_logs[warp_index / kWarpsPerGroup];
  const WgmmaSignature signature = {op.a, op.b, op.n, op.accumulate, unsigned(op.where.line())};
  if (warp.num_wgmmas == log.size()) log.push_back(signature);
  if (log[warp.num_wgmmas++] != signature)
    fail("wgmma", op.where, "the warps of a warpgroup issue different ones");

  void* const agent = warp_agent(warp_index);
  start_agent(agent, lane_fibers(*device.current));
  check_tile(resolve("wgmma", op.b, op.n, op.where), 0, op.n, agent, op.where);
  std::unique_ptr<RegisterOperand> a_registers;
  if (op.a_registers != nullptr) {
    if (!warp.fenced) fail("wgmma", op.where, "no wgmma_fence since its registers were written");
    a_registers = std::make_unique<RegisterOperand>();
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      a_registers->lanes[lane] = static_cast<WgmmaOperand*>(operands[lane])->a_registers;
      std::memcpy(a_registers->values[lane], a_registers->lanes[lane],
                  sizeof a_registers->values[lane]);
    }
  } else {
    check_tile(resolve("wgmma", op.a, 64, op.where), warp_in_group * 16, 16, agent, op.where);
  }

  const auto same = [&](const auto& each) { return each->lanes[0] == op.d; };
  if (std::ranges::none_of(warp.accumulators, same)) {
    if (!warp.fenced)
      fail("wgmma", op.where, "no wgmma_fence since its registers were last accessed");
    auto accumulators = std::make_unique<Accumulators>();
    accumulators->n = op.n;
    accumulators->values_MN.resize(16 * op.n);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      accumulators->lanes[lane] = static_cast<WgmmaOperand*>(operands[lane])->d;
    }
    for_each_register(*accumulators, [](float& in_register, float& value) {
      value = in_register;
      in_register = std::bit_cast<float>(~0u);
    });
    warp.accumulators.push_back(std::move(accumulators));
  } else if (find_accumulators(warp, op.d).n != op.n) {
    fail("wgmma", op.where, "accumulators in flight are used with another shape");
  }
  warp.wgmmas.push_back({op.a, op.b, std::move(a_registers), op.n, warp.open_group, op.accumulate,
                         false, op.d, op.where});
}

}  // namespace

bool wgmma_reads(const SharedArray& array, const std::byte* begin, std::size_t size, Where where) {
  for (std::size_t w = 0; w < device.warps.size(); ++w) {
    for (const Wgmma& wgmma : device.warps[w].wgmmas) {
      const auto reads = [&](const Tile& tile, unsigned first_row, unsigned rows) {
        bool found = false;
        if (tile.array != &array) return false;
        for_each_piece(tile, first_row, rows, [&](unsigned, unsigned, unsigned at) {
          found = found || overlap(begin, size, tile.array->begin() + at, 16);
        });
        return found;
      };
      const auto first_row = static_cast<unsigned>(w) % kWarpsPerGroup * 16;
      if ((!wgmma.a_registers && reads(resolve("wgmma", wgmma.a, 64, where), first_row, 16)) ||
          reads(resolve("wgmma", wgmma.b, wgmma.n, where), 0, wgmma.n)) {
        return true;
      }
    }
  }
  return false;
}

void prepare_async() {
  device.mbarriers.clear();
  device.bulk_copies.clear();
  for (NamedBarrier& barrier : device.named_barriers)
    barrier = {};
  device.wgmma_logs.assign((device.warps.size() + kWarpsPerGroup - 1) / kWarpsPerGroup, {});
  device.waited_for_dependency = false;
  constexpr unsigned kDelays[] = {1, 16, 256, 4096};  // in scheduling decisions
  device.mean_copy_delay = is_random() ? kDelays[next_random() % std::size(kDelays)] : 1;
}

void check_warp_exit(const Warp& warp) {
  if (!warp.wgmmas.empty()) fail_thread("exited with wgmmas in flight");
}

void check_block_end() {
  if (!device.bulk_copies.empty()) fail_launch("a block ended with bulk copies in flight");
  for (std::size_t i = 0; i < device.warps.size(); ++i) {
    const Warp &warp = device.warps[i], &first = device.warps[i / kWarpsPerGroup * kWarpsPerGroup];
    if (warp.num_wgmmas != first.num_wgmmas)
      fail_launch("the warps of a warpgroup issued different numbers of wgmmas");
    if (warp.max_registers != first.max_registers)
      fail_launch("set_max_registers differs within a warpgroup");
  }
  if (device.launch.overlapped && !device.waited_for_dependency) {
    fail_launch("launched overlapped, but never waited for the grid before it");
  }
}

void wgmma(float* d, unsigned n, const std::uint32_t* a_registers, std::uint64_t a, std::uint64_t b,
           bool accumulate, Where where) {
  const Unseen unseen;
  require_hopper("wgmma", where);
  WgmmaOperand operand = {d, n, a_registers, a, b, accumulate, where};
  const unsigned group_begin = device.current->warp / kWarpsPerGroup * kWarpsPerGroup;
  const bool full = group_begin + kWarpsPerGroup <= device.warps.size() &&
                    device.warps[group_begin + 3].lanes == ~0u;
  if (!full) fail("wgmma", where, "needs a warpgroup of 128 threads");
  warp_operation("wgmma", ~0u, &operand, issue_wgmma, where);
}

void wgmma_wait(unsigned pending_groups, Where where) {
  const Unseen unseen;
  if (is_left_out("wgmma_wait", where)) return;
  const auto wait = [](void* const(&operands)[kLanes]) {
    const unsigned pending = *static_cast<unsigned*>(operands[0]);
    Warp& warp = current_warp();
    const unsigned end_group = warp.open_group > pending ? warp.open_group - pending : 0;
    execute_until(warp, device.current->warp % kWarpsPerGroup, end_group);
    while (!warp.wgmmas.empty() && warp.wgmmas.front().group < end_group)
      warp.wgmmas.erase(warp.wgmmas.begin());
    std::erase_if(warp.accumulators, [&](const auto& accumulators) {
      const auto uses = [&](const Wgmma& each) {
        return each.accumulators == accumulators->lanes[0];
      };
      if (std::ranges::any_of(warp.wgmmas, uses)) return false;
      for_each_register(*accumulators,
                        [](float& in_register, float& value) { in_register = value; });
      warp.fenced = false;
      return true;
    });
    void* const here = tsan_current_fiber();
    void* const agent = warp_agent(device.current->warp);
    tsan_become(agent);
    tsan_release(&warp);
    for (void* fiber : lane_fibers(*device.current))
      tsan_become(fiber), tsan_acquire(&warp);
    tsan_become(here);
  };
  warp_operation("wgmma_wait", ~0u, &pending_groups, wait, where);
}

void set_max_registers(unsigned count, Where where) {
  const Unseen unseen;
  if (count % 8 != 0 || count < 24 || count > 256)
    fail("set_max_registers", where, "needs a multiple of 8 in 24..256");
  const auto set = [](void* const(&operands)[kLanes]) {
    current_warp().max_registers = *static_cast<unsigned*>(operands[0]);
  };
  warp_operation("set_max_registers", ~0u, &count, set, where);
}

namespace {

std::uint64_t descriptor_of(const char* operation, const void* tile, Where where) {
  const SharedArray* const array = find_shared(tile, 1);
  if (array == nullptr) fail(operation, where, "not in shared memory");
  const auto offset = array->offset + static_cast<std::uint64_t>(
                                          static_cast<const std::byte*>(tile) - array->begin());
  if (offset % kPieceBytes != 0) fail(operation, where, "not at a multiple of 16 bytes");
  return offset >> 4;
}

}  // namespace

std::uint64_t wgmma_tile(const void* tile, Where where) {
  const Unseen unseen;
  constexpr std::uint64_t kSwizzle128 = 1;
  return descriptor_of("wgmma_tile", tile, where) | std::uint64_t{1} << 16 |
         std::uint64_t{kSwizzleAtomBytes >> 4} << 32 | kSwizzle128 << 62;
}

std::uint64_t wgmma_column_tile(const void* tile, unsigned rows, Where where) {
  const Unseen unseen;
  return descriptor_of("wgmma_column_tile", tile, where) | std::uint64_t{rows} << 16 |
         std::uint64_t{8 * kPieceBytes >> 4} << 32;
}

void wgmma_fence(Where where) {
  const Unseen unseen;
  if (is_left_out("wgmma_fence", where)) return;
  warp_operation(
      "wgmma_fence", ~0u, nullptr, [](void* const(&)[kLanes]) { current_warp().fenced = true; },
      where);
}

void wgmma_commit(Where where) {
  const Unseen unseen;
  if (is_left_out("wgmma_commit", where)) return;
  const auto commit = [](void* const(&)[kLanes]) {
    Warp& warp = current_warp();
    ++warp.open_group;
    if (is_random() && next_random() % 2 == 0) {
      execute_until(warp, device.current->warp % kWarpsPerGroup, warp.open_group);
    }
  };
  warp_operation("wgmma_commit", ~0u, nullptr, commit, where);
}

}  // namespace jangwon::cuda_emulator
