// What A.X K1 shares with DeepSeek-V3 beyond the general blocks.

#pragma once

#include "runtime/model/config_reader.h"
#include "runtime/model/tensor_table.h"

namespace jangwon::runtime {

// topk_method: "noaux_tc" has a correction bias, "none" has not; where the key is absent the
// checkpoint decides.
Presence read_topk_method(ConfigReader& reader);

// The multi-token-prediction layer behind the last one, as a draft module: always with experts.
// Nothing where the config announces none.
std::optional<DraftConfig> deepseek_draft(const ModelConfig& config);

// The multi-token-prediction layers at model.layers.L and after; the first drafts where the config
// has a draft module. The published totals do not count them.
void add_deepseek_mtp_tensors(TensorTable& table, const FurtherTensors& further = {});

}  // namespace jangwon::runtime
