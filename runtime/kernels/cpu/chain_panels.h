// Weight matrices as the chain's kernels read them, in this machine's memory.

#pragma once

#include <memory>
#include <vector>

#include "runtime/kernels/cpu/cpu_context.h"
#include "runtime/ops/chain_layout.h"

namespace jangwon::runtime {

int64_t chain_panels_bytes(const ChainLayout& layout);

class ChainPanels {
 public:
  ChainPanels(CpuContext& context, const StoredMatrix& stored, const ChainLayout& layout);

  int64_t memory_bytes() const { return chain_panels_bytes(layout_); }
  // Of panels [first_panel, …); the caller fills in rows, inputs, outputs and work space.
  ChainArguments arguments(int64_t first_panel, int64_t num_panels) const;

 private:
  ChainLayout layout_;
  std::shared_ptr<std::byte> memory_;  // all panels, then all scales, then all offsets
  std::vector<const std::byte*> panels_;
  std::vector<const std::byte*> scales_;
  std::vector<const uint8_t*> offsets_;
  const uint16_t* codebook_ = nullptr;
};

}  // namespace jangwon::runtime
