// Packing happens on the host, some panels at a time, whose copy to the device then overlaps with
// nothing: loading is bound by the checkpoint's disk.

#include "runtime/kernels/cuda/cuda_matrix.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <optional>
#include <type_traits>

#include "runtime/base/aligned_buffer.h"
#include "runtime/kernels/cuda/product_tile.h"
#include "runtime/kernels/cuda/tensor_tile.h"

namespace jangwon::runtime {
namespace {

using Storage = MatrixView::Storage;

constexpr int64_t kPackedAtATime = int64_t{1} << 22;  // bytes
constexpr int64_t kPartAlignment = 256;

// What a matrix takes of the device's memory: elements, scales, offsets, the codebook, the
// bias, in this order.
struct MatrixPlan {
  Storage storage = Storage::kF32Panels;
  std::optional<ChainLayout> chain;
  int64_t num_pieces = 0;  // panels, or rows
  int64_t piece_bytes = 0;
  int64_t scales_at = 0;
  int64_t offsets_at = 0;
  int64_t codebook_at = 0;
  int64_t bias_at = 0;
  int64_t total_bytes = 0;
};

int64_t aligned(int64_t bytes) {
  return ceil_div(bytes, kPartAlignment) * kPartAlignment;
}

MatrixPlan plan_of(const StoredMatrix& stored, PackedUse use, Numerics numerics) {
  MatrixPlan plan;
  const PlainRows* plain = std::get_if<PlainRows>(&stored.format);
  const bool bf16_elements = plain && plain->dtype == DType::kBF16;
  const bool is_chain = use == PackedUse::kProduct || use == PackedUse::kStreamedProduct;
  if (is_chain && numerics != Numerics::kFloat32) plan.chain = chain_layout_of(stored);
  // A group must end with an instruction's inputs; other formats are rounded to bf16.
  if (plan.chain && numerics == Numerics::kTensor && plan.chain->group_size % kTensorStep != 0 &&
      plan.chain->group_size < stored.cols)
    plan.chain = ChainLayout{.rows = stored.rows, .cols = stored.cols};
  int64_t scale_bytes = 0;
  int64_t offset_bytes = 0;
  if (plan.chain) {
    plan.storage = numerics == Numerics::kTensor ? Storage::kTensor
                   : numerics == Numerics::kAmx  ? Storage::kSplitChain
                                                 : Storage::kChain;
    plan.num_pieces = plan.chain->num_panels();
    plan.piece_bytes = plan.chain->panel_bytes();
    scale_bytes = plan.num_pieces * plan.chain->scale_bytes();
    offset_bytes = plan.num_pieces * plan.chain->offset_bytes();
  } else if (use == PackedUse::kLookup) {
    plan.storage = bf16_elements ? Storage::kBf16Rows : Storage::kF32Rows;
    plan.num_pieces = stored.rows;
    plan.piece_bytes = stored.cols * (bf16_elements ? 2 : 4);
  } else {
    plan.storage = bf16_elements ? Storage::kBf16Panels : Storage::kF32Panels;
    plan.num_pieces = ceil_div<int64_t>(stored.rows, kPanelWidth);
    plan.piece_bytes = stored.cols * kPanelWidth * (bf16_elements ? 2 : 4);
  }
  plan.scales_at = aligned(plan.num_pieces * plan.piece_bytes);
  plan.offsets_at = plan.scales_at + aligned(scale_bytes);
  plan.codebook_at = plan.offsets_at + aligned(offset_bytes);
  plan.bias_at = plan.codebook_at + (plan.chain ? aligned(sizeof(ChainCodebook)) : 0);
  const bool has_bias = use != PackedUse::kLookup && !stored.bias.empty();
  plan.total_bytes =
      plan.bias_at + (has_bias ? aligned(stored.rows * static_cast<int64_t>(sizeof(float))) : 0);
  return plan;
}

uint16_t upper_half(float value) {  // exact: the float came from a bf16
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
}

// One panel or row of floats, or of bf16 numbers, at `out`.
void write_piece(const StoredMatrix& stored, Storage storage, int64_t piece, std::byte* out) {
  const bool in_panels = storage == Storage::kF32Panels || storage == Storage::kBf16Panels;
  const bool halves = storage == Storage::kBf16Rows || storage == Storage::kBf16Panels;
  const int64_t width = in_panels ? kPanelWidth : 1;
  std::vector<float> row(static_cast<size_t>(stored.cols));
  for (int64_t lane = 0; lane < std::min(width, stored.rows - piece * width); ++lane) {
    stored.decode_row(piece * width + lane, row.data());
    for (int64_t k = 0; k < stored.cols; ++k) {
      const float value = row[static_cast<size_t>(k)];
      if (halves) {
        reinterpret_cast<uint16_t*>(out)[k * width + lane] = upper_half(value);
      } else {
        reinterpret_cast<float*>(out)[k * width + lane] = value;
      }
    }
  }
}

// Elements, scales and offsets of pieces [first, first + count) in buffers that begin with them.
void fill_pieces(CudaContext& context, const StoredMatrix& stored, const MatrixPlan& plan,
                 int64_t first, int64_t count, std::byte* elements, std::byte* scales,
                 std::byte* offsets) {
  context.pool.parallel_for(count, [&](int64_t i, int) {
    if (!plan.chain)
      return write_piece(stored, plan.storage, first + i, elements + i * plan.piece_bytes);
    const ChainLayout& layout = *plan.chain;
    std::vector<float> decoded_row;
    std::vector<uint16_t> rounded_rows;
    fill_chain_panel(stored, layout, first + i,
                     {.codes = elements + i * plan.piece_bytes,
                      .scales = layout.group_size > 0 ? scales + i * layout.scale_bytes() : nullptr,
                      .offsets = layout.has_offsets ? reinterpret_cast<uint8_t*>(
                                                          offsets + i * layout.offset_bytes())
                                                    : nullptr},
                     {decoded_row, rounded_rows});
  });
}

}  // namespace

CudaMatrix::CudaMatrix(CudaContext& context, const StoredMatrix& stored, PackedUse use)
    : PackedMatrix(stored.rows, stored.cols), is_streamed_(use == PackedUse::kStreamedProduct) {
  const MatrixPlan plan = plan_of(stored, use, context.numerics);
  memory_bytes_ = plan.total_bytes;
  const size_t size = static_cast<size_t>(std::max<int64_t>(1, memory_bytes_));
  if (is_streamed_) {
    void* pinned = nullptr;
    if (cudaHostAlloc(&pinned, size, cudaHostAllocPortable) == cudaSuccess)
      memory_ = static_cast<std::byte*>(std::memset(pinned, 0, size));
  } else {
    memory_ = static_cast<std::byte*>(cuda_allocate(context, size));
  }
  JANGWON_CHECK(memory_ != nullptr, "out of memory");
  const auto put = [&](int64_t at, const void* from, size_t count) {
    if (!is_streamed_) return cuda_upload(context, memory_ + at, from, count);
    if (count > 0) std::memcpy(memory_ + at, from, count);
  };
  const int64_t scale_bytes = plan.chain ? plan.chain->scale_bytes() : 0;
  const int64_t offset_bytes = plan.chain ? plan.chain->offset_bytes() : 0;
  const int64_t step =
      std::max<int64_t>(1, kPackedAtATime / std::max<int64_t>(1, plan.piece_bytes));
  for (int64_t first = 0; first < plan.num_pieces; first += step) {
    const int64_t count = std::min(step, plan.num_pieces - first);
    const AlignedBuffer elements(static_cast<size_t>(count * plan.piece_bytes));
    const AlignedBuffer scales(static_cast<size_t>(count * scale_bytes));
    const AlignedBuffer offsets(static_cast<size_t>(count * offset_bytes));
    fill_pieces(context, stored, plan, first, count, elements.data(), scales.data(),
                offsets.data());
    put(first * plan.piece_bytes, elements.data(), elements.size_bytes());
    put(plan.scales_at + first * scale_bytes, scales.data(), scales.size_bytes());
    put(plan.offsets_at + first * offset_bytes, offsets.data(), offsets.size_bytes());
  }
  view_ = {.storage = plan.storage,
           .rows = static_cast<int32_t>(stored.rows),
           .cols = static_cast<int32_t>(stored.cols),
           .elements = memory_,
           .panel_bytes = plan.piece_bytes};
  if (plan.bias_at < plan.total_bytes) {
    put(plan.bias_at, stored.bias.data(), stored.bias.size() * sizeof(float));
    view_.bias = reinterpret_cast<const float*>(memory_ + plan.bias_at);
  }
  if (plan.chain) {
    const ChainLayout& layout = *plan.chain;
    const ChainCodebook& codebook = chain_codebook_of(stored, layout);
    put(plan.codebook_at, codebook.data(), sizeof(codebook));
    view_.format = layout.format;
    view_.scales_are_bf16 = layout.scales_are_bf16;
    view_.group_size = static_cast<int32_t>(layout.group_size);
    view_.scales = layout.group_size > 0 ? memory_ + plan.scales_at : nullptr;
    view_.offsets =
        layout.has_offsets ? reinterpret_cast<const uint8_t*>(memory_ + plan.offsets_at) : nullptr;
    view_.codebook = reinterpret_cast<const uint16_t*>(memory_ + plan.codebook_at);
  }
  // Loaders pack with contexts of their own, and what is packed is used on another's stream.
  check_cuda(cudaStreamSynchronize(context.stream));
}

// Nobody reads it any more: a step ends with tokens that the host waits for.
CudaMatrix::~CudaMatrix() {
  if (is_streamed_) {
    cudaFreeHost(memory_);
  } else {
    cudaFree(memory_);
  }
}

MatrixView CudaMatrix::view_at(const std::byte* base) const {
  MatrixView view = view_;
  const auto moved = [&](auto*& pointer) {
    using Pointer = std::remove_reference_t<decltype(pointer)>;
    if (pointer)
      pointer =
          reinterpret_cast<Pointer>(base + (reinterpret_cast<const std::byte*>(pointer) - memory_));
  };
  moved(view.elements);
  moved(view.scales);
  moved(view.offsets);
  moved(view.codebook);
  moved(view.bias);
  return view;
}

PackedSize cuda_packed_size_of(const StoredMatrix& stored, PackedUse use, Numerics numerics) {
  return {.memory_bytes = plan_of(stored, use, numerics).total_bytes};
}

std::unique_ptr<const PackedMatrix> cuda_pack(OpContext& context, StoredMatrix stored,
                                              PackedUse use) {
  return std::make_unique<CudaMatrix>(as_cuda(context), stored, use);
}

namespace matrix_kernels {

__global__ void f32_embed_kernel(MatrixView table, EmbedArguments a) {
  const int64_t index = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  const int64_t token = index / table.cols;
  const int64_t i = index % table.cols;
  if (token >= a.num_tokens) return;
  const int64_t at = int64_t{a.ids_T[token]} * table.cols + i;
  const float value = table.storage == Storage::kBf16Rows
                          ? value_of_bf16(reinterpret_cast<const uint16_t*>(table.elements)[at])
                          : reinterpret_cast<const float*>(table.elements)[at];
  a.hidden_TD.row(token)[i] = a.multiplier != 1.0f ? value * a.multiplier : value;
}

__global__ void f32_linear_kernel(MatrixView weight, ConstRows x, int num_rows, float scale,
                                  Rows y) {
  const int first = static_cast<int>(blockIdx.y) * kProductRows;
  const int n = static_cast<int>(blockIdx.x) * kProductThreads + static_cast<int>(threadIdx.x);
  ProductTile tile;
  multiply_tile(weight, {x.row(first), x.stride, nullptr}, min(kProductRows, num_rows - first), n,
                tile);
  if (n >= weight.rows) return;
  for (int r = 0; r < min(kProductRows, num_rows - first); ++r) {
    const float value = tile.with_bias(weight, n, r);
    y.row(first + r)[n] = scale == 1.0f ? value : value * scale;
  }
}

__global__ void __launch_bounds__(kTensorThreads)
    bf16_linear_kernel(MatrixView weight, ConstRows x, int num_rows, float scale, Rows y) {
  const int first = static_cast<int>(blockIdx.y) * kTensorRows;
  const int count = min(kTensorRows, num_rows - first);
  const int panel =
      static_cast<int>(blockIdx.x) * kTensorWarps + static_cast<int>(threadIdx.x) / kWarpSize;
  TensorTile tiles[1];
  multiply_by_tensor_cores<1>({&weight}, {x.row(first), x.stride, nullptr}, count, panel, tiles);
  write_tensor_tile(weight, tiles[0], panel, count, [&](int row, int n, float value) {
    y.row(first + row)[n] = scale == 1.0f ? value : value * scale;
  });
}

__global__ void __launch_bounds__(kTensorThreads)
    bf16_linear_heads_kernel(const MatrixView* weights_H, HeadLinearArguments a) {
  const MatrixView& weight = weights_H[blockIdx.z];
  if (weight.storage != Storage::kTensor) return;
  const int first = static_cast<int>(blockIdx.y) * kTensorRows;
  const int count = min(kTensorRows, a.num_rows - first);
  const int panel =
      static_cast<int>(blockIdx.x) * kTensorWarps + static_cast<int>(threadIdx.x) / kWarpSize;
  TensorTile tiles[1];
  const float* x = a.x.row(first) + blockIdx.z * a.x_head_stride;
  multiply_by_tensor_cores<1>({&weight}, {x, a.x.stride, nullptr}, count, panel, tiles);
  write_tensor_tile(weight, tiles[0], panel, count, [&](int row, int n, float value) {
    a.y.row(first + row)[blockIdx.z * a.y_head_stride + n] = value;
  });
}

__global__ void f32_linear_heads_kernel(const MatrixView* weights_H, HeadLinearArguments a) {
  const MatrixView& weight = weights_H[blockIdx.z];
  if (weight.storage == Storage::kTensor) return;
  const int first = static_cast<int>(blockIdx.y) * kProductRows;
  const int n = static_cast<int>(blockIdx.x) * kProductThreads + static_cast<int>(threadIdx.x);
  ProductTile tile;
  const float* x = a.x.row(first) + blockIdx.z * a.x_head_stride;
  multiply_tile(weight, {x, a.x.stride, nullptr}, min(kProductRows, a.num_rows - first), n, tile);
  if (n >= weight.rows) return;
  for (int r = 0; r < min(kProductRows, a.num_rows - first); ++r)
    a.y.row(first + r)[blockIdx.z * a.y_head_stride + n] = tile.with_bias(weight, n, r);
}

// Blocks of both kinds of products have as many outputs.
static_assert(kProductThreads == kTensorOutputs);

dim3 grid_of(int64_t outputs, int num_rows, int rows_of_block, int count) {
  return {static_cast<unsigned>(ceil_div<int64_t>(outputs, kTensorOutputs)),
          static_cast<unsigned>(ceil_div(num_rows, rows_of_block)), static_cast<unsigned>(count)};
}

}  // namespace matrix_kernels

using namespace matrix_kernels;

void cuda_embed(OpContext& context, const EmbedArguments& a) {
  if (a.num_tokens == 0) return;
  launch(f32_embed_kernel, blocks_for_elements(a.num_tokens * a.table_VD->cols()), kElementThreads,
         0, as_cuda(context).stream, view_of(*a.table_VD), on_device(a));
}

void cuda_linear(OpContext& context, const LinearArguments& a) {
  if (a.num_rows == 0) return;
  const cudaStream_t stream = as_cuda(context).stream;
  for (const LinearProduct& product : a.products) {
    if (!product.weight) continue;
    const MatrixView& weight = view_of(*product.weight);
    if (weight.storage == Storage::kTensor) {
      launch(bf16_linear_kernel, grid_of(weight.rows, a.num_rows, kTensorRows, 1), kTensorThreads,
             kTensorSharedBytes, stream, weight, a.x, a.num_rows, a.scale, product.y);
    } else {
      launch(f32_linear_kernel, grid_of(weight.rows, a.num_rows, kProductRows, 1), kProductThreads,
             kProductSharedBytes, stream, weight, a.x, a.num_rows, a.scale, product.y);
    }
  }
}

void cuda_linear_heads(OpContext& context, const HeadLinearArguments& a) {
  if (a.num_rows == 0 || a.num_heads == 0) return;
  CudaContext& cuda = as_cuda(context);
  std::vector<MatrixView> views;
  int64_t outputs = 0;
  int on_tensor_cores = 0;
  for (int head = 0; head < a.num_heads; ++head) {
    views.push_back(view_of(*a.weights_H[head]));
    outputs = std::max(outputs, a.weights_H[head]->rows());
    on_tensor_cores += views.back().storage == Storage::kTensor ? 1 : 0;
  }
  const MatrixView* weights_H = cuda.put_of_weights(views);
  // Each leaves the other's heads alone.
  if (on_tensor_cores > 0)
    launch(bf16_linear_heads_kernel, grid_of(outputs, a.num_rows, kTensorRows, a.num_heads),
           kTensorThreads, kTensorSharedBytes, cuda.stream, weights_H, on_device(a));
  if (on_tensor_cores < a.num_heads)
    launch(f32_linear_heads_kernel, grid_of(outputs, a.num_rows, kProductRows, a.num_heads),
           kProductThreads, kProductSharedBytes, cuda.stream, weights_H, on_device(a));
}

}  // namespace jangwon::runtime
