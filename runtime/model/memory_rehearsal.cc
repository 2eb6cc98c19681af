// Tests: tests/runtime/engine/memory_plan_test.cc compares with what a loaded engine holds.

#include "runtime/model/memory_rehearsal.h"

#include <sys/mman.h>

#include <algorithm>
#include <map>
#include <optional>

#include "runtime/model/architecture.h"
#include "runtime/model/attention_blocks.h"
#include "runtime/model/cache_layout.h"
#include "runtime/model/model_summary.h"
#include "runtime/ops/idle_ops.h"

namespace jangwon::runtime {
namespace {

struct RehearsalContext : OpContext {
  explicit RehearsalContext(const OpTable& real) : device(real) {}

  const OpTable& device;
  int64_t allocated_bytes = 0;
  int64_t packed_bytes = 0;
  ScratchNeeds scratch;
};

RehearsalContext& as_rehearsal(OpContext& context) {
  return static_cast<RehearsalContext&>(context);
}

struct RehearsedMatrix : PackedMatrix {
  RehearsedMatrix(int64_t rows, int64_t cols, const PackedSize& size)
      : PackedMatrix(rows, cols), takes_rounded_(size.takes_rounded) {}
  int64_t memory_bytes() const override { return 0; }
  bool takes_rounded() const override { return takes_rounded_; }

 private:
  bool takes_rounded_ = false;
};

// Addresses without memory behind them: whoever touches one is found out.
void* allocate_addresses(OpContext& context, size_t size_bytes) {
  as_rehearsal(context).allocated_bytes += static_cast<int64_t>(size_bytes);
  void* memory =
      mmap(nullptr, size_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void release_addresses(OpContext&, void* memory, size_t size_bytes) {
  munmap(memory, size_bytes);
}

std::unique_ptr<const PackedMatrix> count_packed(OpContext& context, StoredMatrix stored,
                                                 PackedUse use) {
  RehearsalContext& counts = as_rehearsal(context);
  const PackedSize size = counts.device.packed_size(stored, use);
  counts.packed_bytes += size.memory_bytes;
  counts.scratch.max_matrix_cols = std::max(counts.scratch.max_matrix_cols, stored.cols);
  return std::make_unique<RehearsedMatrix>(stored.rows, stored.cols, size);
}

void copy_nothing(OpContext&, void*, const void*, size_t) {}

OpTable rehearsal_table(const OpTable& device) {
  OpTable rehearsal = idle_ops(device);
  rehearsal.name = "rehearsal";
  rehearsal.allocate = allocate_addresses;
  rehearsal.release = release_addresses;
  rehearsal.upload = copy_nothing;
  rehearsal.download = copy_nothing;
  rehearsal.copy = copy_nothing;
  rehearsal.clear = [](OpContext&, void*, size_t) {};
  rehearsal.pack = count_packed;
  rehearsal.kv_block_bytes = device.kv_block_bytes;
  return rehearsal;
}

// Puts into the weights what the loader would, of the same sizes and without a number.
class WeightsRehearsal {
 public:
  WeightsRehearsal(Model& model, const CheckpointFiles* files, Ops ops)
      : model_(model), files_(files), ops_(ops) {}

  void run() {
    const TensorTable table = make_tensor_table(model_.config, model_.weights);
    for (const TensorSpec& spec : table.specs()) {
      const int64_t before = bytes_so_far();
      std::visit([&](const auto& target) { place(spec, target); }, spec.target);
      const WeightPart part = part_of(model_.config, spec);
      const int64_t bytes = bytes_so_far() - before;
      bytes_of_part_[part] += bytes;
      if (spec.routed) expert_bytes_[part] += bytes;
    }
    place_tied_head(table);
  }

  // A part of its own, which another device may hold.
  void place_tied_head(const TensorTable& table) {
    if (!model_.config.tie_word_embeddings) return;
    const int64_t before = bytes_so_far();
    for (const TensorSpec& spec : table.specs())
      if (std::holds_alternative<EmbeddingTarget>(spec.target))
        model_.weights.lm_head_VD = pack(spec, spec.shape[0], spec.shape[1]);
    bytes_of_part_[{WeightPart::Kind::kHead}] += bytes_so_far() - before;
  }

  int64_t mapped_bytes() const { return static_cast<int64_t>(mapped_bytes_); }
  void add_parts(RehearsedMemory& memory) {
    memory.embedding_bytes = bytes_of_part_[{WeightPart::Kind::kEmbedding}];
    for (int layer = 0; layer < model_.config.num_hidden_layers; ++layer) {
      memory.layer_bytes.push_back(bytes_of_part_[{WeightPart::Kind::kLayer, layer}]);
      memory.expert_bytes.push_back(expert_bytes_[{WeightPart::Kind::kLayer, layer}]);
    }
    memory.head_bytes = bytes_of_part_[{WeightPart::Kind::kHead}];
  }

 private:
  DType plain_dtype() const {
    if (model_.config.dtype == "float32") return DType::kF32;
    return model_.config.dtype == "float16" ? DType::kF16 : DType::kBF16;
  }

  // Of a tensor that lies in the files as plain floats, under its own name.
  std::optional<DType> dtype_in_files(const TensorSpec& spec) const {
    const TensorView* tensor = files_ ? files_->find(spec.name) : nullptr;
    if (!tensor || tensor->dtype == DType::kF8E4M3) return std::nullopt;
    return tensor->dtype;
  }

  StoredMatrix stored_as(const TensorSpec& spec, int64_t rows, int64_t cols) const {
    const QuantizationConfig& quantization = model_.config.quantization;
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = cols;
    stored.format = PlainRows{.dtype = plain_dtype()};
    if (const std::optional<DType> dtype = dtype_in_files(spec)) {
      stored.format = PlainRows{.dtype = *dtype};
      return stored;
    }
    if (!is_stored_quantized(model_.config, spec)) return stored;
    if (quantization.format == WeightFormat::kFp8) {
      Fp8Rows fp8;
      fp8.block_rows = quantization.block_rows > 0 ? quantization.block_rows : 1;
      fp8.block_cols = quantization.block_rows > 0 ? quantization.block_cols : cols;
      stored.format = std::move(fp8);
    } else if (quantization.format == WeightFormat::kPackedInt) {
      PackedIntRows packed;
      packed.bits = quantization.bits;
      packed.zeros.resize(quantization.symmetric ? 0 : 1);
      packed.group_size = quantization.group_size > 0 ? quantization.group_size : cols;
      stored.format = std::move(packed);
    } else {
      stored.format = Mxfp4Rows{};
    }
    return stored;
  }

  WeightMatrix pack(const TensorSpec& spec, int64_t rows, int64_t cols,
                    PackedUse use = PackedUse::kProduct) {
    StoredMatrix stored = stored_as(spec, rows, cols);
    if (spec.quantizable == Quantizable::kYes) stored.made = model_.config.made_weights;
    if (as_rehearsal(*ops_.context).device.packed_size(stored, use).stays_in_file) {
      mapped_bytes_ += stored_bytes_of(model_.config, spec) * static_cast<double>(rows * cols) /
                       static_cast<double>(spec.shape.num_elements());
    }
    return ops_->pack(*ops_.context, stored, use);
  }

  void count_floats(int64_t count) {
    as_rehearsal(*ops_.context).packed_bytes += count * static_cast<int64_t>(sizeof(float));
  }

  int64_t bytes_so_far() const {
    const RehearsalContext& counts = as_rehearsal(*ops_.context);
    return counts.allocated_bytes + counts.packed_bytes + mapped_bytes();
  }

  void place(const TensorSpec&, std::monostate) {}
  void place(const TensorSpec& spec, WeightMatrix* target) {
    *target = pack(spec, spec.shape[0], spec.shape[1], spec.use);
  }
  void place(const TensorSpec& spec, DeviceVector* target) {
    *target =
        DeviceVector(ops_, std::vector<float>(static_cast<size_t>(spec.shape.num_elements())));
  }
  void place(const TensorSpec& spec, EmbeddingTarget target) {
    target.weights->token_embedding_VD =
        pack(spec, spec.shape[0], spec.shape[1], PackedUse::kLookup);
  }
  void place(const TensorSpec& spec, BiasTarget) { count_floats(spec.shape.num_elements()); }
  void place(const TensorSpec& spec, FusedGateUpBiasTarget) {
    count_floats(spec.shape.num_elements());
  }
  void place(const TensorSpec& spec, FusedDownBiasTarget) {
    count_floats(spec.shape.num_elements());
  }
  void place(const TensorSpec& spec, LatentUpTarget target) {
    const AttentionConfig& a = model_.config.attention;
    // Taken apart as bf16 where it lies so, as floats else.
    const StoredMatrix whole = stored_as(spec, spec.shape[0], spec.shape[1]);
    const auto* plain = std::get_if<PlainRows>(&whole.format);
    const PlainRows rows{.dtype =
                             plain && plain->dtype == DType::kBF16 ? DType::kBF16 : DType::kF32};
    StoredMatrix into;
    into.format = rows;
    into.rows = a.kv_lora_rank;
    into.cols = a.qk_nope_head_dim;
    StoredMatrix from;
    from.format = rows;
    from.rows = a.v_head_dim;
    from.cols = a.kv_lora_rank;
    StoredMatrix keys = from;
    keys.rows = a.qk_nope_head_dim;
    for (int head = 0; head < a.num_attention_heads; ++head) {
      target.attention->query_into_latent_H.push_back(
          ops_->pack(*ops_.context, into, PackedUse::kProduct));
      target.attention->value_from_latent_H.push_back(
          ops_->pack(*ops_.context, from, PackedUse::kProduct));
      if (expands_latents(model_.config))
        target.attention->key_from_latent_H.push_back(
            ops_->pack(*ops_.context, keys, PackedUse::kProduct));
    }
    int64_t& max_rows = as_rehearsal(*ops_.context).scratch.max_head_rows;
    max_rows = std::max({max_rows, into.rows, from.rows});
  }
  void place(const TensorSpec& spec, FusedGateUpTarget target) {
    for (SwigluWeights& expert : *target.experts) {
      expert.gate_FD = pack(spec, spec.shape[1] / 2, spec.shape[2]);
      expert.up_FD = pack(spec, spec.shape[1] / 2, spec.shape[2]);
    }
  }
  void place(const TensorSpec& spec, FusedDownTarget target) {
    for (SwigluWeights& expert : *target.experts)
      expert.down_DF = pack(spec, spec.shape[1], spec.shape[2]);
  }

  Model& model_;
  const CheckpointFiles* files_ = nullptr;
  Ops ops_;
  double mapped_bytes_ = 0.0;
  std::map<WeightPart, int64_t> bytes_of_part_;
  std::map<WeightPart, int64_t> expert_bytes_;
};

// The first sequence brings all tokens but one of each other; wanted rows are taken from the end.
// Of its tokens `num_expanded` meet expanded latents.
std::vector<SequenceStep> largest_step(const StepSize& size, std::span<const int32_t> ids,
                                       std::span<const std::vector<BlockId>> tables,
                                       int num_expanded) {
  std::vector<SequenceStep> sequences;
  for (int i = 0; i < size.num_sequences; ++i) {
    const int count = i == 0 ? static_cast<int>(ids.size()) : 1;
    const int wanted =
        i == 0 ? std::clamp(size.num_logit_rows - size.num_sequences + 1, 0, count) : 1;
    const int first_position = std::max(0, size.context_tokens - count);
    sequences.push_back({.token_ids = ids.first(static_cast<size_t>(count)),
                         .first_position = first_position,
                         .block_tables = tables,
                         .first_wanted = count - wanted,
                         .state = 0,
                         .absorbed_from = i == 0 ? first_position + num_expanded : 0});
  }
  return sequences;
}

void rehearse_step(Decoder& decoder, CacheMemory& cache, int num_groups, const StepSize& size,
                   RehearsedMemory& memory) {
  const int first_count = size.num_tokens - size.num_sequences + 1;
  const std::vector<int32_t> ids(static_cast<size_t>(first_count));
  const std::vector<std::vector<BlockId>> tables(
      static_cast<size_t>(num_groups),
      std::vector<BlockId>(static_cast<size_t>(blocks_for(size.context_tokens))));
  // A row on the latent takes more than one over expanded keys, and the first of these brings the
  // memory for such keys with it.
  decoder.begin(largest_step(size, ids, tables, 0), cache);
  decoder.run_layers(0, decoder.num_layers());
  const std::vector<SequenceStep> sequences = largest_step(size, ids, tables, 1);
  decoder.begin(sequences, cache);
  decoder.run_layers(0, decoder.num_layers());
  memory.before_head = decoder.largest_workspace();
  decoder.finish();
  memory.workspace = decoder.largest_workspace();
  if (size.num_drafts == 0) return;
  // All pairs of the step and one more a sequence, then one a sequence as often as a draft
  // follows another.
  const ConstRows hidden_TD = decoder.normed_hidden_TD();
  const std::vector<int32_t> first_ids(static_cast<size_t>(first_count) + 1);
  std::vector<DraftStep> drafts;
  for (const SequenceStep& sequence : sequences) {
    DraftStep& draft = drafts.emplace_back();
    draft.tokens = sequence;
    draft.tokens.token_ids = std::span(first_ids).first(sequence.token_ids.size() + 1);
    draft.tokens.first_wanted = static_cast<int>(sequence.token_ids.size());
  }
  StepOutput output = decoder.draft(drafts, hidden_TD, cache);
  for (DraftStep& draft : drafts) {
    draft.tokens.token_ids = std::span(first_ids).first(1);
    draft.tokens.first_wanted = 0;
  }
  for (int i = 1; i < size.num_drafts; ++i)
    output = decoder.draft(drafts, output.normed_TD, cache);
  memory.workspace = decoder.largest_workspace();
}

}  // namespace

int64_t RehearsedMemory::largest_part_bytes() const {
  const auto largest = std::max_element(layer_bytes.begin(), layer_bytes.end());
  return std::max(head_bytes, largest == layer_bytes.end() ? 0 : *largest);
}

RehearsedMemory rehearse(const ModelSource& source, const OpTable& device, const StepSize& step) {
  const ModelConfig& config = source.config;
  RehearsalContext context(device);
  const OpTable table = rehearsal_table(device);
  const Ops ops{&table, &context};
  Model model;
  model.config = config;
  WeightsRehearsal weights(model, source.files, ops);
  weights.run();
  RehearsedMemory memory;
  memory.weight_bytes = context.allocated_bytes + context.packed_bytes;
  memory.mapped_weight_bytes = weights.mapped_bytes();
  weights.add_parts(memory);

  const CacheLayout layout = make_cache_layout(config, device);
  CacheMemory cache(
      ops, layout,
      {.blocks_of_group = std::vector<int>(layout.groups.size(), 1), .num_state_slots = 1});
  Decoder decoder(model, ops);
  rehearse_step(decoder, cache, static_cast<int>(layout.groups.size()), step, memory);
  memory.scratch = context.scratch;
  memory.scratch.attention = attention_shape_of(config, config.layers.front());
  if (expands_latents(config))
    memory.scratch.expanded = expanded_shape_of(config, config.layers.front());
  memory.scratch.num_index_heads = config.attention.index_n_heads;
  memory.scratch.delta_head_size = config.delta.head_dim;
  memory.scratch.context_tokens = step.context_tokens;
  memory.scratch.step_tokens = step.num_tokens;
  memory.scratch.num_layers = config.num_hidden_layers;
  memory.scratch.num_experts = config.moe.num_experts;
  memory.scratch.num_chosen_experts = config.moe.num_experts_per_tok;
  memory.scratch.hidden_size = config.hidden_size;
  memory.scratch.expert_size = config.moe.moe_intermediate_size;
  memory.scratch.vocab_size = config.vocab_size;
  return memory;
}

}  // namespace jangwon::runtime
