// Activations stay in fp32 here, whatever `input_activations` and `activation_scheme` say: a
// dynamic scheme quantises activations for speed, and the weights mean the same without it.
// Static activation scales are refused, because a checkpoint that was calibrated with them is
// meant to be run with them.

#include "runtime/model/quantization_config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "runtime/model/config_reader.h"
#include "runtime/model/text_part.h"

namespace jangwon::runtime {

struct ModulePattern::Compiled {
  pcre2_code* code = nullptr;
  ~Compiled() { pcre2_code_free(code); }
};

Result<ModulePattern> ModulePattern::parse(const std::string& text) {
  std::string expression;
  if (text.starts_with("re:")) {
    expression = text.substr(3);
  } else {
    for (const char c : text) {
      if (c == '*') {
        expression += ".*";
      } else {
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') expression += '\\';
        expression += c;
      }
    }
    expression += "(?:\\..*)?$";
  }
  if (text.empty() || expression.size() > 1000)
    return invalid_argument("module pattern \"{pattern}\" is not usable", {{"pattern", text}});
  auto compiled = std::make_shared<Compiled>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                 PCRE2_ANCHORED, &error, &offset, nullptr);
  if (!compiled->code) {
    return invalid_argument(
        "module pattern \"{pattern}\" is not a regular expression that can be read",
        {{"pattern", text}});
  }
  ModulePattern pattern;
  pattern.text_ = text;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool ModulePattern::matches(const std::string& module) const {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* limits = pcre2_match_context_create(nullptr);
  // a hostile expression stops here instead of running for hours
  pcre2_set_match_limit(limits, 100'000);
  const int result = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(module.data()),
                                 module.size(), 0, 0, data, limits);
  pcre2_match_context_free(limits);
  pcre2_match_data_free(data);
  return result >= 0;
}

bool QuantizationConfig::leaves_out(const std::string& module) const {
  for (const ModulePattern& pattern : unquantized) {
    if (matches(pattern, module)) return true;
  }
  return false;
}

bool QuantizationConfig::matches(const ModulePattern& pattern, const std::string& module) const {
  if (!within_multimodal) return pattern.matches(module);
  const std::vector<std::string> names = names_in_checkpoint(module);
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return pattern.matches(name); });
}

namespace {

Status read_patterns(const std::vector<std::string>& texts, QuantizationConfig& config) {
  for (const std::string& text : texts) {
    JANGWON_ASSIGN_OR_RETURN(ModulePattern pattern, ModulePattern::parse(text));
    config.unquantized.push_back(std::move(pattern));
  }
  return ok_status();
}

Status read_block(ConfigReader& reader, const char* key, QuantizationConfig& config) {
  const auto block = reader.find_integers({key});
  if (!block) return ok_status();
  if (block->size() != 2 || (*block)[0] < 1 || (*block)[1] < 1) {
    return invalid_argument("\"{key}\" is not two positive sizes", {{"key", key}});
  }
  config.block_rows = (*block)[0];
  config.block_cols = (*block)[1];
  return ok_status();
}

// {"quant_method": "fp8"}: DeepSeek's and Qwen's layout.
Status read_fp8(ConfigReader& reader, QuantizationConfig& config) {
  config.format = WeightFormat::kFp8;
  config.scale_suffix = "weight_scale_inv";
  reader.expect("fmt", "e4m3", "the other 8-bit format has another range");
  reader.expect("activation_scheme", "dynamic", "static activation scales are not supported");
  const std::string scale = reader.find_string({"scale_fmt"}).value_or("ue8m0");
  if (scale != "ue8m0" && scale != "float")
    reader.refuse("\"scale_fmt\" \"{scale}\" is not known", {{"scale", scale}});
  JANGWON_RETURN_IF_ERROR(read_block(reader, "weight_block_size", config));
  const auto keep = reader.find_strings({"modules_to_not_convert", "ignored_layers"});
  return read_patterns(keep.value_or(std::vector<std::string>()), config);
}

Status read_mxfp4(ConfigReader& reader, QuantizationConfig& config) {
  config.format = WeightFormat::kMxfp4;
  return read_patterns(
      reader.find_strings({"modules_to_not_convert"}).value_or(std::vector<std::string>()), config);
}

Status read_compressed_weights(const Json& json, const std::string& format,
                               QuantizationConfig& config) {
  ConfigReader reader(json, "\"weights\"");
  const int64_t bits = reader.integer({"num_bits"}, {1, 32});
  const std::string type = reader.find_string({"type"}).value_or("int");
  const std::string strategy = reader.find_string({"strategy"}).value_or("tensor");
  config.symmetric = reader.find_boolean({"symmetric"}).value_or(true);
  const int64_t group = reader.find_integer({"group_size"}, {-1, 1 << 20}).value_or(0);
  reader.expect("dynamic", false, "weights cannot be quantised on the fly");
  // "weight" and "static" are one thing: columns were quantised in another order, and
  // lie in their own.
  const std::string order = reader.find_string({"actorder"}).value_or("static");
  if (order != "static" && order != "weight") {
    reader.refuse(
        "\"actorder\" \"{order}\": groups in another order than the columns are not supported",
        {{"order", order}});
  }
  for (const char* key : {"observer", "observer_kwargs", "scale_dtype", "zp_dtype"})
    reader.skip(key);  // how the scales were found, and dtypes that the tensors carry themselves
  if (config.format == WeightFormat::kFp8) {
    if (type != "float" || bits != 8 || !config.symmetric) {
      reader.refuse("format \"{format}\" needs symmetric 8-bit floats", {{"format", format}});
    }
    JANGWON_RETURN_IF_ERROR(read_block(reader, "block_structure", config));
    if (strategy == "block" ? config.block_rows == 0
                            : (strategy != "channel" && strategy != "tensor")) {
      reader.refuse("strategy \"{strategy}\" of 8-bit floats is not supported",
                    {{"strategy", strategy}});
    }
    if (strategy != "block") config.block_rows = config.block_cols = 0;
  } else {
    if (reader.find("block_structure"))
      reader.refuse("\"block_structure\": packed integers have groups, not blocks");
    if (type != "int" || (bits != 4 && bits != 8))
      reader.refuse("only 4-bit and 8-bit integers are packed here");
    if (strategy != "group" && strategy != "channel") {
      reader.refuse("strategy \"{strategy}\" of packed integers is not supported",
                    {{"strategy", strategy}});
    }
    if (strategy == "group" && group < 1) reader.refuse("\"group_size\" is missing");
    config.bits = static_cast<int>(bits);
    config.group_size = strategy == "group" ? group : 0;
  }
  return reader.finish();
}

Status read_compressed_group(const Json& json, const std::string& format,
                             QuantizationConfig& config) {
  ConfigReader reader(json, "\"config_groups\"");
  const auto targets = reader.find_strings({"targets"});
  if (!targets || *targets != std::vector<std::string>{"Linear"}) {
    reader.refuse("\"targets\" other than [\"Linear\"] are not supported");
  }
  const Json* weights = reader.find("weights");
  if (!weights) reader.refuse("\"weights\" is missing");
  if (reader.find("output_activations")) reader.refuse("\"output_activations\" are not supported");
  if (const Json* activations = reader.find("input_activations")) {
    if (!activations->is_object() || activations->value("dynamic", Json(false)) != true) {
      reader.refuse("static \"input_activations\" are not supported");
    }
  }
  if (const auto inner = reader.find_string({"format"}); inner && *inner != format) {
    reader.refuse("\"format\" of the group differs from the config's");
  }
  JANGWON_RETURN_IF_ERROR(reader.finish());
  return read_compressed_weights(*weights, format, config).at("\"config_groups\"");
}

Status read_compressed(ConfigReader& reader, QuantizationConfig& config) {
  const std::string format = reader.find_string({"format"}).value_or("");
  if (format == "float-quantized" || format == "naive-quantized") {
    config.format = WeightFormat::kFp8;
  } else if (format == "pack-quantized") {
    config.format = WeightFormat::kPackedInt;
  } else {
    return unsupported(
        "compressed-tensors format \"{format}\" is not supported; \"float-quantized\" and "
        "\"pack-quantized\" are",
        {{"format", format}});
  }
  config.scale_suffix = "weight_scale";
  reader.expect("quantization_status", "compressed",
                "the weights must lie in their compressed form");
  if (reader.find("kv_cache_scheme")) reader.refuse("\"kv_cache_scheme\" is not supported");
  for (const char* key : {"global_compression_ratio", "version"})
    reader.skip(key);  // bookkeeping
  if (const Json* sparsity = reader.find("sparsity_config"); sparsity && !sparsity->empty()) {
    reader.refuse("\"sparsity_config\" is not supported");
  }
  if (const Json* transform = reader.find("transform_config"); transform && !transform->empty()) {
    reader.refuse("\"transform_config\" is not supported");
  }
  JANGWON_RETURN_IF_ERROR(
      read_patterns(reader.find_strings({"ignore"}).value_or(std::vector<std::string>()), config));
  const Json* groups = reader.find("config_groups");
  if (!groups || !groups->is_object() || groups->size() != 1) {
    return unsupported("\"config_groups\" must have exactly one group");
  }
  return read_compressed_group(groups->begin().value(), format, config);
}

}  // namespace

Result<QuantizationConfig> parse_quantization_config(const Json& json) {
  ConfigReader reader(json, "\"quantization_config\"");
  QuantizationConfig config;
  config.method = reader.find_string({"quant_method"}).value_or("");
  Status status;
  if (config.method == "fp8") {
    status = read_fp8(reader, config);
  } else if (config.method == "mxfp4") {
    status = read_mxfp4(reader, config);
  } else if (config.method == "compressed-tensors") {
    status = read_compressed(reader, config);
  } else {
    reader.refuse(
        "quant_method \"{method}\" is not supported; \"fp8\", \"mxfp4\" and \"compressed-tensors\" "
        "are",
        {{"method", config.method}});
  }
  if (!status.ok()) return status.at("\"quantization_config\"");
  JANGWON_RETURN_IF_ERROR(reader.finish());
  return config;
}

}  // namespace jangwon::runtime
