// The totals of the published models are the test: tests/runtime/model/model_summary_test.cc.

#include "runtime/model/model_summary.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "runtime/model/architecture.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {
namespace {

// Bytes an element of a quantised format takes, its scales included.
double bytes_per_quantized_element(const QuantizationConfig& quantization, int64_t cols) {
  switch (quantization.format) {
    case WeightFormat::kFp8:
      return quantization.block_rows > 0 ? 1.0 + 4.0 / static_cast<double>(quantization.block_rows *
                                                                           quantization.block_cols)
                                         : 1.0 + 2.0 / static_cast<double>(cols);
    case WeightFormat::kPackedInt: {
      const double group =
          static_cast<double>(quantization.group_size > 0 ? quantization.group_size : cols);
      return quantization.bits / 8.0 +
             (2.0 + (quantization.symmetric ? 0.0 : quantization.bits / 8.0)) / group;
    }
    case WeightFormat::kMxfp4:
      return 0.5 + 1.0 / 32.0;
    case WeightFormat::kPlain:
      break;
  }
  return 2.0;
}

std::string module_name(const std::string& tensor) {
  return tensor.substr(0, tensor.rfind('.'));
}

// Numbers between dots become letters: the layer's N, an expert's E.
std::string pattern_of(const std::string& name) {
  std::string pattern;
  char letter = 'N';
  for (size_t i = 0; i < name.size();) {
    size_t end = i;
    while (end < name.size() && std::isdigit(static_cast<unsigned char>(name[end])))
      ++end;
    const bool whole =
        end > i && i > 0 && name[i - 1] == '.' && (end == name.size() || name[end] == '.');
    if (whole) {
      pattern += letter;
      letter = 'E';
      i = end;
    } else {
      pattern += name[i++];
    }
  }
  return pattern;
}

std::string note_of(const TensorSpec& spec) {
  if (!spec.unused_reason.empty()) return "not used: " + spec.unused_reason;
  return spec.presence == Presence::kOptional ? "optional" : "";
}

}  // namespace

bool is_stored_quantized(const ModelConfig& config, const TensorSpec& spec) {
  const QuantizationConfig& quantization = config.quantization;
  return spec.quantizable == Quantizable::kYes && quantization.format != WeightFormat::kPlain &&
         !quantization.leaves_out(module_name(spec.name)) &&
         (quantization.format != WeightFormat::kMxfp4 || spec.shape.rank == 3);
}

double stored_bytes_of(const ModelConfig& config, const TensorSpec& spec) {
  const double elements = static_cast<double>(spec.shape.num_elements());
  const MadeWeights& made = config.made_weights;
  if (made.bits != 0 && spec.quantizable == Quantizable::kYes && !is_stored_quantized(config, spec))
    return elements * (made.bits / 8.0 + 2.0 / static_cast<double>(made.group_size));
  if (!is_stored_quantized(config, spec)) return elements * (config.dtype == "float32" ? 4.0 : 2.0);
  return elements *
         bytes_per_quantized_element(config.quantization, spec.shape[spec.shape.rank - 1]);
}

Result<ModelSummary> summarize_model(const ModelConfig& config) {
  Weights weights;
  const TensorTable table = make_tensor_table(config, weights);
  JANGWON_RETURN_IF_ERROR(check_module_patterns(table));
  ModelSummary summary;
  std::map<std::string, size_t> row_of;
  double stored = 0.0;
  double active = 0.0;
  double draft_stored = 0.0;
  for (const TensorSpec& spec : table.specs()) {
    const int64_t elements = spec.shape.num_elements();
    const std::string pattern = pattern_of(spec.name);
    const auto [row, inserted] =
        row_of.emplace(pattern + spec.shape.to_text() + spec.unused_reason, summary.tensors.size());
    if (inserted) summary.tensors.push_back({pattern, spec.shape.to_text(), 0, 0, note_of(spec)});
    summary.tensors[row->second].count += 1;
    summary.tensors[row->second].elements += elements;
    if (spec.draft) {
      summary.draft_parameters += elements;
      draft_stored += stored_bytes_of(config, spec);
    }
    if (!spec.counted) continue;
    summary.total_parameters += elements;
    stored += stored_bytes_of(config, spec);
    if (spec.per_token) active += static_cast<double>(elements);
    if (spec.routed) {
      active +=
          static_cast<double>(elements) * config.moe.num_experts_per_tok / config.moe.num_experts;
    }
  }
  summary.active_parameters = std::llround(active);
  summary.stored_weight_bytes = std::llround(stored);
  summary.stored_draft_bytes = std::llround(draft_stored);
  int64_t all_floats = 0;      // a token
  int64_t growing_floats = 0;  // a token, of layers without a window
  for (const LayerConfig& layer : config.layers) {
    const int64_t floats = config.cache_floats_per_token(layer);
    all_floats += floats;
    if (layer.window == 0) growing_floats += floats;
    summary.state_bytes_fp32 += 4 * config.state_floats(layer);
    summary.kv_window_bytes_fp32 += 4 * floats * layer.window;
  }
  summary.kv_bytes_per_token_fp32 = 4 * all_floats;
  summary.kv_bytes_per_token_bf16 = 2 * all_floats;
  summary.kv_growing_bytes_per_token_fp32 = 4 * growing_floats;
  summary.kv_growing_bytes_per_token_bf16 = 2 * growing_floats;
  return summary;
}

int64_t weight_bytes_per_step(const ModelConfig& config, int batch) {
  Weights weights;
  const TensorTable table = make_tensor_table(config, weights);
  double touched = 0.0;  // share of the experts that somebody chose
  if (config.moe.num_experts > 0) {
    const double missed =
        1.0 - static_cast<double>(config.moe.num_experts_per_tok) / config.moe.num_experts;
    touched = 1.0 - std::pow(missed, batch);
  }
  double bytes = 0.0;
  for (const TensorSpec& spec : table.specs()) {
    if (spec.per_token) bytes += stored_bytes_of(config, spec);
    if (spec.routed) bytes += stored_bytes_of(config, spec) * touched;
  }
  return std::llround(bytes);
}

int64_t cache_bytes_per_step(const ModelConfig& config, int batch, int context_tokens) {
  int64_t bytes = 0;
  for (const LayerConfig& layer : config.layers) {
    const int64_t seen = layer.window > 0 ? std::min(layer.window, context_tokens) : context_tokens;
    bytes += config.cache_floats_per_token(layer) * seen *
             static_cast<int64_t>(size_of(config.kv_cache_dtype));
    bytes += 4 * config.state_floats(layer);
  }
  return bytes * batch;
}

double operations_per_prompt_token(const ModelConfig& config, int prompt_tokens) {
  Weights weights;
  const TensorTable table = make_tensor_table(config, weights);
  double operations = 0.0;
  for (const TensorSpec& spec : table.specs()) {
    if (spec.shape.rank < 2 || spec.name.ends_with("lm_head.weight")) continue;
    const double elements = static_cast<double>(spec.shape.num_elements());
    if (spec.per_token) operations += 2.0 * elements;
    if (spec.routed)
      operations += 2.0 * elements * config.moe.num_experts_per_tok / config.moe.num_experts;
  }
  const AttentionConfig& a = config.attention;
  for (const LayerConfig& layer : config.layers) {
    if (config.state_floats(layer) > 0) continue;
    double seen = 0.0;
    for (int position = 0; position < prompt_tokens; ++position)
      seen += layer.window > 0 ? std::min(position + 1, layer.window) : position + 1;
    const bool latent = layer.attention == AttentionKind::kLatent;
    const int sizes =
        latent ? a.qk_nope_head_dim + a.qk_rope_head_dim + a.v_head_dim : 2 * a.head_dim;
    operations += 2.0 * a.num_attention_heads * sizes * seen / prompt_tokens;
  }
  return operations;
}

}  // namespace jangwon::runtime
