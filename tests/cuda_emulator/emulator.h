// What tests tell the emulator, and what it tells them. How it works stands at the top of block.cc,
// memory.cc, streams.cc and in README.md; kernels and the device layer know nothing of this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace jangwon::cuda_emulator {

// What the hardware would answer with a hang, a trap or silent garbage. The message names kernel,
// block and thread.
class KernelError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// 0 runs blocks and threads in index order and each piece of work when it is enqueued or waited
// for; any other number seeds a random order. A correct kernel gives the same bits under every
// schedule. A program starts with the number in JANGWON_EMULATOR_SCHEDULE, or 0.
void set_schedule(std::uint64_t seed);

// How mma and wgmma add. kTensorCore is what the hardware is said to do (tensor_core.h) and the
// default; kOrdered adds in float, k upwards: a second opinion, to see how much of a difference the
// hardware's rounding makes. kOrderedWgmma is a GPU whose two instructions do not agree.
enum class Arithmetic { kTensorCore, kOrdered, kOrderedWgmma };
void set_arithmetic(Arithmetic arithmetic);

// mma.sync rounds differently on the two; wgmma, bulk copies and mbarriers are an error on kAmpere.
enum class Architecture { kAmpere, kHopper };
void set_architecture(Architecture architecture);

// GPUs of the emulated machine, 1 at the start. Memory belongs to one of them, and a kernel
// runs on one of them.
void set_device_count(int count);
// Of each of them, 8 GiB at the start.
void set_memory_bytes(std::size_t bytes);

// Device memory is out of the host's reach outside of kernels and copies, as a GPU's is: costs time
// at each launch. Also JANGWON_EMULATOR_HIDE_MEMORY=1. Nothing under AddressSanitizer.
void hide_device_memory(bool hide);

struct Counters {
  std::uint64_t launches = 0, threads = 0, barriers = 0, warp_operations = 0;
  std::uint64_t graphs = 0;  // that exist
  std::uint64_t graph_launches = 0;
};
Counters counters();

// A line of a kernel that synchronises: a barrier, a wait, a fence, an arrival, a copy's issue.
struct SynchronisingLine {
  std::string file;  // without its folders
  unsigned line = 0;
  std::string operation;
};
// Those that ran since the program's start.
std::vector<SynchronisingLine> synchronising_lines();
// Kernels run as if this line's synchronisation were deleted; line 0 is none. Also
// JANGWON_EMULATOR_LEAVE_OUT=FILE:LINE. removed_lines.py shows with it that the tests notice.
void leave_out(const std::string& file, unsigned line);

}  // namespace jangwon::cuda_emulator
