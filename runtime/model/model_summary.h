// What a config means in numbers: parameters, bytes and memory, from the tensor table alone,
// without any weights.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/model/model_config.h"
#include "runtime/model/tensor_table.h"

namespace jangwon::runtime {

// Tensors whose names differ only in the numbers of layers and experts.
struct TensorRow {
  std::string name_pattern;  // "model.layers.N.mlp.experts.E.gate_proj.weight"
  std::string shape;
  int64_t count = 0;
  int64_t elements = 0;  // of all of them
  std::string note;      // "optional", "unused: why"
};

struct ModelSummary {
  std::vector<TensorRow> tensors;
  int64_t total_parameters = 0;  // as published totals count them
  // that one token meets: of routed experts the chosen ones, of the embedding nothing
  int64_t active_parameters = 0;
  // (a row is looked up) unless it is the head too
  // of the draft module, copies of the model's own left out; 0: there is none
  int64_t draft_parameters = 0;
  int64_t stored_draft_bytes = 0;
  int64_t stored_weight_bytes = 0;      // in the format and the dtype that the config announces
  int64_t kv_bytes_per_token_fp32 = 0;  // all layers
  int64_t kv_bytes_per_token_bf16 = 0;
  // of it, what windowed layers need once for their window instead of for each token
  int64_t kv_window_bytes_fp32 = 0;
  int64_t state_bytes_fp32 = 0;                 // of a sequence, whatever its length
  int64_t kv_growing_bytes_per_token_fp32 = 0;  // layers that keep every token
  int64_t kv_growing_bytes_per_token_bf16 = 0;
};

Result<ModelSummary> summarize_model(const ModelConfig& config);

// How a tensor lies in the files, as the config announces it: scales included.
bool is_stored_quantized(const ModelConfig& config, const TensorSpec& spec);
double stored_bytes_of(const ModelConfig& config, const TensorSpec& spec);

// Bytes of weights that a decoding step of `batch` sequences reads, each expert that somebody chose
// once, the choices taken as independent and even.
int64_t weight_bytes_per_step(const ModelConfig& config, int batch);

// And of the cache, for sequences that are `context_tokens` long: what each layer sees of them.
int64_t cache_bytes_per_step(const ModelConfig& config, int batch, int context_tokens);

// Multiplications and additions that a token of a prompt of `prompt_tokens` needs on average: two a
// weight that it meets, the head left out, for only a prompt's last row wants logits, and attention
// over the keys that it sees, of latent attention in its expanded form.
double operations_per_prompt_token(const ModelConfig& config, int prompt_tokens);

}  // namespace jangwon::runtime
