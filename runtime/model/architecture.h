// What one architecture is to the loader: which configs it reads, which tensors it has, how its
// replies mark their thinking. One file of architectures/ fills one of these.

#pragma once

#include <string>
#include <vector>

#include "runtime/model/config_reader.h"
#include "runtime/model/model_config.h"
#include "runtime/model/tensor_table.h"

namespace jangwon::runtime {

// How a model marks its thinking in what it generates.
enum class ReasoningStyle {
  kNone,
  kThinkTags,   // thinking, then </think>, then the answer; the prompt may have opened the block
  kChannels,    // <|think|> thinking <|end|><|begin|>assistant<|content|> answer <|flush|>
  kThinkMarks,  // <|think:start|> thinking <|think:end|> answer <|im:end|>; likewise
  // <|channel|>analysis<|message|> … <|end|><|start|>assistant<|channel|>final<|message|> …
  kHarmony,
};

struct Architecture {
  const char* name;
  std::vector<std::string> model_types;  // spellings in config.json
  std::vector<std::string> class_names;  // of "architectures", where given
  void (*read_config)(ConfigReader& reader, ModelConfig& config);
  void (*add_tensors)(TensorTable& table);  // REQUIRES: weights().layers has its size
  ReasoningStyle reasoning = ReasoningStyle::kNone;
};

// The whole table of a config; sizes weights.layers.
TensorTable make_tensor_table(const ModelConfig& config, Weights& weights);

}  // namespace jangwon::runtime
