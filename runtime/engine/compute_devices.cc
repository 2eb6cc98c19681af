#include "runtime/engine/compute_devices.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string_view>

#include "runtime/base/localized.h"
#include "runtime/base/nearest_name.h"
#include "runtime/engine/machine_memory.h"
#include "runtime/ops/timed_ops.h"

namespace jangwon::runtime {
namespace {

constexpr std::string_view kCpu = "cpu/";

Result<const OpTable*> choose_ops(const std::string& isa, Numerics numerics, DeviceKind device) {
  if (device == DeviceKind::kGpu && !isa.empty())
    return invalid_argument("an instruction set is a CPU's; leave --isa out, or use --device cpu");
  if (isa.empty()) return choose_op_table(device, numerics);
  if (const OpTable* table = find_op_table(std::string(kCpu) + isa, numerics)) return table;
  for (const Numerics other : all_numerics()) {
    if (find_op_table(std::string(kCpu) + isa, other)) {
      return invalid_argument(
          "the instruction set {isa} goes with the numerics {other}, not with {numerics}",
          {{"isa", isa}, {"other", name_of(other)}, {"numerics", name_of(numerics)}});
    }
  }
  std::vector<std::string> known;
  for (const OpTable* table : all_op_tables()) {
    if (table->numerics == numerics && std::string(table->name).starts_with(kCpu))
      known.push_back(std::string(table->name).substr(kCpu.size()));
  }
  if (isa == "avx2" || isa == "avx512" || isa == "avx512_bf16" || isa == "amx")
    return invalid_argument("this machine does not have the instruction set {isa}", {{"isa", isa}});
  return invalid_argument(unknown_name_message("instruction set", isa, known));
}

}  // namespace

Result<ComputeDevices> ComputeDevices::open(const EngineOptions& options,
                                            const std::vector<DeviceId>& devices,
                                            Numerics numerics) {
  ComputeDevices opened;
  for (const DeviceId& device : devices) {
    JANGWON_ASSIGN_OR_RETURN(const OpTable* ops, choose_ops(options.isa, numerics, device.kind));
    if (options.time_operators == TimeOperators::kYes) ops = &timed(*ops);
    opened.memory_.push_back({.device = device, .ops = ops});
    opened.contexts_.push_back(
        ops->make_context({.num_threads = threads_of(options), .device = device.index}));
  }
  opened.say_what_is_slower();
  return opened;
}

// A line on the terminal for each device, and nothing else: results are the same.
void ComputeDevices::say_what_is_slower() const {
  for (size_t i = 0; i < memory_.size(); ++i) {
    const std::string& why = contexts_[i]->why_slower;
    const bool is_said =
        std::any_of(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const DeviceMemory& other) { return other.device == memory_[i].device; });
    if (why.empty() || is_said) continue;
    const std::string line =
        localized("{device} computes more slowly than it could, since its self-check failed: {why}",
                  {{"device", name_of(memory_[i].device)}, {"why", why}});
    std::fprintf(stderr, "jangwon: %s\n", line.c_str());
  }
}

void ComputeDevices::look_at_memory() {
  host_bytes_ = available_memory_bytes().value_or(std::numeric_limits<int64_t>::max());
  for (size_t i = 0; i < memory_.size(); ++i) {
    const auto entries =
        std::count_if(memory_.begin(), memory_.end(),
                      [&](const DeviceMemory& other) { return other.device == memory_[i].device; });
    memory_[i].available_bytes =
        memory_[i].ops->free_memory_bytes(*contexts_[i]).value_or(host_bytes_) / entries;
  }
}

}  // namespace jangwon::runtime
