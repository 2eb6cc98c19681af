// The bodies of the operators in lane_kernels.h, written once over a vector of kVectorLanes floats.
// Included by one .cc per instruction set with its own Vec:
//
//   Vec::zero()  Vec::load(const float*)  Vec::load(const uint16_t*) (bf16)  Vec::broadcast(float)
//   add, sub, mul, div, max, min, fma(a, b, c) = a·b + c rounded once, round (to nearest even),
//   power_of_two(n), store(float*)
//
// The files are compiled with instruction sets that the machine may lack, so nothing here
// calls an inline function of another header: the linker could otherwise keep this file's copy
// of it for everybody.

#pragma once

#include "runtime/kernels/cpu/lane_kernels.h"

namespace jangwon::runtime::lane_kernel_bodies {

// A panel is one vector wide, and a block of keys is one panel.
static_assert(kPanelWidth == kVectorLanes && kBlockTokens == kPanelWidth);

template <typename Vec>
inline Vec load_partial(const float* x, int count) {
  alignas(64) float lanes[kVectorLanes] = {};
  for (int i = 0; i < count; ++i)
    lanes[i] = x[i];
  return Vec::load(lanes);
}

template <typename Vec>
inline void store_partial(Vec value, float* out, int count) {
  alignas(64) float lanes[kVectorLanes];
  value.store(lanes);
  for (int i = 0; i < count; ++i)
    out[i] = lanes[i];
}

// Lane 0 + lane 8, … then halves again: the one order in which lanes are summed.
template <typename Vec>
inline float sum_lanes(Vec value) {
  alignas(64) float lanes[kVectorLanes];
  value.store(lanes);
  for (int half = kVectorLanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i)
      lanes[i] = lanes[i] + lanes[i + half];
  return lanes[0];
}

// --- matrix product ---

// A chain of multiply-adds is cut after this many, and the parts are added in order: rounding
// errors then grow with the length of a part and the number of parts, not with the whole
// inner dimension.
constexpr int kChain = 64;

// Rows × panels that stay in registers. The chains of an element are the same for every tile shape.
template <typename Vec, typename Weight, int kRows, int kPanels>
inline void gemm_tile(const GemmArguments<Weight>& a, int row, int panel) {
  const Weight* w[kPanels];
  for (int p = 0; p < kPanels; ++p)
    w[p] = a.panels[panel + p];
  const float* x = a.x + row * a.x_stride;
  float* y = a.y + row * a.y_stride + static_cast<int64_t>(panel) * kPanelWidth;
  for (int begin = 0; begin < a.inner; begin += kChain) {
    Vec acc[kRows][kPanels];
    for (int r = 0; r < kRows; ++r)
      for (int p = 0; p < kPanels; ++p)
        acc[r][p] = Vec::zero();
    const int end = begin + kChain < a.inner ? begin + kChain : a.inner;
    for (int k = begin; k < end; ++k) {
      Vec weight[kPanels];
      for (int p = 0; p < kPanels; ++p)
        weight[p] = Vec::load(w[p] + static_cast<int64_t>(k) * kPanelWidth);
      for (int r = 0; r < kRows; ++r) {
        const Vec value = Vec::broadcast(x[r * a.x_stride + k]);
        for (int p = 0; p < kPanels; ++p)
          acc[r][p] = Vec::fma(value, weight[p], acc[r][p]);
      }
    }
    for (int r = 0; r < kRows; ++r)
      for (int p = 0; p < kPanels; ++p) {
        float* out = y + r * a.y_stride + p * kPanelWidth;
        (begin == 0 ? acc[r][p] : Vec::add(Vec::load(out), acc[r][p])).store(out);
      }
  }
}

template <typename Vec, typename Weight, int kRows>
inline void gemm_rows(const GemmArguments<Weight>& a, int row, int panel, int num_panels) {
  if (num_panels == 4) return gemm_tile<Vec, Weight, kRows, 4>(a, row, panel);
  if (num_panels == 2) return gemm_tile<Vec, Weight, kRows, 2>(a, row, panel);
  gemm_tile<Vec, Weight, kRows, 1>(a, row, panel);
}

// All rows against one group of panels, which stays in the cache meanwhile.
template <typename Vec, typename Weight>
inline void gemm_panel_group(const GemmArguments<Weight>& a, int panel, int num_panels) {
  constexpr int kMaxRows = Vec::kTileRows;
  int row = 0;
  for (; row + kMaxRows <= a.num_rows; row += kMaxRows)
    gemm_rows<Vec, Weight, kMaxRows>(a, row, panel, num_panels);
  for (; row + 2 <= a.num_rows; row += 2)
    gemm_rows<Vec, Weight, 2>(a, row, panel, num_panels);
  if (row < a.num_rows) gemm_rows<Vec, Weight, 1>(a, row, panel, num_panels);
}

template <typename Vec, typename Weight>
void gemm(const GemmArguments<Weight>& a) {
  int panel = 0;
  if (a.num_rows == 1) {
    // One row has few chains to overlap: eight panels at a time hide the latency of
    // the multiply-add.
    for (; panel + 8 <= a.num_panels; panel += 8)
      gemm_tile<Vec, Weight, 1, 8>(a, 0, panel);
  }
  for (; panel + Vec::kTilePanels <= a.num_panels; panel += Vec::kTilePanels)
    gemm_panel_group<Vec, Weight>(a, panel, Vec::kTilePanels);
  for (; panel + 2 <= a.num_panels; panel += 2)
    gemm_panel_group<Vec, Weight>(a, panel, 2);
  if (panel < a.num_panels) gemm_panel_group<Vec, Weight>(a, panel, 1);
}

// --- attention ---

template <typename Vec, int kRows, int kPanels>
inline void values_tile(const AttentionValuesArguments& a, int row, int panel) {
  Vec acc[kRows][kPanels];
  for (int r = 0; r < kRows; ++r)
    for (int p = 0; p < kPanels; ++p)
      acc[r][p] = Vec::zero();
  for (int j = a.first; j < a.last;) {
    const int block_end = (j / kBlockTokens + 1) * kBlockTokens;
    const int end = block_end < a.last ? block_end : a.last;
    const float* v = a.blocks[j / kBlockTokens] + (j % kBlockTokens) * a.value_stride +
                     static_cast<int64_t>(panel) * kVectorLanes;
    for (; j < end; ++j, v += a.value_stride) {
      for (int r = 0; r < kRows; ++r) {
        const Vec weight = Vec::broadcast(a.p[(row + r) * a.p_stride + j]);
        for (int p = 0; p < kPanels; ++p)
          acc[r][p] = Vec::fma(weight, Vec::load(v + p * kVectorLanes), acc[r][p]);
      }
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int p = 0; p < kPanels; ++p)
      acc[r][p].store(a.out + (row + r) * a.out_stride +
                      static_cast<int64_t>(panel + p) * kVectorLanes);
}

template <typename Vec, int kRows>
inline void values_rows(const AttentionValuesArguments& a, int row) {
  int panel = 0;
  for (; panel + Vec::kTilePanels <= a.num_panels; panel += Vec::kTilePanels)
    values_tile<Vec, kRows, Vec::kTilePanels>(a, row, panel);
  for (; panel < a.num_panels; ++panel)
    values_tile<Vec, kRows, 1>(a, row, panel);
}

template <typename Vec>
void attention_values(const AttentionValuesArguments& a) {
  int row = 0;
  for (; row + Vec::kTileRows <= a.num_rows; row += Vec::kTileRows)
    values_rows<Vec, Vec::kTileRows>(a, row);
  for (; row + 2 <= a.num_rows; row += 2)
    values_rows<Vec, 2>(a, row);
  if (row < a.num_rows) values_rows<Vec, 1>(a, row);
}

template <typename Vec, int kRows, int kComponents>
inline void transposed_values_tile(const AttentionValuesArguments& a, int row, int component) {
  Vec acc[kRows][kComponents];
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kComponents; ++c)
      acc[r][c] = Vec::zero();
  const int first_block = a.first / kBlockTokens;
  const int end_block = (a.last + kBlockTokens - 1) / kBlockTokens;
  for (int block = first_block; block < end_block; ++block) {
    const float* v = a.blocks[block] + static_cast<int64_t>(component) * kBlockTokens;
    Vec weight[kRows];
    for (int r = 0; r < kRows; ++r)
      weight[r] =
          Vec::load(a.p + (row + r) * a.p_stride + static_cast<int64_t>(block) * kBlockTokens);
    for (int c = 0; c < kComponents; ++c) {
      const Vec value = Vec::load(v + c * kBlockTokens);
      for (int r = 0; r < kRows; ++r)
        acc[r][c] = Vec::fma(weight[r], value, acc[r][c]);
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kComponents; ++c)
      a.out[(row + r) * a.out_stride + component + c] = sum_lanes(acc[r][c]);
}

template <typename Vec>
void attention_values_transposed(const AttentionValuesArguments& a) {
  for (int component = 0; component < a.num_panels * kVectorLanes; component += 4) {
    int row = 0;
    for (; row + 2 <= a.num_rows; row += 2)
      transposed_values_tile<Vec, 2, 4>(a, row, component);
    if (row < a.num_rows) transposed_values_tile<Vec, 1, 4>(a, row, component);
  }
}

// --- element-wise ---

// e^x by x = n·ln 2 + r with |r| ≤ ln 2 / 2 and the Taylor polynomial of degree 7, whose remainder
// is below half an ulp there. Below −87 the result is 0 (the true value would be near the
// denormals), above 88 it saturates.
template <typename Vec>
inline Vec exponential(Vec x) {
  const Vec clamped = Vec::max(Vec::min(x, Vec::broadcast(88.0f)), Vec::broadcast(-87.0f));
  const Vec n = Vec::round(Vec::mul(clamped, Vec::broadcast(1.44269504088896341f)));
  // ln 2 in two parts: the first has few enough bits that n times it is exact.
  Vec r = Vec::fma(n, Vec::broadcast(-0.693359375f), clamped);
  r = Vec::fma(n, Vec::broadcast(2.12194440054690583e-4f), r);
  Vec p = Vec::broadcast(1.0f / 5040.0f);
  p = Vec::fma(p, r, Vec::broadcast(1.0f / 720.0f));
  p = Vec::fma(p, r, Vec::broadcast(1.0f / 120.0f));
  p = Vec::fma(p, r, Vec::broadcast(1.0f / 24.0f));
  p = Vec::fma(p, r, Vec::broadcast(1.0f / 6.0f));
  p = Vec::fma(p, r, Vec::broadcast(0.5f));
  p = Vec::fma(p, r, Vec::broadcast(1.0f));
  p = Vec::fma(p, r, Vec::broadcast(1.0f));
  return Vec::zero_where_below(x, -87.0f, Vec::mul(p, Vec::power_of_two(n)));
}

template <typename Vec>
inline Vec sigmoid(Vec x) {
  const Vec one = Vec::broadcast(1.0f);
  return Vec::div(one, Vec::add(one, exponential(Vec::sub(Vec::zero(), x))));
}

template <typename Vec>
void rms_norm(const float* x, const float* weight, int size, float epsilon, float* out) {
  Vec squares = Vec::zero();
  int i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes) {
    const Vec value = Vec::load(x + i);
    squares = Vec::fma(value, value, squares);
  }
  if (i < size) {
    const Vec value = load_partial<Vec>(x + i, size - i);
    squares = Vec::fma(value, value, squares);
  }
  const float mean = sum_lanes(squares) / static_cast<float>(size);
  const float scale = 1.0f / __builtin_sqrtf(mean + epsilon);
  const Vec scale_lanes = Vec::broadcast(scale);
  for (i = 0; i + kVectorLanes <= size; i += kVectorLanes)
    Vec::mul(Vec::mul(Vec::load(x + i), scale_lanes), Vec::load(weight + i)).store(out + i);
  for (; i < size; ++i)
    out[i] = x[i] * scale * weight[i];
}

// In two passes, since the squares' own mean would lose what the mean's square takes away.
template <typename Vec>
void layer_norm(const float* x, const float* weight, const float* bias, int size, float epsilon,
                float* out) {
  Vec sums = Vec::zero();
  int i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    sums = Vec::add(sums, Vec::load(x + i));
  if (i < size) sums = Vec::add(sums, load_partial<Vec>(x + i, size - i));
  const float mean = sum_lanes(sums) / static_cast<float>(size);
  const Vec mean_lanes = Vec::broadcast(mean);
  Vec squares = Vec::zero();
  for (i = 0; i + kVectorLanes <= size; i += kVectorLanes) {
    const Vec distance = Vec::sub(Vec::load(x + i), mean_lanes);
    squares = Vec::fma(distance, distance, squares);
  }
  if (i < size) {
    alignas(64) float rest[kVectorLanes] = {};
    for (int lane = 0; i + lane < size; ++lane)
      rest[lane] = x[i + lane] - mean;
    const Vec distance = Vec::load(rest);
    squares = Vec::fma(distance, distance, squares);
  }
  const float scale =
      1.0f / __builtin_sqrtf(sum_lanes(squares) / static_cast<float>(size) + epsilon);
  for (i = 0; i < size; ++i)
    out[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

template <typename Vec>
void add_scaled(const float* x, float multiplier, int64_t size, float* out) {
  const Vec lanes = Vec::broadcast(multiplier);
  int64_t i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    Vec::add(Vec::load(out + i), Vec::mul(Vec::load(x + i), lanes)).store(out + i);
  for (; i < size; ++i)
    out[i] = out[i] + x[i] * multiplier;
}

template <typename Vec>
void divide(const float* x, float divisor, int size, float* out) {
  const Vec lanes = Vec::broadcast(divisor);
  int i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    Vec::div(Vec::load(x + i), lanes).store(out + i);
  for (; i < size; ++i)
    out[i] = x[i] / divisor;
}

template <typename Vec>
inline void rotate_lanes(Vec a, Vec b, const float* cosines, const float* sines, float* out_a,
                         float* out_b) {
  const Vec cosine = Vec::load(cosines);
  const Vec sine = Vec::load(sines);
  Vec::sub(Vec::mul(a, cosine), Vec::mul(b, sine)).store(out_a);
  Vec::add(Vec::mul(b, cosine), Vec::mul(a, sine)).store(out_b);
}

template <typename Vec>
inline void rotate_pair(float a, float b, float cosine, float sine, float* out_a, float* out_b) {
  *out_a = a * cosine - b * sine;
  *out_b = b * cosine + a * sine;
}

template <typename Vec>
void rotate_halves(const float* in, const float* cosines, const float* sines, int num_pairs,
                   float* out) {
  int i = 0;
  for (; i + kVectorLanes <= num_pairs; i += kVectorLanes)
    rotate_lanes(Vec::load(in + i), Vec::load(in + num_pairs + i), cosines + i, sines + i, out + i,
                 out + num_pairs + i);
  for (; i < num_pairs; ++i)
    rotate_pair<Vec>(in[i], in[num_pairs + i], cosines[i], sines[i], out + i, out + num_pairs + i);
}

template <typename Vec>
void rotate_neighbours(const float* in, const float* cosines, const float* sines, int num_pairs,
                       float* out) {
  int i = 0;
  for (; i + kVectorLanes <= num_pairs; i += kVectorLanes) {
    alignas(64) float even[kVectorLanes];
    alignas(64) float odd[kVectorLanes];
    for (int j = 0; j < kVectorLanes; ++j) {
      even[j] = in[2 * (i + j)];
      odd[j] = in[2 * (i + j) + 1];
    }
    rotate_lanes(Vec::load(even), Vec::load(odd), cosines + i, sines + i, even, odd);
    for (int j = 0; j < kVectorLanes; ++j) {
      out[2 * (i + j)] = even[j];
      out[2 * (i + j) + 1] = odd[j];
    }
  }
  for (; i < num_pairs; ++i)
    rotate_pair<Vec>(in[2 * i], in[2 * i + 1], cosines[i], sines[i], out + 2 * i, out + 2 * i + 1);
}

template <typename Vec>
void sigmoid_mul(const float* gate, const float* x, int64_t size, float* out) {
  int64_t i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    Vec::mul(sigmoid(Vec::load(gate + i)), Vec::load(x + i)).store(out + i);
  if (i < size) {
    const int rest = static_cast<int>(size - i);
    store_partial(
        Vec::mul(sigmoid(load_partial<Vec>(gate + i, rest)), load_partial<Vec>(x + i, rest)),
        out + i, rest);
  }
}

template <typename Vec>
void silu_mul(const float* gate, const float* up, int64_t size, float* out) {
  int64_t i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes) {
    const Vec g = Vec::load(gate + i);
    Vec::mul(Vec::mul(g, sigmoid(g)), Vec::load(up + i)).store(out + i);
  }
  if (i < size) {
    const int rest = static_cast<int>(size - i);
    const Vec g = load_partial<Vec>(gate + i, rest);
    store_partial(Vec::mul(Vec::mul(g, sigmoid(g)), load_partial<Vec>(up + i, rest)), out + i,
                  rest);
  }
}

template <typename Vec>
inline Vec clamped_swiglu_lanes(Vec gate, Vec up, float limit) {
  const Vec high = Vec::broadcast(limit);
  const Vec g = Vec::min(gate, high);
  const Vec u = Vec::max(Vec::min(up, high), Vec::broadcast(-limit));
  const Vec activated = Vec::mul(g, sigmoid(Vec::mul(Vec::broadcast(1.702f), g)));
  return Vec::mul(activated, Vec::add(u, Vec::broadcast(1.0f)));
}

template <typename Vec>
void clamped_swiglu(const float* gate, const float* up, int64_t size, float limit, float* out) {
  int64_t i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    clamped_swiglu_lanes(Vec::load(gate + i), Vec::load(up + i), limit).store(out + i);
  if (i < size) {
    const int rest = static_cast<int>(size - i);
    const Vec value = clamped_swiglu_lanes(load_partial<Vec>(gate + i, rest),
                                           load_partial<Vec>(up + i, rest), limit);
    store_partial(value, out + i, rest);
  }
}

template <typename Vec>
inline Vec limited_swiglu_lanes(Vec gate, Vec up, float limit) {
  const Vec high = Vec::broadcast(limit);
  const Vec g = Vec::min(gate, high);
  const Vec u = Vec::max(Vec::min(up, high), Vec::broadcast(-limit));
  return Vec::mul(Vec::mul(g, sigmoid(g)), u);
}

template <typename Vec>
void limited_swiglu(const float* gate, const float* up, int64_t size, float limit, float* out) {
  int64_t i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    limited_swiglu_lanes(Vec::load(gate + i), Vec::load(up + i), limit).store(out + i);
  if (i < size) {
    const int rest = static_cast<int>(size - i);
    const Vec value = limited_swiglu_lanes(load_partial<Vec>(gate + i, rest),
                                           load_partial<Vec>(up + i, rest), limit);
    store_partial(value, out + i, rest);
  }
}

template <typename Vec>
void sigmoid_in_place(float* x, int64_t size) {
  int64_t i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    sigmoid(Vec::load(x + i)).store(x + i);
  if (i < size) {
    const int rest = static_cast<int>(size - i);
    store_partial(sigmoid(load_partial<Vec>(x + i, rest)), x + i, rest);
  }
}

// The lanes of [first, last) in the vector at `base`, others replaced: what a row's ends need.
template <typename Vec>
inline Vec load_between(const float* row, int base, int first, int last, float other) {
  if (base >= first && base + kVectorLanes <= last) return Vec::load(row + base);
  alignas(64) float lanes[kVectorLanes];
  for (int i = 0; i < kVectorLanes; ++i)
    lanes[i] = base + i >= first && base + i < last ? row[base + i] : other;
  return Vec::load(lanes);
}

// step(base, lanes) over the vectors of [first, last) in their order. Only the ends can be cut: a
// loop over what lies between them has nothing to decide.
template <typename Vec, typename Step>
inline void for_each_vector(const float* row, int first, int last, float other, const Step& step) {
  int base = first / kVectorLanes * kVectorLanes;
  if (base < first && base < last) {
    step(base, load_between<Vec>(row, base, first, last, other));
    base += kVectorLanes;
  }
  for (; base + kVectorLanes <= last; base += kVectorLanes)
    step(base, Vec::load(row + base));
  if (base < last) step(base, load_between<Vec>(row, base, first, last, other));
}

template <typename Vec>
float softmax(float* scores, int first, int last, float scale, float sink) {
  const float lowest = -__builtin_inff();
  const Vec scale_lanes = Vec::broadcast(scale);
  Vec largest = Vec::broadcast(sink);
  for_each_vector<Vec>(scores, first, last, lowest, [&](int, Vec raw) {
    largest = Vec::max(largest, Vec::mul(raw, scale_lanes));
  });
  alignas(64) float lanes[kVectorLanes];
  largest.store(lanes);
  float peak = sink;
  for (float lane : lanes)
    peak = lane > peak ? lane : peak;
  const Vec peak_lanes = Vec::broadcast(peak);
  Vec sum = Vec::zero();
  for_each_vector<Vec>(scores, first, last, lowest, [&](int base, Vec raw) {
    const Vec p = exponential(Vec::sub(Vec::mul(raw, scale_lanes), peak_lanes));
    sum = Vec::add(sum, p);
    p.store(scores + base);
  });
  float total = sum_lanes(sum);
  if (sink > lowest) {
    exponential(Vec::broadcast(sink - peak)).store(lanes);
    total = total + lanes[0];
  }
  return total;
}

// --- choice of tokens ---

constexpr int64_t kPeakPart = 1024;

// Part by part, so that only the part of the peak is looked through again for its place. A sum that
// is a number tells that all elements are; others may be without a NaN among them, by infinities or
// by overflow, and only then is each looked at.
template <typename Vec>
int64_t find_peak(const float* x, int64_t size) {
  const float lowest = -__builtin_inff();
  Vec sum = Vec::zero();
  float peak = lowest;
  int64_t peak_part = 0;
  for (int64_t part = 0; part < size; part += kPeakPart) {
    const int count = static_cast<int>(size - part < kPeakPart ? size - part : kPeakPart);
    Vec largest = Vec::broadcast(lowest);
    for_each_vector<Vec>(x + part, 0, count, lowest, [&](int, Vec value) {
      largest = Vec::max(largest, value);
      sum = Vec::add(sum, value);
    });
    alignas(64) float lanes[kVectorLanes];
    largest.store(lanes);
    float part_peak = lowest;
    for (const float lane : lanes)
      part_peak = lane > part_peak ? lane : part_peak;
    if (part_peak > peak) {
      peak = part_peak;
      peak_part = part;
    }
  }
  const float total = sum_lanes(sum);
  if (total != total) {
    for (int64_t i = 0; i < size; ++i)
      if (x[i] != x[i]) return -1;
  }
  if (peak == lowest || peak == -lowest) return -1;
  int64_t i = peak_part;
  while (x[i] != peak)
    ++i;
  return i;
}

// --- linear attention ---

// ln(1 + e^x) = max(x, 0) + ln(1 + u) with u = e^−|x|, and ln(1 + u) = 2·artanh(s) with s = u / (2
// + u) ≤ 1/3, by the series of artanh up to s^15: what follows is below 2^-27 of it.
template <typename Vec>
inline Vec softplus(Vec x) {
  const Vec zero = Vec::zero();
  const Vec u = exponential(Vec::min(x, Vec::sub(zero, x)));
  const Vec s = Vec::div(u, Vec::add(Vec::broadcast(2.0f), u));
  const Vec square = Vec::mul(s, s);
  Vec p = Vec::broadcast(1.0f / 15.0f);
  for (int n = 13; n >= 1; n -= 2)
    p = Vec::fma(p, square, Vec::broadcast(1.0f / static_cast<float>(n)));
  return Vec::add(Vec::max(zero, x), Vec::mul(Vec::broadcast(2.0f), Vec::mul(s, p)));
}

template <typename Vec>
void decay(const float* x, const float* bias, float rate, float floor, int size, float* out) {
  const Vec floor_lanes = Vec::broadcast(floor);
  const Vec rate_lanes = Vec::broadcast(-rate);
  const auto lanes = [&](Vec value, Vec added) {
    return exponential(
        Vec::max(floor_lanes, Vec::mul(rate_lanes, softplus(Vec::add(value, added)))));
  };
  int i = 0;
  for (; i + kVectorLanes <= size; i += kVectorLanes)
    lanes(Vec::load(x + i), Vec::load(bias + i)).store(out + i);
  if (i < size)
    store_partial(lanes(load_partial<Vec>(x + i, size - i), load_partial<Vec>(bias + i, size - i)),
                  out + i, size - i);
}

// What does not run over full vectors of four: the sum of four chains, in one order.
template <typename Vec>
inline Vec sum_chains(const Vec (&chains)[4]) {
  return Vec::add(Vec::add(chains[0], chains[1]), Vec::add(chains[2], chains[3]));
}

// One vector of values through all tokens, so that its part of the state stays in
// the nearest cache.
template <typename Vec>
inline void delta_rule_panel(const DeltaRuleLanesArguments& a, int panel) {
  const int first = panel * kVectorLanes;
  const int count = a.size - first < kVectorLanes ? a.size - first : kVectorLanes;
  float* state = a.state + static_cast<int64_t>(first) * a.size;
  for (int t = 0; t < a.num_tokens; ++t) {
    const float* q = a.q + static_cast<int64_t>(t) * a.size;
    const float* k = a.k + static_cast<int64_t>(t) * a.size;
    const float* decay = a.decay + static_cast<int64_t>(t) * a.size;
    Vec held[4] = {Vec::zero(), Vec::zero(), Vec::zero(), Vec::zero()};
    for (int i = 0; i < a.size; ++i) {
      const Vec value = Vec::mul(Vec::load(state + i * kVectorLanes), Vec::broadcast(decay[i]));
      value.store(state + i * kVectorLanes);
      held[i % 4] = Vec::fma(Vec::broadcast(k[i]), value, held[i % 4]);
    }
    const Vec v = load_partial<Vec>(a.v + t * a.v_stride + first, count);
    const Vec change = Vec::mul(Vec::sub(v, sum_chains(held)), Vec::broadcast(a.beta[t]));
    Vec read[4] = {Vec::zero(), Vec::zero(), Vec::zero(), Vec::zero()};
    for (int i = 0; i < a.size; ++i) {
      const Vec value = Vec::fma(Vec::broadcast(k[i]), change, Vec::load(state + i * kVectorLanes));
      value.store(state + i * kVectorLanes);
      read[i % 4] = Vec::fma(Vec::broadcast(q[i]), value, read[i % 4]);
    }
    store_partial(sum_chains(read), a.out + t * a.out_stride + first, count);
  }
}

template <typename Vec>
void delta_rule(const DeltaRuleLanesArguments& a) {
  for (int panel = 0; panel * kVectorLanes < a.size; ++panel)
    delta_rule_panel<Vec>(a, panel);
}

// --- ceilings ---

constexpr int kPeakChains = 24;

template <typename Vec>
inline void step_eight(Vec* sums, Vec x) {
  sums[0] = Vec::fma(sums[0], x, x);
  sums[1] = Vec::fma(sums[1], x, x);
  sums[2] = Vec::fma(sums[2], x, x);
  sums[3] = Vec::fma(sums[3], x, x);
  sums[4] = Vec::fma(sums[4], x, x);
  sums[5] = Vec::fma(sums[5], x, x);
  sums[6] = Vec::fma(sums[6], x, x);
  sums[7] = Vec::fma(sums[7], x, x);
}

template <typename Vec>
float peak_products(int64_t rounds) {
  Vec sums[kPeakChains];
  for (Vec& sum : sums)
    sum = Vec::zero();
  const Vec x = Vec::broadcast(0.5f);
  // In steps of constant indices: a loop over them would keep the sums in memory.
  for (int64_t round = 0; round < rounds; ++round) {
    static_assert(kPeakChains == 24);
    step_eight<Vec>(sums, x);
    step_eight<Vec>(sums + 8, x);
    step_eight<Vec>(sums + 16, x);
  }
  Vec total = Vec::zero();
  for (const Vec& sum : sums)
    total = Vec::add(total, sum);
  return sum_lanes(total);
}

template <typename Vec>
float read_memory(const float* data, int64_t size) {
  Vec largest[4] = {Vec::zero(), Vec::zero(), Vec::zero(), Vec::zero()};
  for (int64_t i = 0; i < size; i += 4 * kVectorLanes) {
    for (int j = 0; j < 4; ++j) {
      largest[j] = Vec::max(largest[j], Vec::load(data + i + j * kVectorLanes));
      __builtin_prefetch(data + i + 1024 + j * kVectorLanes);
    }
  }
  return sum_lanes(Vec::max(Vec::max(largest[0], largest[1]), Vec::max(largest[2], largest[3])));
}

template <typename Vec>
constexpr PeakProducts make_float_peak() {
  return {.operations_per_round = int64_t{2} * kPeakChains * kVectorLanes,
          .run = peak_products<Vec>};
}

template <typename Vec>
constexpr LaneKernels make_table(const char* isa, const ChainKernels& chains) {
  return {.isa = isa,
          .peak = chains.peak.run ? chains.peak : make_float_peak<Vec>(),
          .float_peak = make_float_peak<Vec>(),
          .read_memory = read_memory<Vec>,
          .f32_f32w_gemm = gemm<Vec, float>,
          .f32_bf16w_gemm = gemm<Vec, uint16_t>,
          .round_row = chains.round_row,
          .chain_gemm = chains.gemm,
          .chain_values = chains.values,
          .split_gemm = chains.split_gemm,
          .split_values = chains.split_values,
          .turn_pairs = chains.turn_pairs,
          .f32_attention_values = attention_values<Vec>,
          .f32_attention_values_transposed = attention_values_transposed<Vec>,
          .f32_rms_norm = rms_norm<Vec>,
          .f32_layer_norm = layer_norm<Vec>,
          .f32_add_scaled = add_scaled<Vec>,
          .f32_divide = divide<Vec>,
          .f32_rotate_halves = rotate_halves<Vec>,
          .f32_rotate_neighbours = rotate_neighbours<Vec>,
          .f32_sigmoid_mul = sigmoid_mul<Vec>,
          .f32_silu_mul = silu_mul<Vec>,
          .f32_clamped_swiglu = clamped_swiglu<Vec>,
          .f32_limited_swiglu = limited_swiglu<Vec>,
          .f32_sigmoid = sigmoid_in_place<Vec>,
          .f32_decay = decay<Vec>,
          .f32_delta_rule = delta_rule<Vec>,
          .f32_softmax = softmax<Vec>,
          .f32_find_peak = find_peak<Vec>};
}

}  // namespace jangwon::runtime::lane_kernel_bodies
