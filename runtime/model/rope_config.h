// Rotary embedding as a config describes it, in the old spelling (rope_theta, rope_scaling) and the
// new (rope_parameters).

#pragma once

#include <optional>
#include <vector>

#include "runtime/model/config_reader.h"
#include "runtime/ops/arguments.h"

namespace jangwon::runtime {

// YaRN (Peng et al. 2023) as transformers and vLLM compute it.
struct YarnScaling {
  double factor = 1.0;
  double original_max_position_embeddings = 0.0;
  double beta_fast = 32.0;
  double beta_slow = 1.0;
  std::optional<double> attention_factor;
  double mscale = 0.0;
  double mscale_all_dim = 0.0;
  bool truncate = true;  // the ramp's ends are rounded to whole components
};

struct RopeConfig {
  int dims = 0;  // components of a head that are rotated
  RotaryPairs pairs = RotaryPairs::kHalfSplit;
  double theta = 10000.0;
  std::optional<YarnScaling> yarn;

  // Derived.
  std::vector<float> inverse_frequencies;  // [dims / 2]
  float magnitude = 1.0f;                  // factor of every cosine and sine

  // DeepSeek's further factor on the softmax scale: m(factor, mscale_all_dim)², 1 where
  // mscale_all_dim is 0.
  double softmax_scale_factor() const;
};

// Where the ramp between extrapolated and interpolated frequencies begins and ends, in pairs;
// exposed for tests.
struct YarnRamp {
  double low = 0.0;
  double high = 0.0;
};
YarnRamp compute_yarn_ramp(const YarnScaling& yarn, int dims, double theta);

// Fills inverse_frequencies and magnitude from the rest.
void derive_frequencies(RopeConfig& rope);

// A dictionary of scaling alone: nothing where its type is "default".
std::optional<YarnScaling> read_yarn(ConfigReader& reader, const Json& dictionary,
                                     const std::string& name);

// Reads rope_theta, rope_scaling, rope_parameters and partial_rotary_factor. `head_dim` components
// could be rotated.
RopeConfig read_rope(ConfigReader& reader, int64_t head_dim, RotaryPairs pairs);

}  // namespace jangwon::runtime
