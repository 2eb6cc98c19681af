// Device memory is host memory. Every allocation ends where nothing may be touched: it is a heap block of exact size
// for AddressSanitizer, and without that a mapping of its own whose last page is out of bounds. Up to 255 bytes between
// the end and that page, which alignment asks for, hold poison that is looked at when the memory is given back.
//
// Pinned host memory is known by its range as well, because kernels and asynchronous copies may use it. Any other
// address of the host's in a kernel's parameters is an error, since a GPU would trap on it.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tests/cuda_emulator/address_sanitizer.h"
#include "tests/cuda_emulator/device_state.h"

// A wide red zone, because an index error is seldom off by just one row; and a race is an error like any other.
extern "C" const char* __asan_default_options() {
  return "redzone=512:detect_stack_use_after_return=0";
}
extern "C" const char* __tsan_default_options() {
  return "halt_on_error=1";
}

namespace jangwon::cuda_emulator {
namespace {

constexpr std::size_t kCudaAlignment = 256;
constexpr int kMultiprocessors = 3;
constexpr std::size_t kMemoryBytes = std::size_t{8} << 30;  // of each emulated GPU

thread_local int current_device = 0;

std::map<const std::byte*, Allocation>::const_iterator find_allocation(const void* pointer) {
  const auto after = device.allocations.upper_bound(static_cast<const std::byte*>(pointer));
  return after == device.allocations.begin() ? device.allocations.end() : std::prev(after);
}

const Allocation* allocation_of(const void* pointer, std::size_t size) {
  const auto found = find_allocation(pointer);
  if (found == device.allocations.end()) return nullptr;
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(pointer) - found->first);
  return offset + size <= found->second.size ? &found->second : nullptr;
}

std::size_t used_bytes(int of_device) {
  std::size_t used = 0;
  for (const auto& [begin, allocation] : device.allocations) {
    if (allocation.device == of_device && !allocation.is_pinned_host) used += allocation.size;
  }
  return used;
}

cudaError_t allocate(void** pointer, std::size_t size, bool is_pinned_host) {
  const std::lock_guard lock(device.mutex);
  *pointer = nullptr;
  if (size == 0) return cudaSuccess;
  if (!is_pinned_host && used_bytes(current_device) + size > kMemoryBytes) return cudaErrorMemoryAllocation;
  std::byte* const bytes = allocate_guarded(size, kCudaAlignment);
  if (bytes == nullptr) return cudaErrorMemoryAllocation;
  device.allocations[bytes] = {size, current_device, is_pinned_host};
  *pointer = bytes;
  return cudaSuccess;
}

cudaError_t release(void* pointer, bool is_pinned_host) {
  if (pointer == nullptr) return cudaSuccess;
  const std::lock_guard lock(device.mutex);
  drain_all();
  const auto found = device.allocations.find(static_cast<std::byte*>(pointer));
  if (found == device.allocations.end() || found->second.is_pinned_host != is_pinned_host) return cudaErrorInvalidValue;
  device.allocations.erase(found);
  free_guarded(static_cast<std::byte*>(pointer));
  return cudaSuccess;
}

#ifndef JANGWON_ADDRESS_SANITIZER

struct Mapping {
  std::byte* base;
  std::size_t mapped, size;
};
std::map<const std::byte*, Mapping>& mappings() {
  static auto& all = *new std::map<const std::byte*, Mapping>;
  return all;
}

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

#endif

}  // namespace

#ifdef JANGWON_ADDRESS_SANITIZER

std::byte* allocate_guarded(std::size_t size, std::size_t alignment) {
  void* bytes = nullptr;
  if (posix_memalign(&bytes, alignment, size) != 0) return nullptr;
  return static_cast<std::byte*>(std::memset(bytes, kPoison, size));
}

void free_guarded(std::byte* bytes) {
  std::free(bytes);
}

#else

std::byte* allocate_guarded(std::size_t size, std::size_t alignment) {
  const std::size_t page = page_size();
  const std::size_t aligned = (size + alignment - 1) / alignment * alignment;
  const std::size_t usable = (aligned + page - 1) / page * page;
  void* const base = mmap(nullptr, usable + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  auto* const first = static_cast<std::byte*>(base) + page;
  if (mprotect(first, usable, PROT_READ | PROT_WRITE) != 0) return nullptr;
  std::byte* const bytes = first + (usable - aligned) / alignment * alignment;
  std::memset(bytes, kPoison, aligned);
  mappings()[bytes] = {static_cast<std::byte*>(base), usable + 2 * page, size};
  return bytes;
}

void free_guarded(std::byte* bytes) {
  const auto found = mappings().find(bytes);
  const Mapping mapping = found->second;
  mappings().erase(found);
  const std::byte* const end = mapping.base + mapping.mapped - page_size();
  const bool intact = std::all_of(static_cast<const std::byte*>(bytes) + mapping.size, end,
                                  [](std::byte b) { return b == std::byte{kPoison}; });
  munmap(mapping.base, mapping.mapped);
  if (!intact) fail_launch("or one before it wrote beyond the end of " + std::to_string(mapping.size) + " bytes");
}

#endif

bool is_device_range(const void* pointer, std::size_t size) {
  return allocation_of(pointer, size) != nullptr;
}

void check_pointer(const void* kernel, const void* pointer) {
  const std::lock_guard lock(device.mutex);
  device.launch.kernel = kernel;
  if (pointer != nullptr && !is_device_range(pointer, 0)) fail_launch("a pointer argument is not device memory");
}

void check_parameter(const void* kernel, const void* parameter, std::size_t size) {
  const std::lock_guard lock(device.mutex);
  device.launch.kernel = kernel;
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (std::size_t offset = 0; offset + sizeof(void*) <= size; offset += sizeof(void*)) {
    std::uintptr_t word;
    std::memcpy(&word, static_cast<const char*>(parameter) + offset, sizeof word);
    // Where user programs are mapped; two numbers side by side are hardly ever one of these.
    if (word < 0x5000'0000'0000 || word >= 0x8000'0000'0000) continue;
    if (is_device_range(reinterpret_cast<const void*>(word), 0)) continue;
    unsigned char resident;
    if (mincore(reinterpret_cast<void*>(word / page * page), 1, &resident) != 0) continue;  // nothing is mapped there
    fail_launch("a parameter holds an address of the host's, " + std::to_string(offset) + " bytes into it");
  }
}

void set_device_count(int count) {
  device.count = count;
}

}  // namespace jangwon::cuda_emulator

using namespace jangwon::cuda_emulator;

cudaError_t cudaMalloc(void** pointer, std::size_t size) {
  return allocate(pointer, size, false);
}
cudaError_t cudaFree(void* pointer) {
  return release(pointer, false);
}
cudaError_t cudaHostAlloc(void** pointer, std::size_t size, unsigned) {
  return allocate(pointer, size, true);
}
cudaError_t cudaMallocHost(void** pointer, std::size_t size) {
  return allocate(pointer, size, true);
}
cudaError_t cudaFreeHost(void* pointer) {
  return release(pointer, true);
}

cudaError_t cudaHostRegister(void* pointer, std::size_t size, unsigned) {
  const std::lock_guard lock(device.mutex);
  if (pointer == nullptr || size == 0 || is_device_range(pointer, 1)) return cudaErrorInvalidValue;
  device.allocations[static_cast<std::byte*>(pointer)] = {size, current_device, true};
  return cudaSuccess;
}

cudaError_t cudaHostUnregister(void* pointer) {
  const std::lock_guard lock(device.mutex);
  drain_all();
  return device.allocations.erase(static_cast<std::byte*>(pointer)) == 1 ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = device.count;
  return device.count == 0 ? cudaErrorNoDevice : cudaSuccess;
}

cudaError_t cudaGetDevice(int* chosen) {
  *chosen = current_device;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int chosen) {
  if (chosen < 0 || chosen >= device.count) return cudaErrorInvalidDevice;
  current_device = chosen;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int of_device) {
  if (of_device < 0 || of_device >= device.count) return cudaErrorInvalidDevice;
  const std::lock_guard lock(device.mutex);
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount:  // results must not depend on them
      *value = is_random() ? 1 + static_cast<int>(next_random() % 5) : kMultiprocessors;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
      *value = is_hopper() ? 9 : 8;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
      *value = 0;
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(max_shared_bytes());
      return cudaSuccess;
    case cudaDevAttrClockRate:
    case cudaDevAttrMemoryClockRate:
      *value = 1'000'000;
      return cudaSuccess;
    case cudaDevAttrGlobalMemoryBusWidth:
      *value = 1024;
      return cudaSuccess;
    case cudaDevAttrL2CacheSize:
      *value = 1 << 20;
      return cudaSuccess;
  }
  return cudaErrorInvalidValue;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int of_device) {
  if (of_device < 0 || of_device >= device.count) return cudaErrorInvalidDevice;
  *properties = {};
  std::strcpy(properties->name, "emulated GPU");
  properties->totalGlobalMem = kMemoryBytes;
  properties->sharedMemPerBlockOptin = max_shared_bytes();
  properties->major = is_hopper() ? 9 : 8;
  properties->multiProcessorCount = kMultiprocessors;
  properties->l2CacheSize = 1 << 20;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard lock(device.mutex);
  *total = kMemoryBytes;
  *free = kMemoryBytes - used_bytes(current_device);
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaDeviceCanAccessPeer(int* can, int, int) {
  *can = 0;  // a copy between devices goes through cudaMemcpyPeerAsync
  return cudaSuccess;
}
cudaError_t cudaDeviceEnablePeerAccess(int, unsigned) {
  return cudaErrorInvalidDevice;
}

cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** function, unsigned, unsigned long long,
                                             cudaDriverEntryPointQueryResult* found) {
  const bool known = std::strcmp(symbol, "cuTensorMapEncodeTiled") == 0;
  *found = known ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
  *function = known ? reinterpret_cast<void*>(&cuTensorMapEncodeTiled) : nullptr;
  return cudaSuccess;
}

const char* cudaGetErrorString(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorNotReady:
      return "device not ready";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
  }
  return "unrecognized error code";
}
const char* cudaGetErrorName(cudaError_t status) {
  return cudaGetErrorString(status);
}
