// Rows do not depend on each other, so threads share them in blocks of fixed size: which rows a
// thread gets changes no result. The arithmetic of a row is that of the lanes (cpu_context.h), in
// one order whatever the instruction set. Angles are computed by our own sine and cosine, because
// those of C libraries differ in the last bit from one machine to the next, and the position
// multiplies it. tests/runtime/ops/row_ops_test.cc and position_test.cc.

#include "runtime/kernels/cpu/cpu_rows.h"

#include <cstring>

#include "runtime/base/portable_math.h"
#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {
namespace {

constexpr int64_t kFloat = sizeof(float);
constexpr int64_t kAnglesPerTask = 1024;  // a hundred times an element of the others

}  // namespace

void cpu_gather_rows(OpContext& context, const GatherRowsArguments& a) {
  as_cpu(context).for_rows(a.num_rows, rows_per_task_of(2 * kFloat * a.size),
                           [&](int64_t first, int64_t count, CpuScratch&) {
                             for (int64_t row = first; row < first + count; ++row)
                               std::memcpy(a.out.row(row), a.in.row(a.indices[row]),
                                           static_cast<size_t>(a.size) * sizeof(float));
                           });
}

void cpu_rms_norm(OpContext& context, const RmsNormArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t rows_per_task = rows_per_task_of(2 * kFloat * a.size);
  cpu.for_rows(a.num_rows, rows_per_task, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t row = first; row < first + count; ++row)
      cpu.lanes.f32_rms_norm(a.in.row(row), a.weight, a.size, a.epsilon, a.out.row(row));
  });
}

void cpu_layer_norm(OpContext& context, const LayerNormArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t rows_per_task = rows_per_task_of(2 * kFloat * a.size);
  cpu.for_rows(a.num_rows, rows_per_task, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t row = first; row < first + count; ++row)
      cpu.lanes.f32_layer_norm(a.in.row(row), a.weight, a.bias, a.size, a.epsilon, a.out.row(row));
  });
}

void cpu_gate(OpContext& context, const GateArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t rows_per_task = rows_per_task_of(3 * kFloat * a.num_heads * a.size);
  cpu.for_rows(a.num_rows, rows_per_task, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t row = first; row < first + count; ++row) {
      for (int64_t head = 0; head < a.num_heads; ++head) {
        cpu.lanes.f32_sigmoid_mul(a.gate.row(row) + head * a.gate_head_stride,
                                  a.in.row(row) + head * a.in_head_stride, a.size,
                                  a.out.row(row) + head * a.out_head_stride);
      }
    }
  });
}

void cpu_add_residual(OpContext& context, const ResidualArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t rows_per_task = rows_per_task_of(3 * kFloat * a.size);
  cpu.for_rows(a.num_rows, rows_per_task, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t row = first; row < first + count; ++row)
      cpu.lanes.f32_add_scaled(a.update_TD.row(row), a.multiplier, a.size, a.hidden_TD.row(row));
  });
}

void cpu_activate(OpContext& context, const ActivateArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t rows_per_task = rows_per_task_of(3 * kFloat * a.size);
  cpu.for_rows(a.num_rows, rows_per_task, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t row = first; row < first + count; ++row) {
      activate_lanes(cpu.lanes, a.activation, a.limit, a.gate.row(row), a.up.row(row), a.size,
                     a.out.row(row));
    }
  });
}

void cpu_rotary_angles(OpContext& context, const RotaryAnglesArguments& a) {
  as_cpu(context).for_rows(
      a.num_tokens, std::max<int64_t>(1, kAnglesPerTask / std::max(1, a.num_pairs)),
      [&](int64_t first, int64_t count, CpuScratch&) {
        for (int64_t t = first; t < first + count; ++t) {
          for (int i = 0; i < a.num_pairs; ++i) {
            const float angle = static_cast<float>(a.positions_T[t]) * a.inverse_frequencies[i];
            const int64_t at = t * a.num_pairs + i;
            a.cosines[at] =
                static_cast<float>(portable_cos(static_cast<double>(angle))) * a.magnitude;
            a.sines[at] =
                static_cast<float>(portable_sin(static_cast<double>(angle))) * a.magnitude;
          }
        }
      });
}

void cpu_rotate(OpContext& context, const RotateArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const RotaryAngles& angles = a.angles;
  const auto rotate = angles.pairs == RotaryPairs::kHalfSplit ? cpu.lanes.f32_rotate_halves
                                                              : cpu.lanes.f32_rotate_neighbours;
  const int half = angles.cosines ? angles.dims / 2 : 0;
  const int64_t rows_per_task = rows_per_task_of(2 * kFloat * a.num_heads * a.size);
  cpu.for_rows(a.num_tokens, rows_per_task, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t t = first; t < first + count; ++t) {
      const float* cosines = angles.cosines + t * half;
      const float* sines = angles.sines + t * half;
      for (int64_t head = 0; head < a.num_heads; ++head) {
        const float* in = a.in.row(t) + head * a.in_head_stride;
        float* out = a.out.row(t) + head * a.out_head_stride;
        if (a.norm_K) {
          cpu.lanes.f32_rms_norm(in, a.norm_K, a.size, a.epsilon, out);
          in = out;
        }
        rotate(in, cosines, sines, half, out);
        if (in != out)
          std::memcpy(out + 2 * half, in + 2 * half,
                      static_cast<size_t>(a.size - 2 * half) * sizeof(float));
      }
    }
  });
}

}  // namespace jangwon::runtime
