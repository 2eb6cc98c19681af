// Configs of different years spell the same embedding in two ways; both are read, and where both
// stand in one file they must agree. The formulas are those of the reference implementations down
// to their rounding in fp32 (derive_frequencies says why), computed with portable functions so that
// two machines have the same angles. tests/runtime/model/rope_config_test.cc holds values of the
// reference.

#include "runtime/model/rope_config.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "runtime/base/portable_math.h"

namespace jangwon::runtime {
namespace {

// m(s, k) = 0.1·k·ln s + 1 for s > 1.
double magnitude_of(double factor, double k) {
  return factor > 1.0 ? 0.1 * k * portable_log(factor) + 1.0 : 1.0;
}

double attention_factor_of(const YarnScaling& yarn) {
  if (yarn.attention_factor) return *yarn.attention_factor;
  if (yarn.mscale != 0.0 && yarn.mscale_all_dim != 0.0) {
    return magnitude_of(yarn.factor, yarn.mscale) / magnitude_of(yarn.factor, yarn.mscale_all_dim);
  }
  return magnitude_of(yarn.factor, 1.0);
}

}  // namespace

// Rounded step by step in fp32, as the published models' own code does: the position multiplies an
// error of the frequency, so at position 300 a frequency that is more exact than theirs already
// differs visibly from it.
void derive_frequencies(RopeConfig& rope) {
  const int half = rope.dims / 2;
  rope.inverse_frequencies.resize(static_cast<size_t>(half));
  const YarnRamp ramp =
      rope.yarn ? compute_yarn_ramp(*rope.yarn, rope.dims, rope.theta) : YarnRamp{};
  for (int i = 0; i < half; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(rope.dims);
    const float wavelength =
        static_cast<float>(portable_pow(rope.theta, static_cast<double>(exponent)));
    float frequency = 1.0f / wavelength;
    if (rope.yarn) {
      const float interpolated = 1.0f / (static_cast<float>(rope.yarn->factor) * wavelength);
      const float position = static_cast<float>(i) - static_cast<float>(ramp.low);
      const float r = std::clamp(position / static_cast<float>(ramp.high - ramp.low), 0.0f, 1.0f);
      const float kept = 1.0f - r;
      frequency = interpolated * (1.0f - kept) + frequency * kept;
    }
    rope.inverse_frequencies[static_cast<size_t>(i)] = frequency;
  }
  if (rope.yarn) rope.magnitude = static_cast<float>(attention_factor_of(*rope.yarn));
}

namespace {

// The dictionary of scaling: `type` (old) or `rope_type` (new) and its parameters. `theta_inside`
// receives rope_theta.
std::optional<YarnScaling> read_scaling(ConfigReader& outer, const Json& dictionary,
                                        const std::string& name,
                                        std::optional<double>& theta_inside,
                                        std::optional<double>& partial_inside) {
  ConfigReader reader(dictionary, "\"" + name + "\"");
  theta_inside = reader.find_number({"rope_theta"});
  partial_inside = reader.find_number({"partial_rotary_factor"});
  const std::string type = reader.find_string({"rope_type", "type"}).value_or("default");
  std::optional<YarnScaling> yarn;
  if (type == "yarn") {
    yarn.emplace();
    yarn->original_max_position_embeddings =
        reader.positive_number({"original_max_position_embeddings"});
    // what the two lengths give
    if (dictionary.contains("factor") && dictionary["factor"].is_null()) {
      reader.skip("factor");
      const int64_t length = outer.integer({"max_position_embeddings"}, {1, 1 << 30});
      yarn->factor = static_cast<double>(length) / yarn->original_max_position_embeddings;
    } else {
      yarn->factor = reader.positive_number({"factor"});
    }
    yarn->beta_fast = reader.find_number({"beta_fast"}).value_or(32.0);
    yarn->beta_slow = reader.find_number({"beta_slow"}).value_or(1.0);
    yarn->attention_factor = reader.find_number({"attention_factor"});
    yarn->mscale = reader.find_number({"mscale"}).value_or(0.0);
    yarn->mscale_all_dim = reader.find_number({"mscale_all_dim"}).value_or(0.0);
    yarn->truncate = reader.find_boolean({"truncate"}).value_or(true);
    if (yarn->factor < 1.0) reader.refuse("\"factor\" is below 1");
    if (yarn->beta_fast <= 0.0 || yarn->beta_slow <= 0.0)
      reader.refuse("\"beta_fast\" and \"beta_slow\" must be positive");
  } else if (type != "default") {
    reader.refuse(
        "rotary embedding of type \"{type}\" is not supported; \"default\" and \"yarn\" are",
        {{"type", type}});
  }
  const Status status = reader.finish();
  if (!status.ok()) outer.refuse(status.sentence());
  return yarn;
}

}  // namespace

std::optional<YarnScaling> read_yarn(ConfigReader& reader, const Json& dictionary,
                                     const std::string& name) {
  std::optional<double> theta_inside;
  std::optional<double> partial_inside;
  std::optional<YarnScaling> yarn =
      read_scaling(reader, dictionary, name, theta_inside, partial_inside);
  if (theta_inside || partial_inside) {
    reader.refuse(
        "\"{name}\" holds \"rope_theta\" or \"partial_rotary_factor\", which stand beside it in "
        "this model",
        {{"name", name}});
  }
  return yarn;
}

double RopeConfig::softmax_scale_factor() const {
  if (!yarn || yarn->mscale_all_dim == 0.0) return 1.0;
  const double m = magnitude_of(yarn->factor, yarn->mscale_all_dim);
  return m * m;
}

YarnRamp compute_yarn_ramp(const YarnScaling& yarn, int dims, double theta) {
  const auto dimension_of = [&](double rotations) {
    return dims *
           portable_log(yarn.original_max_position_embeddings /
                        (2.0 * std::numbers::pi * rotations)) /
           (2.0 * portable_log(theta));
  };
  YarnRamp ramp{dimension_of(yarn.beta_fast), dimension_of(yarn.beta_slow)};
  if (yarn.truncate) ramp = {std::floor(ramp.low), std::ceil(ramp.high)};
  ramp.low = std::max(ramp.low, 0.0);
  ramp.high = std::min(ramp.high, dims - 1.0);
  if (ramp.low == ramp.high) ramp.high += 0.001;
  return ramp;
}

RopeConfig read_rope(ConfigReader& reader, int64_t head_dim, RotaryPairs pairs) {
  RopeConfig rope;
  rope.pairs = pairs;
  std::optional<double> theta = reader.find_number({"rope_theta"});
  std::optional<double> partial = reader.find_number({"partial_rotary_factor"});
  const Json* old_style = reader.find("rope_scaling");
  const Json* new_style = reader.find("rope_parameters");
  if (old_style && new_style && *old_style != *new_style) {
    reader.refuse("\"rope_scaling\" and \"rope_parameters\" are both given and differ");
  }
  const Json* dictionary = new_style ? new_style : old_style;
  if (dictionary) {
    std::optional<double> theta_inside;
    std::optional<double> partial_inside;
    rope.yarn = read_scaling(reader, *dictionary, new_style ? "rope_parameters" : "rope_scaling",
                             theta_inside, partial_inside);
    if (theta && theta_inside && *theta != *theta_inside)
      reader.refuse("\"rope_theta\" stands twice and differs");
    if (partial && partial_inside && *partial != *partial_inside) {
      reader.refuse("\"partial_rotary_factor\" stands twice and differs");
    }
    if (!theta) theta = theta_inside;
    if (!partial) partial = partial_inside;
  }
  if (!theta) reader.refuse("\"rope_theta\" is missing, in the config and in \"rope_parameters\"");
  rope.theta = theta.value_or(10000.0);
  if (rope.theta <= 1.0) {
    reader.refuse("\"rope_theta\" must be above 1");
    rope.theta = 10000.0;
  }
  const double fraction = partial.value_or(1.0);
  if (fraction <= 0.0 || fraction > 1.0)
    reader.refuse("\"partial_rotary_factor\" must be above 0 and at most 1");
  rope.dims = static_cast<int>(static_cast<double>(head_dim) * std::clamp(fraction, 0.0, 1.0));
  if (rope.dims % 2 != 0 || rope.dims == 0) {
    reader.refuse("an odd or empty number of rotated components: {dims}", {{"dims", rope.dims}});
    rope.dims = 2;
  }
  derive_frequencies(rope);
  return rope;
}

}  // namespace jangwon::runtime
