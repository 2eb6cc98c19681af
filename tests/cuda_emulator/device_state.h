// The emulated device, shared by the emulator's own files. Members are grouped by who
// writes them and when.

#pragma once

#include <cuda_runtime.h>
#include <emulated_instructions.h>

#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/cuda_emulator/emulator.h"
#include "tests/cuda_emulator/fiber.h"

namespace jangwon::cuda_emulator {

constexpr unsigned kLanes = 32, kWarpsPerGroup = 4;
constexpr unsigned kNumNamedBarriers = 16;
constexpr int kPoison = 0xff;  // 0xffff and 0xffffffff are NaN

enum class State { kReady, kAtWarpOperation, kAtBarrier, kAtNamedBarrier, kAtMbarrier, kExited };

struct AsyncCopy {  // cp.async
  void* to;
  const void* from;
  bool in_bounds;
  unsigned group;
};

struct Thread {
  unsigned index = 0, lane = 0, warp = 0;
  uint3 position;
  Fiber* fiber = nullptr;  // from its first step to its last

  State state = State::kReady;
  const char* operation = nullptr;  // what it waits for, valid in the kAt states
  Where where;
  // the mask of a warp operation; the number of a named barrier; the parity at an mbarrier
  unsigned detail = 0;
  void* operand = nullptr;
  int brought = 0, received = 0;  // at a barrier that counts

  std::vector<AsyncCopy> copies;
  unsigned open_group = 0;
  unsigned unseen_depth = 0;  // Unseen objects of this thread
};

// Accumulators of a wgmma in flight. The threads' own registers hold NaN meanwhile.
struct Accumulators {
  float* lanes[kLanes];
  unsigned n;
  std::vector<float> values_MN;  // 16 rows
};

// Four registers of each lane that a wgmma in flight reads.
struct RegisterOperand {
  const std::uint32_t* lanes[kLanes];
  std::uint32_t values[kLanes][4];  // at the issue, which nobody may change before the wait
};

struct Wgmma {  // one warp's quarter
  std::uint64_t a, b;
  std::unique_ptr<RegisterOperand> a_registers;  // in the place of a
  unsigned n, group;
  bool accumulate, executed;
  float* accumulators;  // of lane 0, which identifies them
  Where where;
};

struct Warp {
  unsigned lanes = 0;    // that exist; fewer than 32 in a partial last warp
  unsigned ready = 0;    // may go on
  unsigned waiting = 0;  // kAtWarpOperation

  std::vector<Wgmma> wgmmas;  // issued and not waited for
  std::vector<std::unique_ptr<Accumulators>> accumulators;
  unsigned open_group = 0, num_wgmmas = 0, max_registers = 0;
  bool fenced = false;  // wgmma_fence since registers were last touched

  Warp() = default;
  Warp(Warp&&) = default;
  Warp& operator=(Warp&&) = default;
};

struct SharedArray {
  unsigned offset;
  std::size_t size;
  std::byte* bytes;
  // What TMA and wgmma see. Ordinary stores get here at fence_proxy_async. Empty until one
  // of these is used.
  std::vector<std::byte> async_view;

  std::byte* begin() const { return bytes; }
};

struct KeptArray {
  std::byte* bytes;
  std::size_t size;
};

struct Mbarrier {
  std::uint64_t* address;
  unsigned count, pending;
  std::int64_t bytes_expected = 0;
  unsigned phase = 0;
  bool async_visible = false;
  std::vector<Thread*> waiting = {};
  char tokens[2] = {};  // for ThreadSanitizer, one per parity
};

struct BulkCopy {         // one in flight
  const std::byte* from;  // null: a box of the map
  CUtensorMap map;
  int x, y;
  SharedArray* array;
  std::byte* to;
  std::size_t size;
  std::uint64_t* barrier;
  Where where;
  void* agent;  // ThreadSanitizer's fiber that does the copy
};

struct NamedBarrier {
  unsigned expected = 0, arrived = 0;
  std::vector<Thread*> waiting;
  char token = 0;
};

// The four warps of a warpgroup must issue the same wgmmas.
struct WgmmaSignature {
  std::uint64_t a, b;
  unsigned n;
  bool accumulate;
  unsigned line;
  bool operator==(const WgmmaSignature&) const = default;
};

struct Allocation {
  std::size_t size;
  int device;
  bool is_pinned_host;
};

// Never destroyed: its fibers are suspended in the middle of a loop.
struct Device {
  std::recursive_mutex mutex;  // held by whoever calls the emulator from the host
  std::uint64_t schedule = 0, random_state = 0;
  Counters counters;
  std::map<const std::byte*, Allocation> allocations;
  int count = 1;

  // Written per launch.
  Launch launch = {};
  const std::function<void()>* body = nullptr;
  unsigned elected_lane = 0;

  // Written per block.
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  // a deque, because pointers to its elements must stay valid
  std::deque<SharedArray> shared_arrays;
  std::deque<Mbarrier> mbarriers;
  std::vector<BulkCopy> bulk_copies;
  NamedBarrier named_barriers[kNumNamedBarriers];
  std::vector<std::vector<WgmmaSignature>> wgmma_logs;  // by warpgroup
  unsigned num_threads = 0, num_exited = 0, favourite_warp = 0, mean_copy_delay = 0;
  bool waited_for_dependency = false;
  std::exception_ptr error;
  bool cancelled = false;

  Thread* current = nullptr;

  // Fibers without a thread. Under ThreadSanitizer a thread's fiber is that of its number.
  std::vector<Fiber*> idle_fibers, fibers_by_index;
  std::vector<void*> warp_agents, copy_agents;  // tensor cores and copies, to ThreadSanitizer
  std::vector<KeptArray> kept_arrays;           // shared arrays of earlier blocks
};
extern Device& device;

inline Warp& current_warp() {
  return device.warps[device.current->warp];
}

// --- schedule ---

std::uint64_t next_random();
inline bool is_random() {
  return device.schedule != 0;
}

// --- block.cc ---

void run_grid(const Launch& launch, const std::function<void()>& body);
// The calling thread waits until make_ready.
void wait_for(State state, const char* operation, unsigned detail, Where where);
// The calling thread has said in its state what it waits for; others go on.
void suspend();
void make_ready(Thread& thread);
void* host_tsan_fiber();
// Tells ThreadSanitizer that everything these threads did so far happens before
// everything they do next.
void order_memory(const std::vector<void*>& tsan_fibers, void* token);

// While a thread has one, ThreadSanitizer sees nothing of what it does: the emulator's lists are
// shared by all threads, and growing one moves memory by functions that it watches. Every entry
// from a kernel has one.
class Unseen {
 public:
  Unseen() {
    if (kTsan && device.current->unseen_depth++ == 0) tsan_ignore(true);
  }
  ~Unseen() {
    if (kTsan && --device.current->unseen_depth == 0) tsan_ignore(false);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
};
// An access that ThreadSanitizer does see, by whichever fiber it takes for the running one.
void tsan_read(const void* bytes, std::size_t size);
void tsan_write(void* bytes, std::size_t size);

// --- synchronising_lines.cc ---

// Notes that the calling kernel synchronises here; true where a test wants it to be
// as if it did not.
bool is_left_out(const char* operation, Where where);

// --- messages.cc ---

std::string at(const char* operation, Where where);  // "__shfl_sync (cuda_rows.cu:12)"
[[noreturn]] void fail_launch(const std::string& message);
[[noreturn]] void fail_thread(const std::string& message);
[[noreturn]] void fail_divergence();
std::string kernel_name(const void* kernel);
std::string describe_thread();  // ", block (0,0,0), thread (1,0,0)"

// --- warp.cc ---

// The calling thread's part in an operation that all lanes of `mask` perform together. The lane
// that arrives last performs it for all of them.
using WarpOperation = void (*)(void* const (&operands)[kLanes]);
void warp_operation(const char* name, unsigned mask, void* operand, WarpOperation perform,
                    Where where, bool orders_memory = false);
bool wait_at_same_place(const Thread& a, const Thread& b);
std::vector<void*> lane_fibers(const Thread& thread);

// --- guarded_memory.cc ---

// Poisoned, at a multiple of `alignment`; an access beyond the end ends the program.
std::byte* allocate_guarded(std::size_t size, std::size_t alignment, bool can_hide);
void free_guarded(std::byte* bytes);
// While one exists, memory that is hidden from the host is not.
struct DeviceMemoryInUse {
  DeviceMemoryInUse();
  ~DeviceMemoryInUse();
  DeviceMemoryInUse(const DeviceMemoryInUse&) = delete;
  DeviceMemoryInUse& operator=(const DeviceMemoryInUse&) = delete;
};

// --- memory.cc ---

int current_gpu();
bool is_device_range(const void* pointer, std::size_t size);

// --- shared_memory.cc ---

SharedArray* find_shared(const void* pointer, std::size_t size);
std::byte* async_view(SharedArray& array);
void forget_shared_arrays();

// --- streams.cc ---

void drain_all();
// For calls that a GPU refuses while the calling thread captures: what they return then.
cudaError_t check_not_capturing();

// --- async_copy.cc, mbarrier.cc, wgmma.cc ---

void prepare_async();
// Lets one bulk copy arrive, if there is one. Which one is random.
bool complete_a_bulk_copy();
// To ThreadSanitizer a load and a tensor core are threads; orders one after everything that these
// fibers did so far.
void start_agent(void* agent, const std::vector<void*>& issuers);
Mbarrier& find_mbarrier(const char* operation, std::uint64_t* address, Where where);
inline bool overlap(const std::byte* a, std::size_t a_size, const std::byte* b,
                    std::size_t b_size) {
  return a < b + b_size && b < a + a_size;
}
void complete_phase_if_done(Mbarrier& barrier);
std::string describe_mbarrier(const Thread& waiting);
void check_warp_exit(const Warp& warp);
void check_block_end();
// The address bits that 128-byte swizzle gives a byte of shared memory.
inline unsigned swizzle(unsigned address) {
  return address ^ (address >> 7 & 7) << 4;
}
bool wgmma_reads(const SharedArray& array, const std::byte* begin, std::size_t size, Where where);
// d_MN += a_MK · b_KN for k = 16.
void multiply_bf16(unsigned m, unsigned n, const std::uint16_t* a_MK, const std::uint16_t* b_NK,
                   float* d_MN, bool is_wgmma);
void require_hopper(const char* operation, Where where);
bool is_hopper();
std::size_t max_shared_bytes();

}  // namespace jangwon::cuda_emulator
