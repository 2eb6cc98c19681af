// The table of a checkpoint: one entry a tensor, with its name, its shape computed from the config,
// and where it goes. A loader holds a checkpoint to it in both directions; `models show` prints it
// without any weights.

#pragma once

#include <compare>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/tensor_view.h"
#include "runtime/model/model_config.h"
#include "runtime/model/weights.h"

namespace jangwon::runtime {

// The fused [H · (nope + v), R] projection of latent attention, taken apart at load.
struct LatentUpTarget {
  AttentionWeights* attention = nullptr;
};
// Experts that lie in one tensor; gate and up rows in turns (gpt-oss).
struct FusedGateUpTarget {
  std::vector<SwigluWeights>* experts = nullptr;
};
struct FusedDownTarget {
  std::vector<SwigluWeights>* experts = nullptr;
};
// Biases [E, …] of fused experts.
struct FusedGateUpBiasTarget {
  std::vector<SwigluWeights>* experts = nullptr;
};
struct FusedDownBiasTarget {
  std::vector<SwigluWeights>* experts = nullptr;
};
struct EmbeddingTarget {
  Weights* weights = nullptr;
};
struct BiasTarget {
  WeightMatrix* matrix = nullptr;
};

using TensorTarget = std::variant<std::monostate,  // known, not used
                                  WeightMatrix*,   // a linear layer
                                  DeviceVector*,   // a vector, kept in fp32
                                  // a table of rows, and the head where it is tied
                                  EmbeddingTarget, BiasTarget, LatentUpTarget, FusedGateUpTarget,
                                  FusedDownTarget, FusedGateUpBiasTarget, FusedDownBiasTarget>;

enum class Quantizable { kYes, kNo };  // kNo: router, norms, embeddings and head

enum class Counted { kYes, kNo };  // among the parameters that the published total counts

struct TensorSpec {
  std::string name = {};
  Shape shape = {};  // of the values; a quantised tensor lies in another shape
  TensorTarget target = {};
  Presence presence = Presence::kRequired;
  Quantizable quantizable = Quantizable::kNo;
  bool counted = true;  // among the model's parameters
  // read for every token: false for routed experts and the embedding
  bool per_token = true;
  bool stored_less_one = false;         // the file has w − 1 in place of w
  PackedUse use = PackedUse::kProduct;  // of a matrix
  // a routed expert: num_experts_per_tok of num_experts are active
  bool routed = false;
  bool draft = false;  // of the draft module, and read where that is loaded
  std::string unused_reason = {};
};

// What is loaded, and dropped again, at a time. The final norm and the draft module are the head's.
struct WeightPart {
  enum class Kind { kEmbedding, kLayer, kHead };
  Kind kind = Kind::kEmbedding;
  int layer = 0;

  auto operator<=>(const WeightPart&) const = default;
};

WeightPart part_of(const ModelConfig& config, const TensorSpec& spec);
// In the order in which a pass over the model needs them.
std::vector<WeightPart> weight_parts(const ModelConfig& config);

class TensorTable {
 public:
  TensorTable(const ModelConfig& config, Weights& weights) : config_(config), weights_(weights) {}

  const ModelConfig& config() const { return config_; }
  Weights& weights() { return weights_; }
  const std::vector<TensorSpec>& specs() const { return specs_; }

  void add(TensorSpec spec) { specs_.push_back(std::move(spec)); }
  // may be quantised
  void matrix(std::string name, int64_t rows, int64_t cols, WeightMatrix* target);
  void vector(std::string name, int64_t size, DeviceVector* target);
  void norm(std::string name, int64_t size, DeviceVector* target);  // the weight of an RMSNorm
  void unused(std::string name, Shape shape, std::string reason, bool counted);
  // The specs from `first` on are known and not used.
  void pass_over(size_t first, const std::string& reason, Counted counted);
  // They are the draft module's: passed over where no drafts were asked for.
  void mark_draft(size_t first, Counted counted);

 private:
  const ModelConfig& config_;
  Weights& weights_;
  std::vector<TensorSpec> specs_;
};

// "post_attention_layernorm" stands before the feed-forward, or on the output of attention.
enum class NormPlace { kBeforeFeedForward, kAfterAttention };

// What a decoder's tensors are called where models differ; relative to "model.layers.N.".
struct DecoderNames {
  std::string correction_bias = "mlp.gate.e_score_correction_bias";
  NormPlace post_attention_norm = NormPlace::kBeforeFeedForward;
};

// The tensors of a whole decoder in the names that all these models share: embedding, final norm
// and head, and for each layer its norms, its attention and its feed-forward, as the layer's config
// has them. What an architecture has beside that, it adds for each layer with `further`.
using FurtherTensors =
    std::function<void(TensorTable&, const std::string& prefix, const LayerConfig&, LayerWeights&)>;
void add_decoder_tensors(TensorTable& table, const DecoderNames& names = {},
                         const FurtherTensors& further = {});

// The tensors of one layer; `prefix` is "model.layers.N.".
void add_layer_tensors(TensorTable& table, const std::string& prefix, const LayerConfig& layer,
                       const DecoderNames& names, LayerWeights& weights);

// Of a draft module what stands around its layer. Names are whole.
struct DraftNames {
  std::string token_norm;
  std::string hidden_norm;
  std::string join;
  std::string final_norm;
};
void add_draft_tensors(TensorTable& table, const DraftNames& names, DraftWeights& draft);

// The parts, for an architecture whose layers are put together in another way.
void add_embedding_tensors(TensorTable& table);  // token embedding, final norm, head
void add_layer_norms(TensorTable& table, const std::string& prefix, NormPlace post_attention_norm,
                     const LayerConfig& layer, LayerWeights& weights);
void add_grouped_attention_tensors(TensorTable& table, const std::string& prefix,
                                   AttentionWeights& attention);
void add_latent_attention_tensors(TensorTable& table, const std::string& prefix,
                                  AttentionWeights& attention);
void add_delta_tensors(TensorTable& table, const std::string& prefix, DeltaWeights& weights);
void add_swiglu_tensors(TensorTable& table, const std::string& prefix, int64_t inner,
                        SwigluWeights& swiglu);
// Router at `prefix`mlp.gate, experts one tensor each, shared experts. `bias_name` is
// relative to `prefix`.
void add_expert_tensors(TensorTable& table, const std::string& prefix, const std::string& bias_name,
                        LayerWeights& layer);

}  // namespace jangwon::runtime
