// Layers and the head are a row of items that each cost a device some bytes, and a split cuts the
// row at most as often as there are devices. Filling the devices one after the other up to a given
// part of their memory finds a split for that part where there is one, so the smallest part is
// found by halving. A cache that is too large is made smaller in the same way. Tests:
// tests/runtime/engine/placement_test.cc; plans of published models for GPUs of two sizes stand in
// tests/golden/placement/plans.txt.

#include "runtime/engine/placement.h"

#include <algorithm>
#include <map>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/model/cache_layout.h"

namespace jangwon::runtime {
namespace {

// Of each device the item behind its last one.
using Split = std::vector<int>;

class Placement {
 public:
  Placement(const ModelSource& source, const EngineOptions& options,
            std::span<const DeviceMemory> devices, int64_t host_bytes)
      : source_(source), options_(options), devices_(devices), host_bytes_(host_bytes) {
    begun_ = begin_plan(source.config, options, *devices.front().ops);
    for (const DeviceMemory& device : devices) {
      if (memory_of_.contains(device.ops)) continue;
      memory_of_[device.ops] = rehearse_plan(source, options, *device.ops, begun_);
      layout_of_[device.ops] = make_cache_layout(source.config, *device.ops);
    }
  }

  // With a cache of at most this; nothing where that does not fit.
  std::optional<MemoryPlan> plan_with(int64_t kv_cache_max_bytes, Streaming streaming) const {
    MemoryPlan plan = with_cache(kv_cache_max_bytes);
    const bool streams = streaming == Streaming::kWhereNeeded && num_gpus() == num_devices();
    const std::optional<Split> split =
        streams ? fill_evenly(devices_, plan, kMostStreamed) : find_split(plan);
    if (!split) return std::nullopt;
    add_stages(*split, plan);
    for (StagePlan& stage : plan.stages)
      if (streams && !stream_experts(stage, plan)) return std::nullopt;
    if (bytes_of_host(plan) > host_bytes_) return std::nullopt;
    return plan;
  }

  // With a cache of at most this, on one device that has no end.
  MemoryPlan unlimited(int64_t kv_cache_max_bytes) const {
    MemoryPlan plan = with_cache(kv_cache_max_bytes);
    add_stages(Split(devices_.size(), num_items()), plan);
    return plan;
  }

  // As many devices like the first one as would hold the smallest plan; 0: no number of them.
  int count_that_fits() const {
    const MemoryPlan plan = with_cache(0);
    constexpr int kMost = 64;
    for (int count = static_cast<int>(devices_.size()) + 1; count <= kMost; ++count) {
      const std::vector<DeviceMemory> more(static_cast<size_t>(count), devices_.front());
      if (fill(1.0, more, plan)) return count;
    }
    return 0;
  }

 private:
  static bool is_gpu(const DeviceMemory& memory) { return memory.device.kind == DeviceKind::kGpu; }
  int64_t num_devices() const { return static_cast<int64_t>(devices_.size()); }
  int64_t num_gpus() const { return std::count_if(devices_.begin(), devices_.end(), is_gpu); }
  int num_layers() const { return source_.config.num_hidden_layers; }
  int num_items() const { return num_layers() + 1; }

  MemoryPlan with_cache(int64_t kv_cache_max_bytes) const {
    MemoryPlan plan = begun_;
    EngineOptions options = options_;
    if (kv_cache_max_bytes < options.kv_cache_max_bytes) {
      options.kv_cache_max_bytes = kv_cache_max_bytes;
      options.kv_cache_tokens = 0;
      options.swap_max_bytes = 0;
    }
    plan_cache(options, plan);
    return plan;
  }

  int64_t cache_bytes(const DeviceMemory& device, int first_layer, int end_layer,
                      const MemoryPlan& plan) const {
    const CacheLayout& layout = layout_of_.at(device.ops);
    const auto inside = [&](int layer) { return layer >= first_layer && layer < end_layer; };
    int64_t bytes = 0;
    for (size_t i = 0; i < layout.groups.size(); ++i) {
      const KvGroup& group = layout.groups[i];
      bytes += plan.cache_capacity.blocks_of_group[i] * group.bytes_per_block *
               std::count_if(group.layers.begin(), group.layers.end(), inside);
    }
    for (const StateLayer& state : layout.states)
      if (inside(state.layer)) bytes += plan.cache_capacity.num_state_slots * state.bytes;
    return bytes;
  }

  int64_t fixed_bytes(const DeviceMemory& device) const {
    const RehearsedMemory& memory = memory_of_.at(device.ops);
    return memory.before_head.bytes() +
           device.ops->scratch_bytes(memory.scratch, threads_of(options_));
  }

  int64_t weight_bytes(const DeviceMemory& device, int item) const {
    const RehearsedMemory& memory = memory_of_.at(device.ops);
    if (item < num_layers()) {
      return memory.layer_bytes[static_cast<size_t>(item)] +
             (item == 0 ? memory.embedding_bytes : 0);
    }
    // Drafts begin with the embedding of a token.
    const bool embeds = devices_.size() > 1 && source_.config.drafts();
    return memory.head_bytes + (embeds ? memory.embedding_bytes : 0);
  }

  int64_t bytes_of_item(const DeviceMemory& device, int item, const MemoryPlan& plan) const {
    if (item < num_layers())
      return weight_bytes(device, item) + cache_bytes(device, item, item + 1, plan);
    const RehearsedMemory& memory = memory_of_.at(device.ops);
    const int behind = num_layers() + kLayersOfDrafts;
    return weight_bytes(device, item) + cache_bytes(device, num_layers(), behind, plan) +
           memory.workspace.bytes() - memory.before_head.bytes();
  }

  // Every device takes of the row what fits into this part of its memory, less what it needs
  // whichever layers it has.
  std::optional<Split> fill(double part, std::span<const DeviceMemory> devices,
                            const MemoryPlan& plan) const {
    Split split;
    int item = 0;
    for (const DeviceMemory& device : devices) {
      double left = part * static_cast<double>(device.available_bytes - fixed_bytes(device));
      for (; item < num_items(); ++item) {
        left -= static_cast<double>(bytes_of_item(device, item, plan));
        if (left < 0) break;
      }
      split.push_back(item);
    }
    if (item < num_items()) return std::nullopt;
    return split;
  }

  // With the smallest part of their memory, and at most `largest_part`.
  std::optional<Split> fill_evenly(std::span<const DeviceMemory> devices, const MemoryPlan& plan,
                                   double largest_part = 1.0) const {
    std::optional<Split> best = fill(largest_part, devices, plan);
    constexpr int kHalvings = 50;
    double too_small = 0.0;
    double enough = largest_part;
    for (int i = 0; best && i < kHalvings; ++i) {
      const double middle = (too_small + enough) / 2;
      std::optional<Split> split = fill(middle, devices, plan);
      (split ? enough : too_small) = middle;
      if (split) best = std::move(split);
    }
    return best;
  }

  // GPUs are filled before a CPU gets anything.
  std::optional<Split> find_split(const MemoryPlan& plan) const {
    if (num_gpus() == 0 || num_gpus() == num_devices()) return fill_evenly(devices_, plan);
    std::vector<DeviceMemory> gpus(devices_.begin(), devices_.end());
    for (DeviceMemory& device : gpus)
      if (!is_gpu(device)) device.available_bytes = 0;
    std::optional<Split> split = fill_evenly(gpus, plan);
    return split ? split : fill(1.0, devices_, plan);
  }

  void add_stages(const Split& split, MemoryPlan& plan) const {
    plan.stages.clear();
    int first = 0;
    for (size_t i = 0; i < split.size(); ++i) {
      const int end = split[i];
      if (end == first) continue;
      const DeviceMemory& device = devices_[i];
      const RehearsedMemory& memory = memory_of_.at(device.ops);
      StagePlan stage{
          .device = name_of(device.device),
          .entry = static_cast<int>(i),
          .first_layer = first,
          .end_layer = std::min(end, num_layers()),
          .has_head = end == num_items(),
          .workspace = end == num_items() ? memory.workspace : memory.before_head,
          .scratch_bytes = device.ops->scratch_bytes(memory.scratch, threads_of(options_)),
          .first_streamed_layer = std::min(end, num_layers()),
          .available_bytes = device.available_bytes};
      for (int item = first; item < end; ++item) {
        const int64_t weights = weight_bytes(device, item);
        const int64_t workspace =
            item == num_layers() ? memory.workspace.bytes() - memory.before_head.bytes() : 0;
        stage.weight_bytes += weights;
        stage.cache_bytes += bytes_of_item(device, item, plan) - weights - workspace;
      }
      plan.workspace = memory.workspace;
      plan.weight_bytes += stage.weight_bytes;
      plan.workspace_bytes += stage.workspace.bytes();
      plan.scratch_bytes += stage.scratch_bytes;
      plan.stages.push_back(stage);
      first = end;
    }
  }

  // Takes the experts of the last layers off the device until the rest fits; false where it never
  // does.
  bool stream_experts(StagePlan& stage, MemoryPlan& plan) const {
    const DeviceMemory& device = devices_[static_cast<size_t>(stage.entry)];
    const std::vector<int64_t>& expert_bytes = memory_of_.at(device.ops).expert_bytes;
    int64_t slot_bytes = 0;
    while (stage.device_bytes() > stage.available_bytes) {
      if (stage.first_streamed_layer == stage.first_layer) return false;
      const int64_t bytes = expert_bytes[static_cast<size_t>(--stage.first_streamed_layer)];
      if (bytes == 0) continue;
      stage.streamed_bytes += bytes;
      stage.weight_bytes -= bytes;
      plan.streamed_bytes += bytes;
      plan.weight_bytes -= bytes;
      const int64_t slots = bytes / source_.config.moe.num_experts * kStreamedExperts;
      if (slots <= slot_bytes) continue;
      stage.scratch_bytes += slots - slot_bytes;
      plan.scratch_bytes += slots - slot_bytes;
      slot_bytes = slots;
    }
    return true;
  }

  int64_t bytes_of_host(const MemoryPlan& plan) const {
    int64_t bytes = plan.swap_bytes + plan.sequence_bytes + plan.streamed_bytes;
    for (const StagePlan& stage : plan.stages)
      if (devices_[static_cast<size_t>(stage.entry)].device.kind == DeviceKind::kCpu)
        bytes += stage.device_bytes();
    return bytes;
  }

  static constexpr double kMostStreamed = 64.0;  // times the memory of a device
  static constexpr int kLayersOfDrafts = 2;      // a draft module's own, and its kept hidden states

  const ModelSource& source_;
  const EngineOptions& options_;
  std::span<const DeviceMemory> devices_;
  int64_t host_bytes_ = 0;
  MemoryPlan begun_;
  std::map<const OpTable*, RehearsedMemory> memory_of_;
  std::map<const OpTable*, CacheLayout> layout_of_;
};

// The plan with the largest cache for which no more experts leave the devices than have to.
std::optional<MemoryPlan> find_plan(const Placement& placement, int64_t kv_cache_max_bytes,
                                    Streaming streaming) {
  std::optional<MemoryPlan> best = placement.plan_with(kv_cache_max_bytes, streaming);
  if (best && best->streamed_bytes == 0) return best;
  best = placement.plan_with(0, streaming);
  constexpr int64_t kStep = int64_t{1} << 20;
  int64_t fits = 0;
  int64_t too_large =
      std::min(kv_cache_max_bytes, placement.unlimited(kv_cache_max_bytes).kv_cache_bytes);
  while (best && too_large - fits > kStep) {
    const int64_t middle = fits + (too_large - fits) / 2;
    std::optional<MemoryPlan> plan = placement.plan_with(middle, streaming);
    const bool is_better = plan && plan->streamed_bytes <= best->streamed_bytes;
    (is_better ? fits : too_large) = middle;
    if (is_better) best = std::move(plan);
  }
  return best;
}

std::string names_of(std::span<const DeviceMemory> devices) {
  std::string names;
  for (const DeviceMemory& device : devices)
    names += (names.empty() ? "" : ",") + name_of(device.device);
  return names;
}

Status refuse(const Placement& placement, std::span<const DeviceMemory> devices) {
  const MemoryPlan smallest = placement.unlimited(0);
  int64_t there = 0;
  for (const DeviceMemory& device : devices)
    there += device.available_bytes;
  const Message cause(
      "the model takes {needed} of memory, its weights alone {weight_bytes}, and on {devices} "
      "{there} are available",
      {{"needed", in_mib(smallest.total_bytes())},
       {"weight_bytes", in_mib(smallest.weight_bytes)},
       {"devices", names_of(devices)},
       {"there", in_mib(there)}});
  const int count = placement.count_that_fits();
  if (count == 0)
    return unavailable("{cause}; no number of such devices would hold it", {{"cause", cause}});
  return unavailable("{cause}; {count} devices like {device} would hold it, each with {free}",
                     {{"cause", cause},
                      {"count", count},
                      {"device", name_of(devices.front().device)},
                      {"free", in_mib(devices.front().available_bytes)}});
}

}  // namespace

CacheLayout layout_of_stage(const CacheLayout& whole, const StagePlan& stage, int num_layers) {
  // What lies behind the layers is the draft module's.
  const auto elsewhere = [&](int layer) {
    if (layer >= num_layers) return !stage.has_head;
    return layer < stage.first_layer || layer >= stage.end_layer;
  };
  CacheLayout layout = whole;
  for (KvGroup& group : layout.groups)
    std::erase_if(group.layers, elsewhere);
  std::erase_if(layout.states, [&](const StateLayer& state) { return elsewhere(state.layer); });
  return layout;
}

Result<MemoryPlan> fit_devices(const ModelSource& source, const EngineOptions& options,
                               std::span<const DeviceMemory> devices, int64_t host_bytes,
                               Streaming streaming) {
  JANGWON_CHECK(!devices.empty());
  std::optional<Result<MemoryPlan>> on_one;
  if (devices.size() == 1) {
    on_one = fit_memory(source, options, *devices.front().ops, devices.front().available_bytes);
    if (on_one->ok() || devices.front().device.kind == DeviceKind::kCpu) return *std::move(on_one);
  }
  const Placement placement(source, options, devices, host_bytes);
  for (const Streaming now : {Streaming::kNo, Streaming::kWhereNeeded}) {
    if (now == Streaming::kNo ? devices.size() == 1 : streaming == Streaming::kNo) continue;
    if (std::optional<MemoryPlan> plan = find_plan(placement, options.kv_cache_max_bytes, now))
      return std::move(*plan);
  }
  return on_one ? *std::move(on_one) : refuse(placement, devices);
}

}  // namespace jangwon::runtime
