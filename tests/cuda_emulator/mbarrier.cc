// mbarriers, named barriers, and the other ways in which a block's warps hand work to each
// other on Hopper.

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {
namespace {

constexpr std::uint64_t kMbarrierMark = 0x6d62617272696572;  // what an initialised mbarrier holds

}  // namespace

Mbarrier& find_mbarrier(const char* operation, std::uint64_t* address, Where where) {
  for (Mbarrier& barrier : device.mbarriers) {
    if (barrier.address != address) continue;
    if (*address != kMbarrierMark) fail(operation, where, "the mbarrier was overwritten");
    return barrier;
  }
  fail(operation, where, "not an initialised mbarrier");
}

void complete_phase_if_done(Mbarrier& barrier) {
  if (barrier.pending != 0 || barrier.bytes_expected != 0) return;
  ++barrier.phase;
  barrier.pending = barrier.count;
  // All of them waited for the phase that ended, because a thread waits for the current
  // phase or not at all.
  for (Thread* thread : std::exchange(barrier.waiting, {}))
    make_ready(*thread);
}

std::string describe_mbarrier(const Thread& waiting) {
  for (const Mbarrier& barrier : device.mbarriers) {
    if (std::ranges::find(barrier.waiting, &waiting) == barrier.waiting.end()) continue;
    return " for parity " + std::to_string(waiting.detail) + " of barrier " +
           std::to_string(&barrier - &device.mbarriers.front()) + " in phase " +
           std::to_string(barrier.phase) + ", " + std::to_string(barrier.pending) + " of " +
           std::to_string(barrier.count) + " arrivals and " +
           std::to_string(barrier.bytes_expected) + " bytes missing";
  }
  return "";
}

void mbarrier_init(std::uint64_t* barrier, unsigned arrivals, Where where) {
  const Unseen unseen;
  if (is_left_out("mbarrier_init", where)) return;
  require_hopper("mbarrier_init", where);
  if (find_shared(barrier, 8) == nullptr || reinterpret_cast<std::uintptr_t>(barrier) % 8 != 0) {
    fail("mbarrier_init", where, "not eight aligned bytes of a shared array");
  }
  const auto same = [&](const Mbarrier& each) { return each.address == barrier; };
  if (std::ranges::any_of(device.mbarriers, same))
    fail("mbarrier_init", where, "initialised before");
  if (arrivals == 0) fail("mbarrier_init", where, "expects no arrivals");
  tsan_write(barrier, 8);
  *barrier = kMbarrierMark;
  device.mbarriers.push_back(
      {.address = barrier, .count = arrivals, .pending = arrivals, .waiting = {}});
}

void mbarrier_arrive(const char* operation, std::uint64_t* address, unsigned bytes, Where where) {
  const Unseen unseen;
  if (is_left_out(operation, where)) return;
  Mbarrier& barrier = find_mbarrier(operation, address, where);
  tsan_read(address, sizeof *address);
  tsan_release(&barrier.tokens[barrier.phase & 1]);
  if (barrier.pending == 0) fail(operation, where, "more arrivals than the mbarrier expects");
  barrier.bytes_expected += bytes;
  --barrier.pending;
  complete_phase_if_done(barrier);
}

void mbarrier_wait(std::uint64_t* barrier, unsigned parity, Where where) {
  const Unseen unseen;
  if (is_left_out("mbarrier_wait", where)) return;
  while (!mbarrier_try_wait(barrier, parity, where)) {
  }
}

bool mbarrier_try_wait(std::uint64_t* address, unsigned parity, Where where) {
  const Unseen unseen;
  Mbarrier& barrier = find_mbarrier("mbarrier_try_wait", address, where);
  tsan_read(address, sizeof *address);
  if (parity > 1) fail("mbarrier_try_wait", where, "parity is 0 or 1");
  if ((barrier.phase & 1) == parity) {
    barrier.waiting.push_back(device.current);
    wait_for(State::kAtMbarrier, "mbarrier_try_wait", parity, where);
  }
  // a phase further already: the caller came too late
  if ((barrier.phase & 1) == parity) return false;
  if (is_random() && next_random() % 8 == 0) return false;  // may time out at any moment
  tsan_acquire(&barrier.tokens[parity]);
  return true;
}

void fence_mbarrier_init(Where where) {
  const Unseen unseen;
  if (is_left_out("fence_mbarrier_init", where)) return;
  for (Mbarrier& barrier : device.mbarriers)
    barrier.async_visible = true;
}

void fence_proxy_async(Where where) {
  const Unseen unseen;
  if (is_left_out("fence_proxy_async", where)) return;
  for (Mbarrier& barrier : device.mbarriers)
    barrier.async_visible = true;
  for (SharedArray& array : device.shared_arrays) {
    std::memcpy(async_view(array), array.begin(), array.size);
  }
}

namespace {

void arrive_at_named_barrier(unsigned id, unsigned threads, Where where) {
  if (id == 0 || id >= kNumNamedBarriers)
    fail("named_barrier", where, "1 to 15; 0 is that of __syncthreads");
  if (threads % kLanes != 0 || threads == 0) fail("named_barrier", where, "counts whole warps");
  NamedBarrier& barrier = device.named_barriers[id];
  if (barrier.arrived != 0 && barrier.expected != threads)
    fail("named_barrier", where, "the counts differ");
  barrier.expected = threads;
  tsan_release(&barrier.token);
  if (++barrier.arrived < threads) return;
  barrier.arrived = 0;
  void* const here = tsan_current_fiber();
  for (Thread* thread : std::exchange(barrier.waiting, {})) {
    tsan_become(thread->fiber->tsan_fiber);
    tsan_acquire(&barrier.token);
    make_ready(*thread);
  }
  tsan_become(here);
}

}  // namespace

void named_barrier_arrive(unsigned id, unsigned threads, Where where) {
  const Unseen unseen;
  if (is_left_out("named_barrier_arrive", where)) return;
  arrive_at_named_barrier(id, threads, where);
}

void named_barrier_sync(unsigned id, unsigned threads, Where where) {
  const Unseen unseen;
  if (is_left_out("named_barrier_sync", where)) return;
  if (id < kNumNamedBarriers) device.named_barriers[id].waiting.push_back(device.current);
  device.current->state = State::kAtNamedBarrier;
  arrive_at_named_barrier(id, threads, where);
  if (device.current->state == State::kReady) return;
  wait_for(State::kAtNamedBarrier, "named_barrier_sync", id, where);
}

// One lane of the warp, always the same one in a launch, but not always lane 0.
bool elect_one(Where where) {
  const Unseen unseen;
  const Gathered all = gather("elect_one", ~0u, 0, where);
  if (all.present != ~0u) fail("elect_one", where, "needs a full warp");
  return all.lane == device.elected_lane;
}

void grid_dependency_wait(Where where) {
  const Unseen unseen;
  if (!is_left_out("grid_dependency_wait", where)) device.waited_for_dependency = true;
}

}  // namespace jangwon::cuda_emulator
