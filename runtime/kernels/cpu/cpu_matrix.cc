// Threads share out panels of outputs and, where those are few, rows; an output's chain is never
// cut, so the split changes no bit.

#include "runtime/kernels/cpu/cpu_matrix.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/kernels/cpu/task_sizes.h"

namespace jangwon::runtime {
namespace {

// A product in float32 has the larger weights, and fewer of them go into an instruction.
constexpr int64_t kWorkOfFloat = 4;

constexpr int64_t kFewestRows = 12;  // of a task, where rows are cut

// Outputs of an operator that a core's own caches do not keep until they are read.
constexpr int64_t kFarBytes = int64_t{1} << 20;

// One panel of `stored` into scratch.decoded_panel.
void decode_panel(const StoredMatrix& stored, int64_t panel, CpuScratch& scratch) {
  const int64_t cols = stored.cols;
  scratch.decoded_row.resize(static_cast<size_t>(cols));
  scratch.decoded_panel.assign(static_cast<size_t>(cols * kPanelWidth), 0.0f);
  const int64_t first = panel * kPanelWidth;
  const int64_t count = std::min<int64_t>(kPanelWidth, stored.rows - first);
  for (int64_t lane = 0; lane < count; ++lane) {
    stored.decode_row(first + lane, scratch.decoded_row.data());
    for (int64_t k = 0; k < cols; ++k)
      scratch.decoded_panel[static_cast<size_t>(k * kPanelWidth + lane)] =
          scratch.decoded_row[static_cast<size_t>(k)];
  }
}

std::optional<ChainLayout> layout_of_product(const StoredMatrix& stored, PackedUse use,
                                             Numerics numerics) {
  const bool is_product = use == PackedUse::kProduct || use == PackedUse::kStreamedProduct;
  if (numerics == Numerics::kFloat32 || !is_product) return std::nullopt;
  return chain_layout_of(stored);
}

// Some outputs of one of an operator's matrices, of some rows.
struct LinearTask {
  const CpuMatrix* weight = nullptr;
  Rows y = {};
  int64_t first_panel = 0;
  int64_t num_panels = 0;
  int64_t first_row = 0;
  int64_t num_rows = 0;
  int64_t work = 0;
};

int64_t work_of_panel(const CpuMatrix& weight, int64_t num_rows) {
  const int64_t work = work_of(num_rows, kPanelWidth * weight.cols());
  return weight.takes_rounded() ? work : kWorkOfFloat * work;
}

// Cuts one matrix's product. `work_left` is that of the operator without what is cut already. Rows
// are cut only where the panels are too few to go round.
void cut_linear(const LinearProduct& product, int64_t num_rows, int num_threads, int64_t& work_left,
                std::vector<LinearTask>& tasks) {
  const CpuMatrix& weight = as_cpu(*product.weight);
  const int64_t panels = weight.num_panels();
  const int64_t panel_work = std::max<int64_t>(1, work_of_panel(weight, num_rows));
  const int64_t wanted =
      std::clamp<int64_t>(panels * panel_work / kMinWorkPerTask, 1, kTasksPerThread * num_threads);
  const int64_t panel_parts = std::min(wanted, (panels + kTilePanels - 1) / kTilePanels);
  const int64_t row_parts =
      std::clamp<int64_t>(wanted / panel_parts, 1, std::max<int64_t>(1, num_rows / kFewestRows));
  const int64_t rows_per_task = (num_rows + row_parts - 1) / row_parts;
  for (int64_t first = 0; first < panels;) {
    const int64_t wanted_panels =
        row_parts > 1 ? kTilePanels
                      : share_of_task(work_left / panel_work, num_threads,
                                      fewest_panels(panel_work), panels, kTilePanels);
    const int64_t count = std::min(wanted_panels, panels - first);
    for (int64_t row = 0; row < num_rows; row += rows_per_task) {
      const int64_t rows = std::min(rows_per_task, num_rows - row);
      tasks.push_back({.weight = &weight,
                       .y = product.y,
                       .first_panel = first,
                       .num_panels = count,
                       .first_row = row,
                       .num_rows = rows,
                       .work = count * work_of_panel(weight, rows)});
    }
    first += count;
    work_left -= count * panel_work;
  }
}

void run_linear_task(const CpuContext& cpu, const LinearArguments& a, const LinearTask& task,
                     const ProductInputs& inputs, bool y_is_far, CpuScratch& scratch) {
  const Rows y = {task.y.row(task.first_row) + task.first_panel * kPanelWidth, task.y.stride};
  task.weight->multiply_panels(cpu, inputs.from_row(task.first_row),
                               static_cast<int>(task.num_rows), task.first_panel, task.num_panels,
                               y, scratch, {.y_is_far = y_is_far && a.scale == 1.0f});
  if (a.scale == 1.0f) return;
  for (int64_t row = 0; row < task.num_rows; ++row)
    for (int64_t n = 0; n < task.num_panels * kPanelWidth; ++n)
      y.row(row)[n] *= a.scale;
}

// Some heads of the rows from first_row on.
struct HeadTask {
  int64_t first_row = 0;
  int64_t first_head = 0;
  int64_t num_heads = 0;
};

std::vector<HeadTask> cut_heads(const HeadLinearArguments& a, int64_t num_weights,
                                int num_threads) {
  const int64_t row_parts = (a.num_rows + kHeadRowsPerTask - 1) / kHeadRowsPerTask;
  const int64_t rows = std::min<int64_t>(a.num_rows, kHeadRowsPerTask);
  const int64_t head_work =
      std::max<int64_t>(1, work_of(rows, num_weights / std::max(1, a.num_heads)));
  const int64_t fewest = kMinWorkPerTask / head_work + 1;
  int64_t left = row_parts * a.num_heads;
  std::vector<HeadTask> tasks;
  for (int64_t part = 0; part < row_parts; ++part) {
    for (int64_t head = 0; head < a.num_heads;) {
      const int64_t count =
          std::min(share_of_task(left, num_threads, fewest, a.num_heads, 1), a.num_heads - head);
      tasks.push_back({part * kHeadRowsPerTask, head, count});
      head += count;
      left -= count;
    }
  }
  return tasks;
}

template <typename Weight>
GemmArguments<Weight> gemm_arguments(ConstRows x, int num_rows, int64_t inner, int64_t num_panels,
                                     const Weight* const* panels, float* y, int64_t y_stride) {
  return {.num_rows = num_rows,
          .inner = static_cast<int>(inner),
          .num_panels = static_cast<int>(num_panels),
          .x = x.data,
          .x_stride = x.stride,
          .panels = panels,
          .y = y,
          .y_stride = y_stride};
}

}  // namespace

CpuMatrix::CpuMatrix(CpuContext& context, StoredMatrix stored, PackedUse use)
    : PackedMatrix(stored.rows, stored.cols), stored_(std::move(stored)) {
  if (use == PackedUse::kLookup) return;
  if (const std::optional<ChainLayout> layout = layout_of_product(stored_, use, context.numerics)) {
    storage_ = Storage::kChain;
    chain_ = std::make_unique<const ChainPanels>(context, stored_, *layout);
    stored_.format = PlainRows{};  // the file's bytes are not read again
    return;
  }
  const PlainRows* plain = std::get_if<PlainRows>(&stored_.format);
  if (!plain) return;
  const bool bf16 = plain->dtype == DType::kBF16;
  storage_ = bf16 ? Storage::kBf16Panels : Storage::kF32Panels;
  const int64_t panel_elements = cols() * kPanelWidth;
  const size_t panel_bytes = static_cast<size_t>(panel_elements) * (bf16 ? 2 : 4);
  panel_bytes_ = static_cast<int64_t>(static_cast<size_t>(num_panels()) * panel_bytes);
  panels_ = context.weights.allocate(static_cast<size_t>(panel_bytes_));
  pointers_.reserve(static_cast<size_t>(num_panels()));
  for (int64_t panel = 0; panel < num_panels(); ++panel)
    pointers_.push_back(panels_.get() + static_cast<size_t>(panel) * panel_bytes);
  context.for_tasks(num_panels(), [&](int64_t panel, CpuScratch& scratch) {
    decode_panel(stored_, panel, scratch);
    std::byte* target = panels_.get() + static_cast<size_t>(panel) * panel_bytes;
    if (!bf16) {
      std::memcpy(target, scratch.decoded_panel.data(), panel_bytes);
      return;
    }
    uint16_t* halves = reinterpret_cast<uint16_t*>(target);
    for (int64_t i = 0; i < panel_elements; ++i)  // exact: the float came from a bf16
      halves[i] = static_cast<uint16_t>(
          std::bit_cast<uint32_t>(scratch.decoded_panel[static_cast<size_t>(i)]) >> 16);
  });
  stored_.format = PlainRows{};  // the file's bytes are not read again
}

int64_t CpuMatrix::memory_bytes() const {
  const auto bytes = [](const auto& values) {
    return static_cast<int64_t>(values.capacity() * sizeof(*values.data()));
  };
  int64_t total = panel_bytes_ + bytes(pointers_) + bytes(stored_.bias);
  if (chain_) total += chain_->memory_bytes();
  if (const auto* fp8 = std::get_if<Fp8Rows>(&stored_.format)) total += bytes(fp8->scales);
  if (const auto* packed = std::get_if<PackedIntRows>(&stored_.format))
    total += bytes(packed->scales) + bytes(packed->zeros);
  return total;
}

void CpuMatrix::multiply_panels(const CpuContext& context, const ProductInputs& inputs,
                                int num_rows, int64_t first_panel, int64_t num_panels, Rows y,
                                CpuScratch& scratch, const ProductPlace& place) const {
  const LaneKernels& lanes = context.lanes;
  const ConstRows x = inputs.floats;
  JANGWON_CHECK(takes_rounded() ? inputs.rounded.data != nullptr : x.data != nullptr,
                "inputs of the other kind");
  float* target = y.data;
  if (storage_ == Storage::kChain) {
    grow(scratch.chain_work, gemm_work_bytes(cols()));
    ChainArguments arguments = chain_->arguments(first_panel, num_panels);
    if (place.next && place.next->chain_) {
      arguments.next_panels = place.next->chain_->arguments(first_panel, num_panels).panels;
      arguments.num_next_panels = arguments.num_panels;
    }
    arguments.num_rows = num_rows;
    arguments.x = inputs.rounded.data;
    arguments.x_stride = inputs.rounded.stride;
    arguments.y = target;
    arguments.y_stride = y.stride;
    arguments.y_is_far = place.y_is_far && stored_.bias.empty();
    arguments.work = scratch.chain_work.data();
    context.chain_gemm(arguments);
  } else if (storage_ == Storage::kBf16Panels) {
    lanes.f32_bf16w_gemm(
        gemm_arguments(x, num_rows, cols(), num_panels,
                       reinterpret_cast<const uint16_t* const*>(pointers_.data() + first_panel),
                       target, y.stride));
  } else if (storage_ == Storage::kF32Panels) {
    lanes.f32_f32w_gemm(gemm_arguments(
        x, num_rows, cols(), num_panels,
        reinterpret_cast<const float* const*>(pointers_.data() + first_panel), target, y.stride));
  } else {
    for (int64_t panel = 0; panel < num_panels; ++panel) {
      decode_panel(stored_, first_panel + panel, scratch);
      const float* pointer = scratch.decoded_panel.data();
      lanes.f32_f32w_gemm(
          gemm_arguments(x, num_rows, cols(), 1, &pointer, target + panel * kPanelWidth, y.stride));
    }
  }
  if (stored_.bias.empty()) return;
  const int64_t begin = first_panel * kPanelWidth;
  const int64_t end = std::min(rows(), begin + num_panels * kPanelWidth);
  for (int row = 0; row < num_rows; ++row)
    for (int64_t n = begin; n < end; ++n)
      y.row(row)[n - begin] += stored_.bias[static_cast<size_t>(n)];
}

PackedSize packed_size_of(const StoredMatrix& stored, PackedUse use, Numerics numerics) {
  PackedSize size;
  const int64_t bias_bytes =
      stored.bias.empty() ? 0 : stored.rows * static_cast<int64_t>(sizeof(float));
  size.memory_bytes = bias_bytes;
  if (const std::optional<ChainLayout> layout = layout_of_product(stored, use, numerics)) {
    size.memory_bytes += chain_panels_bytes(*layout);
    size.takes_rounded = true;
    return size;
  }
  if (const auto* plain = std::get_if<PlainRows>(&stored.format)) {
    size.stays_in_file = use == PackedUse::kLookup;
    if (size.stays_in_file) return size;
    const int64_t panels = (stored.rows + kPanelWidth - 1) / kPanelWidth;
    const int64_t element_bytes = plain->dtype == DType::kBF16 ? 2 : 4;
    size.memory_bytes +=
        panels * (stored.cols * kPanelWidth * element_bytes + static_cast<int64_t>(sizeof(void*)));
    return size;
  }
  size.stays_in_file = true;
  int64_t scales = 0;
  if (const auto* fp8 = std::get_if<Fp8Rows>(&stored.format)) {
    scales = ((stored.rows + fp8->block_rows - 1) / fp8->block_rows) *
             ((stored.cols + fp8->block_cols - 1) / fp8->block_cols);
  } else if (const auto* packed = std::get_if<PackedIntRows>(&stored.format)) {
    scales = stored.rows * (stored.cols / packed->group_size) * (packed->zeros.empty() ? 1 : 2);
  }
  size.memory_bytes += scales * static_cast<int64_t>(sizeof(float));
  return size;
}

std::unique_ptr<const PackedMatrix> cpu_pack(OpContext& context, StoredMatrix stored,
                                             PackedUse use) {
  return std::make_unique<CpuMatrix>(as_cpu(context), std::move(stored), use);
}

void cpu_embed(OpContext& context, const EmbedArguments& a) {
  const CpuMatrix& table = as_cpu(*a.table_VD);
  as_cpu(context).for_rows(a.num_tokens, 32, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t t = first; t < first + count; ++t) {
      float* out = a.hidden_TD.row(t);
      table.copy_row(a.ids_T[t], out);
      for (int64_t i = 0; a.multiplier != 1.0f && i < table.cols(); ++i)
        out[i] *= a.multiplier;
    }
  });
}

// The largest tasks of all matrices come first: what is left at the end is small, and threads are
// done at nearly the same time.
void cpu_linear(OpContext& context, const LinearArguments& a) {
  CpuContext& cpu = as_cpu(context);
  ProductInputs inputs = {.floats = a.x};
  int64_t work_left = 0;
  int64_t y_bytes = 0;
  for (const LinearProduct& product : a.products) {
    if (!product.weight) continue;
    const CpuMatrix& weight = as_cpu(*product.weight);
    work_left += weight.num_panels() * work_of_panel(weight, a.num_rows);
    y_bytes += a.num_rows * weight.rows() * int64_t{sizeof(float)};
    if (weight.takes_rounded() && !inputs.rounded.data)
      inputs.rounded = cpu.round_rows(a.x, a.num_rows, weight.cols());
  }
  std::vector<LinearTask> tasks;
  for (const LinearProduct& product : a.products) {
    if (product.weight) cut_linear(product, a.num_rows, cpu.num_threads, work_left, tasks);
  }
  std::sort(tasks.begin(), tasks.end(),
            [](const LinearTask& one, const LinearTask& other) { return one.work > other.work; });
  cpu.for_tasks(std::ssize(tasks), [&](int64_t task, CpuScratch& scratch) {
    run_linear_task(cpu, a, tasks[static_cast<size_t>(task)], inputs, y_bytes >= kFarBytes,
                    scratch);
  });
}

void cpu_linear_heads(OpContext& context, const HeadLinearArguments& a) {
  CpuContext& cpu = as_cpu(context);
  // A few rows read every head's matrix once: all threads share that.
  int64_t num_weights = 0;
  for (int head = 0; head < a.num_heads; ++head)
    num_weights += a.weights_H[head]->rows() * a.weights_H[head]->cols();
  const std::vector<HeadTask> tasks = cut_heads(a, num_weights, cpu.num_threads);
  cpu.for_tasks(std::ssize(tasks), [&](int64_t index, CpuScratch& scratch) {
    const HeadTask& task = tasks[static_cast<size_t>(index)];
    const int64_t first = task.first_row;
    const int64_t count = std::min<int64_t>(kHeadRowsPerTask, a.num_rows - first);
    const int64_t end_head = task.first_head + task.num_heads;
    for (int64_t head = task.first_head; head < end_head; ++head) {
      const CpuMatrix& weight = as_cpu(*a.weights_H[head]);
      // The kernels write whole panels, and the next head's outputs may begin before
      // the end of the last one.
      const int64_t stride = padded(weight.rows());
      grow(scratch.products, count * stride);
      ProductInputs inputs = {.floats = {a.x.row(first) + head * a.x_head_stride, a.x.stride}};
      if (weight.takes_rounded())
        inputs.rounded =
            round_into(scratch.rounded_rows, cpu.lanes, inputs.floats, count, weight.cols());
      weight.multiply_panels(cpu, inputs, static_cast<int>(count), 0, weight.num_panels(),
                             {scratch.products.data(), stride}, scratch);
      for (int64_t row = 0; row < count; ++row)
        std::memcpy(a.y.row(first + row) + head * a.y_head_stride,
                    scratch.products.data() + row * stride,
                    static_cast<size_t>(weight.rows()) * sizeof(float));
    }
  });
}

}  // namespace jangwon::runtime
