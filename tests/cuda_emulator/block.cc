// How a grid runs on a CPU.
//
// Blocks run one after another. A thread of the running block runs undisturbed until it must wait
// for others: at __syncthreads, or at a warp operation that needs its 32 mates. Only there the
// scheduler chooses who goes on. With a schedule's seed the choice is random and in bursts: it
// tends to stay with one warp, so that a warp gets as far ahead of the others as the barriers
// allow. A missing barrier does not survive that order.
//
// A thread has a stack of its own, a fiber, only from its first step to its last, and one that
// never waits leaves its fiber to the next: a kernel without barriers and warp functions is a loop
// of plain calls. Who waits switches straight to who goes on. Under ThreadSanitizer every thread
// keeps a fiber of its own, since two on one would be in order.
//
// Whatever CUDA leaves undefined is made visible, in one of three ways.
//   An error (KernelError): when nobody can go on and the waiting threads are not all at the same
//   operation, i.e. a
//     barrier in divergent code; a shuffle from a lane that takes no part; a copy in flight when
//     its thread exits.
//   Poison (NaN in float and bf16): in shared memory at block start, in memory from cudaMalloc, and
//   in the target of
//     cp.async from the copy's issue until its wait.
//   A sanitizer's report, or a bus error without one: shared arrays and global buffers end where
//   nothing may be touched,
//     and only barriers and __syncwarp order memory for ThreadSanitizer. A shuffle does not order
//     memory on the hardware, so it does not here. The emulator itself is compiled without
//     ThreadSanitizer, because lanes exchange operands through each other's stacks in it.

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <numeric>
#include <span>

#include "tests/cuda_emulator/device_state.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace jangwon::cuda_emulator {

namespace {

Device& make_device() {
  auto& made = *new Device;
  if (const char* seed = std::getenv("JANGWON_EMULATOR_SCHEDULE"))
    made.schedule = std::strtoull(seed, nullptr, 10);
  made.random_state = made.schedule;
  return made;
}

}  // namespace

Device& device = make_device();

namespace {

constexpr unsigned kMaxThreadsPerBlock = 1024, kMaxGridY = 65535;
constexpr std::size_t kMaxSharedBytes[] = {163 * 1024, 227 * 1024};  // by Architecture

struct Cancelled {};  // unwinds the fibers of a block in which another thread failed

Architecture architecture = Architecture::kHopper;

// --- fibers ---

Fiber home;                // the host's own stack
Fiber* running = nullptr;  // home or a thread's

// Ends up in another stack; returns when somebody switches back.
[[gnu::always_inline]] inline void leave_for(Fiber& to) {
  Fiber& from = *running;
  running = &to;
  from.switch_to(to);
  running = &from;
}

void loop_of_fiber(Fiber& self);

Fiber* take_fiber(const Thread& thread) {
  if (kTsan) return device.fibers_by_index[thread.index];
  if (device.idle_fibers.empty()) return new Fiber(loop_of_fiber);
  Fiber* const fiber = device.idle_fibers.back();
  device.idle_fibers.pop_back();
  return fiber;
}

void give_fiber_back(Fiber& fiber) {
  if (!kTsan) device.idle_fibers.push_back(&fiber);
}

void order_block_and_host() {
  if (!kTsan) return;
  std::vector<void*> fibers = {home.tsan_fiber};
  fibers.insert(fibers.end(), device.warp_agents.begin(), device.warp_agents.end());
  fibers.insert(fibers.end(), device.copy_agents.begin(), device.copy_agents.end());
  for (unsigned i = 0; i < device.num_threads; ++i)
    fibers.push_back(device.fibers_by_index[i]->tsan_fiber);
  order_memory(fibers, &device.num_threads);
}

// --- the schedule of one block ---

// A ready thread, or nullptr.
Thread* choose_ready() {
  const auto num_warps = static_cast<unsigned>(device.warps.size());
  const bool random = is_random();
  constexpr unsigned kMeanBurst = 64;
  if (device.warps[device.favourite_warp].ready == 0 ||
      (random && next_random() % kMeanBurst == 0)) {
    const unsigned start = random ? static_cast<unsigned>(next_random() % num_warps) : 0;
    unsigned tried = 0;
    while (tried < num_warps && device.warps[(start + tried) % num_warps].ready == 0)
      ++tried;
    if (tried == num_warps) return nullptr;
    device.favourite_warp = (start + tried) % num_warps;
  }
  const unsigned ready = device.warps[device.favourite_warp].ready;
  const int rotation = random ? static_cast<int>(next_random() % kLanes) : 0;
  const unsigned lane =
      static_cast<unsigned>(std::countr_zero(std::rotr(ready, rotation)) + rotation) % kLanes;
  return &device.threads[device.favourite_warp * kLanes + lane];
}

// False if some thread is not at the barrier.
bool release_barrier() {
  const auto threads = std::span(device.threads).first(device.num_threads);
  for (const Thread& thread : threads) {
    if (thread.state != State::kAtBarrier || !wait_at_same_place(thread, threads.front()))
      return false;
  }
  int sum = 0;
  for (const Thread& thread : threads)
    sum += thread.brought;
  for (Thread& thread : threads) {
    thread.state = State::kReady;
    thread.received = sum;
  }
  for (Warp& warp : device.warps)
    warp.ready = warp.lanes;
  order_block_and_host();
  ++device.counters.barriers;
  return true;
}

// The thread that goes on; nullptr when the block is done or has failed.
Thread* choose_next() {
  try {
    for (;;) {
      if (!device.bulk_copies.empty() && is_random() && next_random() % device.mean_copy_delay == 0)
        complete_a_bulk_copy();
      if (Thread* thread = choose_ready()) return thread;
      if (device.num_exited == device.num_threads) return nullptr;
      if (!release_barrier() && !complete_a_bulk_copy()) fail_divergence();
    }
  } catch (...) {
    device.error = std::current_exception();
    return nullptr;
  }
}

void become(Thread& thread) {
  device.current = &thread;
  threadIdx = thread.position;
}

// To a thread that has to go on, or home.
[[gnu::always_inline]] inline void go_to(Thread* next) {
  if (next == nullptr) return leave_for(home);
  become(*next);
  if (next->fiber == nullptr) next->fiber = take_fiber(*next);
  leave_for(*next->fiber);
}

void run_thread(Thread& self) {
  self.unseen_depth = 0;
  try {
    tsan_ignore(false);
    (*device.body)();
    const Unseen unseen;
    if (std::ranges::any_of(self.copies, &AsyncCopy::in_bounds))
      fail_thread("exited with cp.async copies in flight");
    check_warp_exit(device.warps[self.warp]);
  } catch (const Cancelled&) {
  } catch (...) {
    device.error = std::current_exception();
  }
  tsan_ignore(true);
  self.fiber = nullptr;
  self.state = State::kExited;
  device.warps[self.warp].ready &= ~(1u << self.lane);
  ++device.num_exited;
}

void loop_of_fiber(Fiber& self) {
  tsan_ignore(true);  // but for what kernels do
  for (;;) {
    run_thread(*device.current);
    Thread* const next = device.error != nullptr || device.cancelled ? nullptr : choose_next();
    if (next != nullptr && next->fiber == nullptr && !kTsan) {
      become(*next);
      next->fiber = &self;
      continue;
    }
    give_fiber_back(self);
    go_to(next);
  }
}

// Unwinds what is left of the block, so that its fibers are idle again.
void cancel_block() {
  device.cancelled = true;
  for (unsigned i = 0; i < device.num_threads; ++i) {
    Thread& thread = device.threads[i];
    if (thread.fiber == nullptr) continue;
    become(thread);
    leave_for(*thread.fiber);
  }
  device.cancelled = false;
}

void prepare_block(unsigned num_threads) {
  device.num_threads = num_threads;
  device.num_exited = 0;
  device.favourite_warp = 0;
  device.error = nullptr;
  forget_shared_arrays();
  if (device.threads.size() < num_threads) device.threads.resize(num_threads);
  while (kTsan && device.fibers_by_index.size() < num_threads)
    device.fibers_by_index.push_back(new Fiber(loop_of_fiber));
  device.warps.resize((num_threads + kLanes - 1) / kLanes);
  for (Warp& warp : device.warps)
    warp = Warp();
  uint3 position;
  for (unsigned i = 0; i < num_threads; ++i) {
    Thread& thread = device.threads[i];
    thread.index = i;
    thread.lane = i % kLanes;
    thread.warp = i / kLanes;
    thread.position = position;
    thread.fiber = nullptr;
    thread.state = State::kReady;
    thread.operation = nullptr;
    thread.copies.clear();
    thread.open_group = 0;
    device.warps[thread.warp].lanes |= 1u << thread.lane;
    if (++position.x == blockDim.x) {
      position.x = 0;
      if (++position.y == blockDim.y) {
        position.y = 0;
        ++position.z;
      }
    }
  }
  for (Warp& warp : device.warps)
    warp.ready = warp.lanes;
  device.counters.threads += num_threads;
  prepare_async();
}

void run_block(unsigned num_threads) {
  prepare_block(num_threads);
  order_block_and_host();
  go_to(choose_next());
  if (device.error != nullptr) {
    const std::exception_ptr error = device.error;
    cancel_block();
    order_block_and_host();
    std::rethrow_exception(error);
  }
  order_block_and_host();
  check_block_end();
}

}  // namespace

std::uint64_t next_random() {  // splitmix64
  std::uint64_t z = device.random_state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

void order_memory(const std::vector<void*>& tsan_fibers, void* token) {
  void* const here = tsan_current_fiber();
  for (void* fiber : tsan_fibers)
    tsan_become(fiber), tsan_release(token);
  for (void* fiber : tsan_fibers)
    tsan_become(fiber), tsan_acquire(token);
  tsan_become(here);
}

void tsan_access([[maybe_unused]] const void* bytes, [[maybe_unused]] std::size_t size,
                 [[maybe_unused]] bool writes) {
#ifdef JANGWON_EMULATOR_TSAN
  const Thread& self = *device.current;
  const bool ignored = self.unseen_depth != 0 && tsan_current_fiber() == self.fiber->tsan_fiber;
  if (ignored) tsan_ignore(false);
  if (writes) {
    __tsan_write_range(const_cast<void*>(bytes), size);
  } else {
    __tsan_read_range(bytes, size);
  }
  if (ignored) tsan_ignore(true);
#endif
}

void tsan_read(const void* bytes, std::size_t size) {
  tsan_access(bytes, size, false);
}

void tsan_write(void* bytes, std::size_t size) {
  tsan_access(bytes, size, true);
}

void suspend() {
  Thread& self = *device.current;
  Thread* const next = choose_next();
  if (next != &self) go_to(next);
  become(self);
  if (device.cancelled && self.state != State::kExited) throw Cancelled();
}

void* host_tsan_fiber() {
  return home.tsan_fiber;
}

void make_ready(Thread& thread) {
  thread.state = State::kReady;
  device.warps[thread.warp].ready |= 1u << thread.lane;
}

void wait_for(State state, const char* operation, unsigned detail, Where where) {
  Thread& self = *device.current;
  self.state = state;
  self.operation = operation;
  self.where = where;
  self.detail = detail;
  device.warps[self.warp].ready &= ~(1u << self.lane);
  suspend();
}

void block_barrier(Where where) {
  const Unseen unseen;
  if (is_left_out("__syncthreads", where)) return;
  device.current->brought = 0;
  wait_for(State::kAtBarrier, "__syncthreads", 0, where);
}

int block_count(const char* operation, int value, Where where) {
  const Unseen unseen;
  device.current->brought = value;
  wait_for(State::kAtBarrier, operation, 0, where);
  return device.current->received;
}

void run_grid(const Launch& launch, const std::function<void()>& body) {
  device.launch = launch;
  device.body = &body;
  gridDim = launch.grid;
  blockDim = launch.block;
  const dim3 grid = launch.grid, block = launch.block;
  const std::uint64_t num_threads = std::uint64_t{block.x} * block.y * block.z;
  const std::uint64_t num_blocks = std::uint64_t{grid.x} * grid.y * grid.z;
  if (num_threads == 0 || num_threads > kMaxThreadsPerBlock || block.z > 64)
    fail_launch("invalid block size");
  if (num_blocks == 0 || grid.y > kMaxGridY || grid.z > kMaxGridY || grid.x > 0x7fffffff)
    fail_launch("invalid grid size");
  if (launch.shared_bytes > max_shared_bytes())
    fail_launch("more shared memory than a block can have");
  running = &home;
  home.tsan_fiber = tsan_current_fiber();
  device.elected_lane = is_random() ? static_cast<unsigned>(next_random() % kLanes) : 0;
  ++device.counters.launches;

  std::vector<unsigned> order;
  if (is_random()) {
    order.resize(num_blocks);
    std::iota(order.begin(), order.end(), 0u);
    for (std::size_t i = num_blocks; i > 1; --i)
      std::swap(order[i - 1], order[next_random() % i]);
  }
  for (std::uint64_t i = 0; i < num_blocks; ++i) {
    const auto b = static_cast<unsigned>(order.empty() ? i : order[i]);
    blockIdx = {b % grid.x, b / grid.x % grid.y, b / (grid.x * grid.y)};
    run_block(static_cast<unsigned>(num_threads));
  }
  forget_shared_arrays();
}

void set_schedule(std::uint64_t seed) {
  device.schedule = seed;
  device.random_state = seed;
}

Counters counters() {
  return device.counters;
}

void set_architecture(Architecture chosen) {
  architecture = chosen;
}

bool is_hopper() {
  return architecture == Architecture::kHopper;
}

std::size_t max_shared_bytes() {
  return kMaxSharedBytes[static_cast<int>(architecture)];
}

void require_hopper(const char* operation, Where where) {
  if (!is_hopper()) fail(operation, where, "the emulated GPU is older than Hopper");
}

}  // namespace jangwon::cuda_emulator
