// Which device holds which layers. Every device of a list gets a run of them, in the list's order:
// the embedding goes with the first layer, and the head stands behind the last one, on that layer's
// device or on the next.
//
//   devices     cuda:0    cuda:1    cpu
//   layers      0 … 18    19 … 38   39 … 60, head      what the GPUs have no room for is the CPU's
//
// Devices of one kind share the layers so that each is filled by the same part of its memory, which
// leaves the cache, of which every layer needs its own, the most room.

#pragma once

#include <cstdint>
#include <span>

#include "runtime/base/status.h"
#include "runtime/device/devices.h"
#include "runtime/engine/memory_plan.h"

namespace jangwon::runtime {

struct DeviceMemory {
  DeviceId device;
  const OpTable* ops = nullptr;
  int64_t available_bytes = 0;  // for this entry of the list alone
};

// Whether experts that GPUs have no room for may stay in the host's memory and be copied over when
// a step has use for them. What one step copies is most of a model, so whoever has another way
// takes it: a CPU among the devices, or scoring layer by layer.
enum class Streaming { kNo, kWhereNeeded };

// The plan that fits onto the devices, with a smaller cache than the options allow where it must
// be, as long as one context fits; its stages are the devices that hold something. Otherwise an
// error that says what would fit. `host_bytes` are available for what is not a GPU's. REQUIRES:
// tables of one numerics.
Result<MemoryPlan> fit_devices(const ModelSource& source, const EngineOptions& options,
                               std::span<const DeviceMemory> devices, int64_t host_bytes,
                               Streaming streaming = Streaming::kWhereNeeded);

// The part of the cache's layout that is the stage's. Groups keep their places, so that tables of
// blocks fit.
CacheLayout layout_of_stage(const CacheLayout& whole, const StagePlan& stage, int num_layers);

}  // namespace jangwon::runtime
