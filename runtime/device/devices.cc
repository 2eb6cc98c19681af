// From the words of --device to tables of operators. What is asked for by name and cannot be had is
// an error; only `auto` falls back to the CPU, because a run that quietly computed elsewhere would
// carry other numerics than its user thinks. The library of the GPU is loaded when somebody asks
// for one. Tests: tests/runtime/device, tests/e2e/device_test.cc.

#include "runtime/device/devices.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "runtime/base/nearest_name.h"
#include "runtime/device/cuda_library.h"
#include "runtime/kernels/cpu/cpu_ops.h"

namespace jangwon::runtime {
namespace {

// What a test put in the place of the shared one; null in the program.
const OpLibrary*& library_of_test() {
  static const OpLibrary* library = nullptr;
  return library;
}

// Null where no GPU can be used.
const OpLibrary* gpu_library() {
  if (library_of_test()) return library_of_test();
  return cuda_library().ok() ? cuda_library().value() : nullptr;
}

constexpr std::string_view kGpuPrefix = "cuda:";

// The names between commas, empty ones too.
std::vector<std::string> names_in(const std::string& wish) {
  std::vector<std::string> names(1);
  for (const char c : wish) {
    if (c == ',') {
      names.emplace_back();
    } else {
      names.back() += c;
    }
  }
  return names;
}

// Nothing where it names no device.
std::optional<DeviceId> parse_device(const std::string& name) {
  if (name == "cpu") return DeviceId{};
  if (name == "cuda") return DeviceId{.kind = DeviceKind::kGpu};
  if (!name.starts_with(kGpuPrefix)) return std::nullopt;
  const std::string number = name.substr(kGpuPrefix.size());
  constexpr size_t kMaxDigits = 4;
  if (number.empty() || number.size() > kMaxDigits ||
      number.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return DeviceId{.kind = DeviceKind::kGpu, .index = std::stoi(number)};
}

// The first GPU was looked at when the library was loaded.
Status check_gpu_index(const OpLibrary& library, int index) {
  std::string why_none;
  const int count = library.count_devices(&why_none);
  if (index >= count) {
    return invalid_argument("there is no GPU {index} on this machine, which has {count}",
                            {{"index", index}, {"count", count}});
  }
  const std::string why_not = index == 0 ? "" : library.check_device(index);
  if (why_not.empty()) return ok_status();
  return unavailable("a GPU cannot be used: {why_not}", {{"why_not", why_not}});
}

}  // namespace

std::vector<const OpTable*> all_op_tables() {
  std::vector<const OpTable*> tables = cpu_op_tables();
  const std::vector<const OpTable*>& of_gpus = gpu_op_tables();
  tables.insert(tables.end(), of_gpus.begin(), of_gpus.end());
  return tables;
}

const OpTable* find_op_table(const std::string& name, Numerics numerics) {
  const bool of_cpu = name.starts_with("cpu/");  // nobody asks for a GPU who means the CPU
  for (const OpTable* table : of_cpu ? cpu_op_tables() : gpu_op_tables()) {
    if (name == table->name && numerics == table->numerics) return table;
  }
  return nullptr;
}

Numerics fastest_bf16_numerics() {
  return find_op_table("cpu/amx", Numerics::kAmx) ? Numerics::kAmx : Numerics::kChain;
}

const OpTable& portable_op_table(Numerics numerics) {
  const auto& tables = cpu_op_tables();
  return **std::find_if(tables.begin(), tables.end(),
                        [&](const OpTable* t) { return t->numerics == numerics; });
}

const OpTable& fastest_op_table(Numerics numerics) {
  const auto& tables = cpu_op_tables();
  return **std::find_if(tables.rbegin(), tables.rend(),
                        [&](const OpTable* t) { return t->numerics == numerics; });
}

const std::vector<const OpTable*>& gpu_op_tables() {
  static const std::vector<const OpTable*> none;
  return gpu_library() ? gpu_library()->tables() : none;
}

const OpTable* find_gpu_op_table(Numerics numerics) {
  for (const OpTable* table : gpu_op_tables()) {
    if (table->numerics == numerics) return table;
  }
  return nullptr;
}

std::string name_of(const DeviceId& device) {
  if (device.kind == DeviceKind::kCpu) return "cpu";
  return std::string(kGpuPrefix) + std::to_string(device.index);
}

Status check_device_wish(const std::string& wish) {
  if (wish.empty() || wish == "auto") return ok_status();
  for (const std::string& name : names_in(wish))
    if (!parse_device(name))
      return invalid_argument(
          unknown_name_message("device", name, {"auto", "cuda", "cuda:0", "cpu"}));
  return ok_status();
}

Result<std::vector<DeviceId>> choose_devices(const std::string& wish) {
  JANGWON_RETURN_IF_ERROR(check_device_wish(wish));
  const DeviceId cpu;
  const DeviceId gpu{.kind = DeviceKind::kGpu};
  // No GPU has run these kernels yet: one is used where somebody asks for it, or where a test
  // put it in place.
  if (wish.empty()) return std::vector{library_of_test() ? gpu : cpu};
  if (wish == "auto") return std::vector{gpu_library() ? gpu : cpu};
  std::vector<DeviceId> devices;
  for (const std::string& name : names_in(wish)) {
    devices.push_back(*parse_device(name));
    if (devices.back().kind == DeviceKind::kCpu) continue;
    if (!gpu_library()) return invalid_argument(cuda_library().status().sentence());
    JANGWON_RETURN_IF_ERROR(check_gpu_index(*gpu_library(), devices.back().index));
  }
  return devices;
}

DeviceKind common_kind(const std::vector<DeviceId>& devices) {
  const bool all_gpus = std::all_of(devices.begin(), devices.end(), [](const DeviceId& device) {
    return device.kind == DeviceKind::kGpu;
  });
  return all_gpus ? DeviceKind::kGpu : DeviceKind::kCpu;
}

Result<const OpTable*> choose_op_table(DeviceKind device, Numerics numerics) {
  if (device == DeviceKind::kGpu) return find_gpu_op_table(numerics);
  if (numerics != Numerics::kTensor) return &fastest_op_table(numerics);
  return invalid_argument(
      "the numerics tensor are a GPU's; leave --numerics out, or use --device cuda");
}

void set_gpu_op_library(const OpLibrary& library) {
  library_of_test() = &library;
}

}  // namespace jangwon::runtime
