// Memory that ends where nothing may be touched: a heap block of exact size for
// AddressSanitizer, and without that a mapping of its own between two pages out of bounds. The
// bytes that alignment leaves between the end and the page hold poison, which is looked at when
// the memory is given back. Whoever touches such a page ends the program, with a line that names
// the kernel and the thread.
//
// Device memory can be hidden from the host between kernels, copies and fills, as a GPU's is: a
// host that follows a device pointer then ends the program too.

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/cuda_emulator/address_sanitizer.h"
#include "tests/cuda_emulator/device_state.h"

// A wide red zone, because an index error is seldom off by just one row; and a race is an
// error like any other.
extern "C" const char* __asan_default_options() {
  return "redzone=512:detect_stack_use_after_return=0";
}
extern "C" const char* __tsan_default_options() {
  return "halt_on_error=1";
}

namespace jangwon::cuda_emulator {

#ifdef JANGWON_ADDRESS_SANITIZER

std::byte* allocate_guarded(std::size_t size, std::size_t alignment, bool) {
  void* bytes = nullptr;
  if (posix_memalign(&bytes, alignment, size) != 0) return nullptr;
  return static_cast<std::byte*>(std::memset(bytes, kPoison, size));
}

void free_guarded(std::byte* bytes) {
  std::free(bytes);
}

DeviceMemoryInUse::DeviceMemoryInUse() = default;
DeviceMemoryInUse::~DeviceMemoryInUse() = default;
void hide_device_memory(bool) {}

#else

namespace {

struct Mapping {
  std::byte* base;
  std::size_t mapped, usable, size;
  bool can_hide;
  bool open = true;  // not hidden
};

std::map<const std::byte*, Mapping>& mappings() {
  static auto& all = *new std::map<const std::byte*, Mapping>;
  return all;
}

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

bool hides = std::getenv("JANGWON_EMULATOR_HIDE_MEMORY") != nullptr;
int users = 0;  // DeviceMemoryInUse

void protect(Mapping& mapping, bool open) {
  mprotect(mapping.base + page_size(), mapping.usable, open ? PROT_READ | PROT_WRITE : PROT_NONE);
  mapping.open = open;
}

// Those that were opened since the first of the present users.
std::vector<Mapping*> opened;

void hide_again() {
  for (Mapping* mapping : opened)
    protect(*mapping, false);
  opened.clear();
}

Mapping* mapping_of(const std::byte* address) {
  for (auto& [bytes, mapping] : mappings()) {
    if (address >= mapping.base && address < mapping.base + mapping.mapped) return &mapping;
  }
  return nullptr;
}

// Hidden memory is opened when a kernel or a copy touches it first: there is much more of it than
// each of them needs.
bool open_hidden(const std::byte* address) {
  Mapping* const mapping = users == 0 ? nullptr : mapping_of(address);
  if (mapping == nullptr || mapping->open) return false;
  const std::byte* const first = mapping->base + page_size();
  if (address < first || address >= first + mapping->usable) return false;
  protect(*mapping, true);
  opened.push_back(mapping);
  return true;
}

// What was touched, or empty if it is none of ours.
std::string describe_touch(const std::byte* address) {
  for (const auto& [bytes, mapping] : mappings()) {
    if (address < mapping.base || address >= mapping.base + mapping.mapped) continue;
    const std::string size = std::to_string(mapping.size) + " bytes of device memory";
    if (address < bytes)
      return std::to_string(bytes - address) + " bytes before the begin of " + size;
    const auto offset = static_cast<std::size_t>(address - bytes);
    if (offset >= mapping.size)
      return std::to_string(offset - mapping.size) + " bytes beyond the end of " + size;
    return "byte " + std::to_string(offset) + " of " + size;
  }
  return "";
}

void report_touch(int signal, siginfo_t* info, void*) {
  const auto* const address = static_cast<const std::byte*>(info->si_addr);
  if (open_hidden(address)) return;
  const std::string touch = describe_touch(address);
  if (!touch.empty()) {
    const std::string who =
        users == 0 ? "the host" : "kernel " + kernel_name(device.launch.kernel) + describe_thread();
    const std::string line = who + " touches " + touch + "\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  }
  ::signal(signal, SIG_DFL);  // the access is made again, and ends the program
}

void install_report() {
  [[maybe_unused]] static const bool installed = [] {
    struct sigaction action = {};
    action.sa_sigaction = report_touch;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    return sigaction(SIGSEGV, &action, nullptr) == 0 && sigaction(SIGBUS, &action, nullptr) == 0;
  }();
}

}  // namespace

std::byte* allocate_guarded(std::size_t size, std::size_t alignment, bool can_hide) {
  install_report();
  const std::size_t page = page_size();
  const std::size_t aligned = (size + alignment - 1) / alignment * alignment;
  const std::size_t usable = (aligned + page - 1) / page * page;
  void* const base = mmap(nullptr, usable + 2 * page, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  Mapping mapping = {static_cast<std::byte*>(base), usable + 2 * page, usable, size, can_hide};
  protect(mapping, true);
  std::byte* const bytes = mapping.base + page + (usable - aligned) / alignment * alignment;
  std::memset(bytes, kPoison, aligned);
  if (can_hide && hides) protect(mapping, false);
  mappings()[bytes] = mapping;
  return bytes;
}

void free_guarded(std::byte* bytes) {
  const auto found = mappings().find(bytes);
  protect(found->second, true);
  std::erase(opened, &found->second);
  const Mapping mapping = found->second;
  mappings().erase(found);
  const std::byte* const end = mapping.base + page_size() + mapping.usable;
  const bool intact = std::all_of(static_cast<const std::byte*>(bytes) + mapping.size, end,
                                  [](std::byte b) { return b == std::byte{kPoison}; });
  munmap(mapping.base, mapping.mapped);
  if (!intact)
    fail_launch("or one before it wrote beyond the end of " + std::to_string(mapping.size) +
                " bytes");
}

DeviceMemoryInUse::DeviceMemoryInUse() {
  ++users;
}

DeviceMemoryInUse::~DeviceMemoryInUse() {
  if (--users == 0) hide_again();
}

void hide_device_memory(bool hide) {
  const std::lock_guard lock(device.mutex);
  hides = hide;
  for (auto& [bytes, mapping] : mappings()) {
    if (mapping.can_hide) protect(mapping, !hide);
  }
}

#endif

}  // namespace jangwon::cuda_emulator
