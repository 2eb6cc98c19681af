// The operators with AVX2 and FMA: two registers hold the lanes.

#if defined(__x86_64__)

#include <immintrin.h>

#include "runtime/kernels/cpu/chain_kernel_bodies.h"
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
    const __m256i bits =
        _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
  }
  static Avx2Vec load(const uint16_t* x) { return {widen(x), widen(x + 8)}; }
  static Avx2Vec fma(Avx2Vec a, Avx2Vec b, Avx2Vec c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
  }
  static Avx2Vec add(Avx2Vec a, Avx2Vec b) {
    return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
  }
  static Avx2Vec sub(Avx2Vec a, Avx2Vec b) {
    return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
  }
  static Avx2Vec mul(Avx2Vec a, Avx2Vec b) {
    return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
  }
  static Avx2Vec div(Avx2Vec a, Avx2Vec b) {
    return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
  }
  static Avx2Vec max(Avx2Vec a, Avx2Vec b) {
    return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
  }
  static Avx2Vec min(Avx2Vec a, Avx2Vec b) {
    return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
  }
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

struct Avx2Chain : chain_kernel_bodies::FloatChain<Avx2Vec> {
  static constexpr int kTileRows = 5;
  static constexpr int tile_panels(int rows) { return rows <= 2 ? 2 : 1; }
  static constexpr int kSplitTileRows = 2;
  static constexpr int split_tile_panels(int) { return 1; }
  struct Decoder {
    float codebook[32];
    __m256i low_offsets, high_offsets;
  };

  template <ChainFormat format>
  static Decoder decoder(chain_kernel_bodies::CodeMeaning meaning) {
    Decoder decoder = {};
    if constexpr (format == ChainFormat::kNibble) {
      Avx2Vec::load(meaning.codebook).store(decoder.codebook);
      Avx2Vec::load(meaning.codebook + 16).store(decoder.codebook + 16);
      if (meaning.offsets) {
        const auto* offsets = reinterpret_cast<const __m128i*>(meaning.offsets);
        decoder.low_offsets = _mm256_cvtepu8_epi32(_mm_loadl_epi64(offsets));
        decoder.high_offsets = _mm256_cvtepu8_epi32(_mm_srli_si128(_mm_loadu_si128(offsets), 8));
      }
    }
    return decoder;
  }

  static void store_bf16(const Pair& w, std::byte* out) {
    const auto both = [](__m256 even, __m256 odd) {
      return _mm256_or_si256(_mm256_srli_epi32(_mm256_castps_si256(even), 16),
                             _mm256_and_si256(_mm256_castps_si256(odd),
                                              _mm256_set1_epi32(static_cast<int>(0xffff0000u))));
    };
    auto* halves = reinterpret_cast<__m256i*>(out);
    _mm256_storeu_si256(halves, both(w.even.low, w.odd.low));
    _mm256_storeu_si256(halves + 1, both(w.even.high, w.odd.high));
  }

  // As avx512_kernels.cc has it.
  static __m256 fp8_value(__m256i codes) {
    const __m256i magnitude = _mm256_and_si256(codes, _mm256_set1_epi32(0x7f));
    const __m256i normal =
        _mm256_add_epi32(_mm256_slli_epi32(magnitude, 20), _mm256_set1_epi32(120 << 23));
    const __m256 small = _mm256_mul_ps(_mm256_cvtepi32_ps(magnitude), _mm256_set1_ps(0x1p-9f));
    const __m256i is_normal = _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(7));
    const __m256i is_nan = _mm256_cmpeq_epi32(magnitude, _mm256_set1_epi32(0x7f));
    const __m256i value = _mm256_blendv_epi8(_mm256_castps_si256(small), normal, is_normal);
    const __m256i sign = _mm256_slli_epi32(_mm256_and_si256(codes, _mm256_set1_epi32(0x80)), 24);
    return _mm256_castsi256_ps(_mm256_or_si256(_mm256_andnot_si256(is_nan, value), sign));
  }

  struct EightOutputs {
    __m256 even, odd;
  };
  template <ChainFormat format>
  static EightOutputs load_eight(const std::byte* pair, const float* codebook, __m256i offsets) {
    if constexpr (format == ChainFormat::kBf16) {
      const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pair));
      return {_mm256_castsi256_ps(_mm256_slli_epi32(both, 16)),
              _mm256_castsi256_ps(
                  _mm256_and_si256(both, _mm256_set1_epi32(static_cast<int>(0xffff0000u))))};
    } else if constexpr (format == ChainFormat::kNibble) {
      const __m256i byte =
          _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(pair)));
      const __m256i even = _mm256_add_epi32(_mm256_and_si256(byte, _mm256_set1_epi32(15)), offsets);
      const __m256i odd = _mm256_add_epi32(_mm256_srli_epi32(byte, 4), offsets);
      return {_mm256_i32gather_ps(codebook, even, 4), _mm256_i32gather_ps(codebook, odd, 4)};
    } else {
      const __m256i both =
          _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pair)));
      if constexpr (format == ChainFormat::kInt8) {
        return {_mm256_cvtepi32_ps(_mm256_srai_epi32(_mm256_slli_epi32(both, 24), 24)),
                _mm256_cvtepi32_ps(_mm256_srai_epi32(_mm256_slli_epi32(both, 16), 24))};
      } else {
        return {fp8_value(_mm256_and_si256(both, _mm256_set1_epi32(0xff))),
                fp8_value(_mm256_srli_epi32(both, 8))};
      }
    }
  }

  template <ChainFormat format>
  static Pair load(const std::byte* pair, const Decoder& decoder) {
    constexpr int64_t kHalf = chain_kernel_bodies::kPairBytes<format> / 2;
    const EightOutputs low = load_eight<format>(pair, decoder.codebook, decoder.low_offsets);
    const EightOutputs high =
        load_eight<format>(pair + kHalf, decoder.codebook, decoder.high_offsets);
    return {{low.even, high.even}, {low.odd, high.odd}};
  }
};

}  // namespace

const LaneKernels kAvx2Kernels =
    lane_kernel_bodies::make_table<Avx2Vec>("avx2", chain_kernel_bodies::make_chains<Avx2Chain>());

}  // namespace jangwon::runtime

#endif
