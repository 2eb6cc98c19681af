// What A.X K1 shares with DeepSeek-V3 beyond the general blocks.

#pragma once

#include "runtime/model/config_reader.h"
#include "runtime/model/tensor_table.h"

namespace jangwon::runtime {

// topk_method: "noaux_tc" has a correction bias, "none" has not; where the key is absent the checkpoint decides.
Presence read_topk_method(ConfigReader& reader);

// The multi-token-prediction blocks at model.layers.L and after, known and not used. `counted`: in the published total.
void add_deepseek_mtp_tensors(TensorTable& table, bool counted);

}  // namespace jangwon::runtime
