// Device memory is host memory. Every allocation ends where nothing may be touched: it is a heap
// block of exact size for AddressSanitizer, and without that a mapping of its own whose last page
// is out of bounds. Up to 255 bytes between the end and that page, which alignment asks for, hold
// poison that is looked at when the memory is given back.
//
// Pinned host memory is known by its range as well, because kernels and asynchronous copies may
// use it. Any other address of the host's in a kernel's parameters is an error, since a GPU
// would trap on it.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {
namespace {

constexpr std::size_t kCudaAlignment = 256;
constexpr int kMultiprocessors = 3;
std::size_t memory_bytes = std::size_t{8} << 30;  // of each emulated GPU

thread_local int current_device = 0;

// Where memory was given back, until it is handed out again.
std::vector<std::pair<const std::byte*, const std::byte*>> freed;

bool is_freed(const void* pointer) {
  return std::ranges::any_of(
      freed, [&](const auto& range) { return range.first <= pointer && pointer < range.second; });
}

std::map<const std::byte*, Allocation>::const_iterator find_allocation(const void* pointer) {
  const auto after = device.allocations.upper_bound(static_cast<const std::byte*>(pointer));
  return after == device.allocations.begin() ? device.allocations.end() : std::prev(after);
}

const Allocation* allocation_of(const void* pointer, std::size_t size) {
  const auto found = find_allocation(pointer);
  if (found == device.allocations.end()) return nullptr;
  const auto offset =
      static_cast<std::size_t>(static_cast<const std::byte*>(pointer) - found->first);
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
  if (const cudaError_t status = check_not_capturing(); status != cudaSuccess) return status;
  if (size == 0) return cudaSuccess;
  if (!is_pinned_host && used_bytes(current_device) + size > memory_bytes)
    return cudaErrorMemoryAllocation;
  std::byte* const bytes = allocate_guarded(size, kCudaAlignment, !is_pinned_host);
  if (bytes == nullptr) return cudaErrorMemoryAllocation;
  device.allocations[bytes] = {size, current_device, is_pinned_host};
  std::erase_if(
      freed, [&](const auto& range) { return range.first < bytes + size && bytes < range.second; });
  *pointer = bytes;
  return cudaSuccess;
}

cudaError_t release(void* pointer, bool is_pinned_host) {
  if (pointer == nullptr) return cudaSuccess;
  const std::lock_guard lock(device.mutex);
  if (const cudaError_t status = check_not_capturing(); status != cudaSuccess) return status;
  drain_all();
  const auto found = device.allocations.find(static_cast<std::byte*>(pointer));
  if (found == device.allocations.end() || found->second.is_pinned_host != is_pinned_host)
    return cudaErrorInvalidValue;
  freed.emplace_back(found->first, found->first + found->second.size);
  device.allocations.erase(found);
  free_guarded(static_cast<std::byte*>(pointer));
  return cudaSuccess;
}

}  // namespace

bool is_device_range(const void* pointer, std::size_t size) {
  return allocation_of(pointer, size) != nullptr;
}

int current_gpu() {
  return current_device;
}

namespace {

// Empty if a kernel of this launch may follow the pointer.
std::string why_out_of_reach(const Launch& launch, const void* pointer) {
  const Allocation* const allocation = allocation_of(pointer, 0);
  if (allocation == nullptr)
    return is_freed(pointer) ? "of memory that was given back" : "of the host's";
  if (!allocation->is_pinned_host && allocation->device != launch.device)
    return "of GPU " + std::to_string(allocation->device) + "'s memory, on GPU " +
           std::to_string(launch.device);
  return "";
}

}  // namespace

void check_pointer(const Launch& launch, const void* pointer) {
  const std::lock_guard lock(device.mutex);
  device.launch = launch;
  if (pointer == nullptr) return;
  const std::string why = why_out_of_reach(launch, pointer);
  if (!why.empty()) fail_launch("a pointer argument is an address " + why);
}

void check_parameter(const Launch& launch, const void* parameter, std::size_t size) {
  const std::lock_guard lock(device.mutex);
  device.launch = launch;
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (std::size_t offset = 0; offset + sizeof(void*) <= size; offset += sizeof(void*)) {
    std::uintptr_t word;
    std::memcpy(&word, static_cast<const char*>(parameter) + offset, sizeof word);
    // Where user programs are mapped; two numbers side by side are hardly ever one of these.
    if (word < 0x5000'0000'0000 || word >= 0x8000'0000'0000) continue;
    const auto* pointer = reinterpret_cast<const void*>(word);
    const std::string why = why_out_of_reach(launch, pointer);
    if (why.empty()) continue;
    unsigned char resident;
    const bool is_mapped = mincore(reinterpret_cast<void*>(word / page * page), 1, &resident) == 0;
    if (is_mapped || is_freed(pointer))
      fail_launch("a parameter holds an address " + why + ", " + std::to_string(offset) +
                  " bytes into it");
  }
}

void set_device_count(int count) {
  device.count = count;
}

void set_memory_bytes(std::size_t bytes) {
  memory_bytes = bytes;
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
  return device.allocations.erase(static_cast<std::byte*>(pointer)) == 1 ? cudaSuccess
                                                                         : cudaErrorInvalidValue;
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
  properties->totalGlobalMem = memory_bytes;
  properties->sharedMemPerBlockOptin = max_shared_bytes();
  properties->major = is_hopper() ? 9 : 8;
  properties->multiProcessorCount = kMultiprocessors;
  properties->l2CacheSize = 1 << 20;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard lock(device.mutex);
  *total = memory_bytes;
  *free = memory_bytes - std::min(memory_bytes, used_bytes(current_device));
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

cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** function, unsigned,
                                             unsigned long long,
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
    case cudaErrorStreamCaptureInvalidated:
      return "operation failed due to a previous error during capture";
    case cudaErrorStreamCaptureMerge:
      return "operation would result in a merge of separate capture sequences";
    case cudaErrorStreamCaptureUnjoined:
      return "capturing stream has unjoined work";
    case cudaErrorStreamCaptureIsolation:
      return "dependency created on uncaptured work in another stream";
    case cudaErrorStreamCaptureImplicit:
      return "operation would make the legacy stream depend on a capturing blocking stream";
    case cudaErrorCapturedEvent:
      return "operation not permitted on an event last recorded in a capturing stream";
  }
  return "unrecognized error code";
}
const char* cudaGetErrorName(cudaError_t status) {
  return cudaGetErrorString(status);
}
