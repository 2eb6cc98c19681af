#include <cxxabi.h>
#include <dlfcn.h>

#include <memory>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {
namespace {

std::string to_string(uint3 v) {
  return "(" + std::to_string(v.x) + "," + std::to_string(v.y) + "," + std::to_string(v.z) + ")";
}

std::string describe(const Thread& t) {
  if (t.state == State::kExited) return "exited";
  std::string text = "wait at " + at(t.operation, t.where);
  if (t.state == State::kAtWarpOperation && t.detail != ~0u)
    text += " with mask " + std::to_string(t.detail);
  if (t.state == State::kAtMbarrier) text += describe_mbarrier(t);
  if (t.state == State::kAtNamedBarrier) text += " " + std::to_string(t.detail);
  return text;
}

}  // namespace

std::string at(const char* operation, Where where) {
  const std::string path = where.file_name();
  return operation + (" (" + path.substr(path.find_last_of('/') + 1)) + ":" +
         std::to_string(where.line()) + ")";
}

std::string kernel_name(const void* kernel) {
  Dl_info info = {};
  dladdr(kernel, &info);
  if (info.dli_sname == nullptr)
    return "(without a symbol: in an unnamed namespace, or the program exports none)";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status), std::free);
  const std::string full = status == 0 ? name.get() : info.dli_sname;
  return full.substr(0, full.find('('));
}

[[noreturn]] void fail_launch(const std::string& message) {
  throw KernelError("kernel " + kernel_name(device.launch.kernel) + ": " + message);
}

std::string describe_thread() {
  return ", block " + to_string(blockIdx) + ", thread " + to_string(device.current->position);
}

[[noreturn]] void fail_thread(const std::string& message) {
  throw KernelError("kernel " + kernel_name(device.launch.kernel) + describe_thread() + ": " +
                    message);
}

void fail(const char* operation, Where where, const char* message) {
  fail_thread(at(operation, where) + ": " + message);
}

[[noreturn]] void fail_divergence() {
  struct Group {
    unsigned count = 0, first = 0;
  };
  std::map<std::string, Group> groups;
  for (unsigned i = 0; i < device.num_threads; ++i) {
    Group& group = groups[describe(device.threads[i])];
    if (group.count++ == 0) group.first = i;
  }
  std::string text;
  for (const auto& [what, group] : groups) {
    text += "\n  " + std::to_string(group.count) + " threads " + what + ", the first is " +
            to_string(device.threads[group.first].position);
  }
  throw KernelError("kernel " + kernel_name(device.launch.kernel) + ", block " +
                    to_string(blockIdx) + ": threads diverged and none can go on:" + text);
}

}  // namespace jangwon::cuda_emulator
