// What a call of an operator costs on paper: bytes that it must bring through the device's memory,
// multiplications and additions. Every input is read once and every output written once, weights in
// the size in which they stand there, so that no device can do with less; of a cache the keys that
// a token sees, once a sequence, and of experts those that even routing would choose.

#pragma once

#include "runtime/ops/arguments.h"

namespace jangwon::runtime {

struct OpCost {
  double bytes = 0.0;
  double products = 0.0;    // multiplications and additions of matrix products
  double operations = 0.0;  // all others
};

OpCost cost_of(const EmbedArguments& a);
OpCost cost_of(const GatherRowsArguments& a);
OpCost cost_of(const RmsNormArguments& a);
OpCost cost_of(const LayerNormArguments& a);
OpCost cost_of(const GateArguments& a);
OpCost cost_of(const ResidualArguments& a);
OpCost cost_of(const LinearArguments& a);
OpCost cost_of(const HeadLinearArguments& a);
OpCost cost_of(const ActivateArguments& a);
OpCost cost_of(const RotaryAnglesArguments& a);
OpCost cost_of(const RotateArguments& a);
OpCost cost_of(const AppendKvArguments& a);
OpCost cost_of(const ChooseKeysArguments& a);
OpCost cost_of(const AttendArguments& a);
OpCost cost_of(const ExpandLatentsArguments& a);
OpCost cost_of(const ConvolveArguments& a);
OpCost cost_of(const DeltaRuleArguments& a);
OpCost cost_of(const RouteArguments& a);
OpCost cost_of(const ExpertArguments& a);
OpCost cost_of(const ChooseTokensArguments& a);

// What a GPU reaches, measured by others: a copy's and a product's peak, not the data sheet's.
struct GpuPeaks {
  const char* name = "";
  double memory_bytes_per_s = 0.0;
  double products_per_s = 0.0;    // with bf16 inputs, on tensor cores
  double operations_per_s = 0.0;  // in float32 on ordinary cores; of the data sheet
  double launch_s = 0.0;          // a kernel that does nothing, in a graph
};
extern const GpuPeaks kH100;
extern const GpuPeaks kH200;

// The longest of what memory, tensor cores and ordinary cores take, behind a launch.
double seconds_on(const GpuPeaks& gpu, const OpCost& cost);

}  // namespace jangwon::runtime
