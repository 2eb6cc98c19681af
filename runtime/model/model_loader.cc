// Loading in two passes: first every tensor is found and its shape compared (cheap, and all errors
// come from here), then the weights are packed, part by part. What a part needs beside the packed
// form (scales as floats, the mapped pages) is gone before the next one begins, so that memory does
// not double; its small matrices are packed beside each other, one a thread, because each of them
// alone is too short to be worth waking the others. Tests:
// tests/runtime/model/model_loader_test.cc.

#include "runtime/model/model_loader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <thread>

#include "runtime/base/check.h"
#include "runtime/base/thread_pool.h"
#include "runtime/model/architecture.h"
#include "runtime/model/attention_blocks.h"
#include "runtime/model/model.h"
#include "runtime/model/text_part.h"

namespace jangwon::runtime {
namespace {

constexpr size_t kMaxNamed = 5;    // tensors named in one message
constexpr size_t kPartsAhead = 3;  // that are being read while one is packed

std::string module_of(const std::string& tensor_name) {
  const size_t dot = tensor_name.rfind('.');
  return dot == std::string::npos ? tensor_name : tensor_name.substr(0, dot);
}

// model.layers.3.mlp.gate.weight → mlp.gate.weight
std::string name_in_layer(const std::string& tensor_name) {
  constexpr std::string_view kLayers = "model.layers.";
  if (!tensor_name.starts_with(kLayers)) return tensor_name;
  return tensor_name.substr(
      std::min(tensor_name.find('.', kLayers.size()), tensor_name.size() - 1) + 1);
}

bool is_plain_float(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

std::string describe(const TensorView& tensor) {
  return std::string(name_of(tensor.dtype)) + tensor.shape.to_text();
}

// Matrices from this size on are packed by all threads together.
constexpr int64_t kLargeMatrixBytes = int64_t{16} << 20;

// Reads bytes of the files before they are needed and maps their pages. A thread of its own,
// because it waits for the disk, and packing must go on meanwhile.
class ReadAhead {
 public:
  ReadAhead() : thread_([this] { work(); }) {}
  ~ReadAhead() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void add(const std::vector<std::span<std::byte>>& pieces) {
    {
      const std::lock_guard lock(mutex_);
      for (std::span<std::byte> rest : pieces) {
        while (!rest.empty()) {
          const std::span<std::byte> piece = rest.first(std::min(rest.size(), kMostAtOnce));
          pieces_.push_back(piece);
          rest = rest.subspan(piece.size());
        }
      }
    }
    changed_.notify_all();
  }
  // Pages that the caller gives back afterwards stay given back.
  void forget(const std::vector<std::span<std::byte>>& pieces) {
    const auto is_forgotten = [&](std::span<std::byte> piece) {
      return std::any_of(pieces.begin(), pieces.end(), [&](std::span<std::byte> whole) {
        return piece.data() >= whole.data() && piece.data() < whole.data() + whole.size();
      });
    };
    std::unique_lock lock(mutex_);
    std::erase_if(pieces_, is_forgotten);
    changed_.wait(lock, [&] { return !is_forgotten(current_); });
  }

 private:
  static constexpr size_t kMostAtOnce = size_t{8} << 20;  // whoever waits for the thread waits this

  static void read(std::span<std::byte> piece) {
#if defined(MADV_POPULATE_READ)
    // Where it fails the bytes cannot be read, which whoever uses them meets as well, or the system
    // is older than it.
    if (madvise(piece.data(), piece.size(), MADV_POPULATE_READ) == 0 || errno != EINVAL) return;
#endif
    madvise(piece.data(), piece.size(), MADV_WILLNEED);
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ending_ || !pieces_.empty(); });
      if (ending_) return;
      current_ = pieces_.front();
      pieces_.pop_front();
      lock.unlock();
      read(current_);
      lock.lock();
      current_ = {};
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::span<std::byte>> pieces_;
  std::span<std::byte> current_;  // that is being read
  bool ending_ = false;
  std::thread thread_;
};

// The threads that pack small matrices, each with a context of its own.
struct Packers {
  Packers(Ops ops) : pool(ops.context->num_threads) {
    for (int i = 0; i < pool.num_threads(); ++i)
      contexts.push_back(ops->make_context({.num_threads = 1, .device = ops.context->device}));
  }
  ThreadPool pool;
  std::vector<std::unique_ptr<OpContext>> contexts;
};

}  // namespace

class WeightLoader::Parts {
 public:
  Parts(Model& model, const std::vector<StageOps>& stages)
      : model_(model),
        table_(make_tensor_table(model.config, model.weights)),
        stages_(stages),
        packers_(stages.size()) {}

  Status check() {
    JANGWON_RETURN_IF_ERROR(check_module_patterns(table_));
    for (const TensorSpec& spec : table_.specs()) {
      part_ = part_of(model_.config, spec);
      JANGWON_RETURN_IF_ERROR(resolve_spec(spec));
    }
    JANGWON_RETURN_IF_ERROR(report_missing());
    JANGWON_RETURN_IF_ERROR(check_optional());
    JANGWON_RETURN_IF_ERROR(check_left_over());
    reading_ = Reading::kValues;
    return ok_status();
  }

  void load(WeightPart part) {
    part_ = part;
    stays_in_file_ = false;
    for (const TensorSpec& spec : table_.specs()) {
      if (!belongs(spec) || std::holds_alternative<std::monostate>(spec.target)) continue;
      const Status status = resolve_spec(spec);
      JANGWON_CHECK(status.ok(), "weights changed after they were checked");
    }
    pack();
    if (part.kind == WeightPart::Kind::kLayer) {
      list_experts(part.layer);
    } else if (part.kind == WeightPart::Kind::kHead) {  // with the draft module's layer
      for (size_t i = static_cast<size_t>(model_.config.num_hidden_layers);
           i < model_.weights.layers.size(); ++i)
        list_experts(static_cast<int>(i));
    }
    if (!stays_in_file_) let_go(part);
  }

  void drop(WeightPart part) {
    for (const TensorSpec& spec : table_.specs())
      if (part_of(model_.config, spec) == part)
        std::visit([&](const auto& target) { empty(target); }, spec.target);
    if (part.kind == WeightPart::Kind::kLayer)
      model_.weights.layers[static_cast<size_t>(part.layer)].expert_matrices_E.clear();
    let_go(part);
  }

  void prefetch(WeightPart part) { read_ahead_.add(whole_pages(part)); }
  int64_t stored_bytes(WeightPart part) const {
    int64_t bytes = 0;
    const auto found = tensors_.find(part);
    if (found == tensors_.end()) return 0;
    for (const TensorView* tensor : found->second)
      bytes += tensor->size_bytes();
    return bytes;
  }

 private:
  const TensorView* take(const std::string& name) {
    const TensorView* tensor = model_.files.find(name);
    if (tensor && taken_.insert(name).second) tensors_[part_].push_back(tensor);
    return tensor;
  }

  bool reads_values() const { return reading_ == Reading::kValues; }

  // Of the part that is being loaded.
  size_t stage() const {
    if (part_.kind == WeightPart::Kind::kEmbedding) return 0;
    size_t stage = 0;
    while (stage + 1 < stages_.size() &&
           (part_.kind == WeightPart::Kind::kHead || part_.layer >= stages_[stage].end_layer))
      ++stage;
    return stage;
  }
  Ops ops() const { return stages_[stage()].ops; }

  // How a routed expert's matrix of the part is packed.
  PackedUse expert_use() const {
    return part_.kind == WeightPart::Kind::kLayer &&
                   part_.layer >= stages_[stage()].first_streamed_layer
               ? PackedUse::kStreamedProduct
               : PackedUse::kProduct;
  }

  // Drafts begin with the embedding of a token, on the last device.
  bool drafts_embed_elsewhere() const { return stages_.size() > 1 && model_.config.drafts(); }

  // The head is a part of its own also where the embedding is its matrix.
  bool belongs(const TensorSpec& spec) const {
    const bool with_embedding = part_.kind == WeightPart::Kind::kHead &&
                                (model_.config.tie_word_embeddings || drafts_embed_elsewhere());
    return part_of(model_.config, spec) == part_ ||
           (with_embedding && std::holds_alternative<EmbeddingTarget>(spec.target));
  }

  // Whole pages of the part's tensors: a page that another part shares stays as it is.
  std::vector<std::span<std::byte>> whole_pages(WeightPart part) const {
    std::vector<std::span<std::byte>> pieces;
    const auto found = tensors_.find(part);
    if (found == tensors_.end()) return pieces;
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    for (const TensorView* tensor : found->second) {
      const auto begin = (reinterpret_cast<uintptr_t>(tensor->data) + page - 1) / page * page;
      const auto end = (reinterpret_cast<uintptr_t>(tensor->data) +
                        static_cast<uintptr_t>(tensor->size_bytes())) /
                       page * page;
      if (begin < end) pieces.push_back({reinterpret_cast<std::byte*>(begin), end - begin});
    }
    return pieces;
  }

  void let_go(WeightPart part) {
    const std::vector<std::span<std::byte>> pieces = whole_pages(part);
    read_ahead_.forget(pieces);
    for (const std::span<std::byte> piece : pieces)
      madvise(piece.data(), piece.size(), MADV_DONTNEED);
  }

  void empty(std::monostate) {}
  void empty(WeightMatrix* target) { target->reset(); }
  void empty(DeviceVector* target) { *target = {}; }
  void empty(EmbeddingTarget target) { target.weights->token_embedding_VD.reset(); }
  void empty(BiasTarget) {}
  void empty(LatentUpTarget target) {
    target.attention->query_into_latent_H.clear();
    target.attention->value_from_latent_H.clear();
    target.attention->key_from_latent_H.clear();
  }
  void empty(FusedGateUpTarget target) {
    for (SwigluWeights& expert : *target.experts) {
      expert.gate_FD.reset();
      expert.up_FD.reset();
    }
  }
  void empty(FusedDownTarget target) {
    for (SwigluWeights& expert : *target.experts)
      expert.down_DF.reset();
  }
  void empty(FusedGateUpBiasTarget) {}
  void empty(FusedDownBiasTarget) {}

  void list_experts(int index) {
    LayerWeights& layer = model_.weights.layers[static_cast<size_t>(index)];
    layer.expert_matrices_E.clear();
    for (const SwigluWeights& expert : layer.experts_E)
      layer.expert_matrices_E.push_back(
          {expert.gate_FD.get(), expert.up_FD.get(), expert.down_DF.get()});
  }

  void pack() {
    std::vector<Packing> small;
    for (Packing& packing : packings_) {
      if (packing.bytes >= kLargeMatrixBytes) {
        packing.run(ops());
      } else {
        small.push_back(std::move(packing));
      }
    }
    packings_.clear();
    if (small.empty()) return;
    std::optional<Packers>& packers = packers_[stage()];
    if (!packers) packers.emplace(ops());
    packers->pool.parallel_for(static_cast<int64_t>(small.size()), [&](int64_t i, int worker) {
      small[static_cast<size_t>(i)].run(
          {ops().table, packers->contexts[static_cast<size_t>(worker)].get()});
    });
    biases_.clear();
  }

  void leave(const TensorView& tensor, const std::string& name, const TensorSpec& spec) {
    left_.insert(name);
    model_.audit.unused.push_back({tensor.name, describe(tensor), spec.unused_reason});
  }

  Status misshapen(const TensorView& tensor, const std::string& expected) const {
    return invalid_argument(
        "tensor \"{tensor}\" is {tensor_2} in the file; the config asks for {expected}",
        {{"tensor", tensor.name}, {"tensor_2", describe(tensor)}, {"expected", expected}});
  }

  void miss(const TensorSpec& spec, const std::string& name) {
    if (reads_values()) return;
    if (spec.presence == Presence::kOptional) {
      model_.audit.absent_optional.push_back(name);
    } else {
      missing_.push_back(name + " " + spec.shape.to_text());
    }
  }

  // A tensor that is there, of plain floats, in the table's shape; null where it is missing.
  Result<const TensorView*> take_plain(const TensorSpec& spec, const std::string& name,
                                       const Shape& shape) {
    const TensorView* tensor = take(name);
    if (!tensor) {
      miss(spec, name);
      return tensor;
    }
    if (!is_plain_float(tensor->dtype) || tensor->shape != shape) {
      return misshapen(*tensor, "F32, F16 or BF16 of " + shape.to_text());
    }
    return tensor;
  }

  Result<std::vector<float>> take_floats(const TensorSpec& spec) {
    JANGWON_ASSIGN_OR_RETURN(const TensorView* tensor, take_plain(spec, spec.name, spec.shape));
    std::vector<float> values;
    if (tensor && reads_values()) {
      values.resize(static_cast<size_t>(spec.shape.num_elements()));
      copy_as_float(*tensor, 0, spec.shape.num_elements(), values.data());
      // In float32: a bf16 sum would lose most of a weight near zero.
      for (float& value : values)
        value = spec.stored_less_one ? 1.0f + value : value;
    }
    return values;
  }

  Result<std::vector<float>> take_scales(const std::string& name, const Shape& expected,
                                         const Shape& flat) {
    const TensorView* tensor = take(name);
    if (!tensor)
      return invalid_argument(
          "tensor \"{tensor}\" is missing; the weight beside it needs its scales",
          {{"tensor", name}});
    if (!is_plain_float(tensor->dtype) || (tensor->shape != expected && tensor->shape != flat)) {
      return misshapen(*tensor, "floats of " + expected.to_text());
    }
    if (!reads_values()) return std::vector<float>();
    std::vector<float> scales(static_cast<size_t>(expected.num_elements()));
    copy_as_float(*tensor, 0, expected.num_elements(), scales.data());
    return scales;
  }

  Status check_may_be_quantized(const TensorSpec& spec, WeightFormat format) const {
    const QuantizationConfig& quantization = model_.config.quantization;
    if (quantization.format != format) {
      return invalid_argument(
          quantization.method.empty()
              ? Message("tensor \"{tensor}\" is quantised in a format that the config's missing "
                        "quantization_config does not describe",
                        {{"tensor", spec.name}})
              : Message("tensor \"{tensor}\" is quantised in a format that the config's "
                        "quant_method \"{method}\" does not describe",
                        {{"tensor", spec.name}, {"method", quantization.method}}));
    }
    if (spec.quantizable == Quantizable::kNo || quantization.leaves_out(module_of(spec.name))) {
      return invalid_argument(
          "tensor \"{tensor}\" is quantised, but the config says that it is not",
          {{"tensor", spec.name}});
    }
    return ok_status();
  }

  Result<StoredMatrix> take_fp8(const TensorSpec& spec, const TensorView& tensor) {
    JANGWON_RETURN_IF_ERROR(check_may_be_quantized(spec, WeightFormat::kFp8));
    if (tensor.shape != spec.shape) return misshapen(tensor, spec.shape.to_text());
    const QuantizationConfig& quantization = model_.config.quantization;
    const int64_t rows = spec.shape[0];
    const int64_t cols = spec.shape[1];
    const std::string scale_name = module_of(spec.name) + "." + quantization.scale_suffix;
    Fp8Rows fp8;
    fp8.data = static_cast<const uint8_t*>(tensor.data);
    if (quantization.block_rows > 0) {
      fp8.block_rows = quantization.block_rows;
      fp8.block_cols = quantization.block_cols;
    } else {
      const TensorView* scale = model_.files.find(scale_name);
      fp8.block_rows = scale && scale->shape.num_elements() == 1 ? rows : 1;
      fp8.block_cols = cols;
    }
    const int64_t scale_rows = (rows + fp8.block_rows - 1) / fp8.block_rows;
    fp8.scale_cols = (cols + fp8.block_cols - 1) / fp8.block_cols;
    const Shape flat = scale_rows * fp8.scale_cols == 1 ? Shape{} : Shape{scale_rows};
    JANGWON_ASSIGN_OR_RETURN(fp8.scales,
                             take_scales(scale_name, {scale_rows, fp8.scale_cols}, flat));
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = cols;
    stored.format = std::move(fp8);
    return stored;
  }

  // Zero points [ceil(rows / per_word), groups], packed along the rows.
  Result<std::vector<float>> take_zeros(const std::string& name, int64_t rows, int64_t groups,
                                        int bits) {
    const int64_t per_word = 32 / bits;
    const Shape shape = {(rows + per_word - 1) / per_word, groups};
    const TensorView* tensor = take(name);
    if (!tensor)
      return invalid_argument("tensor \"{tensor}\" is missing; the quantisation is not symmetric",
                              {{"tensor", name}});
    if (tensor->dtype != DType::kI32 || tensor->shape != shape)
      return misshapen(*tensor, "I32" + shape.to_text());
    if (!reads_values()) return std::vector<float>();
    std::vector<float> zeros(static_cast<size_t>(rows * groups));
    const char* data = static_cast<const char*>(tensor->data);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t group = 0; group < groups; ++group) {
        uint32_t word;
        std::memcpy(&word, data + (row / per_word * groups + group) * 4, 4);
        const uint32_t q = (word >> (row % per_word * bits)) & ((1u << bits) - 1);
        zeros[static_cast<size_t>(row * groups + group)] =
            static_cast<float>(q) - static_cast<float>(1 << (bits - 1));
      }
    }
    return zeros;
  }

  Result<StoredMatrix> take_packed(const TensorSpec& spec, const TensorView& tensor) {
    JANGWON_RETURN_IF_ERROR(check_may_be_quantized(spec, WeightFormat::kPackedInt));
    const QuantizationConfig& quantization = model_.config.quantization;
    const std::string module = module_of(spec.name) + ".";
    const int64_t rows = spec.shape[0];
    const int64_t cols = spec.shape[1];
    const int64_t per_word = 32 / quantization.bits;
    const Shape packed_shape = {rows, (cols + per_word - 1) / per_word};
    if (tensor.dtype != DType::kI32 || tensor.shape != packed_shape) {
      return misshapen(tensor,
                       "I32" + packed_shape.to_text() + " for a weight of " + spec.shape.to_text());
    }
    const TensorView* shape = take(module + "weight_shape");
    if (!shape || shape->dtype != DType::kI64 || shape->shape != Shape{2}) {
      return invalid_argument("tensor \"{tensor}.weight_shape\" is missing or not I64[2]",
                              {{"tensor", module_of(spec.name)}});
    }
    int64_t stored_shape[2];
    std::memcpy(stored_shape, shape->data, sizeof(stored_shape));
    if (stored_shape[0] != rows || stored_shape[1] != cols) {
      return invalid_argument(
          "tensor \"{tensor}.weight_shape\" says {stored_shape}; the config asks for {shape}",
          {{"tensor", module_of(spec.name)},
           {"stored_shape", Shape{stored_shape[0], stored_shape[1]}.to_text()},
           {"shape", spec.shape.to_text()}});
    }
    PackedIntRows packed;
    packed.bits = quantization.bits;
    packed.data = static_cast<const int32_t*>(tensor.data);
    packed.group_size = quantization.group_size > 0 ? quantization.group_size : cols;
    if (cols % packed.group_size != 0) {
      return invalid_argument(
          "tensor \"{tensor}\" has {cols} columns, no multiple of the group size {group_size}",
          {{"tensor", spec.name}, {"cols", cols}, {"group_size", packed.group_size}});
    }
    const int64_t groups = cols / packed.group_size;
    JANGWON_ASSIGN_OR_RETURN(packed.scales,
                             take_scales(module + "weight_scale", {rows, groups}, {rows, groups}));
    if (!quantization.symmetric) {
      JANGWON_ASSIGN_OR_RETURN(
          packed.zeros, take_zeros(module + "weight_zero_point", rows, groups, quantization.bits));
    }
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = cols;
    stored.format = std::move(packed);
    return stored;
  }

  // Where the rows of one expert's projection lie in the tensor of all experts, as libraries that
  // fuse them in memory also write them: PREFIX.experts.gate_up_proj [E, 2I, H], gate rows first,
  // and PREFIX.experts.down_proj [E, H, I].
  struct FusedPlace {
    std::string name;
    Shape shape;
    int64_t first_row = 0;
  };

  // Nothing where `spec` is no expert's projection or the files hold no such tensor.
  std::optional<FusedPlace> fused_place_of(const TensorSpec& spec) const {
    constexpr std::string_view kExperts = ".experts.";
    const size_t at = spec.name.find(kExperts);
    if (at == std::string::npos) return std::nullopt;
    const std::string prefix = spec.name.substr(0, at + kExperts.size());
    const std::string rest = spec.name.substr(prefix.size());
    const int64_t expert = std::atoll(rest.c_str());
    const int64_t rows = spec.shape[0];
    const int64_t num_experts = model_.config.moe.num_experts;
    FusedPlace place;
    if (rest.ends_with(".down_proj.weight")) {
      place = {prefix + "down_proj", {num_experts, rows, spec.shape[1]}, expert * rows};
    } else {
      const int64_t half = rest.ends_with(".up_proj.weight") ? rows : 0;
      place = {prefix + "gate_up_proj",
               {num_experts, 2 * rows, spec.shape[1]},
               expert * 2 * rows + half};
    }
    if (!model_.files.tensors().contains(place.name)) return std::nullopt;
    return place;
  }

  Result<StoredMatrix> take_fused(const TensorSpec& spec, const FusedPlace& place) {
    JANGWON_ASSIGN_OR_RETURN(const TensorView* whole, take_plain(spec, place.name, place.shape));
    StoredMatrix stored;
    stored.rows = spec.shape[0];
    stored.cols = spec.shape[1];
    stored.first_row = place.first_row;
    stored.format = PlainRows{.dtype = whole->dtype, .data = whole->data};
    return stored;
  }

  // A linear layer's weight in whatever format it lies; rows 0 where it is missing.
  Result<StoredMatrix> take_matrix(const TensorSpec& spec) {
    const TensorView* tensor = take(spec.name);
    if (tensor && tensor->dtype == DType::kF8E4M3) return take_fp8(spec, *tensor);
    if (!tensor) {
      const TensorView* packed = take(spec.name + "_packed");
      if (packed) return take_packed(spec, *packed);
      if (const std::optional<FusedPlace> place = fused_place_of(spec))
        return take_fused(spec, *place);
      miss(spec, spec.name);
      return StoredMatrix{};
    }
    JANGWON_ASSIGN_OR_RETURN(const TensorView* plain, take_plain(spec, spec.name, spec.shape));
    StoredMatrix stored;
    stored.rows = spec.shape[0];
    stored.cols = spec.shape[1];
    stored.format = PlainRows{.dtype = plain->dtype, .data = plain->data};
    return stored;
  }

  // The pair NAME_blocks, NAME_scales of fused experts [E, rows, cols].
  Result<Mxfp4Rows> take_mxfp4(const TensorSpec& spec) {
    const Shape blocks_shape = {spec.shape[0], spec.shape[1], spec.shape[2] / 32, 16};
    const Shape scales_shape = {spec.shape[0], spec.shape[1], spec.shape[2] / 32};
    const TensorView* blocks = take(spec.name + "_blocks");
    const TensorView* scales = take(spec.name + "_scales");
    if (!blocks) miss(spec, spec.name + "_blocks");
    if (!scales) miss(spec, spec.name + "_scales");
    if (!blocks || !scales) return Mxfp4Rows{};
    JANGWON_RETURN_IF_ERROR(check_may_be_quantized(spec, WeightFormat::kMxfp4));
    if (blocks->dtype != DType::kU8 || blocks->shape != blocks_shape) {
      return misshapen(*blocks, "U8" + blocks_shape.to_text());
    }
    if (scales->dtype != DType::kU8 || scales->shape != scales_shape) {
      return misshapen(*scales, "U8" + scales_shape.to_text());
    }
    return Mxfp4Rows{static_cast<const uint8_t*>(blocks->data),
                     static_cast<const uint8_t*>(scales->data)};
  }

  void pack_later(WeightMatrix* target, StoredMatrix stored, PackedUse use = PackedUse::kProduct) {
    if (!reads_values()) return;
    // at least half of them are read, of every format
    const int64_t bytes = stored.rows * stored.cols;
    stays_in_file_ = stays_in_file_ || ops()->packed_size(stored, use).stays_in_file;
    auto shared = std::make_shared<StoredMatrix>(std::move(stored));
    packings_.push_back({bytes, [this, target, use, shared](Ops ops) {
                           const auto bias = biases_.find(target);
                           if (bias != biases_.end()) shared->bias = bias->second;
                           *target = ops->pack(*ops.context, std::move(*shared), use);
                         }});
  }

  // `values` [rows, cols] are no checkpoint tensor as they stand; `dtype`, F32 or BF16, holds each
  // of them exactly.
  static WeightMatrix pack_floats(Ops ops, const std::vector<float>& values, int64_t rows,
                                  int64_t cols, DType dtype) {
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = cols;
    stored.format = PlainRows{.dtype = DType::kF32, .data = values.data()};
    std::vector<uint16_t> halves;
    if (dtype == DType::kBF16) {
      for (const float value : values)
        halves.push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16));
      stored.format = PlainRows{.dtype = DType::kBF16, .data = halves.data()};
    }
    return ops->pack(*ops.context, std::move(stored), PackedUse::kProduct);
  }

  void pack_rows(const TensorSpec& spec, Mxfp4Rows rows, int64_t expert, int64_t first,
                 int64_t step, WeightMatrix* target) {
    StoredMatrix stored;
    stored.rows = spec.shape[1] / step;
    stored.cols = spec.shape[2];
    stored.first_row = expert * spec.shape[1] + first;
    stored.row_step = step;
    stored.format = rows;
    pack_later(target, std::move(stored), expert_use());
  }

  Status resolve_spec(const TensorSpec& spec) {
    return std::visit([&](const auto& target) { return resolve_target(spec, target); },
                      spec.target);
  }

  Status resolve_target(const TensorSpec& spec, std::monostate) {
    const std::string module = module_of(spec.name);
    for (const char* suffix : {"weight_scale_inv", "weight_scale", "weight_packed", "weight_shape",
                               "weight_zero_point"}) {
      if (const TensorView* part = model_.files.find(module + "." + suffix))
        leave(*part, module + "." + suffix, spec);
    }
    const TensorView* tensor = model_.files.find(spec.name);
    if (!tensor) {
      const std::optional<FusedPlace> place = fused_place_of(spec);
      if (place && !left_.contains(place->name))
        leave(*model_.files.find(place->name), place->name, spec);
      return ok_status();
    }
    if (tensor->shape != spec.shape) return misshapen(*tensor, spec.shape.to_text());
    leave(*tensor, spec.name, spec);
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, WeightMatrix* target) {
    JANGWON_ASSIGN_OR_RETURN(StoredMatrix stored, take_matrix(spec));
    if (stored.rows == 0) return ok_status();
    if (spec.quantizable == Quantizable::kYes) stored.made = model_.config.made_weights;
    pack_later(target, std::move(stored), spec.routed ? expert_use() : spec.use);
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, DeviceVector* target) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<float> values, take_floats(spec));
    if (reads_values()) *target = DeviceVector(ops(), values);
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, EmbeddingTarget target) {
    JANGWON_ASSIGN_OR_RETURN(const TensorView* tensor, take_plain(spec, spec.name, spec.shape));
    if (!tensor) return ok_status();
    StoredMatrix table;
    table.rows = spec.shape[0];
    table.cols = spec.shape[1];
    table.format = PlainRows{.dtype = tensor->dtype, .data = tensor->data};
    Weights& weights = *target.weights;
    const bool at_head = part_.kind == WeightPart::Kind::kHead;
    if (at_head && model_.config.tie_word_embeddings) pack_later(&weights.lm_head_VD, table);
    if (at_head && drafts_embed_elsewhere())
      pack_later(&weights.draft.token_embedding_VD, table, PackedUse::kLookup);
    if (!at_head) pack_later(&weights.token_embedding_VD, std::move(table), PackedUse::kLookup);
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, BiasTarget target) {
    JANGWON_ASSIGN_OR_RETURN(std::vector<float> bias, take_floats(spec));
    if (!bias.empty()) biases_[target.matrix] = std::move(bias);
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, LatentUpTarget target) {
    JANGWON_ASSIGN_OR_RETURN(StoredMatrix stored, take_matrix(spec));
    if (stored.rows == 0 || !reads_values()) return ok_status();
    const int64_t bytes = stored.rows * stored.cols;
    packings_.push_back({std::min(bytes, kLargeMatrixBytes - 1),
                         [&config = model_.config, target, stored = std::move(stored)](Ops ops) {
                           pack_latent_heads(ops, config, stored, *target.attention);
                         }});
    return ok_status();
  }

  // The rows of kv_b_proj are of each head its key without the rotary part, then its value.
  static void pack_latent_heads(Ops ops, const ModelConfig& config, const StoredMatrix& stored,
                                AttentionWeights& weights) {
    const AttentionConfig& attention = config.attention;
    const int64_t nope = attention.qk_nope_head_dim;
    const int64_t value = attention.v_head_dim;
    const int64_t rank = attention.kv_lora_rank;
    const auto* plain = std::get_if<PlainRows>(&stored.format);
    const DType dtype = plain && plain->dtype == DType::kBF16 ? DType::kBF16 : DType::kF32;
    std::vector<float> keys(static_cast<size_t>(nope * rank));
    std::vector<float> into(static_cast<size_t>(rank * nope));
    std::vector<float> from(static_cast<size_t>(value * rank));
    for (int64_t head = 0; head < attention.num_attention_heads; ++head) {
      const int64_t first = head * (nope + value);
      for (int64_t d = 0; d < nope; ++d) {
        stored.decode_row(first + d, keys.data() + d * rank);
        for (int64_t r = 0; r < rank; ++r)
          into[static_cast<size_t>(r * nope + d)] = keys[static_cast<size_t>(d * rank + r)];
      }
      for (int64_t d = 0; d < value; ++d)
        stored.decode_row(first + nope + d, from.data() + d * rank);
      weights.query_into_latent_H.push_back(pack_floats(ops, into, rank, nope, dtype));
      weights.value_from_latent_H.push_back(pack_floats(ops, from, value, rank, dtype));
      if (expands_latents(config))
        weights.key_from_latent_H.push_back(pack_floats(ops, keys, nope, rank, dtype));
    }
  }

  Status resolve_target(const TensorSpec& spec, FusedGateUpTarget target) {
    JANGWON_ASSIGN_OR_RETURN(const Mxfp4Rows rows, take_mxfp4(spec));
    for (int64_t e = 0; rows.blocks && e < spec.shape[0]; ++e) {
      SwigluWeights& expert = (*target.experts)[static_cast<size_t>(e)];
      pack_rows(spec, rows, e, 0, 2, &expert.gate_FD);
      pack_rows(spec, rows, e, 1, 2, &expert.up_FD);
    }
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, FusedDownTarget target) {
    JANGWON_ASSIGN_OR_RETURN(const Mxfp4Rows rows, take_mxfp4(spec));
    for (int64_t e = 0; rows.blocks && e < spec.shape[0]; ++e)
      pack_rows(spec, rows, e, 0, 1, &(*target.experts)[static_cast<size_t>(e)].down_DF);
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, FusedGateUpBiasTarget target) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<float> values, take_floats(spec));
    const size_t inner = static_cast<size_t>(spec.shape[1] / 2);
    for (size_t e = 0; !values.empty() && e < target.experts->size(); ++e) {
      std::vector<float> gate(inner);
      std::vector<float> up(inner);
      for (size_t i = 0; i < inner; ++i) {
        gate[i] = values[e * 2 * inner + 2 * i];
        up[i] = values[e * 2 * inner + 2 * i + 1];
      }
      biases_[&(*target.experts)[e].gate_FD] = std::move(gate);
      biases_[&(*target.experts)[e].up_FD] = std::move(up);
    }
    return ok_status();
  }

  Status resolve_target(const TensorSpec& spec, FusedDownBiasTarget target) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<float> values, take_floats(spec));
    const int64_t hidden = spec.shape[1];
    for (size_t e = 0; !values.empty() && e < target.experts->size(); ++e) {
      const auto begin = values.begin() + static_cast<int64_t>(e) * hidden;
      biases_[&(*target.experts)[e].down_DF] = std::vector<float>(begin, begin + hidden);
    }
    return ok_status();
  }

  static std::string list_first(const std::vector<std::string>& names) {
    std::string text;
    for (size_t i = 0; i < std::min(names.size(), kMaxNamed); ++i)
      text += (i ? ", " : "") + names[i];
    if (names.size() > kMaxNamed)
      text += " and " + std::to_string(names.size() - kMaxNamed) + " more";
    return text;
  }

  Status report_missing() const {
    if (missing_.empty()) return ok_status();
    return invalid_argument("the config asks for tensors that the files do not hold: {missing}",
                            {{"missing", list_first(missing_)}});
  }

  // What may be absent is absent in all layers or in none.
  Status check_optional() const {
    std::map<std::string, std::string> absent;  // by the name without its layer
    for (const std::string& name : model_.audit.absent_optional)
      absent.emplace(name_in_layer(name), name);
    for (const TensorSpec& spec : table_.specs()) {
      if (spec.presence != Presence::kOptional || !taken_.contains(spec.name)) continue;
      const auto found = absent.find(name_in_layer(spec.name));
      if (found == absent.end()) continue;
      return invalid_argument("tensor \"{tensor}\" is missing, and \"{spec}\" is there",
                              {{"tensor", found->second}, {"spec", spec.name}});
    }
    return ok_status();
  }

  Status check_left_over() {
    std::vector<std::string> left_over;
    for (const auto& [name, tensor] : model_.files.tensors()) {
      if (taken_.contains(name)) {
        ++model_.audit.num_used;
        model_.audit.used_bytes += tensor.size_bytes();
      } else if (name.ends_with(".rotary_emb.inv_freq")) {
        model_.audit.unused.push_back({tensor.name, describe(tensor), "computed from the config"});
      } else if (!left_.contains(name)) {
        left_over.push_back(name + " " + describe(tensor));
      }
    }
    if (left_over.empty()) return ok_status();
    return invalid_argument("the files hold tensors that the config has no place for: {left_over}",
                            {{"left_over", list_first(left_over)}});
  }

  enum class Reading { kShapes, kValues };
  struct Packing {
    int64_t bytes = 0;
    std::function<void(Ops)> run;
  };

  Model& model_;
  TensorTable table_;
  std::vector<StageOps> stages_;
  Reading reading_ = Reading::kShapes;
  std::set<std::string> taken_;
  std::set<std::string> left_;  // known and not used
  std::vector<std::string> missing_;
  // that a part reads; by the first part that does
  std::map<WeightPart, std::vector<const TensorView*>> tensors_;

  // Of the part that is being loaded.
  WeightPart part_;
  bool stays_in_file_ = false;  // some of its matrices are read from the file when they are used
  std::vector<Packing> packings_;
  std::map<const WeightMatrix*, std::vector<float>> biases_;  // of matrices that are packed later
  std::vector<std::optional<Packers>> packers_;               // of each stage
  ReadAhead read_ahead_;
};

Status check_module_patterns(const TensorTable& table) {
  for (const ModulePattern& pattern : table.config().quantization.unquantized) {
    const QuantizationConfig& quantization = table.config().quantization;
    // A tied head has no tensor of its own and may still be listed.
    bool matched = quantization.matches(pattern, "lm_head") ||
                   (quantization.within_multimodal && is_about_other_parts(pattern.text()));
    for (const TensorSpec& spec : table.specs()) {
      if (matched) break;
      matched = quantization.matches(pattern, module_of(spec.name)) ||
                quantization.matches(pattern, spec.name);
    }
    if (!matched) {
      return unsupported(
          "\"quantization_config\" leaves out \"{pattern}\", which matches no module of this model",
          {{"pattern", pattern.text()}});
    }
  }
  return ok_status();
}

Result<std::unique_ptr<Model>> open_model(const std::string& dir, ModelConfig config) {
  auto model = std::make_unique<Model>();
  model->config = std::move(config);
  JANGWON_ASSIGN_OR_RETURN(model->files, CheckpointFiles::open(dir));
  if (model->config.text_part) {
    Result<std::vector<TensorView>> others = model->files.rename(name_in_text_model);
    if (!others.ok()) return others.status().at(dir);
    for (const TensorView& tensor : *others)
      model->audit.unused.push_back(
          {tensor.name, describe(tensor), "images, video and sound are never asked"});
    if (model->files.find("lm_head.weight")) model->config.tie_word_embeddings = false;
  }
  return model;
}

bool holds_draft_module(const Model& model) {
  if (!model.config.draft) return false;
  Weights weights;
  const TensorTable table = make_tensor_table(model.config, weights);
  return std::any_of(table.specs().begin(), table.specs().end(), [&](const TensorSpec& spec) {
    return spec.draft && model.files.find(spec.name) != nullptr;
  });
}

std::vector<StageOps> one_stage(Ops ops, const ModelConfig& config) {
  return {{.ops = ops,
           .first_layer = 0,
           .end_layer = config.num_hidden_layers,
           .first_streamed_layer = config.num_hidden_layers}};
}

WeightLoader::WeightLoader(Model& model, const std::vector<StageOps>& stages)
    : parts_(std::make_unique<Parts>(model, stages)) {}
WeightLoader::~WeightLoader() = default;

Result<std::unique_ptr<WeightLoader>> WeightLoader::open(Model& model, const std::string& dir,
                                                         const std::vector<StageOps>& stages) {
  std::unique_ptr<WeightLoader> loader(new WeightLoader(model, stages));
  const Status status = loader->parts_->check();
  if (!status.ok()) return status.at(dir);
  return loader;
}

void WeightLoader::load(WeightPart part) {
  parts_->load(part);
}

void WeightLoader::drop(WeightPart part) {
  parts_->drop(part);
}

void WeightLoader::prefetch(WeightPart part) {
  parts_->prefetch(part);
}

int64_t WeightLoader::stored_bytes(WeightPart part) const {
  return parts_->stored_bytes(part);
}

Status load_weights(Model& model, const std::string& dir, const std::vector<StageOps>& stages,
                    const LoadProgress& progress) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<WeightLoader> loader,
                           WeightLoader::open(model, dir, stages));
  const std::vector<WeightPart> parts = weight_parts(model.config);
  int64_t total = 0;
  for (const WeightPart part : parts)
    total += loader->stored_bytes(part);
  for (size_t i = 0; i < std::min(kPartsAhead, parts.size()); ++i)
    loader->prefetch(parts[i]);
  int64_t done = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i + kPartsAhead < parts.size()) loader->prefetch(parts[i + kPartsAhead]);
    loader->load(parts[i]);
    done += loader->stored_bytes(parts[i]);
    if (progress) progress(done, total);
  }
  return ok_status();
}

}  // namespace jangwon::runtime
