// What the lanes of a warp do together. A lane that arrives leaves its operand and waits; the last
// one to arrive performs the operation for all of them and goes on.

#include <bit>
#include <cstring>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {

bool wait_at_same_place(const Thread& a, const Thread& b) {
  const auto same = [](const char* x, const char* y) { return x == y || std::strcmp(x, y) == 0; };
  return a.state == b.state && a.detail == b.detail && a.where.line() == b.where.line() &&
         same(a.operation, b.operation) && same(a.where.file_name(), b.where.file_name());
}

std::vector<void*> lane_fibers(const Thread& thread) {
  std::vector<void*> fibers;
  if (!kTsan) return fibers;
  for (unsigned rest = device.warps[thread.warp].lanes; rest != 0; rest &= rest - 1) {
    const Fiber* fiber =
        device.threads[thread.warp * kLanes + static_cast<unsigned>(std::countr_zero(rest))].fiber;
    if (fiber != nullptr) fibers.push_back(fiber->tsan_fiber);
  }
  return fibers;
}

namespace {

// For all lanes of `group`, which have arrived. False if they wait at different places.
[[gnu::noinline]] bool perform_together(Warp& warp, const Thread& self, unsigned group,
                                        WarpOperation perform, bool orders_memory) {
  Thread* const lanes = &device.threads[self.warp * kLanes];
  void* operands[kLanes] = {};
  for (unsigned rest = group; rest != 0; rest &= rest - 1) {
    const Thread& lane = lanes[std::countr_zero(rest)];
    if (!wait_at_same_place(lane, self)) return false;
    operands[lane.lane] = lane.operand;
  }
  perform(operands);
  if (orders_memory && kTsan) {
    std::vector<void*> fibers;
    for (unsigned rest = group; rest != 0; rest &= rest - 1)
      fibers.push_back(lanes[std::countr_zero(rest)].fiber->tsan_fiber);
    order_memory(fibers, &warp);
  }
  for (unsigned rest = group; rest != 0; rest &= rest - 1)
    lanes[std::countr_zero(rest)].state = State::kReady;
  warp.waiting &= ~group;
  warp.ready |= group;
  ++device.counters.warp_operations;
  return true;
}

}  // namespace

void warp_operation(const char* name, unsigned mask, void* operand, WarpOperation perform,
                    Where where, bool orders_memory) {
  Thread& self = *device.current;
  Warp& warp = device.warps[self.warp];
  const unsigned self_bit = 1u << self.lane;
  if ((mask & self_bit) == 0) fail(name, where, "the mask leaves out the calling lane");
  self.state = State::kAtWarpOperation;
  self.operation = name;
  self.where = where;
  self.detail = mask;
  self.operand = operand;
  warp.ready &= ~self_bit;
  warp.waiting |= self_bit;
  const unsigned group = mask & warp.lanes;
  if ((warp.waiting & group) == group &&
      perform_together(warp, self, group, perform, orders_memory))
    return;
  suspend();  // where the others wait elsewhere, for good: the scheduler will report it
}

unsigned lane_id() {
  return device.current->lane;
}

void warp_barrier(unsigned mask, Where where) {
  const Unseen unseen;
  if (is_left_out("__syncwarp", where)) return;
  const auto nothing = [](void* const(&)[kLanes]) {};
  warp_operation("__syncwarp", mask, nullptr, nothing, where, /*orders_memory=*/true);
}

std::uint64_t shuffle_bits(const char* operation, unsigned mask, std::uint64_t bits,
                           unsigned source, Where where) {
  const Unseen unseen;
  struct Operand {
    std::uint64_t brought, received;
    unsigned source;
  } operand = {bits, 0, source};
  const unsigned present = mask & device.warps[device.current->warp].lanes;
  if (source >= kLanes || (present >> source & 1) == 0)
    fail(operation, where, "reads a lane that takes no part");
  const auto exchange = [](void* const(&operands)[kLanes]) {
    for (void* const to : operands) {
      if (to == nullptr) continue;
      auto& own = *static_cast<Operand*>(to);
      own.received = static_cast<const Operand*>(operands[own.source])->brought;
    }
  };
  warp_operation(operation, mask, &operand, exchange, where);
  return operand.received;
}

Gathered gather(const char* operation, unsigned mask, std::uint64_t value, Where where) {
  const Unseen unseen;
  Gathered all = {device.current->lane, mask & device.warps[device.current->warp].lanes, {}};
  all.values[all.lane] = value;
  const auto exchange = [](void* const(&operands)[kLanes]) {
    std::uint64_t values[kLanes] = {};
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      if (operands[lane] != nullptr)
        values[lane] = static_cast<const Gathered*>(operands[lane])->values[lane];
    }
    for (void* const to : operands) {
      if (to != nullptr) std::memcpy(static_cast<Gathered*>(to)->values, values, sizeof values);
    }
  };
  warp_operation(operation, mask, &all, exchange, where);
  return all;
}

}  // namespace jangwon::cuda_emulator
