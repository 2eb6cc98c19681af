// The devices that the options wish for, ready to compute: of each its operators and a context.

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runtime/engine/engine_options.h"
#include "runtime/engine/placement.h"

namespace jangwon::runtime {

class ComputeDevices {
 public:
  static Result<ComputeDevices> open(const EngineOptions& options,
                                     const std::vector<DeviceId>& devices, Numerics numerics);

  size_t size() const { return memory_.size(); }
  Ops ops(size_t entry) const { return {memory_[entry].ops, contexts_[entry].get()}; }

  // Asks each how much it has left; entries that are the same device share it.
  void look_at_memory();
  std::span<const DeviceMemory> memory() const { return memory_; }
  int64_t host_bytes() const { return host_bytes_; }

 private:
  void say_what_is_slower() const;

  std::vector<DeviceMemory> memory_;
  std::vector<std::unique_ptr<OpContext>> contexts_;
  int64_t host_bytes_ = 0;
};

}  // namespace jangwon::runtime
