// What this machine can compute with.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/ops/op_table.h"

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

// What a wish for a device may say: "auto" (a GPU where there is one that can be
// used), "cuda", "cpu".
std::vector<std::string> device_names();

enum class DeviceKind { kCpu, kGpu };
// An empty wish is "cpu", or the GPU that a test put in place. An error where a GPU is wished for
// and none can be used.
Result<DeviceKind> choose_device(const std::string& wish);

// The fastest; an error where the device has not these numerics.
Result<const OpTable*> choose_op_table(DeviceKind device, Numerics numerics);

// Puts these, which stay, in the place of the library's: for tests, whose emulated GPU is no
// part of the program.
void set_gpu_op_tables(const std::vector<const OpTable*>& tables);

}  // namespace jangwon::runtime
