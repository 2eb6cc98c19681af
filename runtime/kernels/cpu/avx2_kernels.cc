// The operators with AVX2 and FMA: two registers hold the lanes.

#if defined(__x86_64__)

#include <immintrin.h>

#include "runtime/kernels/cpu/lane_kernel_bodies.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {
namespace {

struct Avx2Vec {
  static constexpr int kTileRows = 3;
  static constexpr int kTilePanels = 2;
  __m256 low;
  __m256 high;

  static Avx2Vec zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static Avx2Vec broadcast(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
  static Avx2Vec load(const float* x) { return {_mm256_loadu_ps(x), _mm256_loadu_ps(x + 8)}; }
  static __m256 widen(const uint16_t* x) {
    const __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
  }
  static Avx2Vec load(const uint16_t* x) { return {widen(x), widen(x + 8)}; }
  static Avx2Vec fma(Avx2Vec a, Avx2Vec b, Avx2Vec c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
  }
  static Avx2Vec add(Avx2Vec a, Avx2Vec b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
  static Avx2Vec sub(Avx2Vec a, Avx2Vec b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
  static Avx2Vec mul(Avx2Vec a, Avx2Vec b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
  static Avx2Vec div(Avx2Vec a, Avx2Vec b) { return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
  static Avx2Vec max(Avx2Vec a, Avx2Vec b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
  static Avx2Vec min(Avx2Vec a, Avx2Vec b) { return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)}; }
  static Avx2Vec round(Avx2Vec a) {
    constexpr int kMode = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    return {_mm256_round_ps(a.low, kMode), _mm256_round_ps(a.high, kMode)};
  }
  static __m256 power_of_two(__m256 n) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
  }
  static Avx2Vec power_of_two(Avx2Vec n) { return {power_of_two(n.low), power_of_two(n.high)}; }
  static Avx2Vec zero_where_below(Avx2Vec x, float limit, Avx2Vec value) {
    const __m256 bound = _mm256_set1_ps(limit);
    return {_mm256_and_ps(_mm256_cmp_ps(x.low, bound, _CMP_NLT_UQ), value.low),
            _mm256_and_ps(_mm256_cmp_ps(x.high, bound, _CMP_NLT_UQ), value.high)};
  }
  void store(float* out) const {
    _mm256_storeu_ps(out, low);
    _mm256_storeu_ps(out + 8, high);
  }
};

}  // namespace

const LaneKernels kAvx2Kernels = lane_kernel_bodies::make_table<Avx2Vec>("avx2");

}  // namespace jangwon::runtime

#endif
