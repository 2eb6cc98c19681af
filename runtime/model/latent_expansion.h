// Which latents a step turns back into keys and values, and where those stand meanwhile.
//
// The tokens that a request brings are computed over expanded keys and values, those of its reply
// on the latent itself (runtime/README.md). A block that several sequences of the step share is
// expanded once for all of them. What is expanded lives no longer than a layer, so its memory is
// bounded: by the longest sequence for one head, and by kExpandedBytes where that is more;
// sequences that find no room together are worked on one group after the other, and so are heads.

#pragma once

#include <cstdint>
#include <vector>

#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

constexpr int64_t kExpandedBytes = int64_t{16} << 20;

// Sequences whose blocks are expanded together.
struct ExpandedGroup {
  std::vector<SequenceRows> sequences;  // of the whole step, those of other groups without tokens
  int first_row = 0;                    // among the step's expanded rows
  const int32_t* block_ids = nullptr;   // of the cache, on the device
  int num_blocks = 0;
};

struct ExpandedKeys {
  std::vector<ExpandedGroup> groups;
  // Where in a group's expanded blocks a sequence's block stands: [sequences, page_stride], on
  // the device.
  const int32_t* page_table = nullptr;
  int64_t page_stride = 0;
  int64_t scratch_bytes = 0;
};

struct ExpansionNeeds {
  const std::vector<SequenceRows>& sequences;
  const std::vector<int>& num_expanded;    // of each sequence, its first tokens
  const std::vector<int32_t>& page_table;  // [sequences, page_stride], of the layers' cache
  int64_t page_stride = 0;
  int window = 0;
  int num_heads = 0;
  int64_t head_block_bytes = 0;  // of one head's expanded keys and values
};

// The arrays for the device come from `arena`.
ExpandedKeys make_expanded_keys(const ExpansionNeeds& needs, DeviceArena& arena);

}  // namespace jangwon::runtime
