// Threads share out panels of outputs and, where those are few, rows; an output's chain is never cut, so the split
// changes no bit. tests/runtime/ops/linear_test.cc compares every table and split with double precision.

#include "runtime/ops/linear.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/check.h"

namespace jangwon::runtime {
namespace {

// Multiply-adds below which waking another thread costs more than it saves.
constexpr int64_t kMinWorkPerTask = 200'000;

// Decoded rows of one panel, [kLanes, cols], and the panel itself, [cols, kLanes]; one a thread.
struct DecodeScratch {
  std::vector<float> rows;
  std::vector<float> panel;
};

void decode_panel(const StoredMatrix& stored, int64_t panel, DecodeScratch& scratch) {
  const int64_t cols = stored.cols;
  scratch.rows.resize(static_cast<size_t>(cols));
  scratch.panel.assign(static_cast<size_t>(cols * kLanes), 0.0f);
  const int64_t first = panel * kLanes;
  const int64_t count = std::min<int64_t>(kLanes, stored.rows - first);
  for (int64_t lane = 0; lane < count; ++lane) {
    stored.decode_row(first + lane, scratch.rows.data());
    for (int64_t k = 0; k < cols; ++k)
      scratch.panel[static_cast<size_t>(k * kLanes + lane)] = scratch.rows[static_cast<size_t>(k)];
  }
}

}  // namespace

WeightMatrix WeightMatrix::pack(StoredMatrix stored) {
  WeightMatrix matrix;
  matrix.rows_ = stored.rows;
  matrix.cols_ = stored.cols;
  const PlainRows* plain = std::get_if<PlainRows>(&stored.format);
  if (!plain) {
    matrix.storage_ = Storage::kDecoded;
    matrix.stored_ = std::move(stored);
    return matrix;
  }
  const bool bf16 = plain->dtype == DType::kBF16;
  matrix.storage_ = bf16 ? Storage::kBf16Panels : Storage::kF32Panels;
  const int64_t panel_elements = stored.cols * kLanes;
  const size_t element_bytes = bf16 ? 2 : 4;
  matrix.panels_ = AlignedBuffer(static_cast<size_t>(matrix.num_panels() * panel_elements) * element_bytes);
  DecodeScratch scratch;
  for (int64_t panel = 0; panel < matrix.num_panels(); ++panel) {
    decode_panel(stored, panel, scratch);
    std::byte* target = matrix.panels_.data() + static_cast<size_t>(panel * panel_elements) * element_bytes;
    matrix.pointers_.push_back(target);
    if (!bf16) {
      std::memcpy(target, scratch.panel.data(), static_cast<size_t>(panel_elements) * 4);
      continue;
    }
    uint16_t* halves = reinterpret_cast<uint16_t*>(target);
    for (int64_t i = 0; i < panel_elements; ++i)  // exact: the float came from a bf16
      halves[i] = static_cast<uint16_t>(std::bit_cast<uint32_t>(scratch.panel[static_cast<size_t>(i)]) >> 16);
  }
  return matrix;
}

WeightMatrix WeightMatrix::pack_floats(const std::vector<float>& values, int64_t rows, int64_t cols) {
  JANGWON_CHECK(static_cast<int64_t>(values.size()) == rows * cols);
  StoredMatrix stored;
  stored.rows = rows;
  stored.cols = cols;
  stored.format = PlainRows{.dtype = DType::kF32, .data = values.data()};
  return pack(std::move(stored));
}

int64_t WeightMatrix::size_bytes() const {
  switch (storage_) {
    case Storage::kEmpty:
      return 0;
    case Storage::kF32Panels:
      return rows_ * cols_ * 4;
    case Storage::kBf16Panels:
      return rows_ * cols_ * 2;
    case Storage::kDecoded:
      break;
  }
  if (const auto* packed = std::get_if<PackedIntRows>(&stored_.format)) return rows_ * cols_ * packed->bits / 8;
  return std::holds_alternative<Mxfp4Rows>(stored_.format) ? rows_ * cols_ * 17 / 32 : rows_ * cols_;
}

void WeightMatrix::multiply_panels(const KernelTable& kernels, const float* x, int64_t x_stride, int num_rows,
                                   int64_t first_panel, int64_t num_panels, float* y, int64_t y_stride) const {
  float* target = y + first_panel * kLanes;
  if (storage_ == Storage::kBf16Panels) {
    kernels.f32_bf16w_gemm({.num_rows = num_rows,
                            .inner = static_cast<int>(cols_),
                            .num_panels = static_cast<int>(num_panels),
                            .x = x,
                            .x_stride = x_stride,
                            .panels = reinterpret_cast<const uint16_t* const*>(pointers_.data() + first_panel),
                            .y = target,
                            .y_stride = y_stride});
  } else if (storage_ == Storage::kF32Panels) {
    kernels.f32_f32w_gemm({.num_rows = num_rows,
                           .inner = static_cast<int>(cols_),
                           .num_panels = static_cast<int>(num_panels),
                           .x = x,
                           .x_stride = x_stride,
                           .panels = reinterpret_cast<const float* const*>(pointers_.data() + first_panel),
                           .y = target,
                           .y_stride = y_stride});
  } else {
    JANGWON_CHECK(storage_ == Storage::kDecoded);
    thread_local DecodeScratch scratch;
    for (int64_t panel = 0; panel < num_panels; ++panel) {
      decode_panel(stored_, first_panel + panel, scratch);
      const float* pointer = scratch.panel.data();
      kernels.f32_f32w_gemm({.num_rows = num_rows,
                             .inner = static_cast<int>(cols_),
                             .num_panels = 1,
                             .x = x,
                             .x_stride = x_stride,
                             .panels = &pointer,
                             .y = target + panel * kLanes,
                             .y_stride = y_stride});
    }
  }
  if (bias.empty()) return;
  const int64_t begin = first_panel * kLanes;
  const int64_t end = std::min(rows_, begin + num_panels * kLanes);
  for (int row = 0; row < num_rows; ++row)
    for (int64_t n = begin; n < end; ++n)
      y[row * y_stride + n] += bias[static_cast<size_t>(n)];
}

void linear(const OpContext& context, const WeightMatrix& weight, const float* x_TK, int64_t x_stride, int num_rows,
            float* y_TN, int64_t y_stride) {
  const int64_t panels = weight.num_panels();
  const int64_t work = num_rows * panels * kLanes * weight.cols();
  const int64_t wanted = std::clamp<int64_t>(work / kMinWorkPerTask, 1, 4 * context.pool.num_threads());
  // Whole tiles of four panels a task; rows are cut only where the panels are too few to go round.
  const int64_t panel_tasks = std::min(wanted, (panels + 3) / 4);
  const int64_t panels_per_task = ((panels + panel_tasks - 1) / panel_tasks + 3) / 4 * 4;
  const int64_t panel_parts = (panels + panels_per_task - 1) / panels_per_task;
  const int64_t row_parts = std::clamp<int64_t>(wanted / panel_parts, 1, std::max(1, num_rows / 12));
  const int64_t rows_per_task = (num_rows + row_parts - 1) / row_parts;
  context.pool.parallel_for(panel_parts * row_parts, [&](int64_t task) {
    const int64_t first_panel = task % panel_parts * panels_per_task;
    const int64_t first_row = task / panel_parts * rows_per_task;
    const int64_t count = std::min<int64_t>(rows_per_task, num_rows - first_row);
    if (count <= 0) return;
    weight.multiply_panels(context.kernels, x_TK + first_row * x_stride, x_stride, static_cast<int>(count), first_panel,
                           std::min(panels_per_task, panels - first_panel), y_TN + first_row * y_stride, y_stride);
  });
}

}  // namespace jangwon::runtime
