#include "runtime/device/devices.h"

#include <algorithm>

#include "runtime/base/nearest_name.h"
#include "runtime/device/cuda_library.h"
#include "runtime/kernels/cpu/cpu_ops.h"

namespace jangwon::runtime {
namespace {

// What a test put in the place of the library's; null in the program.
const std::vector<const OpTable*>*& tables_of_test() {
  static const std::vector<const OpTable*>* tables = nullptr;
  return tables;
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
  if (tables_of_test()) return *tables_of_test();
  return cuda_library().ok() ? cuda_library().value()->tables() : none;
}

const OpTable* find_gpu_op_table(Numerics numerics) {
  for (const OpTable* table : gpu_op_tables()) {
    if (table->numerics == numerics) return table;
  }
  return nullptr;
}

std::vector<std::string> device_names() {
  return {"auto", "cuda", "cpu"};
}

Result<DeviceKind> choose_device(const std::string& wish) {
  // No GPU has run these kernels yet: one is used where somebody asks for it, or where a test
  // put it in place.
  if (wish == "cpu" || (wish.empty() && tables_of_test() == nullptr)) return DeviceKind::kCpu;
  if (!wish.empty() && wish != "auto" && wish != "cuda")
    return invalid_argument(unknown_name_message("device", wish, device_names()));
  if (!gpu_op_tables().empty()) return DeviceKind::kGpu;
  if (wish != "cuda") return DeviceKind::kCpu;
  return invalid_argument(cuda_library().status().sentence());
}

Result<const OpTable*> choose_op_table(DeviceKind device, Numerics numerics) {
  if (device == DeviceKind::kGpu) return find_gpu_op_table(numerics);
  if (numerics != Numerics::kTensor) return &fastest_op_table(numerics);
  return invalid_argument(
      "the numerics tensor are a GPU's; leave --numerics out, or use --device cuda");
}

void set_gpu_op_tables(const std::vector<const OpTable*>& tables) {
  tables_of_test() = &tables;
}

}  // namespace jangwon::runtime
