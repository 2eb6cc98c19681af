// The architectures that can be loaded, by explicit list.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/model/config_reader.h"
#include "runtime/model/model_config.h"
#include "runtime/model/tensor_table.h"

namespace jangwon::runtime {

// How a model marks its thinking in what it generates.
enum class ReasoningStyle {
  kNone,
  kThinkTags,  // thinking, then </think>, then the answer; the prompt may have opened the block
  kChannels,   // <|think|> thinking <|end|><|begin|>assistant<|content|> answer <|flush|>
  kHarmony,    // <|channel|>analysis<|message|> … <|end|><|start|>assistant<|channel|>final<|message|> …
};

struct Architecture {
  const char* name;
  std::vector<std::string> model_types;  // spellings in config.json
  std::vector<std::string> class_names;  // of "architectures", where given
  void (*read_config)(ConfigReader& reader, ModelConfig& config);
  void (*add_tensors)(TensorTable& table);  // REQUIRES: weights().layers has its size
  ReasoningStyle reasoning = ReasoningStyle::kNone;
};

// One function a file: axk1.cc, exaone_moe.cc, …
Architecture axk1_architecture();
Architecture deepseek_v3_architecture();
Architecture exaone_moe_architecture();
Architecture gpt_oss_architecture();
Architecture hyperclovax_architecture();
Architecture qwen3_moe_architecture();
Architecture solar_open_architecture();

const std::vector<Architecture>& all_architectures();
const Architecture& architecture_of(const ModelConfig& config);

// The whole table of a config; sizes weights.layers.
TensorTable make_tensor_table(const ModelConfig& config, Weights& weights);

}  // namespace jangwon::runtime
