// What this machine can compute with.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/ops/op_library.h"

namespace jangwon::runtime {

// Every table, which tests and benchmarks walk: the CPU's by numerics, of each the portable
// reference first and the fastest last, then those of GPUs.
std::vector<const OpTable*> all_op_tables();

// By name ("cpu/avx2"); null where it is unknown or this machine cannot run it.
const OpTable* find_op_table(const std::string& name, Numerics numerics);

// --- the CPU's ---

// Of its fastest products with bf16 inputs.
Numerics fastest_bf16_numerics();

// REQUIRES, both: not kTensor.
const OpTable& portable_op_table(Numerics numerics);
const OpTable& fastest_op_table(Numerics numerics);

// --- those of GPUs ---

// One a numerics; empty where no GPU can be used.
const std::vector<const OpTable*>& gpu_op_tables();
const OpTable* find_gpu_op_table(Numerics numerics);

enum class DeviceKind { kCpu, kGpu };
struct DeviceId {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;  // of GPUs

  bool operator==(const DeviceId&) const = default;
};
std::string name_of(const DeviceId& device);  // "cpu", "cuda:1"

// What a wish may say: "auto" (a GPU where there is one that can be used), "cuda" (the first GPU),
// "cpu"; or devices in the order in which they compute a model's layers, "cuda:0,cuda:1,cpu". A
// device may stand there more than once. The error names what is none of these.
Status check_device_wish(const std::string& wish);

// At least one. An empty wish is "cpu", or the GPU that a test put in place. An error where a GPU
// is wished for that is not there or cannot be used.
Result<std::vector<DeviceId>> choose_devices(const std::string& wish);

// kCpu where one of them is: what all of them can do.
DeviceKind common_kind(const std::vector<DeviceId>& devices);

// The fastest; an error where the device has not these numerics.
Result<const OpTable*> choose_op_table(DeviceKind device, Numerics numerics);

// Puts this, which stays, in the place of the shared library: for tests, whose emulated GPUs are no
// part of the program.
void set_gpu_op_library(const OpLibrary& library);

}  // namespace jangwon::runtime
