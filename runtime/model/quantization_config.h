// quantization_config of a published checkpoint: how weights are stored, and which modules
// are not quantised.

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon::runtime {

enum class WeightFormat {
  kPlain,      // F32, F16, BF16
  kFp8,        // e4m3 with scales
  kPackedInt,  // compressed-tensors "pack-quantized"
  kMxfp4,      // fused expert tensors only
};

// One entry of the list of modules that stay as they are.
class ModulePattern {
 public:
  // "re:EXPRESSION" (PCRE, anchored at the start, as Python's re.match), or a module's name, of
  // which "*" stands for any characters. A name also covers what lies below it.
  static Result<ModulePattern> parse(const std::string& text);
  bool matches(const std::string& module) const;
  const std::string& text() const { return text_; }

 private:
  struct Compiled;
  std::string text_;
  // shared: configs are copied, a compiled pattern cannot be
  std::shared_ptr<const Compiled> compiled_;
};

struct QuantizationConfig {
  WeightFormat format = WeightFormat::kPlain;
  std::string method;  // as the config spells it; empty where nothing is quantised

  // kFp8: block sizes; 0 rows: one scale a row or a tensor, told by the scale's shape.
  int64_t block_rows = 0;
  int64_t block_cols = 0;
  std::string scale_suffix;  // "weight_scale_inv" or "weight_scale"

  // kPackedInt.
  int bits = 0;
  int64_t group_size = 0;  // 0: one group a row
  bool symmetric = true;

  std::vector<ModulePattern> unquantized;
  bool within_multimodal = false;  // modules are listed under the names that text_part.h knows
  bool leaves_out(const std::string& module) const;
  bool matches(const ModulePattern& pattern, const std::string& module) const;
};

Result<QuantizationConfig> parse_quantization_config(const Json& json);

}  // namespace jangwon::runtime
